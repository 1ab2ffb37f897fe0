using JamBox.Counting;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Counting;

/// <summary>Tests of <see cref="Recorder"/>: minutes and intervals.</summary>
[TestClass]
public class RecorderTests
{
    private const long Utc = 1769680800000L;

    // Static: nanoFramework's launcher calls test methods without an instance.
    private static readonly int[] s_row = new int[ReadingField.Count];
    private static FakeRadio s_radio;
    private static WallClock s_clock;
    private static ReadingRing s_ring;
    private static BoxConfig s_config;
    private static Recorder s_recorder;

    /// <summary>Before the clock is set, minutes and intervals are those of uptime.</summary>
    [TestMethod]
    public void UsesUptimeBeforeTheClockIsSet()
    {
        Begin(2500);
        s_radio.HearProbe(1, 3000);
        s_radio.HearProbe(1, 59999);
        s_radio.HearProbe(1, 60000);
        s_radio.HearProbe(2, 299999);
        s_radio.HearProbe(2, 300000);
        s_recorder.Step(299990);
        Assert.AreEqual(0, s_ring.Count);
        s_recorder.Step(300040);
        Assert.AreEqual(1, s_ring.Count);
        Field(0, 4, ReadingField.Impressions);
        Field(0, 3, ReadingField.Unique);
        Field(0, 298, ReadingField.IntervalSeconds);
        Field(0, 1, ReadingField.Number);
        Field(0, 0, ReadingField.ClosedUtcSeconds);
        Field(0, 300, ReadingField.ClosedUptimeSeconds);
        s_recorder.Step(600000);
        Field(1, 1, ReadingField.Unique);
        Field(1, 300, ReadingField.IntervalSeconds);
    }

    /// <summary>
    /// Both rings are drained before a minute is booked: an advert of the old minute is not late because a probe of the new one came first.
    /// </summary>
    [TestMethod]
    public void DrainsBothRingsBeforeBooking()
    {
        Begin(0);
        s_radio.HearProbe(1, 300001);
        s_radio.HearAdvert(7, 299999);
        s_radio.HearAdvert(7, 300002);
        s_recorder.Step(300010);
        Field(0, 1, ReadingField.BleImpressions);
        Field(0, 1, ReadingField.BleUnique);
        Field(0, 0, ReadingField.Impressions);
        s_recorder.Step(600000);
        Field(1, 1, ReadingField.BleUnique);
        Field(1, 1, ReadingField.Unique);
    }

    /// <summary>Setting the clock in mid-minute ends that minute; the reading goes on to UTC's next boundary.</summary>
    [TestMethod]
    public void SettingTheClockEndsTheMinute()
    {
        Begin(0);
        s_radio.HearProbe(1, 10000);
        // UTC is 10:03:30 at uptime 20 s.
        s_recorder.ObserveServerTime(Utc + 210000, 20000, 20000);
        s_radio.HearProbe(1, 21000);
        s_recorder.Step(109999);
        Assert.AreEqual(0, s_ring.Count);
        s_recorder.Step(110000);
        Assert.AreEqual(1, s_ring.Count);
        Field(0, 2, ReadingField.Unique);
        Field(0, 110, ReadingField.IntervalSeconds);
        Field(0, (int)((Utc + 300000) / 1000) - UtcTime.SecondsTo2000, ReadingField.ClosedUtcSeconds);
    }

    /// <summary>A reading closed before the first sync is dated when the clock is set.</summary>
    [TestMethod]
    public void DatesEarlierReadings()
    {
        Begin(0);
        s_recorder.Step(300000);
        s_recorder.ObserveServerTime(Utc + 400000, 400000, 400000);
        Field(0, (int)((Utc + 300000) / 1000) - UtcTime.SecondsTo2000, ReadingField.ClosedUtcSeconds);
    }

    /// <summary>A stay is one stay, although the clock was set in the middle of it.</summary>
    [TestMethod]
    public void DwellGoesOnAcrossTheSettingOfTheClock()
    {
        Begin(0);
        s_radio.HearProbe(1, 10000);
        s_recorder.ObserveServerTime(Utc + 30000, 30000, 30000);
        s_radio.HearProbe(1, 50000);
        s_recorder.Step(900000);
        int total = 0;
        for (int reading = 0; reading < s_ring.Count; reading++)
        {
            total += Value(reading, ReadingField.Dwell);
        }

        Assert.AreEqual(1, total, "one stay of one minute");
    }

    /// <summary>send_now closes the reading; the open minute is booked to the next, which ends where it would have ended.</summary>
    [TestMethod]
    public void SendNowClosesInMidInterval()
    {
        Begin(0);
        s_radio.HearProbe(1, 61000);
        s_recorder.CloseNow(90000);
        Field(0, 1, ReadingField.Impressions);
        Field(0, 0, ReadingField.Unique);
        Field(0, 90, ReadingField.IntervalSeconds);
        s_recorder.Step(300000);
        Field(1, 1, ReadingField.Unique);
        Field(1, 210, ReadingField.IntervalSeconds);
    }

    /// <summary>No reading is longer than the hour that the server takes, wherever UTC's boundaries turn out to be.</summary>
    [TestMethod]
    public void NoReadingIsLongerThanAnHour()
    {
        Begin(0);
        s_config.ReportIntervalMs = 3600000;
        s_recorder.ApplyInterval(0);
        s_recorder.Step(3300000);
        // UTC is 10:02 at uptime 55 min: the next full hour is 58 min away.
        s_recorder.ObserveServerTime(Utc + 120000, 3300000, 3300000);
        s_recorder.Step(6780000);
        Assert.AreEqual(2, s_ring.Count);
        Field(0, 3540, ReadingField.IntervalSeconds);
        Field(1, 3240, ReadingField.IntervalSeconds);
    }

    /// <summary>A change of the interval tears no minute: the open reading ends at the next multiple of the new one.</summary>
    [TestMethod]
    public void AChangedIntervalTearsNoMinute()
    {
        Begin(0);
        s_radio.HearProbe(1, 61000);
        s_radio.HearProbe(1, 89000);
        s_recorder.Step(90000);
        s_config.ReportIntervalMs = 60000;
        s_recorder.ApplyInterval(90000);
        s_radio.HearProbe(1, 91000);
        s_recorder.Step(120000);
        Assert.AreEqual(1, s_ring.Count);
        Field(0, 1, ReadingField.Unique);
        Field(0, 3, ReadingField.Impressions);
        Field(0, 120, ReadingField.IntervalSeconds);
        s_recorder.Step(180000);
        Field(1, 60, ReadingField.IntervalSeconds);
        s_config.ReportIntervalMs = 600000;
        s_recorder.ApplyInterval(200000);
        s_recorder.Step(599999);
        Assert.AreEqual(2, s_ring.Count);
        s_recorder.Step(600000);
        Field(2, 420, ReadingField.IntervalSeconds);
    }

    /// <summary>A stall over several minutes books each of them and closes the readings that lie in it.</summary>
    [TestMethod]
    public void CatchesUpAfterAStall()
    {
        Begin(0);
        for (int minute = 0; minute < 12; minute++)
        {
            s_radio.HearProbe(1, (minute * 60000) + 5);
        }

        s_recorder.Step(720000);
        Assert.AreEqual(2, s_ring.Count);
        Field(0, 5, ReadingField.Unique);
        Field(1, 5, ReadingField.Unique);
    }

    /// <summary>Slewing makes minutes longer or shorter, but neither more nor fewer, and readings still end on UTC's boundaries.</summary>
    [TestMethod]
    public void SlewingTearsNoMinute()
    {
        for (int error = -5000; error <= 5000; error += 10000)
        {
            Begin(0);
            s_recorder.ObserveServerTime(Utc, 0, 0);
            s_recorder.ObserveServerTime(Utc + 1000 + error, 1000, 1000);
            for (int minute = 0; minute < 10; minute++)
            {
                s_radio.HearProbe(1, (minute * 60000) + 30000);
            }

            for (int now = 0; now <= 610000; now += 100)
            {
                s_recorder.Step(now);
            }

            Assert.AreEqual(2, s_ring.Count);
            Field(0, 5, ReadingField.Unique);
            Field(1, 5, ReadingField.Unique);
            Field(0, (int)((Utc + 300000) / 1000) - UtcTime.SecondsTo2000, ReadingField.ClosedUtcSeconds);
            Field(1, (int)((Utc + 600000) / 1000) - UtcTime.SecondsTo2000, ReadingField.ClosedUtcSeconds);
        }
    }

    /// <summary>Uptime beyond 49.7 days changes nothing.</summary>
    [TestMethod]
    public void GoesOnAfterFiftyDays()
    {
        long start = 4294967296L - 60000 - (4294967296L % 300000);
        Begin(start);
        s_radio.HearProbe(1, 4294967295L);
        s_radio.HearProbe(2, 4294967296L);
        s_recorder.Step(4294967296L + 400000);
        int total = 0;
        for (int reading = 0; reading < s_ring.Count; reading++)
        {
            total += Value(reading, ReadingField.Unique);
        }

        Assert.AreEqual(2, total);
        Assert.AreEqual(2, s_ring.Count);
    }

    /// <summary>What the native ring lost goes with the reading of its interval.</summary>
    [TestMethod]
    public void ReportsRingLoss()
    {
        Begin(0);
        s_radio.DroppedRecords = 5;
        s_recorder.Step(300000);
        s_radio.DroppedRecords = 7;
        s_recorder.Step(600000);
        Field(0, 5, ReadingField.RingLoss);
        Field(1, 2, ReadingField.RingLoss);
    }

    /// <summary>A radio that never runs dry gets a piece counted a call, and no more.</summary>
    [TestMethod]
    public void CountsAPieceACall()
    {
        Begin(0);
        s_radio.IsEndless = true;
        s_radio.EndlessMs = 1000;
        s_recorder.Step(1000);
        Assert.IsTrue(s_recorder.HasBacklog);
        Assert.AreEqual(Recorder.ProbesAStep, s_recorder.HeardProbes);
        s_recorder.Step(1020);
        Assert.AreEqual(2 * Recorder.ProbesAStep, s_recorder.HeardProbes);
        s_radio.IsEndless = false;
        s_recorder.Step(1040);
        Assert.IsFalse(s_recorder.HasBacklog);
        Assert.AreEqual(2 * Recorder.ProbesAStep, s_recorder.HeardProbes);
    }

    /// <summary>
    /// A minute that has ended is not booked while records of it wait, those behind a later one in the other ring included.
    /// </summary>
    [TestMethod]
    public void AMinuteWaitsForItsBacklog()
    {
        Begin(0);
        for (int i = 0; i < 200; i++)
        {
            s_radio.HearProbe(i, 299000 + i);
        }

        s_radio.HearProbe(1, 300001);
        s_radio.HearAdvert(1, 300001);
        int steps = 0;
        while (s_ring.Count == 0)
        {
            s_recorder.Step(300010 + (steps * 20));
            steps++;
            Assert.IsTrue(steps <= 4, "200 records are four pieces");
        }

        Assert.AreEqual(4, steps);
        Assert.IsFalse(s_recorder.HasBacklog);
        Field(0, 200, ReadingField.Impressions);
        Field(0, 200, ReadingField.Unique);
        Field(0, 0, ReadingField.BleImpressions);
        Field(0, 300, ReadingField.IntervalSeconds);
        s_recorder.Step(600000);
        Field(1, 1, ReadingField.Impressions);
        Field(1, 1, ReadingField.Unique);
        Field(1, 1, ReadingField.BleUnique);
    }

    /// <summary>
    /// Time stamps that do not rise cannot hold a minute open: it is booked after as many records as the rings can have held.
    /// </summary>
    [TestMethod]
    public void NoFloodPostponesAMinuteForEver()
    {
        Begin(0);
        s_radio.IsEndless = true;
        s_radio.EndlessMs = 1000;
        int steps = 0;
        while (s_ring.Count == 0)
        {
            s_recorder.Step(300000);
            steps++;
            Assert.IsTrue(steps <= 5 * (Recorder.MostRecordsDue / Recorder.ProbesAStep), "five minutes are due");
        }

        s_radio.IsEndless = false;
        s_recorder.Step(600000);
        Assert.AreEqual(s_recorder.HeardProbes, Value(0, ReadingField.Impressions) + Value(1, ReadingField.Impressions));
    }

    /// <summary>An order counts all that waits, not a piece.</summary>
    [TestMethod]
    public void AnOrderCountsAllThatWaits()
    {
        Begin(0);
        for (int i = 0; i < 200; i++)
        {
            s_radio.HearProbe(i, 1000 + i);
        }

        s_recorder.CloseNow(2000);
        Field(0, 200, ReadingField.Impressions);
    }

    /// <summary>Leaves the heap to the tests behind these.</summary>
    [Cleanup]
    public void Forget()
    {
        s_radio = null;
        s_clock = null;
        s_ring = null;
        s_config = null;
        s_recorder = null;
    }

    private static void Begin(long nowMs)
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        // Two recorders do not fit the board's heap.
        s_recorder = null;
        s_ring = null;
        s_radio = new FakeRadio(256);
        s_clock = new WallClock();
        s_ring = new ReadingRing();
        s_config = new BoxConfig();
        var schedule = new RadioSchedule(s_radio, s_config, new Health());
        s_recorder = new Recorder(s_radio, new PeopleCounter(salt, s_config.Thresholds), schedule, s_clock, s_ring, s_config, 42);
        schedule.Start(nowMs);
        s_recorder.Start(nowMs);
    }

    private static void Field(int reading, int expected, int field)
    {
        Assert.AreEqual(expected, Value(reading, field), "field " + field.ToString());
    }

    private static int Value(int reading, int field)
    {
        s_ring.Read(reading, s_row);
        return s_row[field];
    }
}
