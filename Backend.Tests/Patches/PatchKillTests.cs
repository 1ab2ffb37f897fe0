using System.Net.Http.Headers;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Patches;

/// <summary>A server that ends in the middle of making a patch, by kill -9 or in order, makes it after its next start.</summary>
public sealed class PatchKillTests : IDisposable
{
    private const string AdminKey = "admin-key-of-the-patch-kill-test";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-patch-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AHalfMadePatchIsMadeAfterTheNextStart(bool kill)
    {
        (ServerProcess server, Uri address) = await StartAsync();
        using (server)
        using (HttpClient http = Client(address))
        {
            // Large enough that nobody is done with it before it was seen.
            using ByteArrayContent image = new(ImageBuilder.Make(1, kilobytes: 300));
            using HttpResponseMessage answer = await http.PostAsync("/api/ota/firmware?version=6.1.0&hw=atoms3-nb1&seq=60100", image);
            Assert.Equal(201, (int)answer.StatusCode);
            await UntilAsync(http, "making");
            await EndAsync(server, kill);
        }

        (server, address) = await StartAsync();
        using (server)
        using (HttpClient http = Client(address))
        {
            await UntilAsync(http, "ready");
        }
    }

    private Task<(ServerProcess Server, Uri Address)> StartAsync() =>
        ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0", $"--Admin:Key={AdminKey}", "--RateLimits:AdminPerMinute=1000000");

    private static async Task EndAsync(ServerProcess server, bool kill)
    {
        if (kill)
        {
            await server.KillAsync();
        }
        else
        {
            Assert.Equal(0, await server.TerminateAsync());
        }
    }

    private static HttpClient Client(Uri address) =>
        new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", AdminKey) } };

    /// <summary>Listens until the patch is in a state: another process has a clock that no test can move.</summary>
    private static async Task UntilAsync(HttpClient http, string wanted)
    {
        using CancellationTokenSource late = new(TimeSpan.FromMinutes(3));
        using HttpResponseMessage events = await http.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, late.Token);
        using StreamReader reader = new(await events.Content.ReadAsStreamAsync(late.Token));
        await reader.ReadLineAsync(late.Token);

        // What happened before somebody listened is seen by asking once.
        JsonElement build = JsonElement.Parse(await http.GetStringAsync("/api/ota/firmware/1", late.Token));
        string? state = build.GetProperty("patches")[0].GetProperty("state").GetString();
        while (state != wanted)
        {
            Assert.NotEqual("failed", state);
            string line = (await reader.ReadLineAsync(late.Token))!;
            state = line.StartsWith("data: {\"id\":1,", StringComparison.Ordinal)
                ? JsonElement.Parse(line["data: ".Length..]).GetProperty("state").GetString()
                : state;
        }
    }
}
