using System.Diagnostics;
using System.Globalization;

using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Engine;

/// <summary>The release before is brought into service again, whatever the new one has done.</summary>
public sealed class GoingBackTests : IDisposable
{
    private static readonly TestPackage s_first = TestPackage.Make("1.0.0");
    private static readonly TestPackage s_second = TestPackage.Make("1.1.0");
    private static readonly TestPackage s_bad = TestPackage.Make("2.0.0", deploy: "exit 3");

    private readonly Gateway _gateway = new();

    public GoingBackTests() => _gateway.Server.Add(s_first, s_second, s_bad);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task What_deploy_sh_has_started_lives_on_when_the_check_says_no_at_first()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // A service that takes its time: the first look comes too early.
        TestPackage service = TestPackage.Make(
            "4.0.0",
            deploy: """
                [ ! -e "$system/pid" ] || kill "$(cat "$system/pid")" || true
                nohup sh -c 'while :; do sleep 0.1; done' >/dev/null 2>&1 &
                echo $! > "$system/pid"
                """,
            health: """
                system="$JAMBOX_FOLDER/../system"
                if [ "$JAMBOX_ROLLBACK" = 1 ] && [ ! -e "$system/asked" ]; then touch "$system/asked"; exit 1; fi
                grep -q '^State:[[:space:]]*[SRD]' "/proc/$(cat "$system/pid")/status"
                """);
        _gateway.Server.Add(service);

        // Each further try would go back once more, and that would go well.
        _gateway.Options = _gateway.Options with { Tries = 1 };
        try
        {
            await _gateway.RunAsync(service.Notice(1));
            await _gateway.RunAsync(s_bad.Notice(2));
            Assert.True(File.Exists(Path.Combine(_gateway.System, "asked")));
            Assert.False(_gateway.State.Current!.IsDoubtful);
            Assert.EndsWith("went back to 4.0.0", _gateway.Reports.All[^1].Error, StringComparison.Ordinal);
            Assert.Matches(@"State:\s*[SRD]", await File.ReadAllTextAsync($"/proc/{ServiceId()}/status"));
        }
        finally
        {
            Process.GetProcessById(ServiceId()).Kill();
        }
    }

    [Fact]
    public async Task Half_a_deployment_does_not_wait_for_the_line()
    {
        await _gateway.RunAsync(s_first.Notice(1));
        await _gateway.RunAsync(s_second.Notice(2));

        // The first one again: it is here still, and nothing is downloaded; its own script changes a file of it, and the power goes.
        Deployer dying = _gateway.Start(scripts: new CutShort(
            new ShellScripts(TimeProvider.System), Path.Combine(_gateway.Folder.Release(s_first.Id), "app.txt")));
        await Assert.ThrowsAsync<KilledException>(() => dying.RunAsync(s_first.Notice(3), CancellationToken.None));
        Assert.Empty(new DiskFiles().List(_gateway.Folder.Downloads));

        // The line is away for a while: meanwhile the second one runs.
        int asked = 0;
        string? runs = null;
        _gateway.Server.Fails = () =>
        {
            runs ??= _gateway.App;
            return ++asked < 3 ? new IOException("no route") : null;
        };
        await _gateway.RunAsync(null);
        Assert.Equal("application 1.1.0\n", runs);
        _gateway.AssertApplied("in the end", s_first, s_second);
        Assert.Equal(1, _gateway.Reports.Count(DeploymentStatus.Completed, s_first.Notice(3)));
    }

    private int ServiceId() => int.Parse(File.ReadAllText(Path.Combine(_gateway.System, "pid")), CultureInfo.InvariantCulture);

    private sealed class CutShort(IScripts scripts, string changed) : IScripts
    {
        public async Task<ScriptResult> RunAsync(ScriptRun run, CancellationToken stop)
        {
            await scripts.RunAsync(run, stop);
            await File.AppendAllTextAsync(changed, "changed", stop);
            throw new KilledException();
        }

        public Task EndAsync(string token, CancellationToken cancellation) => scripts.EndAsync(token, cancellation);
    }
}
