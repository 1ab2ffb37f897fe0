using System;

namespace JamBox.Text;

/// <summary>
/// Writes text into one caller-owned buffer as bytes, without a <see cref="string"/> for it. Once the buffer is full, writing stops
/// and <see cref="IsOverflown"/> tells: what is in the buffer must then not be used.
/// </summary>
public sealed class ByteWriter
{
    private readonly byte[] _buffer;

    /// <summary>Initializes a new instance of the <see cref="ByteWriter"/> class.</summary>
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
    public bool IsOverflown { get; private set; }

    /// <summary>Starts again at index 0.</summary>
    public void Clear()
    {
        Length = 0;
        IsOverflown = false;
    }

    /// <summary>Appends one byte.</summary>
    /// <param name="value">The byte.</param>
    public void Byte(byte value)
    {
        if (Length >= _buffer.Length)
        {
            IsOverflown = true;
            return;
        }

        _buffer[Length++] = value;
    }

    /// <summary>Appends all bytes of an array: text that was encoded once, at start.</summary>
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

    /// <summary>Appends ASCII text. For what is written rarely; what is written often is kept as bytes.</summary>
    /// <param name="value">The text; a character above 127 is written as '?'.</param>
    public void Ascii(string value)
    {
        // Not by the indexer: its name in metadata differs between nanoFramework's class library and what nano-check compiles against.
        char[] characters = value.ToCharArray();
        for (int i = 0; i < characters.Length; i++)
        {
            char c = characters[i];
            Byte(c < 128 ? (byte)c : (byte)'?');
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

    private bool TryReserve(int count)
    {
        if (count > _buffer.Length - Length)
        {
            IsOverflown = true;
            return false;
        }

        Length += count;
        return true;
    }
}
