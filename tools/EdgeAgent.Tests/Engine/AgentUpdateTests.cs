using System.Text;

using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Engine;

/// <summary>A package brings a newer agent.</summary>
public sealed class AgentUpdateTests : IDisposable
{
    private static readonly TestPackage s_good = Package("2.0.0", "#!/bin/sh\necho 9.9\n");
    private static readonly TestPackage s_broken = Package("3.0.0", "this is no program\u0001\n");

    private readonly Gateway _gateway = new();
    private readonly string _executable;

    public AgentUpdateTests()
    {
        _executable = Path.Combine(_gateway.System, "edge-agent");
        File.WriteAllText(_executable, "#!/bin/sh\necho 1.0\n");
        _gateway.Options = _gateway.Options with { Executable = _executable, AgentVersion = "1.0" };
        _gateway.Server.Add(s_good, s_broken);
    }

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task It_takes_over_and_is_what_reports_that_all_is_done()
    {
        Deployer old = _gateway.Start();
        RunResult result = await old.RunAsync(s_good.Notice(1), CancellationToken.None);
        Assert.Equal(RunEnd.Restart, result.End);
        Assert.Equal("#!/bin/sh\necho 9.9\n", await File.ReadAllTextAsync(_executable));
        Assert.Equal("#!/bin/sh\necho 1.0\n", await File.ReadAllTextAsync(_executable + ".previous"));
        Assert.Equal(0, _gateway.Reports.Count(DeploymentStatus.Completed, s_good.Notice(1)));

        _gateway.Options = _gateway.Options with { AgentVersion = "9.9" };
        await _gateway.RunAsync(null);
        StatusReport last = _gateway.Reports.All[^1];
        Assert.Equal((DeploymentStatus.Completed, "9.9"), (last.Status, last.AgentVersion));
        Assert.False(File.Exists(_gateway.Folder.AgentUpdate));

        // And then nothing counts its starts any more.
        for (int i = 0; i < 5; i++)
        {
            Assert.Null(new AgentUpdates(new DiskFiles(), _gateway.Folder).Guard());
        }
    }

    [Fact]
    public async Task One_that_never_comes_up_is_put_back_after_three_starts_and_not_tried_again()
    {
        Assert.Equal(RunEnd.Restart, (await _gateway.Start().RunAsync(s_good.Notice(1), CancellationToken.None)).End);
        AgentUpdates updates = new(new DiskFiles(), _gateway.Folder);
        for (int start = 1; start <= AgentUpdates.MaxStarts; start++)
        {
            Assert.Contains($"Start {start} of 3", updates.Guard());
        }

        StringWriter said = new();
        Assert.Equal(0, GuardCommand.Run(_gateway.Folder.Root, said));
        Assert.Contains("the previous one was put back", said.ToString());
        Assert.Equal("#!/bin/sh\necho 1.0\n", await File.ReadAllTextAsync(_executable));

        await _gateway.RunAsync(null);
        StatusReport last = _gateway.Reports.All[^1];
        Assert.Equal(DeploymentStatus.Failed, last.Status);
        Assert.Equal("Its agent did not reach the server and the previous one was put back; the release itself runs", last.Error);
        Assert.Equal(s_good.Id, last.Current);
        Assert.Single(_gateway.State.RefusedAgents);

        TestPackage again = Package("2.0.1", "#!/bin/sh\necho 9.9\n");
        _gateway.Server.Add(again);
        await _gateway.RunAsync(again.Notice(2));
        Assert.StartsWith("Its agent did not come up on this gateway before", _gateway.Reports.All[^1].Error);
        Assert.Equal("#!/bin/sh\necho 1.0\n", await File.ReadAllTextAsync(_executable));
        Assert.False(File.Exists(_gateway.Folder.AgentUpdate));

        // Perhaps it was the line: published once more, it is tried once more.
        Assert.Equal(RunEnd.Restart, (await _gateway.Start().RunAsync(again.Notice(3), CancellationToken.None)).End);
    }

    [Fact]
    public async Task One_that_is_older_is_left_alone()
    {
        _gateway.Options = _gateway.Options with { AgentVersion = "9.10.0" };
        await _gateway.RunAsync(s_good.Notice(1));
        Assert.Equal("#!/bin/sh\necho 1.0\n", await File.ReadAllTextAsync(_executable));
        Assert.Equal(1, _gateway.Reports.Count(DeploymentStatus.Completed, s_good.Notice(1)));
    }

    [Fact]
    public async Task One_that_does_not_reach_the_server_asks_to_be_started_again()
    {
        Assert.Equal(RunEnd.Restart, (await _gateway.Start().RunAsync(s_good.Notice(1), CancellationToken.None)).End);
        _gateway.Reports.IsOffline = true;
        RunResult result = await _gateway.Start().RunAsync(CancellationToken.None);
        Assert.Equal((RunEnd.Restart, "The new agent did not reach the server"), (result.End, result.Message));
        _gateway.Reports.IsOffline = false;
        await _gateway.RunAsync(null);
        Assert.Equal(1, _gateway.Reports.Count(DeploymentStatus.Completed, s_good.Notice(1)));
    }

    [Fact]
    public async Task One_that_somebody_has_brought_by_hand_is_believed_without_a_server()
    {
        // The server is told nothing of these, so that no report of them can prove anything.
        _gateway.Reports.IsOffline = true;
        Notice byHand = s_good.Notice(1) with { DownloadUrl = Notice.ByHandScheme + s_good.Id };
        Assert.Equal(RunEnd.Restart, (await _gateway.Start().RunAsync(byHand, CancellationToken.None)).End);
        DateTimeOffset before = _gateway.Clock.GetUtcNow();
        Assert.Equal(RunEnd.Idle, (await _gateway.Start().RunAsync(CancellationToken.None)).End);
        Assert.Equal(TimeSpan.FromMinutes(2), _gateway.Clock.GetUtcNow() - before);
        Assert.Equal(DeploymentStatus.Completed, _gateway.State.Ended[^1].Status);
        Assert.False(File.Exists(_gateway.Folder.AgentUpdate));
        Assert.Equal("#!/bin/sh\necho 9.9\n", await File.ReadAllTextAsync(_executable));
    }

    [Fact]
    public async Task One_that_cannot_be_run_at_all_never_takes_over()
    {
        await _gateway.RunAsync(s_broken.Notice(1));
        Assert.Equal("#!/bin/sh\necho 1.0\n", await File.ReadAllTextAsync(_executable));
        Assert.StartsWith("Its agent cannot be run on this gateway (", _gateway.Reports.All[^1].Error);
        _gateway.AssertApplied("the release itself runs", s_broken);
        Assert.False(File.Exists(_executable + ".new"));
    }

    [Fact]
    public async Task The_same_version_or_the_same_file_is_left_alone()
    {
        _gateway.Options = _gateway.Options with { AgentVersion = "9.9" };
        await _gateway.RunAsync(s_good.Notice(1));
        Assert.Equal("#!/bin/sh\necho 1.0\n", await File.ReadAllTextAsync(_executable));
        Assert.Equal(1, _gateway.Reports.Count(DeploymentStatus.Completed, s_good.Notice(1)));

        _gateway.Options = _gateway.Options with { AgentVersion = "1.0" };
        TestPackage same = Package("4.0.0", "#!/bin/sh\necho 1.0\n");
        _gateway.Server.Add(same);
        await _gateway.RunAsync(same.Notice(2));
        Assert.False(File.Exists(_executable + ".previous"));
        Assert.Equal(1, _gateway.Reports.Count(DeploymentStatus.Completed, same.Notice(2)));
    }

    private static TestPackage Package(string version, string agent) => TestPackage.Make(version, more: new Dictionary<string, byte[]>
    {
        ["agent/linux-x64/edge-agent"] = Encoding.UTF8.GetBytes(agent),
        ["agent/version.txt"] = "9.9\n"u8.ToArray(),
    });
}
