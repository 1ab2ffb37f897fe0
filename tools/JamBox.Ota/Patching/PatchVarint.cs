namespace JamBox.Ota.Patching;

/// <summary>
/// The container's numbers: first byte bit 7 = more, bit 6 = negative, six low bits; each later byte bit 7 = more and seven bits,
/// little end first.
/// </summary>
internal static class PatchVarint
{
    public const int MaxBytes = 5;

    public static void Write(Stream output, int value)
    {
        uint rest = (uint)Math.Abs((long)value);
        int first = (value < 0 ? 0x40 : 0) | (int)(rest & 0x3F);
        rest >>= 6;
        output.WriteByte((byte)(first | (rest != 0 ? 0x80 : 0)));
        while (rest != 0)
        {
            int next = (int)(rest & 0x7F);
            rest >>= 7;
            output.WriteByte((byte)(next | (rest != 0 ? 0x80 : 0)));
        }
    }

    /// <summary>How many bytes a number takes.</summary>
    public static int Size(long value)
    {
        long rest = Math.Abs(value) >> 6;
        int size = 1;
        while (rest != 0)
        {
            rest >>= 7;
            size++;
        }

        return size;
    }

    /// <summary>Reads a number.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="value">The number.</param>
    public static PatchError Read(PatchDecoder source, out int value)
    {
        value = 0;
        long sum = 0;
        int shift = 0;
        bool isNegative = false;
        for (int i = 0; i < MaxBytes; i++)
        {
            int next = source.Read();
            if (next < 0)
            {
                return source.Error;
            }

            if (i == 0)
            {
                isNegative = (next & 0x40) != 0;
                sum = next & 0x3F;
                shift = 6;
            }
            else
            {
                sum |= (long)(next & 0x7F) << shift;
                shift += 7;
            }

            if ((next & 0x80) == 0)
            {
                value = (int)(isNegative ? -sum : sum);
                return sum > int.MaxValue ? PatchError.BadNumber : PatchError.None;
            }
        }

        return PatchError.BadNumber;
    }
}
