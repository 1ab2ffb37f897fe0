using JamBox.App;
using JamBox.Ports;
using JamBox.Tests.App;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="UplinkScheduler"/> with a whole box: what is sent when, and what each answer does.</summary>
[TestClass]
public class UplinkTests
{
    private const int MinuteMs = 60000;

    /// <summary>The heartbeat at boot brings the time, so that the first reading is dated and ends with UTC's minute.</summary>
    [TestMethod]
    public void HeartbeatThenReadings()
    {
        var bench = Running();
        Assert.AreEqual("H", bench.Server.Log);
        Assert.Contains("\"uptime\":", bench.Server.LastHeartbeat);
        Assert.Contains("\"cell_rssi\":-73,", bench.Server.LastHeartbeat);
        Assert.EndsWith("\"cv\":0,\"hf\":81920,\"hw\":\"atoms3-nb1\",\"rr\":\"power\"}", bench.Server.LastHeartbeat);
        Assert.IsTrue(bench.Box.Clock.IsSet);
        bench.Run(5 * MinuteMs);
        Assert.AreEqual("HR", bench.Server.Log);
        Assert.Contains("\"t\":\"2026-01-29T10:04:59Z\"", bench.Server.LastReading);
        Assert.Contains(",\"cd\":0,\"sf\":0,\"age\":0,\"ts\":1,", bench.Server.LastReading);
        Assert.Contains(",\"v\":\"" + FirmwareVersion.Text + "\",\"dr\":0,", bench.Server.LastReading);
        Assert.Contains("Connection: close\r\n", bench.Server.LastHead);
        Assert.AreEqual(2, bench.Modem.Opens);
        Assert.IsTrue(bench.Modem.IsNetworkOpen && !bench.Box.Modem.IsLinkOpen);
        Assert.AreEqual(1, bench.Box.UplinkState.AcceptedReadings);
    }

    /// <summary>What waited goes oldest first over one connection, and says how long it waited and what failed before.</summary>
    [TestMethod]
    public void CatchesUpOnOneConnection()
    {
        var bench = Running();
        bench.Modem.IsUnreachable = true;
        bench.Skip(15 * MinuteMs);
        Assert.AreEqual(3, bench.Box.Ring.Count);
        Assert.AreEqual("H", bench.Server.Log);
        int failures = bench.Box.UplinkState.Failures;
        Assert.IsTrue(failures > 0);
        bench.Modem.IsUnreachable = false;
        int opens = bench.Modem.Opens;
        bench.Retry();
        Assert.AreEqual("HRRR", bench.Server.Log);
        Assert.AreEqual("1,2,3,", bench.Server.Numbers);
        Assert.AreEqual(1, bench.Modem.Opens - opens);
        Assert.AreEqual(0, bench.Field("cd"));
        Assert.AreEqual(0, bench.Field("sf"));
        Assert.AreEqual(0, bench.Box.UplinkState.Failures);
        Assert.IsFalse(bench.Box.Modem.IsLinkOpen, "nothing more is to be sent");
    }

    /// <summary>The quality fields of the first of several that waited.</summary>
    [TestMethod]
    public void TellsQuality()
    {
        var bench = Running();
        bench.Modem.IsUnreachable = true;
        bench.Skip(15 * MinuteMs);
        bench.Retry();
        bench.Retry();
        int failures = bench.Box.UplinkState.Failures;
        Assert.IsTrue(failures >= 3, "attempts to connect count");
        bench.Modem.IsUnreachable = false;
        bench.Server.ReadingStatus = 500;
        bench.Retry();
        Assert.AreEqual(2, bench.Field("cd"));
        Assert.AreEqual(failures, bench.Field("sf"));
        int age = (int)(bench.Clock.UptimeMs / 1000) - 300;
        Assert.IsTrue(bench.Field("age") >= age - 4 && bench.Field("age") <= age);
        Assert.AreEqual(failures + 1, bench.Box.UplinkState.Failures);
    }

    /// <summary>A backend that closes gets a connection a request.</summary>
    [TestMethod]
    public void ObeysConnectionClose()
    {
        var bench = Running();
        bench.Server.KeepsOpen = false;
        bench.Modem.IsUnreachable = true;
        bench.Skip(15 * MinuteMs);
        bench.Modem.IsUnreachable = false;
        int opens = bench.Modem.Opens;
        bench.Retry();
        Assert.AreEqual("1,2,3,", bench.Server.Numbers);
        Assert.AreEqual(3, bench.Modem.Opens - opens);
    }

    /// <summary>A reading that is refused for good is set aside and counted; those behind it go on.</summary>
    [TestMethod]
    public void SetsRefusedReadingsAside()
    {
        int[] statuses = [400, 409, 413, 422];
        var bench = Running();
        for (int i = 0; i < statuses.Length; i++)
        {
            bench.Server.ReadingStatus = statuses[i];
            bench.Server.Log = string.Empty;
            bench.Skip(5 * MinuteMs);
            Assert.AreEqual("r", bench.Server.Log, statuses[i].ToString());
            Assert.AreEqual(0, bench.Box.Ring.Count);
            Assert.AreEqual(i + 1, bench.Box.Ring.SetAside);
            Assert.AreEqual(0L, bench.Box.Readings.RetryAtMs);
        }

        bench.Server.ReadingStatus = 201;
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(4, bench.Field("dr"));
        Assert.AreEqual("5,", bench.Server.Numbers);
    }

    /// <summary>Whatever else is answered, the reading waits: 401 and 403 the longest, 429 as told, the rest by the back-off.</summary>
    [TestMethod]
    public void WaitsAsTheStatusDemands()
    {
        int[] statuses = [429, 401, 403, 500, 503, 404, 408, 301];
        int[] least = [77000, 225000, 225000, 3750, 7500, 15000, 30000, 60000];
        int[] most = [77000, 300000, 300000, 5000, 10000, 20000, 40000, 80000];
        var bench = Running();
        bench.Skip(5 * MinuteMs);
        for (int i = 0; i < statuses.Length; i++)
        {
            if (i == 3)
            {
                // A success in between: the back-off begins anew.
                bench.Server.ReadingStatus = 201;
                bench.Retry();
                bench.Skip(5 * MinuteMs);
                Assert.AreEqual(0, bench.Box.Ring.Count);
            }

            if (bench.Box.Ring.Count == 0)
            {
                bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
            }

            bench.Server.ReadingStatus = statuses[i];
            bench.Server.RetryAfter = statuses[i] == 429 ? 77 : 0;
            bench.Retry();
            long pause = bench.Box.Readings.RetryAtMs - bench.Clock.UptimeMs;
            Assert.IsTrue(bench.Box.Ring.Count > 0, statuses[i].ToString());
            // The connection was closed meanwhile, and the loop slept once.
            Assert.IsTrue(pause <= most[i] && pause >= least[i] - 2500, statuses[i].ToString() + ": " + pause.ToString());
            bench.Box.Led.Step(bench.Clock.UptimeMs + 5000);
            Assert.IsTrue(bench.Box.Led.State == LedState.SendFailed, statuses[i].ToString());
        }

        Assert.AreEqual(5, bench.Box.UplinkState.Failures);
    }

    /// <summary>A button ends the pause.</summary>
    [TestMethod]
    public void TheButtonSendsAtOnce()
    {
        var bench = Running();
        bench.Server.ReadingStatus = 401;
        bench.Skip(5 * MinuteMs);
        bench.Server.ReadingStatus = 201;
        bench.Board.IsMainPressed = true;
        bench.Box.RunOnce();
        bench.Board.IsMainPressed = false;
        bench.Run(1000);
        Assert.AreEqual("1,2,", bench.Server.Numbers);
    }

    /// <summary>
    /// While only the heartbeat is refused, the first reading waits for its date, and gets it when the heartbeat is taken.
    /// </summary>
    [TestMethod]
    public void ARefusedHeartbeatDelaysTheFirstReadingUntilItIsDated()
    {
        var bench = new BoxBench();
        bench.Server.HeartbeatStatus = 500;
        bench.Boot();
        bench.Run(30000);
        Assert.IsTrue(bench.Server.Log == "hhh" || bench.Server.Log == "hh", bench.Server.Log);
        bench.Skip(7 * MinuteMs);
        Assert.AreEqual(0, bench.Box.UplinkState.AcceptedReadings);
        bench.Server.HeartbeatStatus = 200;
        bench.Skip(5 * MinuteMs);
        Assert.IsTrue(bench.Box.UplinkState.AcceptedReadings >= 1);
        Assert.Contains(",\"ts\":1,", bench.Server.LastReading);
        Assert.IsTrue(bench.Server.Log.IndexOf("H") < bench.Server.Log.IndexOf("R"), bench.Server.Log);
    }

    /// <summary>
    /// A backend that goes on refusing heartbeats gets the readings all the same, and brings the time with its answer to the first.
    /// </summary>
    [TestMethod]
    public void ARefusedHeartbeatHoldsNoReadingForEver()
    {
        var bench = new BoxBench();
        bench.Server.HeartbeatStatus = 500;
        bench.Boot();
        bench.Skip(30 * MinuteMs);
        Assert.IsTrue(bench.Box.UplinkState.AcceptedReadings >= 4);
        Assert.IsTrue(bench.Box.Clock.IsSet);
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    /// <summary>
    /// A reading that went out undated, its answer lost, would stay undated whatever its repeat knows: while heartbeats get no answer
    /// at all, readings wait longer for their date than while they are refused.
    /// </summary>
    [TestMethod]
    public void AHeartbeatWithoutAnAnswerDelaysReadingsUntilTheyAreDated()
    {
        var bench = new BoxBench();
        bench.Server.OnlyServes = "POST /api/reading ";
        bench.Boot();
        bench.Skip(50 * MinuteMs);
        Assert.IsTrue(bench.Server.Log.IndexOf("R") < 0 && bench.Server.Log.IndexOf("r") < 0, bench.Server.Log);
        bench.Server.OnlyServes = null;
        bench.Skip(10 * MinuteMs);
        Assert.IsTrue(bench.Box.UplinkState.AcceptedReadings >= 10);
        Assert.Contains(",\"ts\":1,", bench.Server.LastReading);
    }

    /// <summary>A heartbeat a day.</summary>
    [TestMethod]
    public void HeartbeatsDaily()
    {
        var bench = Running();
        bench.Box.Config.ReportIntervalMs = 60 * MinuteMs;
        bench.Box.Recorder.ApplyInterval(bench.Clock.UptimeMs);
        bench.Skip((24 * 60 * MinuteMs) - 120000);
        Assert.IsTrue(bench.Server.Log.LastIndexOf("H") == 0, bench.Server.Log);
        bench.Skip(120000);
        Assert.IsTrue(bench.Server.Log.LastIndexOf("H") > 0, bench.Server.Log);
    }

    /// <summary>When the ring overflows, the oldest go, and the loss is told.</summary>
    [TestMethod]
    public void TellsWhatTheRingLost()
    {
        var bench = Running();
        bench.Server.ReadingStatus = 500;
        bench.Clock.UptimeMs += 99L * 5 * MinuteMs;
        bench.Run(1000);
        // There is no log in this box.
        Assert.AreEqual(24, bench.Box.Ring.Count);
        Assert.AreEqual(76, bench.Field("n"));
        Assert.AreEqual(75, bench.Field("dr"));
        Assert.AreEqual(23, bench.Field("cd"));
    }

    /// <summary>
    /// A server that cannot be reached: the modem is helped step by step, restarted once, and then in every twelfth failure only.
    /// </summary>
    [TestMethod]
    public void RecoversStepByStep()
    {
        var bench = Running();
        ModemCounters counters = bench.Box.Modem.Counters;
        bench.Modem.IsUnreachable = true;
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        for (int i = 0; i < 4; i++)
        {
            bench.Retry();
        }

        Assert.AreEqual(1, counters.NetworkReopens);
        Assert.AreEqual(0, counters.OrderedRestarts);
        bench.Retry();
        Assert.AreEqual(1, counters.OrderedRestarts);
        for (int i = 5; i < 12; i++)
        {
            bench.Retry();
        }

        Assert.AreEqual(0, counters.HardwareResets);
        Assert.AreEqual(12, bench.Box.UplinkState.Failures);
        bench.Retry();
        Assert.AreEqual(1, counters.HardwareResets);
        bench.Retry();
        Assert.AreEqual(1, counters.HardwareResets);
        bench.Modem.IsUnreachable = false;
        bench.Retry();
        Assert.AreEqual("1,", bench.Server.Numbers.Substring(0, 2));
        Assert.AreEqual(14, FirstFailures(bench));
    }

    /// <summary>
    /// A heartbeat that succeeds after an outage ends the long pauses, but not the count of what failed before a reading.
    /// </summary>
    [TestMethod]
    public void AHeartbeatEndsTheLongPauses()
    {
        var bench = new BoxBench();
        bench.Boot();
        bench.Modem.IsUnreachable = true;
        for (int i = 0; i < 4; i++)
        {
            bench.Retry();
        }

        bench.Modem.IsUnreachable = false;
        bench.Retry();
        Assert.AreEqual("H", bench.Server.Log);
        int failures = bench.Box.UplinkState.Failures;
        Assert.AreEqual(4, failures);
        bench.Server.ReadingStatus = 500;
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Retry();
        Assert.AreEqual(failures, bench.Field("sf"));
        Assert.IsTrue(bench.Box.Uplink.RetryAtMs - bench.Clock.UptimeMs <= 5000);
        Assert.IsTrue(bench.Box.Readings.RetryAtMs - bench.Clock.UptimeMs <= 5000);
    }

    /// <summary>Without a network no sooner than the back-off allows, and with a silent server too.</summary>
    [TestMethod]
    public void BacksOffFromASilentServer()
    {
        var bench = Running();
        bench.Server.IsSilent = true;
        bench.Skip(5 * MinuteMs);
        bench.Run(60000);
        Assert.IsTrue(bench.Box.UplinkState.Failures >= 1);
        Assert.AreEqual(1, bench.Box.Ring.Count);
        bench.Server.IsSilent = false;
        bench.Retry();
        Assert.AreEqual("1,", bench.Server.Numbers);
    }

    private static BoxBench Running()
    {
        return BoxBench.Running();
    }

    private static int FirstFailures(BoxBench bench)
    {
        // Readings closed during the pauses came after it, with sf = 0.
        return bench.Box.UplinkState.AcceptedReadings == 1 ? bench.Field("sf") : 14;
    }
}
