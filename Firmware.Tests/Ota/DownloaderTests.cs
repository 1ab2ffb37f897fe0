using JamBox.Ota;
using JamBox.Tests.App;
using JamBox.Tests.Modem;
using JamBox.Uplink;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Ota;

/// <summary>Tests of <see cref="Downloader"/> and <see cref="DownloadBudget"/>: what fetching costs in an hour, and its pauses.</summary>
[TestClass]
public class DownloaderTests
{
    private const int HourMs = 3600000;
    private const int MinuteMs = 60000;
    private const int DayMs = 86400000;

    private static ModemBench s_bench;
    private static FakeOtaServer s_server;
    private static HttpExchange s_http;
    private static UpdateContext s_context;

    /// <summary>Bytes and time are spent within an hour from the first, and then there are new ones.</summary>
    [TestMethod]
    public void BudgetIsAnHours()
    {
        var budget = new DownloadBudget(1000, 5000);
        Assert.IsFalse(budget.IsSpent(0));
        budget.Spend(100000, 999, 10);
        Assert.IsFalse(budget.IsSpent(100000));
        budget.Spend(200000, 1, 10);
        Assert.IsTrue(budget.IsSpent(200000));
        Assert.IsTrue(budget.IsSpent(100000 + HourMs - 1));
        Assert.IsFalse(budget.IsSpent(100000 + HourMs));
        budget.Spend(200000 + HourMs, 10, 4999);
        Assert.IsFalse(budget.IsSpent(200000 + HourMs));
        budget.Spend(201000 + HourMs, 10, 1);
        Assert.IsTrue(budget.IsSpent(201000 + HourMs));
        Assert.IsFalse(budget.IsSpent(200000 + (2 * HourMs)));
    }

    /// <summary>A budget for two chunks: the third comes an hour later.</summary>
    [TestMethod]
    public void WaitsForTheNextHour()
    {
        Downloader download = Begin(1200, DownloadBudget.DefaultMs);
        Assert.AreEqual(2, FetchAll(download));
        Assert.AreEqual("0,1,", s_server.Chunks);
        s_bench.Clock.UptimeMs += HourMs - 60000;
        Assert.AreEqual(0, FetchAll(download));
        s_bench.Clock.UptimeMs += 60000;
        Assert.AreEqual(1, FetchAll(download));
        Assert.IsTrue(s_context.State.State == OtaState.Verifying);
    }

    /// <summary>Time on the network counts as bytes do.</summary>
    [TestMethod]
    public void TimeCountsToo()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, 1);
        Assert.AreEqual(1, FetchAll(download));
        s_bench.Clock.UptimeMs += HourMs;
        Assert.AreEqual(1, FetchAll(download));
    }

    /// <summary>Somebody waits: there is no budget.</summary>
    [TestMethod]
    public void NobodyWaitsForAnHour()
    {
        Downloader download = Begin(1, 1);
        s_context.State.Hurry();
        Assert.AreEqual(3, FetchAll(download));
        Assert.AreEqual("0,1,2,", s_server.Chunks);
    }

    /// <summary>Answers that are no chunk: pauses, as long as the backend asks for, and what is refused for good.</summary>
    [TestMethod]
    public void Refusals()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.ChunkStatus = 503;
        s_server.RetryAfter = 700;
        Assert.AreEqual(1, FetchAll(download));
        long now = s_bench.Clock.UptimeMs;
        Assert.IsFalse(download.IsDue(now + 690000));
        Assert.IsTrue(download.IsDue(now + 700000));
        s_server.ChunkStatus = 401;
        s_bench.Clock.UptimeMs += 700000;
        Assert.AreEqual(1, FetchAll(download));
        Assert.IsFalse(download.IsDue(s_bench.Clock.UptimeMs + 200000));
        Assert.IsTrue(s_context.State.State == OtaState.Offered);
        s_server.ChunkStatus = 400;
        s_bench.Clock.UptimeMs += 700000;
        Assert.AreEqual(1, FetchAll(download));
        Assert.IsTrue(s_context.State.State == OtaState.Failed && s_context.State.Reason == OtaReason.Manifest);
    }

    /// <summary>A chunk that is too short is none, whatever its check sum.</summary>
    [TestMethod]
    public void ShortChunks()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.Missing = 4;
        Assert.AreEqual(1, FetchAll(download));
        Assert.AreEqual(0, s_context.Patch.Present);
        s_server.Missing = 0;
        s_bench.Clock.UptimeMs += 10000;
        Assert.AreEqual(3, FetchAll(download));
        Assert.AreEqual("0,0,1,2,", s_server.Chunks);
    }

    /// <summary>Several chunks an answer: each is written as it arrives, and marked when the answer is whole.</summary>
    [TestMethod]
    public void SeveralAtOnce()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.AtOnce = 8;
        Assert.AreEqual(1, FetchAll(download));
        Assert.AreEqual("0,1,2,", s_server.Chunks);
        Assert.IsTrue(s_context.State.State == OtaState.Verifying);
        ExpectPatch();
    }

    /// <summary>A backend that does not know of several gives one, with its check sum in the head.</summary>
    [TestMethod]
    public void OlderBackend()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.AtOnce = 0;
        Assert.AreEqual(3, FetchAll(download));
        Assert.IsTrue(s_context.State.State == OtaState.Verifying);
        ExpectPatch();
    }

    /// <summary>An answer that is cut off: what arrived whole stays, and the rest is asked for.</summary>
    [TestMethod]
    public void AnswerIsCutOff()
    {
        for (int cut = 20; cut < 1300; cut += 64)
        {
            Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
            s_server.AtOnce = 8;
            s_server.CutAt = cut;
            download.Fetch(s_http);
            int whole = s_context.Patch.Present;
            Assert.IsTrue(whole >= (cut - 150) / 514 && whole <= cut / 514, cut.ToString());
            s_bench.Clock.UptimeMs += HourMs;
            FetchAll(download);
            Assert.IsTrue(s_context.State.State == OtaState.Verifying, cut.ToString());
            ExpectPatch();
        }
    }

    /// <summary>One wrong byte: the chunks before it stay, it is asked for again, and nothing is given up while there is progress.</summary>
    [TestMethod]
    public void DamageInAnAnswer()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.AtOnce = 8;
        s_server.DamagedChunks = 1;
        Assert.AreEqual(1, FetchAll(download));
        Assert.AreEqual(2, s_context.Patch.Present);
        s_bench.Clock.UptimeMs += HourMs;
        Assert.AreEqual(1, FetchAll(download));
        ExpectPatch();
    }

    /// <summary>Withdrawn before the first chunk: as if it had not been. After it: a failure, which the backend is told.</summary>
    [TestMethod]
    public void Withdrawn()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.ChunkStatus = 404;
        download.Fetch(s_http);
        Assert.IsTrue(s_context.State.State == OtaState.Idle && s_context.State.Report == OtaResult.None);
        download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        download.Fetch(s_http);
        s_server.ChunkStatus = 404;
        download.Fetch(s_http);
        Assert.IsTrue(s_context.State.State == OtaState.Failed && s_context.State.Reason == OtaReason.Withdrawn);
        Assert.IsTrue(s_context.State.Report == OtaResult.Failed && s_context.State.Failures == 1);
    }

    /// <summary>What may be fetched in a day is spent, whoever waits: it goes on in the next.</summary>
    [TestMethod]
    public void DayIsSpent()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_context.State.Hurry();
        Assert.IsTrue(download.IsDue(s_bench.Clock.UptimeMs));
        s_context.Limits.Spend(UpdateLimits.MaxBytes);
        Assert.IsFalse(download.IsDue(s_bench.Clock.UptimeMs));
        s_context.Limits.Step(s_bench.Clock.UptimeMs);
        s_bench.Clock.UptimeMs += DayMs;
        s_context.Limits.Step(s_bench.Clock.UptimeMs);
        Assert.AreEqual(3, FetchAll(download));
    }

    /// <summary>
    /// Somebody who offers another patch after each first chunk: the first sector of the patch partition is erased as often as a day allows,
    /// and no more.
    /// </summary>
    [TestMethod]
    public void PatchesWithoutEnd()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_context.State.Hurry();
        var hash = new byte[Hash.Size];
        int chunks = 0;
        for (int offer = 0; offer < 40; offer++)
        {
            hash[0] = (byte)offer;
            s_context.Patch.Open(hash, 0, s_server.Release.Patch.Length);
            if (download.IsDue(s_bench.Clock.UptimeMs))
            {
                download.Fetch(s_http);
                chunks++;
            }
        }

        Assert.AreEqual(UpdateLimits.MaxPasses, chunks);
        Assert.AreEqual(UpdateLimits.MaxPasses, s_context.Limits.Erases);
        Assert.IsTrue(s_context.State.State == OtaState.Downloading, "it waits for another day");
    }

    /// <summary>A backend in trouble for a day: chunks are asked for with the usual pauses, and then once an hour.</summary>
    [TestMethod]
    public void TroubleForADay()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.ChunkStatus = 500;
        int count = 0;
        for (long end = s_bench.Clock.UptimeMs + DayMs; s_bench.Clock.UptimeMs < end; s_bench.Clock.UptimeMs += MinuteMs)
        {
            if (download.IsDue(s_bench.Clock.UptimeMs))
            {
                download.Fetch(s_http);
                count++;
            }
        }

        Assert.IsTrue(count <= UpdateRetry.MaxFailures + 24 && count >= 24, count.ToString());
        s_server.ChunkStatus = 200;
        s_bench.Clock.UptimeMs += HourMs;
        download.Fetch(s_http);
        Assert.AreEqual(1, s_context.Patch.Present);
        s_server.ChunkStatus = 500;
        download.Fetch(s_http);
        Assert.IsTrue(download.IsDue(s_bench.Clock.UptimeMs + 5000), "the usual pauses again");
    }

    /// <summary>The same when the end of an update is not taken.</summary>
    [TestMethod]
    public void EndIsNotTakenForADay()
    {
        Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        var report = new UpdateReport(s_context, 7);
        s_context.State.End(OtaState.Failed, OtaReason.Base);
        s_server.EndStatus = 503;
        int count = 0;
        for (long end = s_bench.Clock.UptimeMs + DayMs; s_bench.Clock.UptimeMs < end; s_bench.Clock.UptimeMs += MinuteMs)
        {
            if (report.IsDue(s_bench.Clock.UptimeMs))
            {
                report.Post(s_http);
                count++;
            }
        }

        Assert.IsTrue(count <= UpdateRetry.MaxFailures + 24 && count >= 24, count.ToString());
        s_server.EndStatus = 200;
        s_bench.Clock.UptimeMs += HourMs;
        report.Post(s_http);
        Assert.IsTrue(s_context.State.Report == OtaResult.None);
    }

    /// <summary>Answers that are no HTTP are no chunks either: the update is given up after as many of them.</summary>
    [TestMethod]
    public void AnswersThatAreGarbled()
    {
        Downloader download = Begin(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs);
        s_server.IsGarbled = true;
        for (int i = 0; i < 20 && s_context.State.IsFetching; i++)
        {
            Assert.IsTrue(i < Downloader.MaxBadAnswers);
            Assert.AreEqual(HttpError.BadResponse, download.Fetch(s_http));
            s_bench.Clock.UptimeMs += HourMs;
        }

        Assert.IsTrue(s_context.State.State == OtaState.Failed && s_context.State.Reason == OtaReason.BadPatch);
    }

    /// <summary>The words of every state, reason and result fit the wire's 40 and 32 characters.</summary>
    [TestMethod]
    public void WordsFit()
    {
        for (int why = 0; why < OtaWords.ReasonCount; why++)
        {
            int length = OtaWords.Of((OtaReason)why).Length;
            Assert.IsTrue(length <= 32 && length + OtaWords.Of(OtaState.RolledBack).Length + 1 <= 40);
            Assert.AreEqual(why == 0, length == 0);
        }

        // Each has a word of its own: none was forgotten, and none fell to another.
        for (int a = 0; a < OtaWords.StateCount; a++)
        {
            for (int b = 0; b < a; b++)
            {
                Assert.AreNotEqual(OtaWords.Of((OtaState)a), OtaWords.Of((OtaState)b));
            }
        }

        for (int a = 0; a < OtaWords.ReasonCount; a++)
        {
            for (int b = 0; b < a; b++)
            {
                Assert.AreNotEqual(OtaWords.Of((OtaReason)a), OtaWords.Of((OtaReason)b));
            }
        }

        for (int a = 1; a < OtaWords.ResultCount; a++)
        {
            Assert.IsTrue(OtaWords.Of((OtaResult)a).Length > 0);
        }
    }

    /// <summary>Leaves the heap to the tests behind these.</summary>
    [Cleanup]
    public void Forget()
    {
        s_bench = null;
        s_server = null;
        s_http = null;
        s_context = null;
    }

    private static Downloader Begin(int maxBytes, int maxMs)
    {
        var key = new byte[64];
        byte[] image = TestImage.Make(100, 1200, OtaBench.Native);
        s_context = null;
        s_bench = new ModemBench();
        s_server = new FakeOtaServer
        {
            Release = new TestRelease(key, TestImage.Make(101, 1200, OtaBench.Native), 101, image, OtaBench.Native),
        };
        s_bench.Fake.Server = new FakeServer { Clock = s_bench.Clock, Update = s_server };
        s_http = new HttpExchange(s_bench.Modem, s_bench.Clock, 1440) { KeepOpen = true };
        s_http.SetServer(Ascii.Bytes("10.0.0.1"), 5000);
        Assert.IsTrue(s_bench.BringUp());
        var slots = new FakeSlots(new PowerCut(), image);
        s_context =
            new UpdateContext(
                slots, new FakeCrypto(), Ascii.Bytes(slots.Firmware.HardwareId), slots.Firmware.Sequence, new FakeStore(), s_bench.Clock,
                new FakeBoard(), null, Ascii.Bytes("JBNB0001"));
        var manifest = new Manifest(s_server.Release.Manifest);
        s_context.Patch.Open(manifest.Bytes, Manifest.PatchHashAt, manifest.PatchSize);
        s_context.State.Begin(12, manifest.Bytes, Manifest.VersionAt, OtaState.Offered, false, false);
        return new Downloader(s_context, new DownloadBudget(maxBytes, maxMs), 7);
    }

    private static void ExpectPatch()
    {
        var bytes = new byte[s_server.Release.Patch.Length];
        Assert.IsTrue(s_context.Patch.Read(0, bytes, 0, bytes.Length));
        Assert.IsTrue(Hash.AreEqual(FakeCrypto.HashOf(bytes, 0, bytes.Length), 0, s_server.Release.Manifest, Manifest.PatchHashAt));
    }

    private static int FetchAll(Downloader download)
    {
        int count = 0;
        while (download.IsDue(s_bench.Clock.UptimeMs))
        {
            download.Fetch(s_http);
            count++;
        }

        return count;
    }
}
