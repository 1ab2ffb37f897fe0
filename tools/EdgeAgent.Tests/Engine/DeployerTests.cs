using System.Text;

using JamBox.Demo;
using JamBox.Edge.Engine;
using JamBox.Edge.Tests.Link;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.Engine;

/// <summary>What the engine does when nobody kills it.</summary>
public sealed class DeployerTests
{
    private static readonly TestPackage s_first = TestPackage.Make("1.0.0");
    private static readonly TestPackage s_second = TestPackage.Make("1.1.0");
    private static readonly TestPackage s_third = TestPackage.Make("1.2.0");
    private static readonly TestPackage s_fourth = TestPackage.Make("1.3.0");
    private static readonly TestPackage s_bad = TestPackage.Make("2.0.0", deploy: "echo 'no such table'\nexit 3");

    [Fact]
    public async Task A_deployment_reports_each_step_and_runs()
    {
        using Gateway gateway = New();
        Assert.Equal(RunEnd.Idle, (await gateway.RunAsync(s_first.Notice(1))).End);
        gateway.AssertApplied("first", s_first);
        Assert.Equal("downloading downloaded extracting deploying checking completed", gateway.Reports.Words(s_first.Notice(1)));
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal((s_first.Id, 1, "0", 100), (last.Current, last.Attempt, last.AgentVersion, last.Progress));
        Assert.Equal(s_first.Notice(1).Timestamp, last.NoticeTimestamp);
        Assert.Contains("deployed 1.0.0", await File.ReadAllTextAsync(gateway.Folder.Log(s_first.Id)));
        Assert.Equal(["1.0.0 0 "], gateway.Runs);
        string json = Encoding.UTF8.GetString(last.ToJson());
        Assert.Contains("\"status\":\"completed\"", json);
        Assert.Contains("\"deploymentId\":\"d-1-0-0\"", json);
    }

    [Fact]
    public async Task The_same_notice_again_does_nothing_and_a_newer_one_of_what_runs_is_completed_at_once()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(5));
        int reports = gateway.Reports.All.Count;
        await gateway.RunAsync(s_first.Notice(5));
        await gateway.RunAsync(s_second.Notice(4));
        Assert.Equal(reports, gateway.Reports.All.Count);
        gateway.AssertApplied("older notices", s_first);

        await gateway.RunAsync(s_first.Notice(6));
        Assert.Equal("completed", gateway.Reports.Words(s_first.Notice(6)));
        await gateway.RunAsync(s_first.Notice(6));
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, s_first.Notice(6)));
        Assert.Single(gateway.Runs);
    }

    // Old fault: a retained notice was applied again after a clean install.
    [Fact]
    public async Task Without_its_journal_an_agent_knows_from_the_link_what_runs()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(5));
        File.Delete(gateway.Folder.State);
        await gateway.RunAsync(s_first.Notice(5));
        Assert.Single(gateway.Runs);
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, s_first.Notice(5)));

        await File.WriteAllTextAsync(gateway.Folder.State, "{\"format\":1,");
        await gateway.RunAsync(s_second.Notice(6));
        gateway.AssertApplied("after a broken journal", s_second, s_first);
        Assert.True(File.Exists(gateway.Folder.State + ".bad"));
        long[] numbers = [.. gateway.Reports.All.Select(static report => report.Seq)];
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact]
    public async Task A_deployment_that_fails_is_tried_three_times_and_the_old_release_is_brought_back_each_time()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(s_bad.Notice(2));
        gateway.AssertApplied("bad", s_first);
        Assert.Equal(
            ["1.0.0 0 ", "2.0.0 0 d-1-0-0", "1.0.0 1 d-2-0-0", "2.0.0 0 d-1-0-0", "1.0.0 1 d-2-0-0", "2.0.0 0 d-1-0-0", "1.0.0 1 d-2-0-0"],
            gateway.Runs);
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal((DeploymentStatus.Failed, 3, s_first.Id), (last.Status, last.Attempt, last.Current));
        Assert.Equal("deploy.sh ended with 3; went back to 1.0.0", last.Error);
        Assert.Contains("no such table", last.Log);
        Assert.Contains(gateway.Reports.All, static report =>
            report.Attempt == 1 && report.Error == "deploy.sh ended with 3; went back to 1.0.0. Try 2 of 3 follows in 30 s");
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Failed, s_bad.Notice(2)));

        // Published again it has three new tries.
        await gateway.RunAsync(s_bad.Notice(3));
        Assert.Equal(13, gateway.Runs.Length);
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Failed, s_bad.Notice(3)));
    }

    [Fact]
    public async Task The_first_deployment_that_fails_has_nothing_to_go_back_to()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_bad.Notice(1));
        Assert.Null(gateway.Current);
        Assert.Equal("deploy.sh ended with 3; there is no release to go back to", gateway.Reports.All[^1].Error);
        Assert.Empty(new DiskFiles().List(gateway.Folder.Releases));
    }

    [Fact]
    public async Task A_script_that_was_cut_off_is_not_forgotten_for_a_newer_notice()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(1));
        await CutOffAsync(gateway, s_second.Notice(2));

        // What ran before is wanted back: it was never switched from, and yet its script has to run.
        await gateway.RunAsync(s_first.Notice(3));
        gateway.AssertApplied("cut off", s_first, s_second);
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, s_first.Notice(3)));
    }

    [Fact]
    public async Task After_a_script_was_cut_off_a_try_that_cannot_even_begin_goes_back()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(1));
        await CutOffAsync(gateway, s_second.Notice(2));
        await File.AppendAllTextAsync(Path.Combine(gateway.Folder.Release(s_second.Id), "app.txt"), "changed");
        Directory.Delete(gateway.Folder.Downloads, recursive: true);
        gateway.Server.Fails = static () => new DownloadRefusedException("410 Gone");
        await gateway.RunAsync(null);
        gateway.AssertApplied("cut off and gone", s_first);
        Assert.Equal(DeploymentStatus.Failed, gateway.Reports.All[^1].Status);
        Assert.Contains("410 Gone", gateway.Reports.All[^1].Error);
        Assert.Contains("1.0.0 1 d-1-1-0", gateway.Runs);
    }

    [Fact]
    public async Task A_notice_that_the_journal_has_no_room_for_is_taken_up_when_there_is_room()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(1));
        Deployer deployer = gateway.Start(new KillingFiles(gateway.Graveyard) { FullFrom = 1, FullUntil = 12 });
        RunResult result = await deployer.RunAsync(s_second.Notice(2), CancellationToken.None);
        Assert.Equal(RunEnd.Trouble, result.End);
        for (int minutes = 0; minutes < 20 && result.End == RunEnd.Trouble; minutes++)
        {
            result = await deployer.RunAsync(CancellationToken.None);
        }

        Assert.Equal(RunEnd.Idle, result.End);
        gateway.AssertApplied("room again", s_second, s_first);
    }

    [Fact]
    public async Task A_list_of_versions_or_of_modules_that_is_wrong_fails_the_deployment_and_not_the_agent()
    {
        using Gateway gateway = New();
        gateway.Modules.Fault = new FormatException("the list of modules is no JSON");
        Assert.Equal(RunEnd.Idle, (await gateway.RunAsync(s_first.Notice(1))).End);
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal(
            (DeploymentStatus.Failed, 1, "Modules cannot be written to: the list of modules is no JSON"),
            (last.Status, last.Attempt, last.Error));

        // The line may come back: that is worth its tries.
        gateway.Modules.Fault = new IOException("the server cannot be reached");
        await gateway.RunAsync(s_second.Notice(2));
        last = gateway.Reports.All[^1];
        Assert.Equal(
            (DeploymentStatus.Failed, 3, "Modules cannot be written to: the server cannot be reached"),
            (last.Status, last.Attempt, last.Error));
        gateway.Modules.Fault = null;
        await gateway.RunAsync(s_second.Notice(3));
        gateway.AssertApplied("the list is back", s_second, s_first);
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, s_second.Notice(3)));
    }

    [Fact]
    public async Task A_package_whose_versions_of_modules_cannot_be_read_is_not_even_unpacked()
    {
        using Gateway gateway = New();
        TestPackage package = TestPackage.Make(
            "5.0.0", more: new Dictionary<string, byte[]> { ["firmware/versions.json"] = "[1]"u8.ToArray() });
        gateway.Server.Add(package);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(package.Notice(2));
        Assert.StartsWith("The package cannot be applied: firmware/versions.json", gateway.Reports.All[^1].Error);
        gateway.AssertApplied("versions", s_first);
    }

    [Fact]
    public async Task When_the_check_fails_what_deploy_sh_printed_is_told_as_well()
    {
        using Gateway gateway = New();
        TestPackage ill = TestPackage.Make("3.1.0", deploy: "echo 'tables were made'", health: "echo 'no answer on port 80'; exit 1");
        gateway.Server.Add(ill);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(ill.Notice(2));
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal(DeploymentStatus.Failed, last.Status);
        Assert.Matches("(?s)tables were made.*no answer on port 80", last.Log!);

        // Each try begins anew.
        Assert.Single(global::System.Text.RegularExpressions.Regex.Matches(last.Log!, "tables were made"));
    }

    // Old fault: "exit −15 means success".
    [Theory]
    [InlineData("kill -TERM $$", "deploy.sh was ended by signal 15")]
    [InlineData("exit 143", "deploy.sh was ended by signal 15")]
    [InlineData("nosuchcommand", "deploy.sh ended with 127: a command or its interpreter was not found")]
    [InlineData("touch tool; ./tool", "deploy.sh ended with 126: a command in it may not be executed ('chmod +x' it")]
    public async Task To_be_ended_by_a_signal_is_no_success(string deploy, string error)
    {
        using Gateway gateway = New();
        TestPackage package = TestPackage.Make("3.0.0", deploy: deploy);
        gateway.Server.Add(package);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(package.Notice(2));
        gateway.AssertApplied(deploy, s_first);
        Assert.StartsWith(error, gateway.Reports.All[^1].Error);
    }

    [Fact]
    public async Task When_to_go_back_fails_too_that_is_said_and_the_old_release_can_be_deployed_again()
    {
        using Gateway gateway = New();
        TestPackage fragile = TestPackage.Make("4.0.0", deploy: "test \"$JAMBOX_ROLLBACK\" = 0 || exit 9");
        gateway.Server.Add(fragile);
        await gateway.RunAsync(fragile.Notice(1));
        await gateway.RunAsync(s_bad.Notice(2));
        Assert.Equal(
            "deploy.sh ended with 3; to go back to 4.0.0 failed, too: deploy.sh ended with 9", gateway.Reports.All[^1].Error);
        Assert.True(gateway.State.Current!.IsDoubtful);

        await gateway.RunAsync(fragile.Notice(3));
        Assert.False(gateway.State.Current!.IsDoubtful);
        Assert.Equal("4.0.0 0 d-4-0-0", gateway.Runs[^1]);
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, fragile.Notice(3)));
    }

    [Fact]
    public async Task The_last_three_releases_are_kept_and_one_of_them_is_back_without_a_download()
    {
        using Gateway gateway = New();
        TestPackage[] all = [s_first, s_second, s_third, s_fourth];
        for (int i = 0; i < all.Length; i++)
        {
            await gateway.RunAsync(all[i].Notice(i + 1));
        }

        gateway.AssertApplied("four", s_fourth, s_third, s_second);
        int openings = gateway.Server.Openings.Count;
        await gateway.RunAsync(s_second.Notice(10));
        gateway.AssertApplied("back", s_second, s_fourth, s_third);
        Assert.Equal(openings, gateway.Server.Openings.Count);
        Assert.Equal("deploying checking completed", gateway.Reports.Words(s_second.Notice(10)));

        // One that was changed meanwhile is downloaded again.
        await File.AppendAllTextAsync(Path.Combine(gateway.Folder.Release(s_third.Id), "app.txt"), "x");
        await gateway.RunAsync(s_third.Notice(11));
        gateway.AssertApplied("changed", s_third, s_second, s_fourth);
        Assert.Equal(openings + 1, gateway.Server.Openings.Count);
    }

    [Fact]
    public async Task Only_signed_packages_are_applied_unless_this_gateway_itself_allows_others()
    {
        using Gateway gateway = New();
        using var other = ReleaseKey.Create();
        TestPackage foreign = TestPackage.Make("5.0.0", key: other);
        gateway.Server.Add(foreign);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(foreign.Notice(2));
        gateway.AssertApplied("foreign", s_first);
        Assert.Contains("none of this gateway's trustedKeys", gateway.Reports.All[^1].Error);
        Assert.Equal(1, gateway.Reports.All[^1].Attempt);

        gateway.Options = gateway.Options with { AllowUnsigned = true };
        await gateway.RunAsync(foreign.Notice(3));
        gateway.AssertApplied("allowed", foreign, s_first);
    }

    [Fact]
    public async Task A_package_whose_list_says_another_version_or_that_is_no_zip_is_not_tried_again()
    {
        using Gateway gateway = New();
        TestPackage misnamed = TestPackage.Of("misnamed", "9.9.9", s_second.Bytes);
        TestPackage rubbish = TestPackage.Of("rubbish", "1.0", new byte[5000]);
        gateway.Server.Add(misnamed, rubbish);
        await gateway.RunAsync(misnamed.Notice(1));
        Assert.Equal("The package says that it is version 1.1.0, not 9.9.9", gateway.Reports.All[^1].Error);
        await gateway.RunAsync(rubbish.Notice(2));
        Assert.StartsWith("The package cannot be applied: ", gateway.Reports.All[^1].Error);
        Assert.Equal(2, gateway.Server.Openings.Count);
        Assert.Null(gateway.Current);
    }

    [Fact]
    public async Task A_package_that_is_another_than_announced_is_downloaded_again_and_never_unpacked()
    {
        using Gateway gateway = New();
        byte[] changed = [.. s_first.Bytes];
        changed[^40] ^= 1;
        gateway.Server.Add(TestPackage.Of(s_first.Id, s_first.Version, changed));
        await gateway.RunAsync(s_first.Notice(1));
        Assert.Equal(3, gateway.Server.Openings.Count);
        Assert.Contains("another than the one that was announced", gateway.Reports.All[^1].Error);
        Assert.Empty(gateway.Runs);
    }

    [Fact]
    public async Task A_package_that_is_gone_fails_after_three_tries()
    {
        using Gateway gateway = New();
        TestPackage unknown = TestPackage.Make("6.0.0");
        await gateway.RunAsync(unknown.Notice(1));
        Assert.Equal("The server does not give the package: 404 Not Found", gateway.Reports.All[^1].Error);
        Assert.Equal(3, gateway.Reports.All[^1].Attempt);
    }

    [Theory]
    [InlineData("exit 0", 200, "")]
    [InlineData("echo 'not yet'; exit 5", 200, "It does not work: The command ended with 5")]
    [InlineData(null, 204, "")]
    [InlineData(null, 500, "answered with 500")]
    [InlineData(null, 0, "did not answer")]
    public async Task A_gateways_own_checks_are_asked_besides_the_packages(string? command, int status, string error)
    {
        await using FaultyServer asked = await FaultyServer.StartAsync(http =>
        {
            http.Response.StatusCode = status == 0 ? 200 : status;
            return Task.CompletedTask;
        });
        Uri url = status == 0 ? new Uri($"http://127.0.0.1:{LoopbackPort.Pick()}/") : asked.Address;
        using Gateway gateway = New();
        gateway.Options = gateway.Options with { HealthCommand = command, HealthUrl = url, Tries = 1 };
        await gateway.RunAsync(s_first.Notice(1));
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal(error.Length == 0 ? DeploymentStatus.Completed : DeploymentStatus.Failed, last.Status);
        Assert.Contains(error, last.Error ?? string.Empty, StringComparison.Ordinal);

        // The package's own health.sh was asked before: one that is ill does not get so far.
        TestPackage sick = TestPackage.Make("5.0.0", health: "exit 4");
        gateway.Server.Add(sick);
        int before = asked.Requests.Count;
        await gateway.RunAsync(sick.Notice(2));
        Assert.Contains("health.sh ended with 4", gateway.Reports.All[^1].Error, StringComparison.Ordinal);
        Assert.InRange(asked.Requests.Count - before, 0, gateway.Options.HealthTries);
    }

    [Fact]
    public async Task A_server_that_says_when_is_not_asked_sooner()
    {
        using Gateway gateway = New();
        Queue<Exception?> faults = new([new DownloadBusyException("the server is busy", TimeSpan.FromMinutes(17)), null]);
        gateway.Server.Fails = () => faults.Count > 0 ? faults.Dequeue() : null;
        DateTimeOffset before = gateway.Clock.GetUtcNow();
        await gateway.RunAsync(s_first.Notice(1));
        gateway.AssertApplied("busy", s_first);
        Assert.InRange(gateway.Clock.GetUtcNow() - before, TimeSpan.FromMinutes(17), TimeSpan.FromMinutes(18));
    }

    [Fact]
    public async Task A_newer_notice_takes_the_place_of_a_download()
    {
        using Gateway gateway = New();
        Deployer deployer = gateway.Start();
        gateway.Server.Breaks = static () => 100;
        gateway.Server.Fails = () =>
        {
            gateway.Server.Breaks = static () => null;
            deployer.Offer(s_second.Notice(2));
            gateway.Server.Fails = static () => null;
            return null;
        };
        await deployer.RunAsync(s_first.Notice(1), CancellationToken.None);
        gateway.AssertApplied("newer", s_second);
        Assert.Equal("downloading removed", gateway.Reports.Words(s_first.Notice(1)));
        Assert.Equal(["1.1.0 0 "], gateway.Runs);
    }

    [Fact]
    public async Task Modules_that_failed_are_tried_again_alone_and_the_release_stays()
    {
        using Gateway gateway = New();
        TestPackage package = TestPackage.Make(
            "7.0.0", more: new Dictionary<string, byte[]> { ["firmware/wired/relay/firmware.bin"] = "7.0"u8.ToArray() });
        gateway.Server.Add(package);
        gateway.Modules.Versions["esp32-000001"] = "6.0";
        gateway.Modules.Versions["esp32-000002"] = "6.0";
        gateway.Modules.Broken.Add("esp32-000002");
        await gateway.RunAsync(package.Notice(1));
        gateway.AssertApplied("modules", package);
        StatusReport last = gateway.Reports.All[^1];
        Assert.Equal(DeploymentStatus.Failed, last.Status);
        Assert.Equal("1 of 2 modules could not be brought to their version (esp32-000002: no answer)", last.Error);
        Assert.Equal(["esp32-000001", "esp32-000002", "esp32-000002", "esp32-000002"], gateway.Modules.Pushes);

        gateway.Modules.Broken.Clear();
        await gateway.RunAsync(package.Notice(2));
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, package.Notice(2)));
        Assert.Equal("esp32-000002", gateway.Modules.Pushes[^1]);
        Assert.Equal(5, gateway.Modules.Pushes.Count);
        Assert.Single(gateway.Runs);
        Assert.Equal(2, gateway.Reports.All[^1].Modules!.Count);
    }

    [Fact]
    public async Task Asked_to_stop_it_stops_between_steps_and_goes_on_later_without_a_try_lost()
    {
        using Gateway gateway = New();
        using CancellationTokenSource stop = new();
        gateway.Server.Sending = sent =>
        {
            if (sent > 9000)
            {
                stop.Cancel();
            }
        };
        RunResult result = await gateway.Start().RunAsync(s_first.Notice(1), stop.Token);
        Assert.Equal(RunEnd.Stopped, result.End);
        Assert.True(gateway.State.Job!.Stopped);
        await gateway.RunAsync(null);
        gateway.AssertApplied("stopped", s_first);
        Assert.Equal(1, gateway.Reports.All[^1].Attempt);

        // What had come was not asked for again.
        Assert.True(gateway.Server.Openings[^1] > 9000 && gateway.Server.Sent == s_first.Bytes.Length);
    }

    [Fact]
    public async Task One_agent_works_in_a_folder_and_its_lock_ends_with_it()
    {
        using Gateway gateway = New();
        using (AgentLock? held = AgentLock.TryTake(gateway.Folder))
        {
            Assert.NotNull(held);
            Assert.Null(AgentLock.TryTake(gateway.Folder));
        }

        // The file is there still, as after a crash.
        Assert.True(File.Exists(gateway.Folder.Lock));
        if (!OperatingSystem.IsWindows())
        {
            // Whoever may read it may lock it: an older agent has left it so.
            File.SetUnixFileMode(gateway.Folder.Lock, (UnixFileMode)0b110_100_100);
        }

        using AgentLock? again = AgentLock.TryTake(gateway.Folder);
        Assert.NotNull(again);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(gateway.Folder.Lock));
        }

        await Task.CompletedTask;
    }

    private static async Task CutOffAsync(Gateway gateway, Notice notice)
    {
        Deployer dying = gateway.Start(scripts: new DyingScripts(new ShellScripts(TimeProvider.System)));
        await Assert.ThrowsAsync<KilledException>(() => dying.RunAsync(notice, CancellationToken.None));
    }

    private static Gateway New()
    {
        Gateway gateway = new();
        gateway.Server.Add(s_first, s_second, s_third, s_fourth, s_bad);
        return gateway;
    }

    // The agent dies while a script runs that has done its worst.
    private sealed class DyingScripts(IScripts scripts) : IScripts
    {
        public async Task<ScriptResult> RunAsync(ScriptRun run, CancellationToken stop)
        {
            await scripts.RunAsync(run, stop);
            throw new KilledException();
        }

        public Task EndAsync(string token, CancellationToken cancellation) => scripts.EndAsync(token, cancellation);
    }
}
