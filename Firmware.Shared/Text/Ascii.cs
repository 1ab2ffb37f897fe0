using System;
using System.Text;

namespace JamBox.Text;

/// <summary>Copying, comparing and reading ASCII text in byte arrays.</summary>
/// <remarks>
/// The program's own texts are strings, because a string stays in flash, and an array of its bytes would lie on the heap for ever. A method
/// takes a whole text, or one string that holds many and a <em>piece</em> of it: where it begins × 256 + its length, so 0x012_05 are the
/// 5 characters from 18. A whole text is its own piece from 0. Rare texts are literals where they are used: each execution makes 12 B of
/// garbage. A class that needs texts often has a nested class <c>Texts</c> with all of them in one string <c>All</c>, each ended by
/// <c>'|'</c>, and a constant a piece, in the same order: no garbage at all. TextsTests checks every one of these constants.
/// </remarks>
public static class Ascii
{
    /// <summary>The longest text that can be compared, bytes.</summary>
    public const int MaxCompared = 64;

    private static Encoding s_encoding;

#if !NANOFRAMEWORK_1_0
    // On a PC several boxes run at once, each on a thread of its own; a board has one box, and one thread that reads texts.
    [ThreadStatic]
#endif
    private static byte[] s_compared;

    // Both made at first use: static constructors of this assembly run in an order that nobody promises. Encoding.UTF8 makes an object
    // at each call.
    private static Encoding Utf8 => s_encoding ??= new UTF8Encoding();

    private static byte[] Compared => s_compared ??= new byte[MaxCompared];

    /// <summary>Makes an array of a text's bytes, for what is kept as bytes: an identity, a version.</summary>
    /// <param name="text">ASCII text.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] Bytes(string text)
    {
        return Utf8.GetBytes(text);
    }

    /// <summary>Gives the piece that is all of a text.</summary>
    /// <param name="text">The text, up to 255 characters.</param>
    /// <returns>Its length, because it begins at 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The text is longer.</exception>
    public static int Whole(string text)
    {
        int length = text.Length;
        return length <= 0xFF ? length : throw new ArgumentOutOfRangeException(nameof(text));
    }

    /// <summary>Copies a piece of a text.</summary>
    /// <param name="texts">ASCII text.</param>
    /// <param name="piece">Which piece of it: where it begins × 256 + its length.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">Index of the first byte; the piece must fit behind it.</param>
    /// <returns>Its bytes.</returns>
    public static int Copy(string texts, int piece, byte[] buffer, int offset)
    {
        return Copy(texts, piece >> 8, piece & 0xFF, buffer, offset);
    }

    /// <summary>Tells whether a text stands at a place of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the text would begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="text">The text, up to <see cref="MaxCompared"/> characters.</param>
    /// <returns><c>true</c> when all of it stands there.</returns>
    public static bool StartsWith(byte[] buffer, int offset, int end, string text)
    {
        return StartsWith(buffer, offset, end, text, Whole(text));
    }

    /// <summary>Tells whether a piece of a text stands at a place of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the piece would begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="texts">The text.</param>
    /// <param name="piece">Which piece of it, up to <see cref="MaxCompared"/> characters.</param>
    /// <returns><c>true</c> when all of it stands there.</returns>
    public static bool StartsWith(byte[] buffer, int offset, int end, string texts, int piece)
    {
        int length = piece & 0xFF;
        return end - offset >= length && Matches(buffer, offset, Compare(texts, piece), length);
    }

    /// <summary>Tells whether bytes stand at a place of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the text would begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="text">The bytes, as many as there may be.</param>
    /// <returns><c>true</c> when all of them stand there.</returns>
    public static bool StartsWith(byte[] buffer, int offset, int end, byte[] text)
    {
        return end - offset >= text.Length && Matches(buffer, offset, text, text.Length);
    }

    /// <summary>Tells whether a part of a buffer is a text.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="end">First index behind the part.</param>
    /// <param name="text">The text, up to <see cref="MaxCompared"/> characters.</param>
    /// <returns><c>true</c> when the part is the text and nothing more.</returns>
    public static bool Equals(byte[] buffer, int offset, int end, string text)
    {
        return Equals(buffer, offset, end, text, Whole(text));
    }

    /// <summary>Tells whether a part of a buffer is a piece of a text.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="end">First index behind the part.</param>
    /// <param name="texts">The text.</param>
    /// <param name="piece">Which piece of it, up to <see cref="MaxCompared"/> characters.</param>
    /// <returns><c>true</c> when the part is the piece and nothing more.</returns>
    public static bool Equals(byte[] buffer, int offset, int end, string texts, int piece)
    {
        return end - offset == (piece & 0xFF) && StartsWith(buffer, offset, end, texts, piece);
    }

    /// <summary>Tells whether a part of a buffer is a piece of a text, capital letters or small.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="end">First index behind the part.</param>
    /// <param name="lowerTexts">The text, in small letters.</param>
    /// <param name="piece">Which piece of it, up to <see cref="MaxCompared"/> characters.</param>
    /// <returns><c>true</c> when the part is the piece and nothing more.</returns>
    public static bool EqualsIgnoreCase(byte[] buffer, int offset, int end, string lowerTexts, int piece)
    {
        if (end - offset != (piece & 0xFF))
        {
            return false;
        }

        byte[] text = Compare(lowerTexts, piece);
        for (int i = 0; offset + i < end; i++)
        {
            byte value = buffer[offset + i];
            if (value >= (byte)'A' && value <= (byte)'Z')
            {
                value += 32;
            }

            if (value != text[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives the value of a hexadecimal digit.</summary>
    /// <param name="value">The byte.</param>
    /// <returns>0…15, or −1 when it is no such digit.</returns>
    public static int HexValue(byte value)
    {
        if (IsDigit(value))
        {
            return value - '0';
        }

        if (value >= (byte)'a' && value <= (byte)'f')
        {
            return value - 'a' + 10;
        }

        return value >= (byte)'A' && value <= (byte)'F' ? value - 'A' + 10 : -1;
    }

    /// <summary>Gives a hexadecimal digit.</summary>
    /// <param name="value">0…15.</param>
    /// <param name="isCapital">Whether it is one of A…F, and not of a…f, from 10 on.</param>
    /// <returns>The digit.</returns>
    public static byte HexDigit(int value, bool isCapital)
    {
        int first = value < 10 ? '0' : (isCapital ? 'A' : 'a') - 10;
        return (byte)(first + value);
    }

    /// <summary>Finds the first place of a text.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="text">The text, 1…<see cref="MaxCompared"/> characters.</param>
    /// <returns>Its first index, or −1.</returns>
    public static int IndexOf(byte[] buffer, int offset, int end, string text)
    {
        return IndexOf(buffer, offset, end, Compare(text, Whole(text)), text.Length);
    }

    /// <summary>Finds the first place of some bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="text">The bytes, one or more.</param>
    /// <returns>Their first index, or −1.</returns>
    public static int IndexOf(byte[] buffer, int offset, int end, byte[] text)
    {
        return IndexOf(buffer, offset, end, text, text.Length);
    }

    /// <summary>Tells whether a byte is a decimal digit.</summary>
    /// <param name="value">The byte.</param>
    /// <returns><c>true</c> for 0…9.</returns>
    public static bool IsDigit(byte value)
    {
        return value >= (byte)'0' && value <= (byte)'9';
    }

    /// <summary>Reads a decimal number, with an optional minus sign.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where it begins; afterwards the first index behind it. Unmoved when there is no number.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when no digit stands there or the number has more than 9 digits.</returns>
    public static bool TryReadInt(byte[] buffer, ref int offset, int end, out int value)
    {
        int i = offset;
        bool negative = i < end && buffer[i] == (byte)'-';
        if (negative)
        {
            i++;
        }

        int first = i;
        int number = 0;
        while (i < end && i - first < 10 && IsDigit(buffer[i]))
        {
            number = (number * 10) + (buffer[i] - '0');
            i++;
        }

        int digits = i - first;
        if (digits == 0 || digits > 9)
        {
            value = 0;
            return false;
        }

        value = negative ? -number : number;
        offset = i;
        return true;
    }

    internal static int Copy(string text, int start, int count, byte[] buffer, int offset)
    {
        return Utf8.GetBytes(text, start, count, buffer, offset);
    }

    /// <summary>Copies a piece to where it can be compared; good until the next comparison.</summary>
    internal static byte[] Compare(string texts, int piece)
    {
        byte[] compared = Compared;
        Copy(texts, piece, compared, 0);
        return compared;
    }

    internal static bool Matches(byte[] buffer, int offset, byte[] text, int length)
    {
        for (int i = 0; i < length; i++)
        {
            if (buffer[offset + i] != text[i])
            {
                return false;
            }
        }

        return true;
    }

    private static int IndexOf(byte[] buffer, int offset, int end, byte[] text, int length)
    {
        byte first = text[0];
        for (int i = offset; i <= end - length; i++)
        {
            if (buffer[i] == first && Matches(buffer, i, text, length))
            {
                return i;
            }
        }

        return -1;
    }
}
