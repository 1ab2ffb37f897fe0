using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Tests.CommandLine;
using JamBox.Edge.Tests.Link;

using Microsoft.AspNetCore.Http;

using Xunit.Abstractions;

namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// The real program, <c>edge-agent run</c>, against a server on loopback; it is killed (SIGKILL) at random instants, its scripts with it.
/// <c>JB_PROCESS_KILLS=300</c> kills it more often.
/// </summary>
public sealed class ProcessKillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Kills = 10;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    private readonly CommandWorld _world = new();
    private readonly ConcurrentDictionary<string, TestPackage> _packages = new();
    private readonly ConcurrentQueue<(string Id, string Notice, string Status, string At)> _statuses = new();
    private readonly ConcurrentQueue<string> _said = new();
    private byte[] _notice = [];
    private FaultyServer _server = null!;

    private AgentFolder State => new(_world.Folder.File("state"));

    private string System => _world.Folder.File("system");

    public async Task InitializeAsync()
    {
        _server = await FaultyServer.StartAsync(AnswerAsync);
        _world.Configure(
            _server.Address,
            $$"""
            ,"trustedKeys":["{{TestPackage.Key.Public.Hex}}"],"pollSeconds":10,"modules":{"trigger":"none"}
            """);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    [Fact]
    public async Task Killed_at_random_instants_the_program_ends_each_deployment_once()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int seed = int.TryParse(Environment.GetEnvironmentVariable("JB_SEED"), out int given) ? given : 75;
        int wanted = int.TryParse(Environment.GetEnvironmentVariable("JB_PROCESS_KILLS"), out int more)
            ? Math.Clamp(more, 1, 10_000) : Kills;
        string replay = $"JB_SEED={seed} JB_PROCESS_KILLS={wanted} dotnet test tools/EdgeAgent.Tests --filter {nameof(ProcessKillTests)}";
        output.WriteLine($"replay: {replay}");
        Random random = new(seed);
        TestPackage? old = null;
        TestPackage next = Publish("1.0");
        long began = Stopwatch.GetTimestamp();
        using (Process first = Start())
        {
            await UntilAsync(() => IsCompleted(next), first);
            first.Kill();
            await first.WaitForExitAsync();
        }

        // As long as an undisturbed one takes on this machine, now: there the instants lie.
        TimeSpan length = Stopwatch.GetElapsedTime(began);
        int kills = 0;
        int deployments = 1;
        int scripts = 0;
        Dictionary<string, int> after = new() { ["old"] = 0, ["new"] = 0 };
        while (kills < wanted)
        {
            old = next;
            next = Publish(string.Create(CultureInfo.InvariantCulture, $"{++deployments}.0"));
            while (!IsCompleted(next) && kills < wanted)
            {
                using Process agent = Start();
                TimeSpan instant = length * random.NextDouble();
                using CancellationTokenSource over = new(instant);
                while (!over.IsCancellationRequested && !agent.HasExited && !IsCompleted(next))
                {
                    await Task.Delay(5);
                }

                scripts += File.Exists(Path.Combine(System, "running")) ? 1 : 0;
                agent.Kill();
                await agent.WaitForExitAsync();
                kills++;
                string when = $"kill {kills} after {instant.TotalMilliseconds:0} ms; replay: {replay}";
                after[AssertWhole(when, old, next) == next ? "new" : "old"]++;
                if (_statuses.Any(status => status.Id == next.Id && status.Status == "failed"))
                {
                    // Killed three times within deploy.sh: an operator publishes it again.
                    next = Publish(next.Version, string.Create(CultureInfo.InvariantCulture, $"{next.Id}-{kills}"));
                }
            }
        }

        using (Process last = Start())
        {
            await UntilAsync(() => IsCompleted(next) || _statuses.Any(status => status.Id == next.Id && status.Status == "failed"), last);
            Assert.True(IsCompleted(next), replay);
            last.Kill();
            await last.WaitForExitAsync();
        }

        AssertWhole(replay, next, next);
        Assert.Equal($"application {next.Version}\n", await File.ReadAllTextAsync(Path.Combine(System, "app.txt")));
        Assert.False(File.Exists(Path.Combine(System, "overlap")), $"Scripts of two agents ran at once; {replay}");
        foreach (IGrouping<string, (string Id, string Notice, string Status, string At)> reports in _statuses
            .Where(static status => status.Status == "completed").GroupBy(static status => status.Id))
        {
            // The same report may come twice over a line that broke; it is the same then.
            Assert.True(reports.Distinct().Count() == 1, $"{reports.Key} is completed {reports.Distinct().Count()} times; {replay}");
        }

        output.WriteLine(
            $"{kills} kills of the process in {deployments} deployments, {scripts} of them while deploy.sh ran; the release after a kill: "
            + $"old {after["old"]}, new {after["new"]}; half applied 0; an undisturbed one took {length.TotalSeconds:0.0} s");
    }

    private TestPackage Publish(string version, string? id = null)
    {
        // That two run at once shows: the lock of the system ends with whoever holds it.
        TestPackage package = TestPackage.Make(
            version,
            deploy: "exec 9>\"$system/only-one\"\nflock -n 9 || touch \"$system/overlap\"\n"
                + "touch \"$system/running\"\nsleep 0.4\nrm \"$system/running\"",
            id: id ?? $"d-{version.Replace('.', '-')}");
        _packages[package.Id] = package;
        Notice notice = package.Notice(_packages.Count);
        _notice = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = notice.Id, version, filename = notice.Filename, size = notice.Size, sha256 = notice.Sha256,
            downloadUrl = notice.DownloadUrl,
            timestamp = notice.Timestamp,
        });
        return package;
    }

    private Process Start()
    {
        Process process = RealProgram.Start("run", "--config", _world.Config);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private bool IsCompleted(TestPackage package) =>
        _statuses.Any(status => status.Id == package.Id && status.Status == "completed");

    private void Keep(string? line)
    {
        const int MaxLines = 40;
        if (line is not null)
        {
            _said.Enqueue(line);
            if (_said.Count > MaxLines)
            {
                _said.TryDequeue(out _);
            }
        }
    }

    private async Task UntilAsync(Func<bool> happened, Process process)
    {
        long began = Stopwatch.GetTimestamp();
        while (!happened())
        {
            Assert.False(process.HasExited, $"edge-agent ended by itself:\n{string.Join('\n', _said)}");
            Assert.True(Stopwatch.GetElapsedTime(began) < s_deadline, $"the deployment does not end:\n{string.Join('\n', _said)}");
            await Task.Delay(20);
        }
    }

    private TestPackage AssertWhole(string when, TestPackage old, TestPackage next)
    {
        string? current = new DiskFiles().ReadLink(State.Current);
        TestPackage? package = current is null ? null : _packages.GetValueOrDefault(Path.GetFileName(current));
        Assert.True(package is not null && (package.Version == old.Version || package.Version == next.Version), $"{current} runs; {when}");
        foreach ((string path, byte[] bytes) in package.Files)
        {
            string file = Path.Combine(State.Current, path);
            Assert.True(
                File.Exists(file) && SHA256.HashData(File.ReadAllBytes(file)).AsSpan().SequenceEqual(SHA256.HashData(bytes)),
                $"{package.Version} has another {path} or none; {when}");
        }

        return package.Version == next.Version ? next : old;
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path;
        if (path == "/" + NoticePoll.Path)
        {
            await http.Response.Body.WriteAsync(_notice);
        }
        else if (path.StartsWith("/api/deployment-download/", StringComparison.Ordinal)
            && _packages.TryGetValue(path.Split('/')[^1], out TestPackage? package))
        {
            await Results.Bytes(
                package.Bytes, "application/zip", enableRangeProcessing: true,
                entityTag: new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{package.Sha256}\"")).ExecuteAsync(http);
        }
        else if (path == "/" + ReportSender.Path)
        {
            using JsonDocument report = await JsonDocument.ParseAsync(http.Request.Body);
            JsonElement root = report.RootElement;
            _statuses.Enqueue((
                root.GetProperty("deploymentId").GetString()!, root.GetProperty("noticeTimestamp").GetString()!,
                root.GetProperty("status").GetString()!, root.GetProperty("timestamp").GetString()!));
        }
    }
}
