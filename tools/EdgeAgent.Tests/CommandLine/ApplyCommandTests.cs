using System.Diagnostics;
using System.Text.Json;

using JamBox.Edge.CommandLine;
using JamBox.Edge.Engine;
using JamBox.Edge.Tests.Link;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.CommandLine;

/// <summary>Packages that are brought by hand, with real scripts; and the way back.</summary>
public sealed class ApplyCommandTests : IDisposable
{
    private readonly CommandWorld _world = new();
    private readonly string _trace;

    public ApplyCommandTests()
    {
        _trace = _world.Folder.File("trace");
        _world.Configure(new Uri("http://127.0.0.1:1/"), PackageWorld.Trust);
    }

    private string State => _world.Folder.File("state");

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_package_is_applied_without_a_server_and_the_one_before_comes_back()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.Equal(ExitCode.Done, await ApplyAsync("1.0.0"));
        Assert.Contains("1.0.0 (local-", _world.Out, StringComparison.Ordinal);
        Assert.Contains("completed", _world.Out, StringComparison.Ordinal);
        Assert.Equal("1.0.0", await CurrentAsync());
        Assert.Equal(ExitCode.Done, await ApplyAsync("1.1.0"));
        Assert.Equal("1.1.0", await CurrentAsync());
        Assert.Equal(ExitCode.Done, await _world.RunAsync("rollback", "--config", _world.Config));
        Assert.Equal("1.0.0", await CurrentAsync());
        Assert.Equal(["1.0.0", "1.1.0", "1.0.0"], await File.ReadAllLinesAsync(_trace));

        // The server knows nothing of these, and is not to be told.
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "queue"), "*.json"));
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests")));
    }

    [Fact]
    public async Task A_package_that_fails_says_so_and_the_one_before_runs()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await ApplyAsync("1.0.0");
        AgentState before = StatusCommand.Read(new AgentFolder(State), out _)!;
        string file = Write("1.1.0", "exit 3");

        // Three tries with waits of half a minute between them: what is looked at here is the first.
        using CancellationTokenSource stop = new();
        Task<int> apply = _world.RunAsync(stop.Token, "apply", file, "--config", _world.Config);
        await LinkWorld.UntilAsync(
            () => StatusCommand.Read(new AgentFolder(State), out _)?.Job is { Step: JobStep.Waiting } job && job.Error is not null,
                "a failed try");
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await apply);
        Assert.Equal("1.0.0", await CurrentAsync());
        Assert.Equal(0, await _world.RunAsync("status", "--config", _world.Config));
        Assert.Contains("waits for its next try", _world.Out, StringComparison.Ordinal);
        Assert.Contains("deploy.sh", _world.Out, StringComparison.Ordinal);
        Assert.Equal(before.Current!.Id, StatusCommand.Read(new AgentFolder(State), out _)!.Current!.Id);
    }

    [Fact]
    public async Task What_nobody_who_is_trusted_has_signed_is_not_applied()
    {
        string file = _world.Folder.File("foreign.zip");
        using ReleaseKey foreign = ReleaseKey.Create();
        await File.WriteAllBytesAsync(file, PackageWorld.Make("1.0.0", "true", foreign));
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("apply", file, "--config", _world.Config));
        Assert.Contains("none of trustedKeys", _world.Error, StringComparison.Ordinal);
        byte[] broken = PackageWorld.Make("1.0.0", "true");
        broken[broken.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, broken);
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("apply", file, "--config", _world.Config));
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("apply", _world.Folder.File("nothing.zip"), "--config", _world.Config));
        Assert.Equal(ExitCode.BadInput,
            await _world.RunAsync("apply", Write("1.0.0", "true"), "--version", "2", "--config", _world.Config));
        Assert.False(File.Exists(Path.Combine(State, "state.json")));
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests")));
    }

    [Fact]
    public async Task Who_waits_for_the_agent_that_runs_hears_that_another_deployment_took_its_place()
    {
        Directory.CreateDirectory(State);
        AgentFolder folder = new(State);
        using AgentLock held = AgentLock.TryTake(folder)!;
        Task<int> apply = _world.RunAsync("apply", Write("1.0.0", "true"), "--config", _world.Config);
        await LinkWorld.UntilAsync(() => Directory.GetFiles(Path.Combine(State, "requests"), "*.json").Length > 0, "it is asked for");
        new Journal(new DiskFiles(), folder).Save(new AgentState { NextSeq = 1, NewestNotice = DateTimeOffset.UtcNow.AddMinutes(1) });
        Assert.Equal(ExitCode.Refused, await apply);
        Assert.Contains("another deployment took its place", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_takes_is_taken_back_before_that_is_said()
    {
        // Somebody holds the lock and is no agent: another "apply", or one that hangs.
        Directory.CreateDirectory(State);
        using AgentLock held = AgentLock.TryTake(new AgentFolder(State))!;
        _world.Time = new FastClock();
        Assert.Equal(ExitCode.Busy, await _world.RunAsync("apply", Write("1.0.0", "true"), "--config", _world.Config));
        Assert.Contains("does not take it", _world.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests"), "*.json"));
    }

    [Fact]
    public async Task Asked_to_end_it_gives_the_script_its_time()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Longer than the 2 s that commands have that change nothing.
        string began = _world.Folder.File("began");
        string ended = _world.Folder.File("ended");
        string file = Write("1.0.0", $"touch '{began}'; sleep 4; touch '{ended}'");
        using Process apply = RealProgram.Start("apply", file, "--config", _world.Config);
        Task<string> said = apply.StandardError.ReadToEndAsync();
        await LinkWorld.UntilAsync(() => File.Exists(began), "deploy.sh runs");
        await DoAsync("kill", "-TERM", $"{apply.Id}");
        await apply.WaitForExitAsync().WaitAsync(LinkWorld.Deadline);
        Assert.True(File.Exists(ended), await said);
        Assert.Contains("it goes on when the agent starts", await said, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await _world.RunAsync("status", "--config", _world.Config));
        Assert.Contains("1.0.0", _world.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_hears_signals_before_it_has_waited_for_anything()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Who reads a pipe in which there is nothing yet stands still there.
        string folder = Directory.CreateDirectory(_world.Folder.File("piped")).FullName;
        string pipe = Path.Combine(folder, "agent.json");
        byte[] config = await File.ReadAllBytesAsync(_world.Config);
        File.Copy(_world.Folder.File("agent.secrets"), Path.Combine(folder, "agent.secrets"));
        await DoAsync("mkfifo", pipe);
        using Process apply = RealProgram.Start("apply", Write("1.0.0", "sleep 4"), "--config", pipe);
        Task<string> said = apply.StandardError.ReadToEndAsync();
        await using (FileStream open = await OpenAsync(pipe))
        {
            await DoAsync("kill", "-TERM", $"{apply.Id}");
            await open.WriteAsync(config);
        }

        await apply.WaitForExitAsync().WaitAsync(LinkWorld.Deadline);
        Assert.StartsWith("edge-agent: ", await said, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Interrupted, apply.ExitCode);
    }

    [Fact]
    public async Task A_package_may_come_through_a_pipe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string pipe = _world.Folder.File("package.zip");
        await DoAsync("mkfifo", pipe);
        Task<int> apply = _world.RunAsync("apply", pipe, "--config", _world.Config);
        await using (FileStream open = await OpenAsync(pipe))
        {
            await open.WriteAsync(PackageWorld.Make("1.0.0", Trace("1.0.0")));
        }

        Assert.Equal(ExitCode.Done, await apply);
        Assert.Equal("1.0.0", await CurrentAsync());

        apply = _world.RunAsync("apply", pipe, "--config", _world.Config);
        await (await OpenAsync(pipe)).DisposeAsync();
        Assert.Equal(ExitCode.BadInput, await apply);
        Assert.Contains("is empty", _world.Error, StringComparison.Ordinal);

        // Nobody writes to it: who is to end does not wait for that.
        using CancellationTokenSource stop = new();
        apply = _world.RunAsync(stop.Token, "apply", pipe, "--config", _world.Config);
        await using (FileStream silent = await OpenAsync(pipe))
        {
            await stop.CancelAsync();
            Assert.Equal(ExitCode.Interrupted, await apply);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(State, "requests")));
    }

    [Fact]
    public async Task Without_a_release_before_there_is_no_way_back()
    {
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("rollback", "--config", _world.Config));
        Assert.Contains("no release before", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_is_told_to_programs_as_json()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.Equal(ExitCode.Done, await _world.RunAsync("apply", Write("1.0.0", Trace("1.0.0")), "--json", "--config", _world.Config));
        using JsonDocument json = JsonDocument.Parse(_world.Out);
        Assert.Equal("completed", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(ExitCode.Done, await _world.RunAsync("status", "--json", "--config", _world.Config));
        using JsonDocument status = JsonDocument.Parse(_world.Out);
        Assert.Equal("1.0.0", status.RootElement.GetProperty("current").GetProperty("version").GetString());
        Assert.False(status.RootElement.GetProperty("running").GetBoolean());
    }

    /// <summary>Opens a pipe for writing, which waits for who reads it.</summary>
    private static Task<FileStream> OpenAsync(string pipe) => Task.Run(
        () => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)).WaitAsync(LinkWorld.Deadline);

    private static async Task DoAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync().WaitAsync(LinkWorld.Deadline);
        Assert.Equal(0, process.ExitCode);
    }

    private string Trace(string version) => $"echo {version} >> '{_trace}'";

    private Task<int> ApplyAsync(string version) => _world.RunAsync("apply", Write(version, Trace(version)), "--config", _world.Config);

    private string Write(string version, string deploy)
    {
        string file = _world.Folder.File($"package-{version}.zip");
        File.WriteAllBytes(file, PackageWorld.Make(version, deploy));
        return file;
    }

    private Task<string> CurrentAsync() => File.ReadAllTextAsync(Path.Combine(State, "current", "version.txt"));
}
