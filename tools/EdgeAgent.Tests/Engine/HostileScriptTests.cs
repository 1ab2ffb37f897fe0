using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Engine;

/// <summary>Scripts that lay hands on the agent's own folder, and disks that lose part of it: what is said then is so.</summary>
public sealed class HostileScriptTests
{
    private static readonly TestPackage s_first = TestPackage.Make("1.0.0");
    private static readonly TestPackage s_second = TestPackage.Make("1.1.0");

    [Fact]
    public async Task To_go_back_to_a_release_that_was_removed_fails_and_is_said()
    {
        using Gateway gateway = New();
        TestPackage package = TestPackage.Make("2.0.0", deploy: "rm -rf \"$JAMBOX_FOLDER/releases/$JAMBOX_PREVIOUS\"; exit 1");
        gateway.Server.Add(package);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(package.Notice(2));
        Assert.Equal(
            "deploy.sh ended with 1; to go back to 1.0.0 failed, too: its folder is gone from this computer",
            gateway.Reports.All[^1].Error);
        Assert.True(gateway.State.Current!.IsDoubtful);

        // Published again it is fetched and deployed, and all is well.
        await gateway.RunAsync(s_first.Notice(3));
        gateway.AssertApplied("again", s_first);
    }

    [Fact]
    public async Task A_release_that_lost_a_file_is_gone_back_to_all_the_same_and_can_be_deployed_anew()
    {
        using Gateway gateway = New();
        TestPackage bad = TestPackage.Make("2.0.0", deploy: "exit 1");
        gateway.Server.Add(bad);
        await gateway.RunAsync(s_first.Notice(1));
        File.Delete(Path.Combine(gateway.Folder.Release(s_first.Id), "data", "table.bin"));
        await gateway.RunAsync(bad.Notice(2));
        Assert.Equal("deploy.sh ended with 1; went back to 1.0.0", gateway.Reports.All[^1].Error);
        Assert.Equal("1.0.0 1 d-2-0-0", gateway.Runs[^1]);

        // Where its script needs that file, it fails, and published again it is unpacked anew.
        File.Delete(Path.Combine(gateway.Folder.Release(s_first.Id), "app.txt"));
        await gateway.RunAsync(bad.Notice(3));
        Assert.StartsWith("deploy.sh ended with 1; to go back to 1.0.0 failed, too: ", gateway.Reports.All[^1].Error);
        await gateway.RunAsync(s_first.Notice(4));
        gateway.AssertApplied("anew", s_first);
    }

    [Fact]
    public async Task A_link_that_a_script_has_turned_is_turned_back()
    {
        using Gateway gateway = New();
        TestPackage package = TestPackage.Make("2.0.0", deploy: "ln -sfn releases/evil \"$JAMBOX_FOLDER/current\"; exit 1");
        gateway.Server.Add(package);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(package.Notice(2));
        gateway.AssertApplied("turned back", s_first);
        Assert.Equal("deploy.sh ended with 1; went back to 1.0.0", gateway.Reports.All[^1].Error);
    }

    [Theory]
    [InlineData("cd /; rm -rf \"$JAMBOX_FOLDER/releases/$JAMBOX_RELEASE\"", "its folder")]
    [InlineData("rm health.sh", "health.sh")]
    [InlineData("rm data/empty.txt", "data/empty.txt")]
    public async Task A_release_that_removes_part_of_itself_is_not_switched_to(string deploy, string missing)
    {
        using Gateway gateway = New();
        TestPackage package = TestPackage.Make("2.0.0", deploy: deploy);
        gateway.Server.Add(package);
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(package.Notice(2));
        gateway.AssertApplied(deploy, s_first);
        Assert.Equal(
            $"Of the release itself {missing} is gone: did its scripts remove it?; went back to 1.0.0", gateway.Reports.All[^1].Error);
    }

    [Fact]
    public async Task A_release_that_has_changed_its_own_files_can_be_gone_back_to_and_one_that_lost_some_cannot()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(s_second.Notice(2));
        await File.AppendAllTextAsync(Path.Combine(gateway.Folder.Release(s_first.Id), "data", "empty.txt"), "port=80\n");
        int openings = gateway.Server.Openings.Count;
        await gateway.RunAsync(Kept(s_first, 3));
        Assert.Equal(DeploymentStatus.Completed, gateway.Reports.All[^1].Status);
        Assert.Equal((s_first.Id, s_second.Id), (gateway.State.Current!.Id, gateway.State.Previous!.Id));
        Assert.Equal("1.0.0 1 d-1-1-0", gateway.Runs[^1]);

        File.Delete(Path.Combine(gateway.Folder.Release(s_second.Id), "data", "empty.txt"));
        await gateway.RunAsync(Kept(s_second, 4));
        Assert.Equal(
            "Of the release that is to run again data/empty.txt is gone from this computer: deploy it from the server",
            gateway.Reports.All[^1].Error);
        Assert.Equal(s_first.Id, gateway.Current);
        Assert.Equal(openings, gateway.Server.Openings.Count);
    }

    [Fact]
    public async Task Without_its_journal_an_agent_keeps_the_releases_before_and_can_go_back()
    {
        using Gateway gateway = New();
        await gateway.RunAsync(s_first.Notice(1));
        await gateway.RunAsync(s_second.Notice(2));
        await File.WriteAllTextAsync(gateway.Folder.State, "{");
        await gateway.RunAsync(null);
        Assert.Equal((s_second.Id, s_first.Id), (gateway.State.Current!.Id, gateway.State.Previous!.Id));
        gateway.AssertWhole("rebuilt", s_second);
        Assert.True(Directory.Exists(gateway.Folder.Release(s_first.Id)));

        // A newer one than what runs may never have run.
        await gateway.RunAsync(s_first.Notice(3));
        new ReleaseFolders(new DiskFiles(), gateway.Folder).Switch(s_first.Id);
        File.Delete(gateway.Folder.State);
        await gateway.RunAsync(null);
        Assert.Equal(s_first.Id, gateway.State.Current!.Id);
        Assert.Null(gateway.State.Previous);
    }

    [Fact]
    public async Task What_the_queue_had_no_room_for_is_offered_again_without_anything_else_happening()
    {
        using Gateway gateway = New();
        gateway.Reports.IsFull = true;
        Deployer deployer = gateway.Start();
        DeploymentLoop loop = new(deployer, gateway.Clock, NullLogger.Instance);
        using CancellationTokenSource stop = new();
        loop.Offer(s_first.Notice(1));
        Task<bool> run = loop.RunAsync(stop.Token);
        await Link.LinkWorld.UntilAsync(
            () => deployer is { State: { Job: null, Current: not null }, Undelivered: > 0 }, "it is deployed and nobody was told");
        gateway.Reports.IsFull = false;
        await Link.LinkWorld.UntilAsync(() => deployer.Undelivered == 0, "the reports are delivered");
        await stop.CancelAsync();
        Assert.False(await run);
        Assert.Equal(1, gateway.Reports.Count(DeploymentStatus.Completed, s_first.Notice(1)));
    }

    private static Notice Kept(TestPackage package, int minute) =>
        package.Notice(minute) with { DownloadUrl = Notice.KeptScheme + package.Id, Size = 1 };

    private static Gateway New()
    {
        Gateway gateway = new();
        gateway.Server.Add(s_first, s_second);
        return gateway;
    }
}
