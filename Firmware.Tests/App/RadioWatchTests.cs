using JamBox.App;
using JamBox.Counting;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Tests.Counting;
using JamBox.Tests.Modem;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="RadioWatch"/>: cycles of 30 s in which each half hears something or not.</summary>
[TestClass]
public class RadioWatchTests
{
    private const int Night = 6 * 120;
    private const int Day = 24 * 120;

    // Static: nanoFramework's launcher calls test methods without an instance.
    private static FakeRadio s_radio;
    private static FakeStore s_store;
    private static Health s_health;
    private static RadioSchedule s_schedule;
    private static Recorder s_recorder;
    private static RadioWatch s_watch;
    private static long s_nowMs;

    /// <summary>Bluetooth that hears nothing while Wi-Fi does is restarted after 10, 20 and 40 minutes; after 80 the box is.</summary>
    [TestMethod]
    public void DeafBluetoothIsRestartedAndThenTheBox()
    {
        Begin(new FakeStore());
        Cycles(20, 5, 3);
        Cycles(19, 5, 0);
        Assert.AreEqual(0, s_radio.BleRestarts);
        Cycles(1, 5, 0);
        Assert.AreEqual(1, s_radio.BleRestarts);
        Cycles(60, 5, 0);
        Assert.AreEqual(3, s_radio.BleRestarts);
        Cycles(79, 5, 0);
        Assert.AreEqual(3, s_radio.BleRestarts);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Cycles(1, 5, 0);
        Assert.IsTrue(s_watch.IsRebootWanted);
        Assert.AreEqual(3, s_health.Value(Health.BleRestarts));
        Assert.AreEqual(0, s_radio.WifiRestarts);
    }

    /// <summary>Deaf Wi-Fi is restarted after an hour, two and four; the box only after a day.</summary>
    [TestMethod]
    public void DeafWifiIsRestartedAndThenTheBox()
    {
        Begin(new FakeStore());
        Cycles(20, 2, 1);
        Cycles(120, 0, 1);
        Assert.AreEqual(1, s_radio.WifiRestarts);
        Cycles(360, 0, 1);
        Assert.AreEqual(3, s_radio.WifiRestarts);
        Cycles(Day - 481, 0, 1);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Cycles(1, 0, 1);
        Assert.IsTrue(s_watch.IsRebootWanted);
        Assert.AreEqual(3, s_health.Value(Health.WifiRestarts));
    }

    /// <summary>
    /// A closed shop at night is no deaf radio: nothing, a passer-by, a television that probes all night, a tag that advertises.
    /// </summary>
    [TestMethod]
    public void AQuietNightIsNoDeafness()
    {
        Begin(new FakeStore());
        int nights = Effort.Rounds(2, 1);
        for (int night = 0; night < nights; night++)
        {
            Cycles(60, 20, 10);
            Cycles(Night / 3, 0, 0);
            for (int passer = 0; passer < 10; passer++)
            {
                Cycles(Night / 60, 0, 0);
                Cycles(1, 9, 0);
            }

            Cycles(Night / 4, 3, 0);
            Cycles(Night / 4, 0, 4);
        }

        Assert.AreEqual(0, s_radio.BleRestarts + s_radio.WifiRestarts);
        Assert.IsFalse(s_watch.IsRebootWanted);
    }

    /// <summary>
    /// A half that hears again right after its restart was deaf; one that does later was not, and is given more time from then on.
    /// </summary>
    [TestMethod]
    public void LearnsHowLongSilencesAreHere()
    {
        Begin(new FakeStore());
        Cycles(20, 5, 3);
        Cycles(20, 5, 0);
        Cycles(1, 5, 3);
        Cycles(20, 5, 0);
        Assert.AreEqual(2, s_radio.BleRestarts);
        Cycles(15, 5, 0);
        Cycles(1, 5, 3);
        Cycles(69, 5, 0);
        Assert.AreEqual(2, s_radio.BleRestarts);
        Cycles(1, 5, 0);
        Assert.AreEqual(3, s_radio.BleRestarts);
    }

    /// <summary>A box that hears nothing after the reboot does not reboot again, however long.</summary>
    [TestMethod]
    public void NeverRebootsTwiceForOneSilence()
    {
        var store = new FakeStore();
        Begin(store);
        Cycles(20, 5, 3);
        Cycles(160, 5, 0);
        Assert.IsTrue(s_watch.IsRebootWanted);
        Begin(store);
        Cycles(Day / 4, 5, 0);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Assert.AreEqual(0, s_radio.BleRestarts);
    }

    /// <summary>A reboot that did not help doubles the patience before the next one; one that did takes it back.</summary>
    [TestMethod]
    public void BacksOffOverReboots()
    {
        var store = new FakeStore();
        Begin(store);
        Cycles(20, 5, 3);
        Cycles(160, 5, 0);
        Begin(store);
        Cycles(30, 5, 0);
        Cycles(20, 5, 3);
        Cycles(319, 5, 0);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Cycles(1, 5, 0);
        Assert.IsTrue(s_watch.IsRebootWanted);
        Begin(store);
        Cycles(20, 5, 3);
        Cycles(160, 5, 0);
        Assert.IsTrue(s_watch.IsRebootWanted);
        Assert.AreEqual(5, store.Writes);
    }

    /// <summary>Wi-Fi that does not start is restarted after a minute, and the box after half an hour.</summary>
    [TestMethod]
    public void WifiThatDoesNotStartIsRestarted()
    {
        Begin(new FakeStore());
        s_radio.RefusesWifi = true;
        Cycles(1, 0, 3);
        s_radio.RefusesWifi = true;
        Cycles(3, 0, 3);
        Assert.AreEqual(1, s_radio.WifiRestarts);
        Cycles(55, 0, 3);
        Assert.AreEqual(5, s_radio.WifiRestarts);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Cycles(2, 0, 3);
        Assert.IsTrue(s_watch.IsRebootWanted);
    }

    /// <summary>Hardware without Wi-Fi is not broken when Wi-Fi never starts: nothing is restarted, and no box rebooted.</summary>
    [TestMethod]
    public void NoWifiIsNoBrokenWifi()
    {
        Begin(new FakeStore());
        s_radio.HasWifi = false;
        s_radio.RefusesWifi = true;
        Cycles(200, 0, 3);
        Assert.AreEqual(0, s_radio.WifiRestarts);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Assert.AreEqual(0, s_health.Value(Health.WifiRestarts));
    }

    /// <summary>A back-off that is not stored would be forgotten: the box does not reboot before its patience is the longest.</summary>
    [TestMethod]
    public void AStoreThatKeepsNothingIsNoRebootLoop()
    {
        var store = new FakeStore { Refuses = true };
        Begin(store);
        s_radio.RefusesWifi = true;
        // In the first one Wi-Fi still listened.
        Cycles(1 + (60 << 6) - 1, 0, 1);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Cycles(1, 0, 1);
        Assert.IsTrue(s_watch.IsRebootWanted);
    }

    /// <summary>Silence of both halves is waited out for a day; then both are restarted, and after another day the box is.</summary>
    [TestMethod]
    public void SilenceOfBothIsWaitedOutForADay()
    {
        Begin(new FakeStore());
        Cycles(20, 5, 3);
        Cycles(Day - 1, 0, 0);
        Assert.AreEqual(0, s_radio.BleRestarts + s_radio.WifiRestarts);
        Cycles(1, 0, 0);
        Assert.AreEqual(1, s_radio.BleRestarts);
        Assert.AreEqual(1, s_radio.WifiRestarts);
        Cycles(Day - 1, 0, 0);
        Assert.IsFalse(s_watch.IsRebootWanted);
        Cycles(1, 0, 0);
        Assert.IsTrue(s_watch.IsRebootWanted);
    }

    /// <summary>Leaves the heap to the tests behind these.</summary>
    [Cleanup]
    public void Forget()
    {
        s_radio = null;
        s_store = null;
        s_health = null;
        s_schedule = null;
        s_recorder = null;
        s_watch = null;
    }

    private static void Begin(FakeStore store)
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        s_recorder = null;
        s_watch = null;
        s_store = store;
        s_nowMs = 0;
        s_radio = new FakeRadio();
        s_health = new Health();
        // Few readings: they are beside the point.
        var config = new BoxConfig { ReportIntervalMs = 3600000 };
        var board = new FakeBoard();
        var ring = new ReadingRing();
        s_schedule = new RadioSchedule(s_radio, config, s_health);
        s_recorder = new Recorder(s_radio, new PeopleCounter(salt, config.Thresholds), s_schedule, new WallClock(), ring, config, 42);
        var clock = new FakeClock { UptimeMs = Restart.MinUptimeMs };
        var restart = new Restart(clock, board, s_recorder, ring, s_health, new HealthStore(store, s_health));
        s_watch = new RadioWatch(s_radio, s_schedule, s_recorder, restart, s_health, store, board);
        s_schedule.Start(0);
        s_recorder.Start(0);
    }

    // The two moments of a cycle at which something happens: Bluetooth's slice begins, the cycle ends.
    private static void Cycles(int count, int probes, int adverts)
    {
        for (int cycle = 0; cycle < count; cycle++)
        {
            for (int i = 0; i < probes; i++)
            {
                s_radio.HearProbe(i, s_nowMs + 1000);
            }

            Step(s_nowMs + RadioSchedule.CycleMs - RadioSchedule.BleMs);
            for (int i = 0; i < adverts; i++)
            {
                s_radio.HearAdvert(i, s_nowMs);
            }

            Step(s_nowMs + RadioSchedule.BleMs);
        }
    }

    private static void Step(long nowMs)
    {
        s_nowMs = nowMs;
        s_recorder.Step(nowMs);
        s_schedule.Step(nowMs);
        s_watch.Step(nowMs);
    }
}
