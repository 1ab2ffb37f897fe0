using System.Text.Json;

using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

public sealed class ReportQueueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string QueueFolder => _folder.File("queue");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reports_come_out_in_their_order_after_a_restart_too()
    {
        ReportQueue queue = Open();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading));
        queue.Report(LinkWorld.Report(2, DeploymentStatus.Downloaded));
        queue.Report(LinkWorld.Report(3, DeploymentStatus.Completed));
        queue = Open();
        Assert.Equal([1, 2, 3], Drain(queue));
        Assert.Null(queue.Peek());
    }

    [Fact]
    public void What_is_taken_is_what_was_reported()
    {
        ReportQueue queue = Open();
        StatusReport report = LinkWorld.Report(1, DeploymentStatus.Failed, log: "café „ü“\n\u001b[31m");
        queue.Report(report);
        Assert.Equal(report.ToJson(), queue.Peek()!.Value.Json);
    }

    [Fact]
    public void A_folder_that_somebody_has_cleared_away_is_made_again()
    {
        ReportQueue queue = Open();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading));
        Directory.Delete(QueueFolder, recursive: true);
        queue.Report(LinkWorld.Report(2, DeploymentStatus.Completed));
        Assert.Equal([2], Drain(queue));
    }

    [Fact]
    public void A_report_that_was_taken_before_is_never_taken_again()
    {
        ReportQueue queue = Open();
        queue.Report(LinkWorld.Report(7, DeploymentStatus.Completed));
        queue.Report(LinkWorld.Report(7, DeploymentStatus.Completed));
        queue.Report(LinkWorld.Report(6, DeploymentStatus.Failed));
        Assert.Equal(1, queue.Count);
        queue.Remove(7);

        // The folder is empty now, and yet it is known how far the numbers have come.
        queue = Open();
        queue.Report(LinkWorld.Report(7, DeploymentStatus.Completed));
        Assert.Equal(0, queue.Count);
        queue.Report(LinkWorld.Report(8, DeploymentStatus.Completed));
        Assert.Equal([8], Drain(queue));
    }

    [Fact]
    public void The_oldest_progress_goes_first_and_an_end_never()
    {
        const int Kept = 10;
        ReportQueue queue = Open(Kept);
        long seq = 0;
        for (int deployment = 0; deployment < 20; deployment++)
        {
            queue.Report(LinkWorld.Report(++seq, DeploymentStatus.Downloading, id: $"d-{deployment}"));
            queue.Report(LinkWorld.Report(++seq, DeploymentStatus.Extracting, id: $"d-{deployment}"));
            queue.Report(
                LinkWorld.Report(++seq, deployment % 2 == 0 ? DeploymentStatus.Completed : DeploymentStatus.Failed, id: $"d-{deployment}"));
        }

        // Twenty ends are more than the bound, and all of them are there; of progress there is nothing left.
        Assert.Equal(Enumerable.Range(1, 20).Select(static one => 3L * one), Drain(Open(Kept)));
    }

    [Fact]
    public void Progress_that_is_overtaken_is_not_kept_but_the_beginning_of_a_step_is()
    {
        ReportQueue queue = Open();
        for (int progress = 0; progress <= 100; progress += 10)
        {
            queue.Report(LinkWorld.Report((progress / 10) + 1, DeploymentStatus.Downloading, progress));
        }

        queue.Report(LinkWorld.Report(12, DeploymentStatus.Downloaded));
        Assert.Equal([1, 11, 12], Drain(queue));
    }

    [Fact]
    public void Another_try_or_another_deployment_is_another_step()
    {
        ReportQueue queue = Open();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading, attempt: 1));
        queue.Report(LinkWorld.Report(2, DeploymentStatus.Downloading, attempt: 2));
        queue.Report(LinkWorld.Report(3, DeploymentStatus.Downloading, attempt: 3));
        queue.Report(LinkWorld.Report(4, DeploymentStatus.Downloading, id: "d-2"));
        Assert.Equal([1, 2, 3, 4], Drain(queue));
    }

    [Fact]
    public void Files_that_are_half_written_or_damaged_or_strange_harm_nobody()
    {
        ReportQueue queue = Open();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading));
        queue.Report(LinkWorld.Report(2, DeploymentStatus.Completed));
        string first = Directory.GetFiles(QueueFolder).Order(StringComparer.Ordinal).First();
        File.WriteAllBytes(first, []);
        File.WriteAllText(Path.Combine(QueueFolder, "0000000000000000003-f-completed-1-d-1.json.new"), "{");
        File.WriteAllText(Path.Combine(QueueFolder, "readme"), "x");
        File.WriteAllText(Path.Combine(QueueFolder, "99999999999999999999-f-x.json"), "x");
        File.WriteAllText(Path.Combine(QueueFolder, "mark"), "no number");
        queue = Open();
        Assert.Equal([2], Drain(queue));
        Assert.False(File.Exists(Path.Combine(QueueFolder, "0000000000000000003-f-completed-1-d-1.json.new")));
    }

    [Fact]
    public void A_report_that_is_too_long_loses_its_log_first()
    {
        ReportQueue queue = Open();
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Failed, log: new string('x', ReportQueue.MaxBytes)));
        using JsonDocument json = JsonDocument.Parse(queue.Peek()!.Value.Json);
        Assert.Equal("failed", json.RootElement.GetProperty("status").GetString());
        Assert.False(json.RootElement.TryGetProperty("log", out _));
    }

    [Fact]
    public void Others_on_this_machine_cannot_read_what_scripts_printed()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Open().Report(LinkWorld.Report(1, DeploymentStatus.Failed, log: "secret"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Directory.GetFiles(QueueFolder))));
    }

    [Fact]
    public async Task Whoever_waits_is_woken_by_a_report()
    {
        ReportQueue queue = Open();
        Task wait = queue.WaitAsync(CancellationToken.None);
        Assert.False(wait.IsCompleted);
        queue.Report(LinkWorld.Report(1, DeploymentStatus.Downloading));
        await wait.WaitAsync(LinkWorld.Deadline);
        await queue.WaitAsync(CancellationToken.None).WaitAsync(LinkWorld.Deadline);
        queue.Remove(1);
        Assert.False(queue.WaitAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public void Whatever_is_reported_and_taken_the_ends_are_all_there_in_order_and_once()
    {
        const int Seed = 20261128;
        const int Rounds = 40;
        for (int round = 0; round < Rounds; round++)
        {
            Random random = new(Seed + round);
            using TemporaryFolder folder = new();
            List<long> ends = [];
            List<long> taken = [];
            ReportQueue queue = Queue(folder.File("queue"), 5);
            for (long seq = 1; seq <= 60; seq++)
            {
                DeploymentStatus status = (DeploymentStatus)random.Next(8);
                if (status >= DeploymentStatus.Completed)
                {
                    ends.Add(seq);
                }

                queue.Report(LinkWorld.Report(seq, status, random.Next(101), $"d-{random.Next(3)}"));
                if (random.Next(3) == 0 && queue.Peek() is { } oldest)
                {
                    taken.Add(oldest.Seq);
                    queue.Remove(oldest.Seq);
                }

                if (random.Next(10) == 0)
                {
                    queue = Queue(folder.File("queue"), 5);
                }

                // The engine says its last ones once more after a crash.
                queue.Report(LinkWorld.Report(Math.Max(1, seq - random.Next(4)), DeploymentStatus.Completed));
            }

            taken.AddRange(Drain(queue));
            Assert.True(taken.SequenceEqual(taken.Order()), $"seed {Seed + round}: {string.Join(' ', taken)}");
            Assert.True(taken.Distinct().Count() == taken.Count, $"seed {Seed + round}: twice");
            Assert.True(ends.All(taken.Contains), $"seed {Seed + round}: missing {string.Join(' ', ends.Except(taken))}");
        }
    }

    private static ReportQueue Queue(string folder, int kept) => new(new DiskFiles(), folder, () => kept, NullLogger.Instance);

    private static List<long> Drain(ReportQueue queue)
    {
        List<long> all = [];
        while (queue.Peek() is { } oldest)
        {
            all.Add(oldest.Seq);
            queue.Remove(oldest.Seq);
        }

        return all;
    }

    private ReportQueue Open(int kept = 500) => Queue(QueueFolder, kept);
}
