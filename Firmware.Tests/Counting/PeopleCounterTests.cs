using System;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Readings;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Counting;

/// <summary>Tests of <see cref="PeopleCounter"/>.</summary>
[TestClass]
public class PeopleCounterTests
{
    private const int Minute = 60000;
    private const byte Random = RadioRecord.FlagRandomAddress;
    private const byte Apple = RadioRecord.FlagRandomAddress | RadioRecord.FlagApple;
    private const byte InUse = Apple | RadioRecord.FlagAppleInUse;

    // Static: nanoFramework's launcher calls test methods without an instance.
    private static readonly byte[] s_record = new byte[RadioRecord.Size];
    private static readonly int[] s_reading = new int[ReadingField.Count];

    /// <summary>50 probes in a minute are one device-minute; 50 over ten minutes are ten.</summary>
    [TestMethod]
    public void CountsDeviceMinutes()
    {
        PeopleCounter counter = Started();
        for (int i = 0; i < 50; i++)
        {
            Probe(counter, 1, (uint)(i * 1000), -60);
        }

        End(counter, 0);
        for (int minute = 1; minute <= 10; minute++)
        {
            for (int i = 0; i < 5; i++)
            {
                Probe(counter, 2, (uint)((minute * Minute) + (i * 10000)), -60);
            }

            End(counter, minute);
        }

        Close(counter);
        Field(100, ReadingField.Impressions);
        Field(11, ReadingField.Unique);
    }

    /// <summary>The tables are 25 KB (docs/memory.md).</summary>
    [TestMethod]
    public void TablesFitIntoTheirBudget()
    {
        int bytes = Started().TableBytes;
        Assert.AreEqual((2360 * 5) + (1416 * 6) + (832 * 5) + 1024 + (128 * 6), bytes);
    }

    /// <summary>A zone is that of the strongest probe of the minute, at the borders of docs/counting.md.</summary>
    [TestMethod]
    public void ZonesFollowTheStrongestProbe()
    {
        PeopleCounter counter = Started();
        int[] strongest = [-49, -50, -51, -64, -65, -66, -79, -80, -81, -127];
        for (int device = 0; device < strongest.Length; device++)
        {
            Probe(counter, device, 100, -90 > strongest[device] ? strongest[device] : -90);
            Probe(counter, device, 200, strongest[device]);
            Probe(counter, device, 300, -126);
        }

        End(counter, 0);
        Close(counter);
        Field(1, ReadingField.Zone);
        Field(3, ReadingField.Zone + 1);
        Field(3, ReadingField.Zone + 2);
        Field(3, ReadingField.Zone + 3);
        Field(10, ReadingField.Unique);
    }

    /// <summary>Mean, strongest and weakest over all accepted probes; none heard gives zeros.</summary>
    [TestMethod]
    public void SignalStrengthOverTheInterval()
    {
        PeopleCounter counter = Started();
        Probe(counter, 1, 0, -40);
        Probe(counter, 1, 1, -41);
        Probe(counter, 2, 2, -90);
        Close(counter);
        Field(-57, ReadingField.ProbeRssiAvg);
        Field(-40, ReadingField.ProbeRssiStrongest);
        Field(-90, ReadingField.ProbeRssiWeakest);
        Close(counter);
        Field(0, ReadingField.ProbeRssiAvg);
        Field(0, ReadingField.ProbeRssiStrongest);
        Field(0, ReadingField.ProbeRssiWeakest);
    }

    /// <summary>A probe of unknown strength counts, but in no average and no zone.</summary>
    [TestMethod]
    public void UnknownSignalStrengthIsNotZeroDbm()
    {
        PeopleCounter counter = Started();
        Probe(counter, 1, 0, 0);
        Probe(counter, 2, 0, 0);
        Probe(counter, 2, 1, -70);
        End(counter, 0);
        Close(counter);
        Field(3, ReadingField.Impressions);
        Field(2, ReadingField.Unique);
        Field(-70, ReadingField.ProbeRssiAvg);
        Field(1, ReadingField.Zone + 2);
        Field(0, ReadingField.Zone);
        Field(0, ReadingField.Zone + 3);
    }

    /// <summary>The weakest and the strongest that a record can bear are kept as they are.</summary>
    [TestMethod]
    public void KeepsTheExtremesOfSignalStrength()
    {
        PeopleCounter counter = Started();
        Probe(counter, 1, 0, -1);
        Probe(counter, 2, 0, -127);
        End(counter, 0);
        Close(counter);
        Field(-64, ReadingField.ProbeRssiAvg);
        Field(-1, ReadingField.ProbeRssiStrongest);
        Field(-127, ReadingField.ProbeRssiWeakest);
        Field(1, ReadingField.Zone);
        Field(1, ReadingField.Zone + 3);
    }

    /// <summary>When the reading closes in mid-minute, the minute goes to the next reading; its impressions stay.</summary>
    [TestMethod]
    public void TheOpenMinuteSurvivesTheClosingOfAReading()
    {
        PeopleCounter counter = Started();
        Probe(counter, 1, 1000, -60);
        Close(counter);
        Field(1, ReadingField.Impressions);
        Field(0, ReadingField.Unique);
        Probe(counter, 1, 2000, -60);
        End(counter, 0);
        Close(counter);
        Field(1, ReadingField.Impressions);
        Field(1, ReadingField.Unique);
        Field(1, ReadingField.Zone + 1);
    }

    /// <summary>Records of a later minute are left for later; late ones count now.</summary>
    [TestMethod]
    public void StopsAtTheEndOfTheMinute()
    {
        PeopleCounter counter = Started();
        var records = new byte[4 * RadioRecord.Size];
        Records.Write(records, 0, 1, 59999, -60, 0);
        Records.Write(records, 1, 1, 60000, -60, 0);
        Records.Write(records, 2, 1, 60001, -60, 0);
        Records.Write(records, 3, 2, 59998, -60, 0);
        Assert.AreEqual(1, counter.CountProbes(records, 0, 4));
        End(counter, 0);
        Assert.AreEqual(4, counter.CountProbes(records, 1, 4));
        End(counter, 1);
        Close(counter);
        Field(4, ReadingField.Impressions);
        Field(3, ReadingField.Unique);
    }

    /// <summary>The 32-bit time of a record wraps after 49.7 days; minutes do not notice.</summary>
    [TestMethod]
    public void CountsAcrossTheWrapOfTime()
    {
        PeopleCounter counter = Started();
        long start = 4294967296L - 30000;
        counter.BeginMinute(71582, start, Minute);
        var records = new byte[3 * RadioRecord.Size];
        Records.Write(records, 0, 1, 0xFFFFFFFF, -60, 0);
        Records.Write(records, 1, 2, 29999, -60, 0);
        Records.Write(records, 2, 3, 30000, -60, 0);
        Assert.AreEqual(2, counter.CountProbes(records, 0, 3));
        counter.BookMinute(71583);
        counter.BeginMinute(71583, start + Minute, Minute);
        Assert.AreEqual(3, counter.CountProbes(records, 2, 3));
        counter.BookMinute(71584);
        Close(counter);
        Field(3, ReadingField.Unique);
    }

    /// <summary>2,000 devices fit; those beyond are estimated, distinct ones, within 5 %.</summary>
    [TestMethod]
    public void EstimatesTheOverflowOfAFullMinute()
    {
        PeopleCounter counter = Started();
        for (int repeat = 0; repeat < 2; repeat++)
        {
            for (int device = 0; device < 3000; device++)
            {
                Probe(counter, device, (uint)device, -60);
            }
        }

        Assert.AreEqual(2000, counter.MinuteCount);
        End(counter, 0);
        Close(counter);
        Field(6000, ReadingField.Impressions);
        Field(2000, ReadingField.Unique);
        int overflow = s_reading[ReadingField.Overflow];
        Assert.IsTrue(overflow >= 950 && overflow <= 1050, "of = " + overflow.ToString());
        // 3,000 devices, of which 1,000 fit into the dwell table; of those beyond the minute's cap some share a bit.
        int dwell = s_reading[ReadingField.DwellOverflow];
        Assert.IsTrue(dwell >= 1850 && dwell <= 2000, "do = " + dwell.ToString());
        Assert.AreEqual(0, counter.MinuteCount);
        Probe(counter, 1, Minute, -60);
        End(counter, 1);
        Close(counter);
        Field(0, ReadingField.Overflow);
        Field(1, ReadingField.Unique);
    }

    /// <summary>Random addresses count, public ones and scan responses do not; Apple is asked once a device-minute.</summary>
    [TestMethod]
    public void CountsBluetooth()
    {
        PeopleCounter counter = Started();
        Advert(counter, 1, 0, -70, Random);
        Advert(counter, 1, 1, -72, Apple);
        Advert(counter, 1, 2, -71, Random);
        Advert(counter, 2, 3, 0, Random);
        Advert(counter, 3, 4, -10, 0);
        Advert(counter, 4, 5, -10, (byte)(Random | RadioRecord.FlagScanResponse));
        Close(counter);
        Field(4, ReadingField.BleImpressions);
        Field(0, ReadingField.BleUnique);
        Field(-71, ReadingField.BleRssiAvg);
        End(counter, 0);
        Advert(counter, 1, Minute, -70, Random);
        End(counter, 1);
        Close(counter);
        Field(3, ReadingField.BleUnique);
        Field(1, ReadingField.BleApple);
        Field(2, ReadingField.BleOther);
        Field(1, ReadingField.BleImpressions);
    }

    /// <summary>
    /// A device-minute is one of a device in use if any advertisement of that minute says so, whatever else it sends; the older counts stay
    /// as they are.
    /// </summary>
    [TestMethod]
    public void CountsAppleDevicesInUse()
    {
        PeopleCounter counter = Started();
        Advert(counter, 1, 0, -70, InUse);
        Advert(counter, 1, 1, -70, Apple);
        Advert(counter, 1, 2, -70, InUse);
        Advert(counter, 2, 3, -70, Apple);
        Advert(counter, 2, 4, -70, Random);
        Advert(counter, 2, 5, -70, InUse);
        Advert(counter, 3, 6, -70, Random);
        Advert(counter, 3, 7, -70, Apple);
        Advert(counter, 4, 8, -70, Random);
        Advert(counter, 5, 9, -70, (byte)(InUse | RadioRecord.FlagScanResponse));
        Advert(counter, 6, 10, -70, (byte)(InUse & ~RadioRecord.FlagRandomAddress));
        Close(counter);
        Field(0, ReadingField.BleAppleInUse);
        End(counter, 0);
        Advert(counter, 1, Minute, -70, Apple);
        Advert(counter, 3, Minute, -70, InUse);
        End(counter, 1);
        Close(counter);
        Field(6, ReadingField.BleUnique);
        Field(5, ReadingField.BleApple);
        Field(1, ReadingField.BleOther);
        Field(3, ReadingField.BleAppleInUse);
        Close(counter);
        Field(0, ReadingField.BleAppleInUse);
    }

    /// <summary>Of the first bytes behind Apple's company id, those of phones, tablets and watches that somebody uses.</summary>
    [TestMethod]
    public void KnowsTheMessagesOfDevicesInUse()
    {
        string inUse = string.Empty;
        for (int type = 0; type < 256; type++)
        {
            inUse += ContinuityType.IsInUse(type) ? type.ToString("X2") + " " : string.Empty;
        }

        Assert.AreEqual("05 08 0B 0C 0D 0E 0F 10 ", inUse);
    }

    /// <summary>600 Bluetooth devices fit; those beyond are estimated with the others that did not fit.</summary>
    [TestMethod]
    public void EstimatesTheOverflowOfBluetooth()
    {
        PeopleCounter counter = Started();
        for (int device = 0; device < 700; device++)
        {
            Advert(counter, device, (uint)device, -60, Apple);
        }

        End(counter, 0);
        Close(counter);
        Field(600, ReadingField.BleUnique);
        Field(600, ReadingField.BleApple);
        int overflow = s_reading[ReadingField.Overflow];
        Assert.IsTrue(overflow >= 95 && overflow <= 105, "of = " + overflow.ToString());
    }

    /// <summary>Stays of 1, 2, 5, 6, 10, 11 minutes fall into their classes, when ten minutes of silence have ended.</summary>
    [TestMethod]
    public void CountsDwellOnceADeviceHasLeft()
    {
        PeopleCounter counter = Started();
        int[] stays = [1, 2, 5, 6, 10, 11];
        for (int minute = 0; minute < 20; minute++)
        {
            for (int device = 0; device < stays.Length; device++)
            {
                // Only the first and the last minute of the stay are heard: what lies between counts too.
                if (minute == 0 || minute == stays[device] - 1)
                {
                    Probe(counter, device, (uint)(minute * Minute), -60);
                }
            }

            if (minute == 10)
            {
                Close(counter);
                Field(0, ReadingField.Dwell);
            }

            End(counter, minute);
            if (minute == 10)
            {
                Close(counter);
                Field(1, ReadingField.Dwell);
            }
        }

        for (int minute = 20; minute < 30; minute++)
        {
            End(counter, minute);
        }

        Close(counter);
        Field(0, ReadingField.Dwell);
        Field(2, ReadingField.Dwell + 1);
        Field(2, ReadingField.Dwell + 2);
        Field(1, ReadingField.Dwell + 3);
    }

    /// <summary>A device that comes back within ten minutes is one stay, after them a second one.</summary>
    [TestMethod]
    public void AComebackWithinTenMinutesIsTheSameStay()
    {
        PeopleCounter counter = Started();
        for (int minute = 0; minute < 60; minute++)
        {
            if (minute == 0 || minute == 10 || minute == 21)
            {
                Probe(counter, 1, (uint)(minute * Minute), -60);
            }

            End(counter, minute);
        }

        Close(counter);
        Field(1, ReadingField.Dwell);
        Field(1, ReadingField.Dwell + 3);
        Field(3, ReadingField.Unique);
    }

    /// <summary>A device that stays for months is one stay of more than ten minutes.</summary>
    [TestMethod]
    public void AVeryLongStayIsCountedOnce()
    {
        PeopleCounter counter = Started();
        for (int minute = 0; minute < 1000; minute++)
        {
            if (minute < 980)
            {
                Probe(counter, 1, (uint)(minute * Minute), -60);
            }

            End(counter, minute);
        }

        Close(counter);
        Field(980, ReadingField.Unique);
        Field(0, ReadingField.Dwell);
        Field(1, ReadingField.Dwell + 3);
    }

    /// <summary>Changed thresholds hold for the minute that is open too.</summary>
    [TestMethod]
    public void AppliesThresholdsAtOnce()
    {
        var thresholds = new Thresholds();
        PeopleCounter counter = Started(thresholds);
        Probe(counter, 1, 0, -58);
        thresholds.ImmediateDbm = -60;
        Probe(counter, 2, 0, -59);
        End(counter, 0);
        Close(counter);
        Field(2, ReadingField.Zone);
        Field(0, ReadingField.Zone + 1);
    }

    /// <summary>
    /// 10,000 probes through the counter, nine of ten from devices already heard in the minute: prints how long it takes. The figure to
    /// compare with docs/counting.md ("What it costs") is that of the board; on a PC it says only that the program runs.
    /// </summary>
    [TestMethod]
    public void BenchmarkOfTenThousandProbes()
    {
        const int Batch = 100;
        PeopleCounter counter = Started();
        var records = new byte[Batch * RadioRecord.Size];
        long ticks = 0;
        for (int round = 0; round < 100; round++)
        {
            for (int i = 0; i < Batch; i++)
            {
                Records.Write(records, i, (round * 10) + (i % 10), (uint)i, -60 - (i / 10), 0);
            }

            long start = DateTime.UtcNow.Ticks;
            counter.CountProbes(records, 0, Batch);
            ticks += DateTime.UtcNow.Ticks - start;
        }

        Assert.AreEqual(1000, counter.MinuteCount);
        OutputHelper.WriteLine("10000 probes, 1000 device-minutes: " + (ticks / TimeSpan.TicksPerMillisecond).ToString() + " ms");
    }

    private static PeopleCounter Started()
    {
        return Started(new Thresholds());
    }

    private static PeopleCounter Started(Thresholds thresholds)
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        var counter = new PeopleCounter(salt, thresholds);
        counter.BeginMinute(0, 0, Minute);
        return counter;
    }

    private static void End(PeopleCounter counter, int minute)
    {
        counter.BookMinute(minute + 1);
        counter.BeginMinute(minute + 1, (minute + 1) * Minute, Minute);
    }

    private static void Probe(PeopleCounter counter, int device, uint timeMs, int rssiDbm)
    {
        Records.Write(s_record, 0, device, timeMs, rssiDbm, 0);
        Assert.AreEqual(1, counter.CountProbes(s_record, 0, 1));
    }

    private static void Advert(PeopleCounter counter, int device, uint timeMs, int rssiDbm, byte flags)
    {
        Records.Write(s_record, 0, device, timeMs, rssiDbm, flags);
        Assert.AreEqual(1, counter.CountAdverts(s_record, 0, 1));
    }

    private static void Close(PeopleCounter counter)
    {
        counter.CloseReading(s_reading, 0);
    }

    private static void Field(int expected, int field)
    {
        Assert.AreEqual(expected, s_reading[field], "field " + field.ToString());
    }
}
