namespace JamBox.Text;

/// <summary>
/// Reads members of a short JSON object in place, as bytes, and makes no object: answers of the backend. It is no validator:
/// what it hands out is well-formed, the rest need not be. Truncated text and garbage give "not there", never an exception.
/// </summary>
public sealed class JsonScanner
{
    /// <summary>Objects and arrays within each other that are understood; deeper ones end the search.</summary>
    public const int MaxDepth = 16;

    private byte[] _buffer;
    private int _start;
    private int _end;
    private int _at;

    /// <summary>Gets the buffer that is read, or <c>null</c>.</summary>
    public byte[] Buffer => _buffer;

    /// <summary>Gets the first index of the value found last; of a text, behind its quote.</summary>
    public int ValueOffset { get; private set; }

    /// <summary>Gets the bytes of the value found last; of a text, without its quotes.</summary>
    public int ValueLength { get; private set; }

    private bool IsText => ValueOffset > _start && _buffer[ValueOffset - 1] == (byte)'"';

    /// <summary>Says what is read.</summary>
    /// <param name="buffer">Where the object is; not copied.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    public void Set(byte[] buffer, int offset, int count)
    {
        _buffer = buffer;
        _start = offset;
        _end = offset + count;
        ValueOffset = offset;
        ValueLength = 0;
    }

    /// <summary>Tells whether the object has a member, whatever its value. The first counts when there are two.</summary>
    /// <param name="name">The name, character by character as it is written.</param>
    /// <returns><c>true</c> when it is there, with a value that is complete.</returns>
    public bool Has(string name)
    {
        return Find(name, Ascii.Whole(name));
    }

    /// <summary>Tells whether the object has a member, whatever its value. The first counts when there are two.</summary>
    /// <param name="names">The string in which the name is, see <see cref="Ascii"/>.</param>
    /// <param name="name">The piece of it.</param>
    /// <returns><c>true</c> when it is there, with a value that is complete.</returns>
    public bool Has(string names, int name)
    {
        return Find(names, name);
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when there is none, or it is no whole number of up to 18 digits.</returns>
    public bool TryGetLong(string name, out long value)
    {
        return TryGetLong(name, Ascii.Whole(name), out value);
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="names">The string in which the member's name is, see <see cref="Ascii"/>.</param>
    /// <param name="name">The piece of it.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when there is none, or it is no whole number of up to 18 digits.</returns>
    public bool TryGetLong(string names, int name, out long value)
    {
        value = 0;
        if (!Find(names, name) || IsText)
        {
            return false;
        }

        int at = ValueOffset;
        int end = at + ValueLength;
        bool isNegative = _buffer[at] == (byte)'-';
        if (isNegative)
        {
            at++;
        }

        if (at == end || end - at > 18)
        {
            return false;
        }

        long number = 0;
        for (; at < end; at++)
        {
            if (!Ascii.IsDigit(_buffer[at]))
            {
                return false;
            }

            number = (number * 10) + (_buffer[at] - '0');
        }

        value = isNegative ? -number : number;
        return true;
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when there is none, or it is no whole number of 32 bits.</returns>
    public bool TryGetInt(string name, out int value)
    {
        return TryGetInt(name, Ascii.Whole(name), out value);
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="names">The string in which the member's name is, see <see cref="Ascii"/>.</param>
    /// <param name="name">The piece of it.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when there is none, or it is no whole number of 32 bits.</returns>
    public bool TryGetInt(string names, int name, out int value)
    {
        value = 0;
        if (!TryGetLong(names, name, out long number) || number < int.MinValue || number > int.MaxValue)
        {
            return false;
        }

        value = (int)number;
        return true;
    }

    /// <summary>Reads <c>true</c> or <c>false</c>.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The value, or <c>false</c>.</param>
    /// <returns><c>false</c> when it is not there, or something else.</returns>
    public bool TryGetBool(string name, out bool value)
    {
        value = false;
        if (!Find(name, Ascii.Whole(name)) || IsText)
        {
            return false;
        }

        int end = ValueOffset + ValueLength;
        value = Ascii.Equals(_buffer, ValueOffset, end, "true");
        return value || Ascii.Equals(_buffer, ValueOffset, end, "false");
    }

    /// <summary>
    /// Finds a text. One with an escape or a byte that is not printable ASCII is refused: none that the firmware knows has any.
    /// </summary>
    /// <param name="name">The member's name.</param>
    /// <param name="offset">First index of the text in the buffer, or 0.</param>
    /// <param name="length">Its bytes, or 0.</param>
    /// <returns><c>false</c> when it is not there, or something else.</returns>
    public bool TryGetText(string name, out int offset, out int length)
    {
        return TryGetText(name, Ascii.Whole(name), out offset, out length);
    }

    /// <summary>
    /// Finds a text. One with an escape or a byte that is not printable ASCII is refused: none that the firmware knows has any.
    /// </summary>
    /// <param name="names">The string in which the member's name is, see <see cref="Ascii"/>.</param>
    /// <param name="name">The piece of it.</param>
    /// <param name="offset">First index of the text in the buffer, or 0.</param>
    /// <param name="length">Its bytes, or 0.</param>
    /// <returns><c>false</c> when it is not there, or something else.</returns>
    public bool TryGetText(string names, int name, out int offset, out int length)
    {
        offset = 0;
        length = 0;
        if (!Find(names, name) || !IsText)
        {
            return false;
        }

        for (int i = ValueOffset; i < ValueOffset + ValueLength; i++)
        {
            byte value = _buffer[i];
            if (value < 32 || value > 126 || value == (byte)'\\')
            {
                return false;
            }
        }

        offset = ValueOffset;
        length = ValueLength;
        return true;
    }

    private bool Find(string names, int name)
    {
        if (_buffer == null)
        {
            return false;
        }

        byte[] wanted = Ascii.Compare(names, name);
        int wantedLength = name & 0xFF;

        _at = _start;
        SkipBlanks();
        if (!Skip((byte)'{'))
        {
            return false;
        }

        while (true)
        {
            SkipBlanks();
            int nameOffset = _at + 1;
            if (!SkipText())
            {
                return false;
            }

            int nameLength = _at - 1 - nameOffset;
            SkipBlanks();
            if (!Skip((byte)':'))
            {
                return false;
            }

            SkipBlanks();
            bool isWanted = nameLength == wantedLength && Ascii.Matches(_buffer, nameOffset, wanted, wantedLength);
            if (!SkipValue())
            {
                return false;
            }

            SkipBlanks();
            bool goesOn = Skip((byte)',');
            if (!goesOn && !Skip((byte)'}'))
            {
                // Cut off here, the value may be cut as well.
                return false;
            }

            if (isWanted || !goesOn)
            {
                return isWanted;
            }
        }
    }

    private bool SkipValue()
    {
        if (_at >= _end)
        {
            return false;
        }

        byte first = _buffer[_at];
        if (first == (byte)'"')
        {
            ValueOffset = _at + 1;
            bool isComplete = SkipText();
            ValueLength = isComplete ? _at - 1 - ValueOffset : 0;
            return isComplete;
        }

        ValueOffset = _at;
        bool isDone = first == (byte)'{' || first == (byte)'[' ? SkipNested() : SkipBare();
        ValueLength = _at - ValueOffset;
        return isDone;
    }

    /// <summary>Skips an object or an array; one bit a level tells which.</summary>
    private bool SkipNested()
    {
        int depth = 0;
        int objects = 0;
        while (_at < _end)
        {
            byte value = _buffer[_at];
            if (value == (byte)'"')
            {
                if (!SkipText())
                {
                    return false;
                }

                continue;
            }

            _at++;
            if (value == (byte)'{' || value == (byte)'[')
            {
                if (depth == MaxDepth)
                {
                    return false;
                }

                depth++;
                objects = (objects << 1) | (value == (byte)'{' ? 1 : 0);
            }
            else if (value == (byte)'}' || value == (byte)']')
            {
                if ((objects & 1) != (value == (byte)'}' ? 1 : 0))
                {
                    return false;
                }

                depth--;
                objects >>= 1;
                if (depth == 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Skips a number or one of the three words, up to what ends it.</summary>
    private bool SkipBare()
    {
        int first = _at;
        while (_at < _end)
        {
            byte value = _buffer[_at];
            bool isPart = Ascii.IsDigit(value) || (value >= (byte)'a' && value <= (byte)'z') || value == (byte)'-' || value == (byte)'+'
                || value == (byte)'.' || value == (byte)'E';
            if (!isPart)
            {
                break;
            }

            _at++;
        }

        return _at > first;
    }

    private bool SkipText()
    {
        if (!Skip((byte)'"'))
        {
            return false;
        }

        while (_at < _end)
        {
            byte value = _buffer[_at++];
            if (value == (byte)'"')
            {
                return true;
            }

            if (value == (byte)'\\')
            {
                _at++;
            }
        }

        _at = _end;
        return false;
    }

    private bool Skip(byte value)
    {
        if (_at < _end && _buffer[_at] == value)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void SkipBlanks()
    {
        while (_at < _end
            && (_buffer[_at] == (byte)' ' || _buffer[_at] == (byte)'\n' || _buffer[_at] == (byte)'\r' || _buffer[_at] == (byte)'\t'))
        {
            _at++;
        }
    }
}
