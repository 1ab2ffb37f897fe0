using System.Collections.Concurrent;
using System.Text.Json;

using JamBox.Edge.CommandLine;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Tests.Link;

using Microsoft.AspNetCore.Http;

namespace JamBox.Edge.Tests.CommandLine;

/// <summary>The whole agent as the service runs it, with a server that says what the real one says.</summary>
public sealed class RunCommandTests : IAsyncLifetime
{
    private readonly CommandWorld _world = new();
    private readonly ConcurrentQueue<string> _statuses = new();
    private readonly ConcurrentDictionary<string, byte[]> _packages = new();
    private byte[] _notice = [];
    private FaultyServer _server = null!;

    private string State => _world.Folder.File("state");

    public async Task InitializeAsync()
    {
        _server = await FaultyServer.StartAsync(AnswerAsync);
        _world.Configure(_server.Address, PackageWorld.Trust + ",\"pollSeconds\":10,\"modules\":{\"trigger\":\"none\"}");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    [Fact]
    public async Task What_the_server_offers_is_fetched_applied_and_reported_once()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Offer("d-1", "1.0.0", "echo one >> ../../trace");
        using (CancellationTokenSource stop = new())
        {
            Task<int> run = _world.RunAsync(stop.Token, "run", "--config", _world.Config);
            await LinkWorld.UntilAsync(() => _statuses.Contains("d-1 completed"), "the deployment is completed");

            // While it runs, by hand as well: the one that runs does it.
            CommandWorld other = new();
            string file = other.Folder.File("by-hand.zip");
            await File.WriteAllBytesAsync(file, PackageWorld.Make("1.1.0", "echo two >> ../../trace"));
            Assert.Equal(ExitCode.Done, await other.RunAsync("apply", file, "--config", _world.Config));
            Assert.Contains("the agent that runs has been asked", other.Out, StringComparison.Ordinal);
            Assert.Equal("1.1.0", await File.ReadAllTextAsync(Path.Combine(State, "current", "version.txt")));
            Assert.Equal(ExitCode.Done, await other.RunAsync("status", "--json", "--config", _world.Config));
            using JsonDocument status = JsonDocument.Parse(other.Out);
            Assert.True(status.RootElement.GetProperty("running").GetBoolean());

            // Two at a time there are not.
            Assert.Null(AgentLock.TryTake(new AgentFolder(State)));
            await stop.CancelAsync();
            Assert.Equal(ExitCode.Done, await run);

            // It said good-bye: nobody has to wait to see that it does not run.
            Assert.Equal(ExitCode.Done, await other.RunAsync("status", "--config", _world.Config));
            Assert.Contains("does not run; it was last there", other.Out, StringComparison.Ordinal);
            other.Dispose();
        }

        // The same notice is there again after a restart, and is not carried out again.
        int before = _statuses.Count;
        int asked = _server.Requests.Count;
        using (CancellationTokenSource stop = new())
        {
            Task<int> run = _world.RunAsync(stop.Token, "run", "--config", _world.Config);
            await LinkWorld.UntilAsync(
                () => _server.Requests.Skip(asked).Any(static one => one.Path == "/api/things/heartbeat"), "it has begun");
            await LinkWorld.UntilAsync(
                () => _server.Requests.Skip(asked).Any(static one => one.Path == "/" + NoticePoll.Path), "it has asked for a notice");
            await stop.CancelAsync();
            Assert.Equal(ExitCode.Done, await run);
        }

        Assert.Equal(before, _statuses.Count);
        Assert.Equal(["one", "two"], await File.ReadAllLinesAsync(Path.Combine(State, "trace")));
        Assert.Single(_statuses, static one => one == "d-1 completed");
        Assert.DoesNotContain(_statuses, static one => one.StartsWith("local-", StringComparison.Ordinal));
        Assert.All(_server.Requests, static one => Assert.Equal("Bearer " + LinkWorld.Token, one.Authorization));
    }

    [Fact]
    public async Task A_wrong_configuration_ends_it_with_all_that_is_wrong()
    {
        _world.Folder.Write("agent.json", """{"sever":"x","gateway":"gw 1"}""");
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("run", "--config", _world.Config));
        Assert.Contains("is server meant?", _world.Error, StringComparison.Ordinal);
        Assert.Contains("gateway must have letters", _world.Error, StringComparison.Ordinal);
        Assert.Contains("server is missing", _world.Error, StringComparison.Ordinal);
    }

    private void Offer(string id, string version, string deploy)
    {
        byte[] package = PackageWorld.Make(version, deploy);
        _packages[id] = package;
        Notice notice = LinkWorld.NoticeOf(package, $"/api/deployment-download/{id}");
        _notice = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id, version, filename = "p.zip", size = package.Length, sha256 = notice.Sha256, downloadUrl = notice.DownloadUrl,
            timestamp = "2026-11-28T09:00:00.000Z",
        });
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers[ServerClient.GatewayHeader] != "gw-1")
        {
            http.Response.StatusCode = 403;
            return;
        }

        string path = http.Request.Path;
        if (path == "/" + NoticePoll.Path)
        {
            await http.Response.Body.WriteAsync(_notice);
        }
        else if (path.StartsWith("/api/deployment-download/", StringComparison.Ordinal)
            && _packages.TryGetValue(path.Split('/')[^1], out byte[]? package))
        {
            http.Response.Headers.ETag = "\"x\"";
            http.Response.ContentLength = package.Length;
            await http.Response.Body.WriteAsync(package);
        }
        else if (path == "/" + ReportSender.Path)
        {
            using JsonDocument report = JsonDocument.Parse(_server.Requests.Last(static one => one.Path == "/" + ReportSender.Path).Body);
            _statuses.Enqueue($"{report.RootElement.GetProperty("deploymentId")} {report.RootElement.GetProperty("status")}");
        }
    }
}
