using System;

namespace JamBox.Text;

/// <summary>
/// Writes text into one caller-owned buffer as bytes, and makes no object. Once the buffer is full, writing stops
/// and <see cref="HasOverflowed"/> tells: what is in the buffer must then not be used.
/// </summary>
public sealed class ByteWriter
{
    private readonly byte[] _buffer;

    /// <param name="buffer">Where the text goes, from index 0.</param>
    public ByteWriter(byte[] buffer)
    {
        _buffer = buffer;
    }

    /// <summary>Gets the buffer given to the constructor.</summary>
    public byte[] Buffer => _buffer;

    /// <summary>Gets the bytes written since the last <see cref="Clear"/>.</summary>
    public int Length { get; private set; }

    /// <summary>Gets a value indicating whether something did not fit since the last <see cref="Clear"/>.</summary>
    public bool HasOverflowed { get; private set; }

    /// <summary>Starts again at index 0.</summary>
    public void Clear()
    {
        Length = 0;
        HasOverflowed = false;
    }

    /// <summary>Takes back what was written last; what did not fit stays told.</summary>
    /// <param name="length">How many bytes stay, 0…<see cref="Length"/>.</param>
    public void TakeBack(int length)
    {
        Length = length;
    }

    /// <summary>Appends one byte.</summary>
    /// <param name="value">The byte.</param>
    public void Byte(byte value)
    {
        if (Length >= _buffer.Length)
        {
            HasOverflowed = true;
            return;
        }

        _buffer[Length++] = value;
    }

    /// <summary>Appends all bytes of an array.</summary>
    /// <param name="value">The bytes.</param>
    public void Bytes(byte[] value)
    {
        Bytes(value, 0, value.Length);
    }

    /// <summary>Appends a part of an array.</summary>
    /// <param name="value">The array.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    public void Bytes(byte[] value, int offset, int count)
    {
        if (TryReserve(count))
        {
            Array.Copy(value, offset, _buffer, Length - count, count);
        }
    }

    /// <summary>Appends a text, for what is written rarely: see <see cref="Ascii"/>.</summary>
    /// <param name="text">ASCII text, of any length.</param>
    public void Text(string text)
    {
        Text(text, 0, text.Length);
    }

    /// <summary>Appends a piece of a text.</summary>
    /// <param name="texts">ASCII text.</param>
    /// <param name="piece">Which piece of it: where it begins × 256 + its length.</param>
    public void Text(string texts, int piece)
    {
        Text(texts, piece >> 8, piece & 0xFF);
    }

    /// <summary>
    /// Appends a cell of a table of ASCII texts that are filled up with blanks: the table stays in flash, and nothing is allocated.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="offset">Index of the cell's first character.</param>
    /// <param name="width">How many characters the cell has; there must be room for all of them.</param>
    public void Cell(string table, int offset, int width)
    {
        int start = Length;
        Text(table, offset, width);
        while (Length > start && _buffer[Length - 1] == ' ')
        {
            Length--;
        }
    }

    /// <summary>Appends a number in decimal.</summary>
    /// <param name="value">Any value.</param>
    public void Number(long value)
    {
        if (value < 0)
        {
            Byte((byte)'-');
        }

        // Digits are taken from the negative side, because −2^63 has no positive counterpart.
        long rest = value < 0 ? value : -value;
        int digits = 1;
        for (long more = rest / 10; more != 0; more /= 10)
        {
            digits++;
        }

        if (!TryReserve(digits))
        {
            return;
        }

        for (int at = Length - 1; digits > 0; at--, digits--)
        {
            long next = rest / 10;
            _buffer[at] = (byte)('0' - (int)(rest - (next * 10)));
            rest = next;
        }
    }

    /// <summary>Appends a byte's two hexadecimal digits.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="isCapital">Whether they are A…F, and not a…f.</param>
    public void Hex(byte value, bool isCapital)
    {
        Byte(Ascii.HexDigit(value >> 4, isCapital));
        Byte(Ascii.HexDigit(value & 15, isCapital));
    }

    /// <summary>Appends a number with leading zeros.</summary>
    /// <param name="value">0 or more; higher digits than <paramref name="digits"/> holds are cut off.</param>
    /// <param name="digits">1…9.</param>
    public void Padded(int value, int digits)
    {
        if (!TryReserve(digits))
        {
            return;
        }

        for (int at = Length - 1; digits > 0; at--, digits--)
        {
            int next = value / 10;
            _buffer[at] = (byte)('0' + (value - (next * 10)));
            value = next;
        }
    }

    private void Text(string text, int start, int count)
    {
        // What takes more bytes than it has characters is not ASCII.
        if (TryReserve(count) && Ascii.Copy(text, start, count, _buffer, Length - count) != count)
        {
            HasOverflowed = true;
        }
    }

    private bool TryReserve(int count)
    {
        if (count > _buffer.Length - Length)
        {
            HasOverflowed = true;
            return false;
        }

        Length += count;
        return true;
    }
}
