using System;
using JamBox.Storage;

namespace JamBox.Readings;

/// <summary>
/// A reading in <see cref="Size"/> bytes instead of the 112 of its ints, because 96 of them wait in RAM. Nothing is lost: counts end at
/// 1,000,000, which is less than 20 bits hold.
/// </summary>
/// <remarks>
/// Layout, numbers little-endian: 0 the last five fields, 4 bytes each, so that what is asked for often is one read · 20 the four signal
/// strengths, a signed byte each · 24 the lower 16 bits of the 19 counts · 62 their upper 4 bits, two of them a byte.
/// </remarks>
public static class PackedReading
{
    /// <summary>Bytes a reading.</summary>
    public const int Size = 72;

    private const int FirstWord = ReadingField.ConfigVersion;
    private const int LevelsAt = 20;
    private const int LowAt = 24;
    private const int HighAt = 62;

    /// <summary>Packs a reading.</summary>
    /// <param name="row">Its fields, see <see cref="ReadingField"/>; of a count and of seconds 0…1,000,000 is kept, of a level −128…127 dBm.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index.</param>
    public static void Pack(int[] row, byte[] buffer, int offset)
    {
        for (int field = FirstWord; field < ReadingField.Count; field++)
        {
            ByteOrder.WriteInt(buffer, WordAt(offset, field), row[field]);
        }

        buffer[offset + LevelsAt] = (byte)row[ReadingField.ProbeRssiAvg];
        buffer[offset + LevelsAt + 1] = (byte)row[ReadingField.ProbeRssiStrongest];
        buffer[offset + LevelsAt + 2] = (byte)row[ReadingField.ProbeRssiWeakest];
        buffer[offset + LevelsAt + 3] = (byte)row[ReadingField.BleRssiAvg];
        Array.Clear(buffer, offset + HighAt, Size - HighAt);
        int count = PackCounts(row, ReadingField.Impressions, ReadingField.ProbeRssiAvg, buffer, offset, 0);
        count = PackCounts(row, ReadingField.Dwell, ReadingField.BleRssiAvg, buffer, offset, count);
        PackCounts(row, ReadingField.Overflow, FirstWord, buffer, offset, count);
    }

    /// <summary>Unpacks a reading.</summary>
    /// <param name="buffer">Where it is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="row">Where its fields go.</param>
    public static void Unpack(byte[] buffer, int offset, int[] row)
    {
        for (int field = FirstWord; field < ReadingField.Count; field++)
        {
            row[field] = GetWord(buffer, offset, field);
        }

        row[ReadingField.ProbeRssiAvg] = Level(buffer[offset + LevelsAt]);
        row[ReadingField.ProbeRssiStrongest] = Level(buffer[offset + LevelsAt + 1]);
        row[ReadingField.ProbeRssiWeakest] = Level(buffer[offset + LevelsAt + 2]);
        row[ReadingField.BleRssiAvg] = Level(buffer[offset + LevelsAt + 3]);
        int count = UnpackCounts(buffer, offset, 0, row, ReadingField.Impressions, ReadingField.ProbeRssiAvg);
        count = UnpackCounts(buffer, offset, count, row, ReadingField.Dwell, ReadingField.BleRssiAvg);
        UnpackCounts(buffer, offset, count, row, ReadingField.Overflow, FirstWord);
    }

    /// <summary>Reads one of the fields that have 32 bits, without unpacking the rest.</summary>
    /// <param name="buffer">Where the reading is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="field"><see cref="ReadingField.ConfigVersion"/> or one behind it.</param>
    /// <returns>Its value.</returns>
    public static int GetWord(byte[] buffer, int offset, int field)
    {
        return BitConverter.ToInt32(buffer, WordAt(offset, field));
    }

    /// <summary>Changes one of the fields that have 32 bits.</summary>
    /// <param name="buffer">Where the reading is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="field"><see cref="ReadingField.ConfigVersion"/> or one behind it.</param>
    /// <param name="value">Its value.</param>
    public static void SetWord(byte[] buffer, int offset, int field, int value)
    {
        ByteOrder.WriteInt(buffer, WordAt(offset, field), value);
    }

    private static int WordAt(int offset, int field)
    {
        return offset + ((field - FirstWord) * 4);
    }

    private static int Level(byte value)
    {
        return value < 128 ? value : value - 256;
    }

    private static int PackCounts(int[] row, int from, int to, byte[] buffer, int offset, int count)
    {
        for (int field = from; field < to; field++)
        {
            int value = row[field];
            // More than 20 bits would end up in the neighbour's.
            value = value > ReadingField.CountLimit ? ReadingField.CountLimit : (value < 0 ? 0 : value);
            int low = offset + LowAt + (count * 2);
            int high = offset + HighAt + (count >> 1);
            buffer[low] = (byte)value;
            buffer[low + 1] = (byte)(value >> 8);
            buffer[high] = (byte)(buffer[high] | ((value >> 16) << ((count & 1) * 4)));
            count++;
        }

        return count;
    }

    private static int UnpackCounts(byte[] buffer, int offset, int count, int[] row, int from, int to)
    {
        for (int field = from; field < to; field++)
        {
            int low = offset + LowAt + (count * 2);
            int high = (buffer[offset + HighAt + (count >> 1)] >> ((count & 1) * 4)) & 15;
            row[field] = buffer[low] | (buffer[low + 1] << 8) | (high << 16);
            count++;
        }

        return count;
    }
}
