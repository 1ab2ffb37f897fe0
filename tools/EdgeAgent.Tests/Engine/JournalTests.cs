using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Engine;

/// <summary>The journal, as it is read back.</summary>
public sealed class JournalTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("jambox-journal-").FullName;

    private AgentFolder Folder => new(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_was_written_is_read()
    {
        Journal journal = new(new DiskFiles(), Folder);
        Assert.Null(journal.Load(out string? fault));
        Assert.Null(fault);
        AgentState state = Full();
        journal.Save(state);
        AgentState read = journal.Load(out _)!;
        Assert.Equal(state.Job! with { Modules = null }, read.Job! with { Modules = null });
        Assert.Equal(state.Job.Modules, read.Job.Modules);
        Assert.Equal(state.Current, read.Current);
        Assert.Equal(state.Ended, read.Ended);
        Assert.Equal(state.NextSeq, read.NextSeq);
        Assert.Equal(state.Outbox[0] with { Modules = null }, read.Outbox[0] with { Modules = null });
    }

    [Fact]
    public void One_that_is_too_long_is_put_aside_even_where_a_folder_has_that_name()
    {
        Journal journal = new(new DiskFiles(), Folder);
        Directory.CreateDirectory(Folder.State + ".bad");
        File.WriteAllBytes(Folder.State, new byte[(8 << 20) + 1]);
        Assert.Null(journal.Load(out string? fault));
        Assert.Contains("has more than 8 MB", fault);
        Assert.False(File.Exists(Folder.State));
        journal.Save(Full());
        Assert.NotNull(journal.Load(out _));
    }

    [Fact]
    public void Whatever_the_file_holds_it_is_read_or_put_aside()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("JB_SEED"), out int given) ? given : 1906;
        Random random = new(seed);
        Journal journal = new(new DiskFiles(), Folder);
        journal.Save(Full());
        byte[] good = File.ReadAllBytes(Folder.State);
        int asides = 0;
        for (int i = 0; i < 4000; i++)
        {
            int at = random.Next(good.Length);
            byte[] bytes = random.Next(4) switch
            {
                0 => good[..at],
                1 => [.. good[..at], .. good[random.Next(at, good.Length)..]],
                2 => [.. good[..at], (byte)random.Next(256), .. good[(at + 1)..]],
                _ => [.. good[..at], .. "null"u8, .. good[Math.Min(good.Length, at + random.Next(40))..]],
            };
            File.WriteAllBytes(Folder.State, bytes);
            string replay = $"case {i}; replay: JB_SEED={seed} dotnet test tools/EdgeAgent.Tests --filter {nameof(JournalTests)}";
            try
            {
                AgentState? state = journal.Load(out string? fault);
                Assert.True((state is null) == (fault is not null), replay);
                if (state is null)
                {
                    asides++;
                    Assert.True(File.ReadAllBytes(Folder.State + ".bad").AsSpan().SequenceEqual(bytes), replay);
                }
                else
                {
                    // What is used without a question is there.
                    Assert.True(state.Job is null || Notice.IsId(state.Job.Notice.Id), replay);
                    Assert.All(state.Outbox, static report => Assert.NotNull(report.DeploymentId));
                }
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{replay}: {e}");
            }
        }

        Assert.InRange(asides, 500, 3990);
    }

    private static AgentState Full()
    {
        Notice notice = new(
            "d-1", "1.2.3", "p.zip", 12, new string('a', 64), "/api/x", "2026-11-28T18:00:00.000Z",
            new DateTimeOffset(2026, 11, 28, 18, 0, 0, TimeSpan.Zero));
        ModuleState module = new() { Hostname = "esp32-000001", Type = "relay", Status = ModuleStatus.Done, After = "7.0", Ms = 12 };
        return new AgentState
        {
            NextSeq = 7,
            Current = new ReleaseRecord { Id = "d-0", Version = "1.2.2", At = notice.At },
            Releases = ["d-0"],
            NewestNotice = notice.At,
            Job = new Job
            {
                Notice = notice, StartedAt = notice.At, Step = JobStep.GoingBack, Attempt = 2, Error = "x", Modules = [module],
            },
            Ended = [new EndedDeployment("d-0", "2026-11-27T18:00:00.000Z", DeploymentStatus.Completed)],
            Outbox =
            [
                new StatusReport
                {
                    DeploymentId = "d-1", Version = "1.2.3", Status = DeploymentStatus.Checking, Seq = 6,
                    Timestamp = "2026-11-28T18:01:00.000Z",
                    Modules = [module],
                },
            ],
        };
    }
}
