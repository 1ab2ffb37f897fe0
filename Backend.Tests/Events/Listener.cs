using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Events;

/// <summary>One that listens, and moves the clock of its server until it hears something.</summary>
public sealed class Listener(BackendHost host, HttpResponseMessage answer, StreamReader lines) : IDisposable
{
    public static async Task<Listener> OpenAsync(BackendHost host, string path, string? lastEventId = null, string? key = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", key ?? BackendHost.AdminKey);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        HttpResponseMessage answer = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);

        // Without it nginx keeps what comes until it has a buffer full.
        Assert.Equal("no", answer.Headers.GetValues("X-Accel-Buffering").Single());
        return new Listener(host, answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    public async Task<(string Kind, string Data, string Id)> NextAsync()
    {
        Dictionary<string, string> fields = [];
        while (await LineAsync() is { Length: > 0 } line)
        {
            string[] parts = line.Split(": ", 2);
            fields[parts[0]] = parts[1];
        }

        return (fields["event"], fields["data"], fields["id"]);
    }

    public async Task<(string Kind, string Data, string Id)[]> TakeAsync(int count)
    {
        (string Kind, string Data, string Id)[] heard = new (string, string, string)[count];
        for (int i = 0; i < count; i++)
        {
            heard[i] = await NextAsync();
        }

        return heard;
    }

    /// <summary>Waits for the server to end the stream; what comes until then is passed over.</summary>
    public async Task EndAsync()
    {
        while (await LineAsync() is not null)
        {
            // On to the end.
        }
    }

    public void Dispose()
    {
        lines.Dispose();
        answer.Dispose();
    }

    private async Task<string?> LineAsync()
    {
        // The listener's timer may not have been set yet when the clock moves: it is moved until it is.
        Task<string?> line = lines.ReadLineAsync();
        for (int turns = 0; await Task.WhenAny(line, Task.Delay(20)) != line; turns++)
        {
            Assert.True(turns < 1000, "Nothing was heard.");
            host.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        return await line;
    }
}
