using System.Net;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Events;

/// <summary>Listening, and going on after the line was cut.</summary>
public abstract class EventTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task ListenersHearWhatWasStored()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        Assert.Equal("listening", (await listener.NextAsync()).Kind);
        await ReadingAsync(7);
        await HeartbeatAsync();
        Assert.Equal(["reading", "heartbeat", "device"], [.. (await listener.TakeAsync(3)).Select(static e => e.Kind)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhoWasCutOffGoesOnWhereItWas(bool byHeader)
    {
        string id;
        using (Listener first = await Listener.OpenAsync(Host, "/api/events"))
        {
            await first.NextAsync();
            await ReadingAsync(1);
            (string kind, string data, id) = await first.NextAsync();
            Assert.Equal("reading", kind);
            Assert.Contains("\"n\":1,", data, StringComparison.Ordinal);
        }

        await ReadingAsync(2);
        await HeartbeatAsync();
        await ReadingAsync(3);
        using Listener second = byHeader
            ? await Listener.OpenAsync(Host, "/api/events", id) : await Listener.OpenAsync(Host, $"/api/events?after={id}");
        Assert.Equal("listening", (await second.NextAsync()).Kind);
        (string Kind, string Data, string Id)[] heard = await second.TakeAsync(4);

        // The state of every device is told anew: what it was in between is not kept.
        Assert.Equal(["reading", "reading", "heartbeat", "device"], [.. heard.Select(static e => e.Kind)]);
        Assert.Contains("\"n\":2,", heard[0].Data, StringComparison.Ordinal);
        Assert.Contains("\"n\":3,", heard[1].Data, StringComparison.Ordinal);
        Assert.Equal(heard[2].Id, heard[3].Id);
    }

    [Fact]
    public async Task SilenceIsBrokenByAPing()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        await listener.NextAsync();
        Assert.Equal("ping", (await listener.NextAsync()).Kind);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1-2")]
    [InlineData("1-2-3-4")]
    [InlineData("-1-2-3")]
    [InlineData("1-2-99999999999999999999")]
    public async Task AnIdThatIsNoneIsRefused(string after)
    {
        (int status, System.Text.Json.JsonElement json) = await AdminAsync(HttpMethod.Get, $"/api/events?after={after}");
        Assert.Equal((int)HttpStatusCode.BadRequest, status);
        Assert.StartsWith("after: ", json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnIdOfAnotherDatabaseIsTheNewestHere()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events?after=1000-1000-1000");
        Assert.Equal("0-0-0", (await listener.NextAsync()).Id);
        await ReadingAsync(1);
        Assert.Equal(
            ["reading", "device"], [.. (await listener.TakeAsync(2)).Select(static e => e.Kind).Order(StringComparer.Ordinal).Reverse()]);
    }

    /// <summary>One that listens, and moves the clock of its server until it hears something.</summary>
    private sealed class Listener(BackendHost host, HttpResponseMessage answer, StreamReader lines) : IDisposable
    {
        public static async Task<Listener> OpenAsync(BackendHost host, string path, string? lastEventId = null)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
            if (lastEventId is not null)
            {
                request.Headers.Add("Last-Event-ID", lastEventId);
            }

            HttpResponseMessage answer = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
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
}
