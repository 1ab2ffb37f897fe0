using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Storage;

/// <summary>A reading that was answered 201 survives kill -9.</summary>
public sealed class KillTests : IDisposable
{
    private const string AdminKey = "admin-key-of-the-kill-test";
    private const int Kills = 3;
    private const int Senders = 8;
    private const int AcknowledgedBeforeKill = 200;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task EveryAcknowledgedReadingIsThereAfterKill9() => LosesNothingAsync(static server => server.KillAsync());

    [Fact]
    public Task EveryAcknowledgedReadingIsThereAfterAnOrderlyEnd() =>
        LosesNothingAsync(static async server => Assert.Equal(0, await server.TerminateAsync()));

    private async Task LosesNothingAsync(Func<ServerProcess, Task> end)
    {
        ConcurrentBag<(int Boot, int Number)> acknowledged = [];
        string token = "";
        for (int kill = 0; kill < Kills; kill++)
        {
            (ServerProcess server, Uri address) = await StartAsync();
            using (server)
            using (HttpClient http = new() { BaseAddress = address })
            {
                token = kill == 0 ? await RegisterAsync(http) : token;
                await SendUntilKilledAsync(server, http, token, kill, acknowledged, end);
            }
        }

        (ServerProcess last, Uri lastAddress) = await StartAsync();
        using (last)
        using (HttpClient http = new() { BaseAddress = lastAddress })
        {
            HashSet<(int, int)> stored = await StoredAsync(http);
            Assert.True(acknowledged.Count >= Kills * AcknowledgedBeforeKill);
            Assert.DoesNotContain(acknowledged, reading => !stored.Contains(reading));
        }
    }

    private Task<(ServerProcess Server, Uri Address)> StartAsync() =>
        ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", "--RateLimits:ReadingsPerMinute=1000000");

    /// <summary>Several senders at once, so that the kill falls into the middle of batches.</summary>
    private static async Task SendUntilKilledAsync(
        ServerProcess server, HttpClient http, string token, int boot, ConcurrentBag<(int Boot, int Number)> acknowledged,
        Func<ServerProcess, Task> end)
    {
        int next = 0;
        int answered = 0;
        Task[] senders = [.. Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                int number = Interlocked.Increment(ref next);
                try
                {
                    if (!await PostAsync(http, token, boot, number))
                    {
                        return;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return;
                }

                acknowledged.Add((boot, number));
                // Counted by one number: of two that are answered at the same instant, exactly one is the last.
                if (Interlocked.Increment(ref answered) == AcknowledgedBeforeKill)
                {
                    // From here on the others are in mid-request.
                    await end(server);
                }
            }
        }))];
        await Task.WhenAll(senders).WaitAsync(TimeSpan.FromSeconds(240));
    }

    private static async Task<bool> PostAsync(HttpClient http, string token, int boot, int number)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/reading");
        request.Headers.Authorization = new("Bearer", token);
        request.Content = new StringContent(
            $$"""{"d":"JBNB0001","t":1769680000,"ts":1,"i":10,"u":5,"b":{{boot}},"n":{{number}}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.SendAsync(request);
        return (int)answer.StatusCode == 201;
    }

    private static async Task<string> RegisterAsync(HttpClient http)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/device/register")
        {
            Content = new StringContent("""{"device_id":"JBNB0001"}"""),
        };
        request.Headers.Authorization = new("Bearer", AdminKey);
        using HttpResponseMessage answer = await http.SendAsync(request);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("token").GetString()!;
    }

    private static async Task<HashSet<(int Boot, int Number)>> StoredAsync(HttpClient http)
    {
        HashSet<(int, int)> stored = [];
        string? next = "/api/readings?limit=1000";
        while (next is not null)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, next);
            request.Headers.Authorization = new("Bearer", AdminKey);
            using HttpResponseMessage answer = await http.SendAsync(request);
            using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            foreach (JsonElement row in json.RootElement.EnumerateArray())
            {
                Assert.True(stored.Add((row.GetProperty("b").GetInt32(), row.GetProperty("n").GetInt32())), "stored twice");
            }

            string? link = answer.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single() : null;
            next = link?[1..link.IndexOf('>', StringComparison.Ordinal)];
        }

        return stored;
    }
}
