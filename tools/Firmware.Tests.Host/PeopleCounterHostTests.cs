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
    public void AMillionFramesAllocateNothing()
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

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
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
                Assert.True(naive.TakeReading().AsSpan().SequenceEqual(reading.AsSpan(0, ReadingField.CountedFields)), $"seed {seed}, minute {minute}");
            }
        }
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

    /// <summary>SYSTEM.md §1 in the plainest words there are: no tables, no limits.</summary>
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
