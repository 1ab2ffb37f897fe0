using JamBox.Readings;
using JamBox.Storage;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of what survives a loss of power, with a whole box and the log in flash.</summary>
[TestClass]
public class PowerLossTests
{
    private const int MinuteMs = 60000;

    /// <summary>What waited goes first after the boot, as it was: boot id, number, date; its age is told by UTC.</summary>
    [TestMethod]
    public void WaitingReadingsGoFirst()
    {
        BoxBench bench = Running();
        bench.Modem.IsUnreachable = true;
        bench.Radio.HearProbe(1, bench.Clock.UptimeMs);
        bench.Skip(10 * MinuteMs);
        int bootId = bench.Box.Ring.Word(0, ReadingField.BootId);
        bench.Boot();
        Assert.AreEqual(2, bench.Box.Ring.Count);
        Assert.AreEqual(bootId, bench.Box.Ring.Word(0, ReadingField.BootId));
        bench.Server.Numbers = string.Empty;
        // Only the first is taken, to look at it.
        bench.Server.ReadingStatus = 500;
        bench.Run(5000);
        Assert.AreEqual(1, bench.Field("n"));
        Assert.AreEqual((int)(bootId & 0xFFFFFFFFL), bench.Field("b"));
        Assert.Contains("\"t\":\"2026-01-29T10:04:59Z\"", bench.Server.LastReading);
        Assert.AreEqual(1, bench.Field("ts"));
        Assert.AreEqual(1, bench.Field("i"));
        // Closed at 10:05:00.
        int age = (int)((bench.Server.UtcAtBootMs + bench.Clock.UptimeMs - 1769680800000L) / 1000) - 300;
        Assert.IsTrue(bench.Field("age") <= age && bench.Field("age") >= age - 8, bench.Field("age").ToString());
        bench.Server.ReadingStatus = 201;
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("1,2,1,", bench.Server.Numbers);
        Assert.IsTrue(bench.Field("b") != (int)(bootId & 0xFFFFFFFFL));
        bench.Boot();
        Assert.AreEqual(0, bench.Box.Ring.Count, "done is done");
    }

    /// <summary>
    /// Readings of a boot that was never in sync go undated; what is known of their age is that they are older than this boot.
    /// </summary>
    [TestMethod]
    public void NeverDatedReadingsGoUndated()
    {
        var bench = new BoxBench(true);
        bench.Boot();
        bench.Modem.IsUnreachable = true;
        bench.Skip(10 * MinuteMs);
        bench.Boot();
        Assert.AreEqual(2, bench.Box.Ring.Count);
        bench.Run(20000);
        Assert.AreEqual("1,2,", bench.Server.Numbers);
        Assert.AreEqual(0, bench.Field("ts"));
        Assert.Contains("\"t\":\"1970-01-01T00:09:59Z\"", bench.Server.LastReading);
        int uptime = (int)(bench.Clock.UptimeMs / 1000);
        Assert.IsTrue(bench.Field("age") >= 1 && bench.Field("age") <= uptime);
    }

    /// <summary>Closed before the first sync, dated by it, and not sent before power went: the date survives.</summary>
    [TestMethod]
    public void ADateSurvives()
    {
        var bench = new BoxBench(true);
        bench.Server.ReadingStatus = 500;
        bench.Boot();
        bench.Modem.IsUnreachable = true;
        bench.Skip(5 * MinuteMs);
        bench.Modem.IsUnreachable = false;
        bench.Run(30000);
        Assert.IsTrue(bench.Box.Clock.IsSet);
        int dated = bench.Box.Ring.Word(0, ReadingField.ClosedUtcSeconds);
        Assert.IsTrue(dated != 0);
        bench.Boot();
        Assert.AreEqual(dated, bench.Box.Ring.Word(0, ReadingField.ClosedUtcSeconds));
    }

    /// <summary>
    /// A ring that was full when power went, and readings that the backend refused: the next boot tells what was lost, until it is known.
    /// </summary>
    [TestMethod]
    public void LossesAreToldAfterAReboot()
    {
        BoxBench bench = Running();
        bench.Modem.IsUnreachable = true;
        bench.Clock.UptimeMs += (bench.Box.Ring.Capacity + 3L) * 5 * MinuteMs;
        bench.Run(1000);
        Assert.AreEqual(3, bench.Box.Ring.Dropped);
        bench.Server.ReadingStatus = 400;
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual(0, bench.Box.Ring.Count, "all were refused");
        int dropped = bench.Box.Ring.Dropped;
        Assert.IsTrue(dropped > 20);
        bench.Server.ReadingStatus = 201;
        bench.Boot();
        bench.Run(5000);
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(5000);
        Assert.AreEqual(dropped, bench.Field("dr"));
        bench.Boot();
        bench.Run(5000);
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(5000);
        Assert.AreEqual(0, bench.Field("dr"));
    }

    /// <summary>What lies damaged in the log is told in the heartbeat.</summary>
    [TestMethod]
    public void DamageInTheLogIsTold()
    {
        BoxBench bench = Running();
        bench.Modem.IsUnreachable = true;
        bench.Skip(10 * MinuteMs);
        bench.Flash.Content[40] ^= 1;
        bench.Boot();
        bench.Run(5000);
        Assert.Contains("\"hc\":{\"ls\":1}", bench.Server.LastHeartbeat);
        Assert.AreEqual(1, bench.Field("dr"));
    }

    /// <summary>
    /// Power fails in the middle of every flash operation of a box that closes, sends and closes again: at most what was being closed is
    /// lost, nothing is sent twice but what the backend knows, and the next boot works.
    /// </summary>
    [TestMethod]
    public void PowerFailsAtEveryOperation()
    {
        for (int operation = 1; operation <= 6; operation++)
        {
            FailAt(operation);
        }
    }

    /// <summary>A flash that refuses costs nothing but the safety: readings are sent all the same, and the log line says so.</summary>
    [TestMethod]
    public void ReadingsFlowWithoutFlash()
    {
        BoxBench bench = Running();
        bench.Flash.Refuses = true;
        bench.Skip(5 * MinuteMs);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("1,2,", bench.Server.Numbers);
        Assert.IsTrue(bench.Box.Ring.LogRefusals > 0);
        Assert.AreEqual(bench.Box.Ring.LogRefusals, bench.Box.Health.Value(Health.LogRefusals));
        bench.Run(MinuteMs);
        Assert.IsTrue(bench.Board.HasLogged("flash refused " + bench.Box.Ring.LogRefusals.ToString() + ", skipped 0;"));
    }

    private static void FailAt(int operation)
    {
        BoxBench bench = Running();
        bench.Flash.FailAt = bench.Flash.Operations + operation;
        bench.Flash.FailAfterBytes = (operation % 3) * 2;
        bool hasFailed = false;
        try
        {
            for (int i = 0; i < 4; i++)
            {
                bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
                bench.Run(1500);
            }
        }
        catch (PowerLossException)
        {
            hasFailed = true;
        }

        Assert.IsTrue(hasFailed, operation.ToString());
        int closed = bench.Box.Recorder.ClosedReadings;
        bench.Boot();
        bench.Run(6000);
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(3000);
        string numbers = "," + bench.Server.Numbers;
        for (int number = 1; number < closed; number++)
        {
            Assert.IsTrue(numbers.IndexOf("," + number.ToString() + ",") >= 0, operation.ToString() + ": " + numbers);
        }

        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    private static BoxBench Running()
    {
        var bench = new BoxBench(true);
        bench.Boot();
        bench.Run(5000);
        return bench;
    }
}
