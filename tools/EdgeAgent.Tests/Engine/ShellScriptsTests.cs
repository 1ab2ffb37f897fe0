using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Engine;

/// <summary>Scripts, with the real shell and real processes.</summary>
public sealed class ShellScriptsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-scripts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Output_is_in_the_log_and_its_end_in_the_result()
    {
        ScriptResult result = await new ShellScripts(TimeProvider.System).RunAsync(
            Run("i=0; while [ $i -lt 3000 ]; do echo \"line $i of many\"; i=$((i+1)); done; echo oops >&2; exit 7"),
            CancellationToken.None);
        Assert.Equal("The command ended with 7", result.Error);
        Assert.Contains("line 2999 of many", result.Tail);
        Assert.Contains("oops", result.Tail);
        Assert.DoesNotContain("line 5 of", result.Tail);
        Assert.InRange(result.Tail.Length, 8000, ScriptOutput.TailBytes);
        Assert.Contains("line 5 of many", await File.ReadAllTextAsync(Path.Combine(_folder, "log")));
    }

    [Fact]
    public async Task What_a_script_prints_is_told_while_it_runs()
    {
        List<string> told = [];
        ScriptRun run = Run("echo first; while [ ! -e told ]; do sleep 0.02; done; echo second") with
        {
            Told = tail =>
            {
                told.Add(tail);
                File.WriteAllText(Path.Combine(_folder, "told"), string.Empty);
            },
        };
        ScriptResult result = await new ShellScripts(TimeProvider.System) { TellEvery = TimeSpan.FromMilliseconds(20) }.RunAsync(
            run, CancellationToken.None);
        Assert.Null(result.Error);
        Assert.EndsWith("first\n", told[0], StringComparison.Ordinal);
        Assert.EndsWith("second\n", result.Tail, StringComparison.Ordinal);

        // What prints nothing more is not told again and again.
        Assert.Equal(told.Count, told.Distinct().Count());
    }

    [Fact]
    public async Task At_its_limit_it_is_killed_with_all_that_it_started()
    {
        ScriptRun run = Run("trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo started; while :; do sleep 1; done");
        JumpingAfter clock = new(_folder);
        ScriptResult result = await new ShellScripts(clock).RunAsync(run with { Limit = TimeSpan.FromMinutes(15) }, CancellationToken.None);
        Assert.Equal("The command was killed after 15 min", result.Error);
        Assert.False(result.Stopped);
        Assert.Empty(ShellScripts.Find(run.Token));
    }

    [Fact]
    public async Task When_the_agent_is_to_stop_it_gets_its_time_and_no_more()
    {
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();
        ScriptResult done = await new ShellScripts(TimeProvider.System).RunAsync(
            Run("sleep 0.2; echo done") with { StopLimit = TimeSpan.FromMinutes(5) }, stop.Token);
        Assert.Null(done.Error);
        Assert.False(done.Stopped);

        ScriptResult killed = await new ShellScripts(new JumpingAfter(_folder, onlyUpTo: TimeSpan.FromMinutes(5))).RunAsync(
            Run("echo started; while :; do sleep 1; done") with { StopLimit = TimeSpan.FromMinutes(5), Limit = TimeSpan.FromMinutes(15) },
            stop.Token);
        Assert.True(killed.Stopped);
        Assert.Equal("The command was killed because the agent is to stop and waits no longer than 5 min", killed.Error);
    }

    [Fact]
    public async Task What_it_leaves_running_on_purpose_runs_on()
    {
        ScriptRun run = Run("nohup sh -c 'while [ ! -e stop ]; do sleep 0.05; done; echo over > over' >/dev/null 2>&1 & echo started");
        ScriptResult result = await new ShellScripts(TimeProvider.System).RunAsync(run, CancellationToken.None);
        Assert.Null(result.Error);
        await File.WriteAllTextAsync(Path.Combine(_folder, "stop"), string.Empty);
        for (int i = 0; i < 1200 && !File.Exists(Path.Combine(_folder, "over")); i++)
        {
            await Task.Delay(50);
        }

        Assert.True(File.Exists(Path.Combine(_folder, "over")));
    }

    [Fact]
    public async Task What_one_that_fails_has_started_does_not_outlive_it()
    {
        ScriptRun run = Run("setsid sh -c 'while :; do sleep 1; done' >/dev/null 2>&1 & (while :; do sleep 1; done) & exit 3");
        ScriptResult result = await new ShellScripts(TimeProvider.System).RunAsync(run, CancellationToken.None);
        Assert.Equal("The command ended with 3", result.Error);
        Assert.Empty(ShellScripts.Find(run.Token));
    }

    [Fact]
    public async Task What_is_left_of_a_dead_agents_script_is_ended()
    {
        ScriptRun run = Run("touch began; while :; do sleep 1; done");
        using global::System.Diagnostics.Process orphan = new()
        {
            StartInfo = new("setsid", ["sh", "-c", run.Command!])
            {
                WorkingDirectory = _folder,
                Environment = { [ShellScripts.TokenVariable] = run.Token },
            },
        };
        orphan.Start();
        while (!File.Exists(Path.Combine(_folder, "began")))
        {
            await Task.Delay(20);
        }

        Assert.NotEmpty(ShellScripts.Find(run.Token));
        await new ShellScripts(TimeProvider.System) { Grace = TimeSpan.FromMilliseconds(300) }.EndAsync(run.Token, CancellationToken.None);
        Assert.Empty(ShellScripts.Find(run.Token));
        await orphan.WaitForExitAsync();
    }

    [Fact]
    public void What_is_no_text_is_taken_out_of_reports()
    {
        Assert.Equal("a\tb[2Jc\nd", ScriptOutput.Clean("a\tb\u001b[2J\rc\n\0d"));
        string rubbish = ScriptOutput.Clean(new string('\uFFFD', 16_384));
        Assert.InRange(global::System.Text.Encoding.UTF8.GetByteCount(rubbish), 1, ScriptOutput.TailBytes);
    }

    private ScriptRun Run(string command) => new()
    {
        Command = command,
        Folder = _folder,
        Environment = new Dictionary<string, string>(),
        Limit = TimeSpan.FromHours(1),
        StopLimit = TimeSpan.FromMinutes(1),
        Log = Path.Combine(_folder, "log"),
        Token = Guid.NewGuid().ToString("N"),
    };

    /// <summary>Waits are over as soon as the script has said that it runs; longer ones than a bound never.</summary>
    private sealed class JumpingAfter(string folder, TimeSpan? onlyUpTo = null) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.Zero || dueTime > (onlyUpTo ?? TimeSpan.MaxValue))
            {
                return new Timer(callback, state, -1, -1);
            }

            Timer? timer = null;
            timer = new Timer(
                _ =>
                {
                    string log = Path.Combine(folder, "log");
                    if (File.Exists(log) && Read(log).Contains("started", StringComparison.Ordinal))
                    {
                        timer!.Change(-1, -1);
                        callback(state);
                    }
                });
            timer.Change(10, 10);
            return timer;
        }

        private static string Read(string log)
        {
            using FileStream file = new(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return new StreamReader(file).ReadToEnd();
        }
    }
}
