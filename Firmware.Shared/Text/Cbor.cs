namespace JamBox.Text;

/// <summary>
/// The part of CBOR (RFC 8949) that the compact wire needs: whole numbers, texts, null, and arrays, all with definite lengths. Writing
/// makes no object; reading goes over bytes that anybody may have sent, and never beyond their end.
/// </summary>
public static class Cbor
{
    /// <summary>A whole number, 0 or more.</summary>
    public const int Unsigned = 0;

    /// <summary>A whole number below 0.</summary>
    public const int Negative = 1;

    /// <summary>A string of bytes.</summary>
    public const int Bytes = 2;

    /// <summary>A text.</summary>
    public const int Text = 3;

    /// <summary>An array.</summary>
    public const int Array = 4;

    /// <summary>A map.</summary>
    public const int Map = 5;

    /// <summary>Null, the only simple value that is used.</summary>
    public const byte Null = 0xF6;

    /// <summary>The first byte of an array of up to 23 elements: so many are added.</summary>
    public const byte ShortArray = 0x80;

    /// <summary>The first byte of an array whose elements are counted in the byte behind it.</summary>
    public const byte CountedArray = 0x98;

    private const int MaxDepth = 4;
    private const int InFirstByte = 24;
    private const int LongestWidth = 4;

    /// <summary>Appends a whole number.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">−4,294,967,296…4,294,967,295.</param>
    public static void Number(ByteWriter writer, long value)
    {
        if (value < 0)
        {
            Head(writer, Negative, -1 - value);
        }
        else
        {
            Head(writer, Unsigned, value);
        }
    }

    /// <summary>Appends the head of an item: what it is, and a number that says its value or its length.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="major">What it is.</param>
    /// <param name="value">0…4,294,967,295.</param>
    public static void Head(ByteWriter writer, int major, long value)
    {
        int first = major << 5;
        if (value < InFirstByte)
        {
            writer.Byte((byte)(first + (int)value));
            return;
        }

        int width = value <= 0xFF ? 1 : (value <= 0xFFFF ? 2 : LongestWidth);
        writer.Byte((byte)(first + InFirstByte + (width == LongestWidth ? 2 : width - 1)));
        for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
        {
            writer.Byte((byte)((int)(value >> shift) & 0xFF));
        }
    }

    /// <summary>Reads the head of an item.</summary>
    /// <param name="buffer">Where it is.</param>
    /// <param name="at">Its first index; afterwards the first behind the head. Unmoved when there is none.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="value">The number in the head, 0…4,294,967,295; of null and its like its code.</param>
    /// <returns>What it is, or −1: the data ends in it, its length is indefinite, or its number has more than 32 bits.</returns>
    public static int ReadHead(byte[] buffer, ref int at, int end, out long value)
    {
        value = 0;
        if (at >= end)
        {
            return -1;
        }

        int first = buffer[at];
        int code = first & 0x1F;
        if (code < InFirstByte)
        {
            value = code;
            at++;
            return first >> 5;
        }

        int width = 1 << (code - InFirstByte);
        if (code > InFirstByte + 2 || end - at <= width)
        {
            return -1;
        }

        for (int i = 1; i <= width; i++)
        {
            value = (value << 8) | buffer[at + i];
        }

        at += width + 1;
        return first >> 5;
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="buffer">Where it is.</param>
    /// <param name="at">Its first index; afterwards the first behind it. Unmoved when it is none.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when no whole number of up to 32 bits stands there.</returns>
    public static bool TryReadNumber(byte[] buffer, ref int at, int end, out long value)
    {
        int next = at;
        int major = ReadHead(buffer, ref next, end, out value);
        if (major != Unsigned && major != Negative)
        {
            value = 0;
            return false;
        }

        value = major == Negative ? -1 - value : value;
        at = next;
        return true;
    }

    /// <summary>Passes over an item, whatever it is.</summary>
    /// <param name="buffer">Where it is.</param>
    /// <param name="at">Its first index; afterwards the first behind it. Of no use when it is broken.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <returns><c>false</c> when it is broken, too deep, or nothing that this class knows.</returns>
    public static bool TrySkip(byte[] buffer, ref int at, int end)
    {
        return TrySkip(buffer, ref at, end, MaxDepth);
    }

    private static bool TrySkip(byte[] buffer, ref int at, int end, int depth)
    {
        int major = ReadHead(buffer, ref at, end, out long value);
        switch (major)
        {
            case Unsigned:
            case Negative:
                return true;
            case Bytes:
            case Text:
                if (value > end - at)
                {
                    return false;
                }

                at += (int)value;
                return true;
            case Array:
            case Map:
                // Every element has a byte at least: what promises more than there are is broken, and is not counted through.
                long elements = major == Map ? value * 2 : value;
                if (depth == 0 || elements > end - at)
                {
                    return false;
                }

                for (; elements > 0; elements--)
                {
                    if (!TrySkip(buffer, ref at, end, depth - 1))
                    {
                        return false;
                    }
                }

                return true;
            case (Null >> 5):
                return value == (Null & 0x1F);
            default:
                return false;
        }
    }
}
