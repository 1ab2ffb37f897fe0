using System.Globalization;
using System.Text.Json;

using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Tests.Engine;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

/// <summary>
/// The agent dies at every call with which the queue of reports, or the newest notice, changes something on the disk. Afterwards there is
/// what was said to be kept, whole, and nothing else that counts.
/// </summary>
public sealed class QueueKillTests
{
    [Theory]
    [InlineData(Death.Clean)]
    [InlineData(Death.Torn)]
    [InlineData(Death.PowerLost)]
    [InlineData(Death.PowerLostRubbish)]
    public void Reports_that_were_kept_are_there_in_their_order(Death death)
    {
        int calls = 0;
        for (int at = 1; at == 1 || at <= calls; at++)
        {
            using TemporaryFolder folder = new();
            KillingFiles files = new(Directory.CreateDirectory(folder.File("graveyard")).FullName) { KillAt = at, Death = death };
            List<long> kept = [];
            List<long> sent = [];
            bool isKilled = false;
            try
            {
                ReportQueue queue = new(files, folder.File("queue"), static () => 500, NullLogger.Instance);
                for (long seq = 1; seq <= 6; seq++)
                {
                    queue.Report(LinkWorld.Report(seq, seq % 3 == 0 ? DeploymentStatus.Completed : DeploymentStatus.Deploying));
                    kept.Add(seq);
                }

                while (queue.Peek() is { } next)
                {
                    queue.Remove(next.Seq);
                    sent.Add(next.Seq);
                }

                queue.Report(LinkWorld.Report(7, DeploymentStatus.Failed));
                kept.Add(7);
            }
            catch (KilledException)
            {
                isKilled = true;
            }

            string when = string.Create(CultureInfo.InvariantCulture, $"{death} at call {at} ({files.Last})");
            Assert.True(files.Fault is null, $"{when}: {files.Fault}");
            calls = isKilled ? Math.Max(calls, at + 1) : Math.Max(calls, death == Death.Torn ? files.Calls : at);
            ReportQueue after = new(new DiskFiles(), folder.File("queue"), static () => 500, NullLogger.Instance);
            Assert.True(after.Newest >= kept.DefaultIfEmpty().Max(), $"{when}: numbers go back to {after.Newest}");
            List<long> found = [];
            while (after.Peek() is { } next)
            {
                using JsonDocument json = JsonDocument.Parse(next.Json);
                Assert.Equal(next.Seq, json.RootElement.GetProperty("seq").GetInt64());
                found.Add(next.Seq);
                after.Remove(next.Seq);
            }

            Assert.Equal(found.Order(), found);
            long[] lost = [.. kept.Except(sent).Except(found)];
            Assert.True(lost.Length == 0, $"{when}: {string.Join(' ', lost)} of {string.Join(' ', kept)} are lost");
            if (death == Death.Clean)
            {
                Assert.True(!found.Intersect(sent).Any(), $"{when}: what was sent is there again");
            }
        }

        Assert.InRange(calls, 30, 1000);
    }

    [Theory]
    [InlineData(Death.Clean)]
    [InlineData(Death.Torn)]
    [InlineData(Death.PowerLost)]
    [InlineData(Death.PowerLostRubbish)]
    public void The_notice_that_was_taken_is_there_or_a_newer_one(Death death)
    {
        TestPackage package = TestPackage.Make("1.0.0");
        int calls = 0;
        for (int at = 1; at == 1 || at <= calls; at++)
        {
            using TemporaryFolder folder = new();
            KillingFiles files = new(Directory.CreateDirectory(folder.File("graveyard")).FullName) { KillAt = at, Death = death };
            int taken = 0;
            bool isKilled = false;
            JumpingClock clock = new();
            try
            {
                NoticeInbox inbox = new(files, folder.File("notice.json"), clock, NullLogger.Instance);
                for (int minute = 1; minute <= 3; minute++)
                {
                    Assert.True(inbox.Offer(Json(package.Notice(minute)), "from a test"));
                    taken = minute;
                }
            }
            catch (KilledException)
            {
                isKilled = true;
            }

            string when = string.Create(CultureInfo.InvariantCulture, $"{death} at call {at} ({files.Last})");
            Assert.True(files.Fault is null, $"{when}: {files.Fault}");
            calls = isKilled ? Math.Max(calls, at + 1) : Math.Max(calls, death == Death.Torn ? files.Calls : at);
            NoticeInbox after = new(new DiskFiles(), folder.File("notice.json"), clock, NullLogger.Instance);
            Assert.True(
                taken == 0 || after.Newest?.At >= package.Notice(taken).At,
                $"{when}: {taken} was taken, and {after.Newest?.Timestamp ?? "nothing"} is there");
        }

        Assert.InRange(calls, 10, 100);
    }

    private static byte[] Json(Notice notice) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = notice.Id,
        version = notice.Version,
        filename = notice.Filename,
        size = notice.Size,
        sha256 = notice.Sha256,
        downloadUrl = notice.DownloadUrl,
        timestamp = notice.Timestamp,
    });
}
