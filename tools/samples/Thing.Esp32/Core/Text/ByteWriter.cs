namespace JamBox.Things.Text;

/// <summary>
/// Writes text as UTF-8 into a buffer of fixed size: bodies and heads of requests, MQTT packets. What does not fit is left out, and
/// <see cref="HasOverflowed"/> says so: such a message is not sent.
/// </summary>
public sealed class ByteWriter
{
    private const double LargestNumber = 1e12;

    private readonly byte[] _digits = new byte[20];

    /// <param name="capacity">Bytes, 1 or more.</param>
    public ByteWriter(int capacity)
    {
        Buffer = new byte[capacity];
    }

    /// <summary>Gets the buffer.</summary>
    public byte[] Buffer { get; }

    /// <summary>Gets the bytes written.</summary>
    public int Count { get; private set; }

    /// <summary>Gets a value indicating whether something did not fit.</summary>
    public bool HasOverflowed { get; private set; }

    /// <summary>Begins anew.</summary>
    /// <returns>This writer.</returns>
    public ByteWriter Clear()
    {
        Count = 0;
        HasOverflowed = false;
        return this;
    }

    /// <summary>Writes a byte.</summary>
    /// <param name="value">0 to 255.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Octet(int value)
    {
        if (Count == Buffer.Length)
        {
            HasOverflowed = true;
        }
        else
        {
            Buffer[Count++] = (byte)value;
        }

        return this;
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="bytes">Where they are.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Bytes(byte[] bytes, int offset, int count)
    {
        if (Count + count > Buffer.Length)
        {
            HasOverflowed = true;
            return this;
        }

        System.Array.Copy(bytes, offset, Buffer, Count, count);
        Count += count;
        return this;
    }

    /// <summary>Writes text as it is.</summary>
    /// <param name="text">The text.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Text(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            i += Character(text, i);
        }

        return this;
    }

    /// <summary>Writes a JSON string, quotes and escapes included.</summary>
    /// <param name="text">The text.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Quoted(string text)
    {
        Octet('"');
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"' || c == '\\')
            {
                Octet('\\').Octet(c);
            }
            else if (c < ' ')
            {
                Text("\\u00").Octet(Hex(c >> 4)).Octet(Hex(c & 15));
            }
            else
            {
                i += Character(text, i);
            }
        }

        return Octet('"');
    }

    /// <summary>Writes the name of a JSON member, with a comma before it unless it is the first of its object.</summary>
    /// <param name="name">The name.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Member(string name)
    {
        if (Count > 0 && Buffer[Count - 1] != '{')
        {
            Octet(',');
        }

        return Quoted(name).Octet(':');
    }

    /// <summary>Writes a whole number.</summary>
    /// <param name="value">The number.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Number(long value)
    {
        if (value < 0)
        {
            Octet('-');
        }

        int at = _digits.Length;
        do
        {
            // The remainder has the sign of the number: the smallest one has no positive counterpart.
            int digit = (int)(value % 10);
            _digits[--at] = (byte)('0' + (digit < 0 ? -digit : digit));
            value /= 10;
        }
        while (value != 0);

        return Bytes(_digits, at, _digits.Length - at);
    }

    /// <summary>Writes a measured value with two decimals, and <c>null</c> for what is no number below 10¹².</summary>
    /// <param name="value">The value.</param>
    /// <returns>This writer.</returns>
    public ByteWriter Measure(double value)
    {
        if (!(value < LargestNumber && value > -LargestNumber))
        {
            return Text("null");
        }

        long hundredths = (long)((value * 100) + (value < 0 ? -0.5 : 0.5));
        if (hundredths < 0)
        {
            Octet('-');
            hundredths = -hundredths;
        }

        Number(hundredths / 100);
        int rest = (int)(hundredths % 100);
        if (rest != 0)
        {
            Octet('.').Octet('0' + (rest / 10));
            if (rest % 10 != 0)
            {
                Octet('0' + (rest % 10));
            }
        }

        return this;
    }

    /// <summary>Gives the hexadecimal digit of a number.</summary>
    /// <param name="value">0 to 15.</param>
    /// <returns>ASCII.</returns>
    public static int Hex(int value)
    {
        return value < 10 ? '0' + value : 'a' + value - 10;
    }

    // Returns how many characters beyond the first were taken: 1 for a pair of surrogates.
    private int Character(string text, int index)
    {
        int c = text[index];
        if (c < 0x80)
        {
            Octet(c);
            return 0;
        }

        if (c < 0x800)
        {
            Octet(0xC0 | (c >> 6)).Octet(0x80 | (c & 0x3F));
            return 0;
        }

        bool isHigh = c >= 0xD800 && c < 0xDC00;
        int next = isHigh && index + 1 < text.Length ? text[index + 1] : 0;
        if (next >= 0xDC00 && next < 0xE000)
        {
            int point = 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00);
            Octet(0xF0 | (point >> 18)).Octet(0x80 | ((point >> 12) & 0x3F));
            Octet(0x80 | ((point >> 6) & 0x3F)).Octet(0x80 | (point & 0x3F));
            return 1;
        }

        // Half a pair is no character.
        c = c >= 0xD800 && c < 0xE000 ? 0xFFFD : c;
        Octet(0xE0 | (c >> 12)).Octet(0x80 | ((c >> 6) & 0x3F)).Octet(0x80 | (c & 0x3F));
        return 0;
    }
}
