using System.Text;

namespace JamBox.Text;

/// <summary>Comparing and reading ASCII text in byte arrays, without a <see cref="string"/>.</summary>
public static class Ascii
{
    /// <summary>Encodes text once, at start, so that the loop compares and copies bytes.</summary>
    /// <param name="text">ASCII text.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] Bytes(string text)
    {
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Tells whether a text stands at a place of a buffer.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the text would begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="text">The text.</param>
    /// <returns><c>true</c> when all of it stands there.</returns>
    public static bool StartsWith(byte[] buffer, int offset, int end, byte[] text)
    {
        if (end - offset < text.Length)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (buffer[offset + i] != text[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells whether a part of a buffer is a text, capital letters or small.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="end">First index behind the part.</param>
    /// <param name="lowerText">The text, in small letters.</param>
    /// <returns><c>true</c> when the part is the text and nothing more.</returns>
    public static bool EqualsIgnoreCase(byte[] buffer, int offset, int end, byte[] lowerText)
    {
        if (end - offset != lowerText.Length)
        {
            return false;
        }

        for (int i = 0; i < lowerText.Length; i++)
        {
            byte value = buffer[offset + i];
            if (value >= (byte)'A' && value <= (byte)'Z')
            {
                value += 32;
            }

            if (value != lowerText[i])
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

    /// <summary>Finds the first place of a text.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="end">First index that does not belong to the data.</param>
    /// <param name="text">The text, one byte or more.</param>
    /// <returns>Its first index, or −1.</returns>
    public static int IndexOf(byte[] buffer, int offset, int end, byte[] text)
    {
        byte first = text[0];
        for (int i = offset; i <= end - text.Length; i++)
        {
            if (buffer[i] == first && StartsWith(buffer, i, end, text))
            {
                return i;
            }
        }

        return -1;
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
}
