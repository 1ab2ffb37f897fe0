namespace JamBox.Readings;

/// <summary>
/// A reading in <see cref="Size"/> bytes instead of its ints, for flash and for what waits in RAM. Nothing is lost: counts end at
/// 1,000,000, which is less than 20 bits hold.
/// </summary>
/// <remarks>
/// Layout: the fields in the order of their indices, each with the bits that <see cref="ReadingField.Bits"/> says, lowest bit first,
/// without gaps; zeros up to the end. So a reading that was packed by a firmware with fewer fields unpacks with
/// <see cref="ReadingField.NotKnown"/> in the missing ones, and one by a firmware with more fields without those.
/// </remarks>
public static class PackedReading
{
    /// <summary>Bytes per reading: whole words.</summary>
    public const int Size = (ReadingField.TotalBits + 31) / 32 * 4;

    /// <summary>Packs a reading.</summary>
    /// <param name="row">Its fields, see <see cref="ReadingField"/>; of a count and of seconds 0…1,000,000 is kept, of a level −128…127
    /// dBm.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index.</param>
    public static void Pack(int[] row, byte[] buffer, int offset)
    {
        int end = offset + Size;
        long waiting = 0;
        int waitingBits = 0;
        for (int field = 0; field < ReadingField.Count; field++)
        {
            int bits = ReadingField.Bits(field);
            int value = row[field];
            if (bits == ReadingField.CountBits)
            {
                // More than its bits would end up in the neighbour's.
                value = value > ReadingField.CountLimit ? ReadingField.CountLimit : (value < 0 ? 0 : value);
            }

            waiting |= (value & Mask(bits)) << waitingBits;
            for (waitingBits += bits; waitingBits >= 8; waitingBits -= 8)
            {
                buffer[offset++] = (byte)waiting;
                waiting >>= 8;
            }
        }

        for (; offset < end; offset++)
        {
            buffer[offset] = (byte)waiting;
            waiting = 0;
        }
    }

    /// <summary>Unpacks a reading.</summary>
    /// <param name="buffer">Where it is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="length">How many bytes there are of it: <see cref="Size"/>, or what another firmware wrote.</param>
    /// <param name="row">Where its fields go.</param>
    public static void Unpack(byte[] buffer, int offset, int length, int[] row)
    {
        int end = offset + length;
        long waiting = 0;
        int waitingBits = 0;
        for (int field = 0; field < ReadingField.Count; field++)
        {
            int bits = ReadingField.Bits(field);
            for (; waitingBits < bits; waitingBits += 8)
            {
                if (offset < end)
                {
                    waiting |= (long)buffer[offset] << waitingBits;
                }

                offset++;
            }

            int value = (int)(waiting & Mask(bits));
            row[field] = offset > end ? ReadingField.NotKnown
                : (bits == ReadingField.LevelBits && value > 127 ? value - 256 : value);
            waiting >>= bits;
            waitingBits -= bits;
        }
    }

    private static long Mask(int bits)
    {
        return (1L << bits) - 1;
    }
}
