using System.Buffers.Binary;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Twin.Radio;
using JamBox.Twin.Soak;

namespace JamBox.Twin.Tests.Soak;

/// <summary>What the soak compares readings with counts as the firmware does where tables are nearly full.</summary>
public sealed class NaiveCounterTests
{
    private const int Salts = 200;

    // Addresses that follow each other give keys at even distances, which for some salts crowd behind the last home.
    [Fact]
    public void DevicesThatCrowdFindNoRoomInBoth()
    {
        int crowded = 0;
        for (int seed = 0; seed < Salts; seed++)
        {
            var salt = new byte[PeopleCounter.SaltLength];
            new Random(seed).NextBytes(salt);
            (int unique, int overflow) = Counted(salt);
            NaiveReading naive = NaivelyCounted(salt);
            Assert.True(unique == naive.Unique, $"salt of seed {seed}: the firmware counts {unique}, the naive counter {naive.Unique}");

            // The firmware estimates them, to 2 % and some.
            Assert.InRange(overflow, naive.Overflow * 0.88 - 1, naive.Overflow * 1.12 + 1);
            crowded += naive.Overflow > 0 ? 1 : 0;
        }

        Assert.InRange(crowded, 1, Salts - 1);
    }

    private static ulong Address(int device) => 0x02_0000_000000UL + (ulong)device;

    private static (int Unique, int Overflow) Counted(byte[] salt)
    {
        var counter = new PeopleCounter(salt, new Thresholds());
        counter.BeginMinute(0, 0, Recorder.MinuteMs);
        var record = new byte[RadioRecord.Size];
        for (int device = 0; device < PeopleCounter.MinuteCapacity; device++)
        {
            for (int i = 0; i < 6; i++)
            {
                record[RadioRecord.Address + i] = (byte)(Address(device) >> (40 - (8 * i)));
            }

            record[RadioRecord.RssiDbm] = unchecked((byte)-60);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(RadioRecord.TimeMs), 1);
            counter.CountProbes(record, 0, 1);
        }

        counter.BookMinute(1);
        var reading = new int[ReadingField.Count];
        counter.CloseReading(reading, 0);
        return (reading[ReadingField.Unique], reading[ReadingField.Overflow]);
    }

    private static NaiveReading NaivelyCounted(byte[] salt)
    {
        var counter = new NaiveCounter(salt);
        counter.BeginMinute(0, Recorder.MinuteMs);
        for (int device = 0; device < PeopleCounter.MinuteCapacity; device++)
        {
            counter.Probe(1, Address(device), -60);
        }

        counter.EndMinute(1, new TruthRules());
        return counter.Close();
    }
}
