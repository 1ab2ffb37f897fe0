using JamBox.App;
using JamBox.Counting;
using JamBox.Storage;
using JamBox.Tests.Modem;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="LastResort"/>, <see cref="Restart"/> and <see cref="HealthStore"/>.</summary>
[TestClass]
public class LastResortTests
{
    private const int MinuteMs = 60000;
    private const int HourMs = 3600000;

    /// <summary>
    /// Six hours without a request that was accepted: the modem is reset. An hour later the box reboots, when an interval has just ended.
    /// </summary>
    [TestMethod]
    public void ResetsAndThenReboots()
    {
        var bench = new BoxBench(true);
        new ConfigStore(bench.Store).Save(new BoxConfig { ReportIntervalMs = 20 * MinuteMs });
        bench.Boot();
        bench.Server.OnlyServes = "nothing";
        bench.Server.TroubleStatus = 500;
        bench.LiveUntil((6 * HourMs) - MinuteMs);
        Assert.AreEqual(0, bench.Modem.Resets);
        bench.LiveUntil((6 * HourMs) + MinuteMs);
        Assert.AreEqual(1, bench.Modem.Resets);
        Assert.AreEqual(1, bench.Box.Health.Value(Health.LastResortResets));
        bench.LiveUntil((7 * HourMs) - MinuteMs);
        Assert.AreEqual(0, bench.Board.Reboots);
        int closed = bench.Box.Recorder.ClosedReadings;
        bench.LiveUntil((7 * HourMs) + (22 * MinuteMs));
        Assert.AreEqual(1, bench.Board.Reboots);
        Assert.AreEqual("no_answer", bench.Board.Rebooted);
        Assert.IsTrue(bench.Box.Recorder.ClosedReadings > closed);
        int waiting = bench.Box.Ring.Count;
        bench.Boot();
        Assert.AreEqual(waiting, bench.Box.Ring.Count, "nothing is lost");
        Assert.AreEqual(1, bench.Box.Health.Value(Health.LastResortReboots));
        Assert.AreEqual(1, bench.Box.Health.Value(Health.LastResortResets));
        bench.Server.OnlyServes = null;
        bench.Run(5000);
        Assert.Contains(",\"hc\":{\"lr\":1,\"lb\":1}", bench.Server.LastHeartbeat);
    }

    /// <summary>One accepted request, whichever it is, and the patience begins anew; the backend hears of the reset.</summary>
    [TestMethod]
    public void AnAcceptedRequestEndsIt()
    {
        var bench = new BoxBench(true);
        bench.Boot();
        bench.Server.OnlyServes = "nothing";
        bench.Server.TroubleStatus = 500;
        bench.LiveUntil((6 * HourMs) + (30 * MinuteMs));
        Assert.AreEqual(1, bench.Modem.Resets);
        bench.Server.OnlyServes = "/api/reading";
        bench.LiveUntil((6 * HourMs) + (50 * MinuteMs));
        bench.Server.OnlyServes = null;
        bench.LiveUntil(8 * HourMs);
        Assert.AreEqual(0, bench.Board.Reboots);
        Assert.Contains(",\"hc\":{\"lr\":1}", bench.Server.LastHeartbeat);
    }

    /// <summary>A backend that is down for a week: as many reboots as are documented, and as many writes to flash as they need.</summary>
    [TestMethod]
    public void AWeekWithoutABackend()
    {
        int[] atHours = [7, 20, 45, 70, 95, 120, 145];
        var bench = new LastResortBench(true);
        int reboots = 0;
        for (long lived = 0; lived < 168L * HourMs; lived += LastResortBench.StepMs)
        {
            if (bench.Step())
            {
                long dueMs = (long)atHours[reboots] * HourMs;
                // Here no interval ends: each reboot waits as long as it may.
                Assert.IsTrue(
                    lived >= dueMs && lived < dueMs + ((reboots + 1L) * (Restart.MaxWaitMs + (2 * LastResortBench.StepMs))),
                    reboots.ToString() + ": " + (lived / MinuteMs).ToString() + " min");
                reboots++;
                bench.Boot();
            }
        }

        Assert.AreEqual(atHours.Length, reboots);
        Assert.AreEqual(reboots, bench.Health.Value(Health.LastResortReboots));
        Assert.IsTrue(bench.Store.Writes <= 2 * reboots + 1, bench.Store.Writes.ToString());
        bench.State.AcceptedAtMs = bench.Clock.UptimeMs;
        bench.State.AcceptedReadings++;
        bench.Step();
        Assert.AreEqual(0, new HealthStore(bench.Store, new Health()).Patience, "impatient again");
    }

    /// <summary>
    /// A backend that takes the heartbeat of each boot and refuses every reading: no reboot after each seven hours for ever, for a
    /// heartbeat does not make the box impatient again.
    /// </summary>
    [TestMethod]
    public void AHeartbeatAfterEachBootIsNoEnd()
    {
        var bench = new LastResortBench(true);
        Assert.AreEqual(7, Reboots(bench, true));
        Assert.IsTrue(bench.Store.Writes <= 2 * 7 + 1, bench.Store.Writes.ToString());
    }

    /// <summary>A store that keeps nothing forgets the patience with each boot: each is as patient as can be.</summary>
    [TestMethod]
    public void AStoreThatKeepsNothingIsNoRebootLoop()
    {
        var bench = new LastResortBench(true);
        bench.Store.Refuses = true;
        Assert.AreEqual(168 / 26, Reboots(bench, false));
    }

    /// <summary>An image on trial goes back by itself after a day without success: no reboot may begin that day anew.</summary>
    [TestMethod]
    public void ATrialIsNotRebooted()
    {
        var bench = new LastResortBench(true) { IsOnTrial = true };
        for (long lived = 0; lived < 26L * HourMs; lived += LastResortBench.StepMs)
        {
            Assert.IsFalse(bench.Step());
        }

        Assert.AreEqual(1, bench.Modem.Resets);
    }

    /// <summary>Without a log a reboot costs what waits in RAM: the box is more patient, and resets the modem meanwhile.</summary>
    [TestMethod]
    public void WithoutALogItIsMorePatient()
    {
        var bench = new LastResortBench(false);
        long lived = 0;
        for (; !bench.Step(); lived += LastResortBench.StepMs)
        {
            Assert.IsTrue(lived < 47L * HourMs);
        }

        Assert.IsTrue(lived >= 45L * HourMs, (lived / MinuteMs).ToString() + " min");
        Assert.AreEqual(3, bench.Modem.Resets);
        Assert.AreEqual(3, bench.Health.Value(Health.LastResortResets));
    }

    /// <summary>No reboot that nobody waits for in the first hours of a boot, and none when its cause is gone.</summary>
    [TestMethod]
    public void NoRebootLoop()
    {
        var clock = new FakeClock { UptimeMs = Restart.MinUptimeMs - 1 };
        var board = new FakeBoard();
        var store = new FakeStore();
        var health = new Health();
        var recorder = new Recorder(null, null, null, null, null, null, 1);
        var restart = new Restart(clock, board, recorder, null, health, new HealthStore(store, health));
        Assert.IsFalse(restart.WantBetweenReadings("deaf", Health.LastResortReboots));
        clock.UptimeMs++;
        Assert.IsTrue(restart.WantBetweenReadings("deaf", Health.LastResortReboots));
        restart.Step();
        Assert.IsFalse(restart.IsWanted);
        Assert.IsFalse(restart.WantBetweenReadings("no_answer", Health.LastResortReboots), "one at a time");
        restart.Cancel("no_answer");
        Assert.IsTrue(restart.WantBetweenReadings("deaf", Health.LastResortReboots), "whose cause is still there");
        restart.Cancel("deaf");
        clock.UptimeMs += Restart.MaxWaitMs;
        restart.Step();
        Assert.IsFalse(restart.IsWanted);
        restart.IsOnTrial = true;
        Assert.IsFalse(restart.WantBetweenReadings("deaf", Health.LastResortReboots), "whatever the reason");
        restart.IsOnTrial = false;
        Assert.IsTrue(restart.WantBetweenReadings("deaf", Health.LastResortReboots));
        clock.UptimeMs += Restart.MaxWaitMs;
        restart.Step();
        Assert.IsTrue(restart.IsWanted);
        restart.Want("deaf", Health.LastResortReboots);
        Assert.AreEqual(1, health.Value(Health.LastResortReboots), "counted once");
        Assert.AreEqual(1, store.Writes);
    }

    /// <summary>Any bit of the record changed, and it counts as none: no wild counter, no wild patience.</summary>
    [TestMethod]
    public void ADamagedRecordIsNone()
    {
        var store = new FakeStore();
        var health = new Health();
        var kept = new HealthStore(store, health) { Patience = 2 };
        health.Restore(Health.MemoryReboots, 12345);
        Assert.IsTrue(kept.Save());
        byte[] record = store.Value(HealthStore.Key);
        for (int bit = 0; bit < 8 * record.Length; bit++)
        {
            record[bit / 8] ^= (byte)(1 << (bit % 8));
            var read = new Health();
            Assert.AreEqual(0, new HealthStore(store, read).Patience, bit.ToString());
            Assert.AreEqual(0, read.Value(Health.MemoryReboots), bit.ToString());
            record[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        var again = new Health();
        Assert.AreEqual(2, new HealthStore(store, again).Patience);
        Assert.AreEqual(12345, again.Value(Health.MemoryReboots));
    }

    // In a week without an accepted reading.
    private static int Reboots(LastResortBench bench, bool isHeartbeatTaken)
    {
        int reboots = 0;
        for (long lived = 0; lived < 168L * HourMs; lived += LastResortBench.StepMs)
        {
            if (bench.Step())
            {
                reboots++;
                bench.Boot();
                bench.State.AcceptedAtMs = isHeartbeatTaken ? MinuteMs : 0;
            }
        }

        return reboots;
    }
}
