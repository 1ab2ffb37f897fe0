using JamBox.Readings;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>Tests of <see cref="PackedReading"/>.</summary>
[TestClass]
public class PackedReadingTests
{
    private const int Offset = 3;
    private const byte Untouched = 0x5A;

    private static readonly int[] s_row = new int[ReadingField.Count];
    private static readonly int[] s_found = new int[ReadingField.Count];
    private static readonly byte[] s_buffer = new byte[Offset + PackedReading.Size + 1];

    /// <summary>Every field keeps the ends of its range, whatever its neighbours hold.</summary>
    [TestMethod]
    public void KeepsTheEndsOfEveryRange()
    {
        for (int field = 0; field < ReadingField.Count; field++)
        {
            for (int others = 0; others < 2; others++)
            {
                Fill(others != 0);
                s_row[field] = Highest(field);
                KeepsAll();
                s_row[field] = Lowest(field);
                KeepsAll();
            }
        }
    }

    /// <summary>A reading with another number in every field comes back, and single fields of it are found.</summary>
    [TestMethod]
    public void KeepsAReading()
    {
        for (int field = 0; field < ReadingField.Count; field++)
        {
            s_row[field] = IsLevel(field) ? -20 - field : 1000 * field;
        }

        KeepsAll();
    }

    /// <summary>
    /// What a firmware with more fields wrote unpacks without them, and what one with fewer wrote unpacks with "not known" in those that are
    /// missing, wherever it ends. Only a field that fits into the zeros behind the last one cannot be told from 0.
    /// </summary>
    [TestMethod]
    public void TakesWhatAnotherFirmwareWrote()
    {
        Fill(true);
        PackedReading.Pack(s_row, s_buffer, Offset);
        PackedReading.Unpack(s_buffer, Offset, PackedReading.Size + 1, s_found);
        CollectionAssert.AreEqual(s_row, s_found);
        int bits = 0;
        for (int fields = 0; fields < ReadingField.Count; fields++)
        {
            // Zeros fill up the word in which a shorter one ends.
            PackedReading.Pack(s_row, s_buffer, Offset);
            int words = (bits + 31) / 32 * 4;
            for (int bit = bits; bit < words * 8; bit++)
            {
                s_buffer[Offset + (bit / 8)] = (byte)(s_buffer[Offset + (bit / 8)] & ~(1 << (bit & 7)));
            }

            PackedReading.Unpack(s_buffer, Offset, words, s_found);
            int end = bits;
            for (int field = 0; field < ReadingField.Count; field++)
            {
                end += field < fields ? 0 : ReadingField.Bits(field);
                Assert.AreEqual(
                    field < fields ? s_row[field] : (end <= words * 8 ? 0 : ReadingField.NotKnown), s_found[field]);
            }

            bits += ReadingField.Bits(fields);
        }
    }

    /// <summary>The first release had 28 fields, and what it left in flash says nothing about those that came later.</summary>
    [TestMethod]
    public void TheFirstReleaseDidNotKnowTheLaterFields()
    {
        const int FirstSize = 72;
        Fill(true);
        s_row[ReadingField.BleAppleInUse] = 0;
        PackedReading.Pack(s_row, s_buffer, Offset);
        PackedReading.Unpack(s_buffer, Offset, FirstSize, s_found);
        s_row[ReadingField.BleAppleInUse] = ReadingField.NotKnown;
        CollectionAssert.AreEqual(s_row, s_found);
    }

    /// <summary>A count beyond the wire's limit ends there, and leaves its neighbours alone.</summary>
    [TestMethod]
    public void CountsSaturate()
    {
        Fill(false);
        s_row[ReadingField.ListenSeconds] = int.MaxValue;
        s_row[ReadingField.RingLoss] = -1;
        PackedReading.Pack(s_row, s_buffer, Offset);
        PackedReading.Unpack(s_buffer, Offset, PackedReading.Size, s_found);
        s_row[ReadingField.ListenSeconds] = ReadingField.CountLimit;
        s_row[ReadingField.RingLoss] = 0;
        CollectionAssert.AreEqual(s_row, s_found);
    }

    private static void Fill(bool isHighest)
    {
        for (int field = 0; field < ReadingField.Count; field++)
        {
            s_row[field] = isHighest ? Highest(field) : Lowest(field);
        }
    }

    private static bool IsLevel(int field)
    {
        return (field >= ReadingField.ProbeRssiAvg && field <= ReadingField.ProbeRssiWeakest) || field == ReadingField.BleRssiAvg;
    }

    private static bool IsWord(int field)
    {
        return field >= ReadingField.ConfigVersion && field <= ReadingField.ClosedUtcSeconds;
    }

    private static int Highest(int field)
    {
        return IsLevel(field) ? 127 : (IsWord(field) ? int.MaxValue : ReadingField.CountLimit);
    }

    private static int Lowest(int field)
    {
        return IsLevel(field) ? -128 : (IsWord(field) ? int.MinValue : 0);
    }

    private static void KeepsAll()
    {
        for (int i = 0; i < s_buffer.Length; i++)
        {
            s_buffer[i] = Untouched;
        }

        PackedReading.Pack(s_row, s_buffer, Offset);
        PackedReading.Unpack(s_buffer, Offset, PackedReading.Size, s_found);
        CollectionAssert.AreEqual(s_row, s_found);
        Assert.AreEqual(Untouched, s_buffer[Offset - 1]);
        Assert.AreEqual(Untouched, s_buffer[Offset + PackedReading.Size]);
    }
}
