using JamBox.Ports;
using JamBox.Tests.App;
using JamBox.Tests.Ota;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>
/// Tests of the share that <see cref="UplinkScheduler"/> gives to each task: whatever the backend answers to the others, what it serves is
/// done. The host's tests have the whole table; here are the rows that went wrong once.
/// </summary>
[TestClass]
public class FairShareTests
{
    internal const string Heartbeat = "/api/heartbeat";
    internal const string Configuration = "/api/config/";
    internal const string Reading = "/api/reading";
    internal const string Geolocation = "/api/geolocation";
    internal const string Update = "/api/ota/";

    private const int HourMs = 3600000;
    private const int StepMs = 300000;
    private const int AwakeMs = 10000;
    private const string Config =
        "{\"config_version\":4,\"report_interval_ms\":300000,\"rssi_immediate_threshold\":-50,\"rssi_near_threshold\":-65,\"rssi_far_threshold\":-80,\"dwell_short_threshold\":1,\"dwell_medium_threshold\":5,\"dwell_long_threshold\":10}";

    /// <summary>A backend that has trouble with everything but the update that would mend it.</summary>
    [TestMethod]
    public void AnUpdateArrivesWhateverElseIsRefused()
    {
        Assert.IsTrue(IsServed(Update, 500, 2));
    }

    /// <summary>A backend that does not even answer the rest: each such request holds everything for a while.</summary>
    [TestMethod]
    public void AnUpdateArrivesWhenNothingElseIsAnswered()
    {
        Assert.IsTrue(IsServed(Update, 0, 3));
    }

    /// <summary>Readings go on when nothing else does.</summary>
    [TestMethod]
    public void ReadingsGoOn()
    {
        Assert.IsTrue(IsServed(Reading, 401, 1));
    }

    /// <summary>Ranks, in the order in which the tasks are sorted, whatever order they are handed over in.</summary>
    [TestMethod]
    public void TheLowestRankGoesFirst()
    {
        var bench = new TaskBench(4, 0, 2);
        bench.DueAll(1);
        Assert.AreEqual("120", bench.Step());
    }

    /// <summary>One that is passed over eight times goes next; two of them one after the other.</summary>
    [TestMethod]
    public void NobodyIsPassedOverForEver()
    {
        var bench = new TaskBench(0, 1, 2);
        bench.Tasks[0].Due = 40;
        bench.Tasks[1].Due = 2;
        bench.Tasks[2].Due = 2;
        string order = bench.Step();
        Assert.AreEqual("00000000120000000120", order.Substring(0, 20));
        Assert.AreEqual(44, order.Length);
    }

    /// <summary>Refused is not lost: the session goes on with the others. Lost is lost for all.</summary>
    [TestMethod]
    public void ARefusalHoldsNobodyElse()
    {
        int[] refusals = [400, 401, 403, 404, 409, 429, 500, 503, HttpError.BadResponse, HttpError.TooLarge];
        int[] losses = [HttpError.NotConnected, HttpError.OpenFailed, HttpError.SendFailed, HttpError.Timeout, HttpError.Closed];
        for (int i = 0; i < refusals.Length; i++)
        {
            var bench = new TaskBench(0, 1);
            bench.DueAll(1);
            bench.Tasks[0].Status = refusals[i];
            Assert.AreEqual("01", bench.Step(), refusals[i].ToString());
            Assert.AreEqual(0L, bench.Scheduler.RetryAtMs);
        }

        for (int i = 0; i < losses.Length; i++)
        {
            var bench = new TaskBench(0, 1);
            bench.DueAll(1);
            bench.Tasks[0].Status = losses[i];
            Assert.AreEqual("0", bench.Step(), losses[i].ToString());
            Assert.IsTrue(bench.Scheduler.RetryAtMs > 0);
            Assert.AreEqual(string.Empty, bench.Step(), losses[i].ToString());
            Assert.AreEqual(1, bench.State.Failures);
        }
    }

    /// <summary>A task that had nothing to send after all is neither answered nor lost.</summary>
    [TestMethod]
    public void NothingAfterAll()
    {
        var bench = new TaskBench(0, 1);
        bench.DueAll(1);
        bench.Tasks[0].Status = HttpError.None;
        bench.Tasks[1].Status = HttpError.Timeout;
        Assert.AreEqual("01", bench.Step());
        Assert.AreEqual(0L, bench.State.AcceptedAtMs);
        Assert.AreEqual(1, bench.State.Failures);
    }

    /// <summary>Whoever is not answered has its next turn when the others have had theirs.</summary>
    [TestMethod]
    public void TheOthersGoBeforeOneThatIsNotAnswered()
    {
        var bench = new TaskBench(0, 1, 2);
        bench.DueAll(100);
        bench.Tasks[0].Status = HttpError.Timeout;
        bench.Tasks[1].Status = HttpError.Closed;
        string order = string.Empty;
        for (int i = 0; i < 4; i++)
        {
            bench.Clock.UptimeMs += 300000;
            order += bench.Step() + " ";
        }

        Assert.AreEqual("0 1 20 1 ", order);
    }

    /// <summary>A session ends by itself, so that the main loop passes.</summary>
    [TestMethod]
    public void ASessionEnds()
    {
        var bench = new TaskBench(0);
        bench.Tasks[0].Due = int.MaxValue;
        bench.Tasks[0].DurationMs = 30000;
        Assert.AreEqual(UplinkScheduler.SessionMs / 30000, bench.Step().Length);
    }

    /// <summary>The connection is kept for the next request, and not beyond the last.</summary>
    [TestMethod]
    public void KeepsTheConnectionForTheNext()
    {
        var bench = new TaskBench(0, 1);
        bench.DueAll(1);
        bench.Step();
        Assert.IsTrue(bench.Tasks[0].KeptOpen);
        Assert.IsFalse(bench.Tasks[1].KeptOpen);
    }

    /// <summary>Tells whether something is done by a backend that serves nothing else.</summary>
    /// <param name="served">What it serves: one of the constants.</param>
    /// <param name="status">What it answers to everything else; 0 for nothing at all.</param>
    /// <param name="hours">How long the box has.</param>
    internal static bool IsServed(string served, int status, int hours)
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Box.Scanner = new FakeScanner();
        bench.Box.Server.OnlyServes = served;
        bench.Box.Server.TroubleStatus = status;
        bench.Box.Server.RetryAfter = status == 429 ? 600 : 0;
        bench.Box.Server.Config = Config;
        bench.Box.Boot();
        if (served == Configuration)
        {
            // Nobody who could announce it is served.
            bench.Box.Box.RemoteConfig.FetchNow();
        }

        for (int at = 0; at < hours * HourMs && !IsDone(bench, served); at += StepMs)
        {
            bench.Box.Clock.UptimeMs += StepMs - AwakeMs;
            bench.Live(AwakeMs);
        }

        return IsDone(bench, served) && (bench.Box.Server.Troubles > 0 || served == Configuration);
    }

    private static bool IsDone(OtaBench bench, string served)
    {
        switch (served)
        {
            case Heartbeat:
                return bench.Box.Server.Log.IndexOf("H") >= 0;
            case Configuration:
                return bench.Box.Box.Config.Version == 4;
            case Reading:
                return bench.Box.Server.Log.IndexOf("RRRRR") >= 0;
            case Geolocation:
                return bench.Box.Server.Log.IndexOf("G") >= 0;
            default:
                return bench.Slots.State == SlotState.Trial && bench.Running == OtaBench.NewSequence;
        }
    }
}
