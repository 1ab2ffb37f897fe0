using System;
using System.Collections.Generic;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Tests.Counting;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>What is shown of <see cref="PeopleCounter"/> on the PC only, because it would take a board minutes.</summary>
public sealed class PeopleCounterHostTests
{
    // On this PC; what DwellTable searches for once a minute.
    private const int BoxBytes = 24;

    private const int Minute = 60000;

    [Fact]
    public void CountsSaturateAtAMillion()
    {
        PeopleCounter counter = Started(1);
        byte[] records = new byte[100 * RadioRecord.Size];
        for (int i = 0; i < 100; i++)
        {
            Records.Write(records, i, 1, 0, -100, 0);
        }

        for (int i = 0; i < 10001; i++)
        {
            counter.CountProbes(records, 0, 100);
        }

        int[] reading = new int[ReadingField.Count];
        counter.CloseReading(reading, 0);
        Assert.Equal(1000000, reading[ReadingField.Impressions]);
        Assert.Equal(-100, reading[ReadingField.ProbeRssiAvg]);
    }

    /// <summary>A million probes and adverts over sixteen minutes, tables full at times: not one byte is allocated.</summary>
    [Fact]
    public void AMillionFramesAllocateNothingButAByteInABoxAMinute()
    {
        PeopleCounter counter = Started(2);
        byte[] frame = new byte[26];
        frame[0] = FrameFilter.ProbeRequest;
        frame[10] = 0xDA;
        byte[] records = new byte[100 * RadioRecord.Size];
        int[] reading = new int[ReadingField.Count];
        uint random = 12345;
        long before = 0;
        for (int batch = 0; batch < 10100; batch++)
        {
            if (batch == 100)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            for (int i = 0; i < 100; i++)
            {
                random = (random * 1664525) + 1013904223;
                frame[13] = (byte)(random >> 28);
                frame[14] = (byte)(random >> 20);
                frame[15] = (byte)(random >> 12);
                FrameFilter.TryAccept(frame, frame.Length, records, i * RadioRecord.Size);
                records[(i * RadioRecord.Size) + RadioRecord.RssiDbm] = (byte)(156 + (random >> 27));
                records[(i * RadioRecord.Size) + RadioRecord.Flags] = (byte)(random >> 29);
                BitConverter.TryWriteBytes(records.AsSpan((i * RadioRecord.Size) + RadioRecord.TimeMs), (uint)(batch * 95));
            }

            Count(counter, records, 100, batch * 95 / Minute);
            if (batch % 3000 == 0)
            {
                counter.CloseReading(reading, 0);
            }
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BoxBytes * ((10100 * 95 / Minute) + 1));
    }

    /// <summary>The counter agrees with sets and dictionaries over random crowds, whatever comes and goes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void AgreesWithANaiveCounter(int seed)
    {
        var random = new Random(seed);
        PeopleCounter counter = Started(seed);
        var naive = new NaiveCounter();
        byte[] record = new byte[RadioRecord.Size];
        int population = 100 * seed;
        for (int minute = 0; minute < 120; minute++)
        {
            int probes = random.Next(0, 400);
            for (int i = 0; i < probes; i++)
            {
                int device = random.Next(population) + (minute / 20 * population / 2);
                int rssi = -random.Next(0, 128);
                Records.Write(record, 0, device, (uint)((minute * Minute) + (i * 100)), rssi, 0);
                Assert.Equal(1, counter.CountProbes(record, 0, 1));
                naive.Probe(device, minute, rssi);
            }

            counter.BookMinute(minute + 1);
            counter.BeginMinute(minute + 1, (minute + 1) * Minute, Minute);
            naive.EndMinute(minute);
            if (minute % 5 == 4)
            {
                int[] reading = new int[ReadingField.Count];
                counter.CloseReading(reading, 0);
                Assert.True(
                    naive.TakeReading().AsSpan().SequenceEqual(reading.AsSpan(0, ReadingField.CountedFields)),
                    $"seed {seed}, minute {minute}");
            }
        }
    }

    /// <summary>
    /// Keys of 32 bits: of 1,000 devices of a minute two share one 0.0001 times on average, whatever their addresses have in common; in 300
    /// minutes of each pattern that is 0.04. More than two would be a bad hash (once in 100,000 runs, were the salts not fixed).
    /// </summary>
    [Theory]
    [InlineData("random")]
    [InlineData("counted in the last bytes")]
    [InlineData("counted in the first bytes")]
    [InlineData("one bit apart")]
    [InlineData("multiples of a power of two")]
    public void KeysTellDevicesApart(string pattern)
    {
        byte[] record = new byte[RadioRecord.Size];
        int lost = 0;
        for (int seed = 1; seed <= 300; seed++)
        {
            PeopleCounter counter = Started(seed);
            var distinct = new HashSet<ulong>();
            for (int device = 0; device < 1000; device++)
            {
                byte[] address = Address(pattern, seed, device);
                distinct.Add(BitConverter.ToUInt64(address));
                address.AsSpan(0, 6).CopyTo(record);
                counter.CountProbes(record, 0, 1);
            }

            Assert.True(distinct.Count > 500, $"{distinct.Count} addresses are no crowd");
            lost += distinct.Count - counter.MinuteCount;
        }

        Assert.InRange(lost, 0, 2);
    }

    /// <summary>
    /// Two thousand addresses that follow each other, under 2,000 salts: some multipliers crowd them, and runs reach the end of the table.
    /// What finds no room is overflow; nothing breaks, and nothing is counted twice.
    /// </summary>
    [Fact]
    public void CrowdedKeysOverflow()
    {
        byte[] record = new byte[RadioRecord.Size];
        int[] reading = new int[ReadingField.Count];
        int overflown = 0;
        for (int seed = 1; seed <= 2000; seed++)
        {
            PeopleCounter counter = Started(seed);
            for (int round = 0; round < 2; round++)
            {
                for (int device = 0; device < PeopleCounter.MinuteCapacity; device++)
                {
                    Address("counted in the last bytes", seed, device).AsSpan(0, 6).CopyTo(record);
                    counter.CountProbes(record, 0, 1);
                    counter.CountAdverts(record, 0, 1);
                }
            }

            Assert.InRange(counter.MinuteCount, 1000, PeopleCounter.MinuteCapacity);
            counter.BookMinute(1);
            counter.CloseReading(reading, 0);
            overflown += reading[ReadingField.Unique] < PeopleCounter.MinuteCapacity ? 1 : 0;
            Assert.True(reading[ReadingField.Unique] == PeopleCounter.MinuteCapacity || reading[ReadingField.Overflow] > 0, $"seed {seed}");
        }

        Assert.InRange(overflown, 1, 200);
    }

    /// <summary>
    /// A device whose key is 0, which stands for a free slot, spoils nothing: its probes count, itself does not, and the others do.
    /// </summary>
    [Fact]
    public void AKeyOfZeroSpoilsNothing()
    {
        byte[] salt = new byte[PeopleCounter.SaltLength];
        new Random(1).NextBytes(salt);
        ulong mask = BitConverter.ToUInt64(salt, 0);
        ulong multiplier = BitConverter.ToUInt64(salt, 8) | 1;
        PeopleCounter counter = Started(1);
        byte[] record = new byte[RadioRecord.Size];
        BitConverter.TryWriteBytes(record, AddressOfKeyZero(mask, multiplier));
        int[] reading = new int[ReadingField.Count];
        for (int minute = 0; minute < 30; minute++)
        {
            BitConverter.TryWriteBytes(record.AsSpan(RadioRecord.TimeMs), minute * Minute);
            for (byte rssi = 180; rssi < 200; rssi++)
            {
                record[RadioRecord.RssiDbm] = rssi;
                record[RadioRecord.Flags] = RadioRecord.FlagRandomAddress | RadioRecord.FlagApple | RadioRecord.FlagAppleInUse;
                Assert.Equal(1, counter.CountProbes(record, 0, 1));
                Assert.Equal(1, counter.CountAdverts(record, 0, 1));
            }

            for (int device = 0; device < 50 && minute < 10; device++)
            {
                byte[] other = new byte[RadioRecord.Size];
                Records.Write(other, 0, device, (uint)(minute * Minute), -60, 0);
                counter.CountProbes(other, 0, 1);
            }

            counter.BookMinute(minute + 1);
            counter.BeginMinute(minute + 1, (minute + 1) * Minute, Minute);
        }

        counter.CloseReading(reading, 0);
        Assert.Equal((20 * 30) + 500, reading[ReadingField.Impressions]);
        Assert.Equal(20 * 30, reading[ReadingField.BleImpressions]);
        Assert.Equal((500, 500), (reading[ReadingField.Unique], reading[ReadingField.Zone + 1]));
        Assert.Equal((0, 0, 0), (reading[ReadingField.BleUnique], reading[ReadingField.BleApple], reading[ReadingField.BleOther]));
        Assert.Equal(0, reading[ReadingField.BleAppleInUse]);
        Assert.Equal(
            (0, 0, 50, 0),
            (
                reading[ReadingField.Dwell], reading[ReadingField.Dwell + 1], reading[ReadingField.Dwell + 2],
                reading[ReadingField.Dwell + 3]));
    }

    private static byte[] Address(string pattern, int seed, int device)
    {
        ulong bits = pattern switch
        {
            "random" => (ulong)new Random((seed * 100003) + device).NextInt64(),
            "counted in the last bytes" => 0x0000_0002_0304_0002UL + ((ulong)device << 36),
            "counted in the first bytes" => 0x0000_0504_0302_0002UL + ((ulong)device << 8),
            "one bit apart" => 2UL ^ (1UL << (8 + (device % 40))) ^ (1UL << (8 + (device / 40 % 40))) ^ ((ulong)(device / 1600) << 20),
            _ => 2UL + ((ulong)device << (8 + (seed % 29))),
        };
        return BitConverter.GetBytes((bits & 0xFFFF_FFFF_FFFCUL) | 2);
    }

    // The multiplier is odd and has an inverse modulo 2^64; of the products below 2^32 one in 65,536 comes from an address.
    private static ulong AddressOfKeyZero(ulong mask, ulong multiplier)
    {
        ulong inverse = multiplier;
        for (int i = 0; i < 6; i++)
        {
            inverse *= 2 - (multiplier * inverse);
        }

        for (ulong product = 0; product <= uint.MaxValue; product++)
        {
            ulong word = (product * inverse) ^ mask;
            if (word >> 48 == 0)
            {
                return word;
            }
        }

        throw new InvalidOperationException("no address has the key 0");
    }

    private static PeopleCounter Started(int seed)
    {
        byte[] salt = new byte[PeopleCounter.SaltLength];
        new Random(seed).NextBytes(salt);
        var counter = new PeopleCounter(salt, new Thresholds());
        counter.BeginMinute(0, 0, Minute);
        return counter;
    }

    private static void Count(PeopleCounter counter, byte[] records, int count, int minute)
    {
        int probes = 0;
        int adverts = 0;
        while (probes < count || adverts < count)
        {
            probes = counter.CountProbes(records, probes, count);
            adverts = counter.CountAdverts(records, adverts, count);
            if (probes < count)
            {
                counter.BookMinute(minute);
                counter.BeginMinute(minute, minute * Minute, Minute);
            }
        }
    }

    /// <summary>docs/counting.md in the plainest words there are: no tables, no limits.</summary>
    private sealed class NaiveCounter
    {
        private readonly Dictionary<int, int> _strongestOfMinute = new Dictionary<int, int>();
        private readonly Dictionary<int, (int First, int Last)> _stays = new Dictionary<int, (int First, int Last)>();
        private readonly List<int> _levels = new List<int>();
        private int[] _reading = new int[ReadingField.CountedFields];

        public void Probe(int device, int minute, int rssi)
        {
            _reading[ReadingField.Impressions]++;
            if (rssi != 0)
            {
                _levels.Add(rssi);
            }

            int level = rssi == 0 ? int.MinValue : rssi;
            _strongestOfMinute[device] = _strongestOfMinute.TryGetValue(device, out int known) ? Math.Max(known, level) : level;
            _stays[device] = _stays.TryGetValue(device, out (int First, int Last) stay) ? (stay.First, minute) : (minute, minute);
        }

        public void EndMinute(int minute)
        {
            foreach (int level in _strongestOfMinute.Values)
            {
                _reading[ReadingField.Unique]++;
                if (level != int.MinValue)
                {
                    _reading[ReadingField.Zone + (level > -50 ? 0 : level > -65 ? 1 : level > -80 ? 2 : 3)]++;
                }
            }

            _strongestOfMinute.Clear();
            foreach ((int device, (int first, int last)) in new Dictionary<int, (int First, int Last)>(_stays))
            {
                if (minute - last >= 10)
                {
                    int minutes = last - first + 1;
                    _reading[ReadingField.Dwell + (minutes <= 1 ? 0 : minutes <= 5 ? 1 : minutes <= 10 ? 2 : 3)]++;
                    _stays.Remove(device);
                }
            }
        }

        public int[] TakeReading()
        {
            int[] reading = _reading;
            if (_levels.Count > 0)
            {
                double sum = 0;
                foreach (int level in _levels)
                {
                    sum += level;
                }

                reading[ReadingField.ProbeRssiAvg] = (int)Math.Round(sum / _levels.Count, MidpointRounding.AwayFromZero);
                _levels.Sort();
                reading[ReadingField.ProbeRssiStrongest] = _levels[^1];
                reading[ReadingField.ProbeRssiWeakest] = _levels[0];
            }

            _levels.Clear();
            _reading = new int[ReadingField.CountedFields];
            return reading;
        }
    }
}
