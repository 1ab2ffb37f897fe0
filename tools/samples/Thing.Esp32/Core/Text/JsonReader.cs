namespace JamBox.Things.Text;

/// <summary>What <see cref="JsonReader"/> found.</summary>
public enum JsonToken
{
    /// <summary>What is there is no JSON, or too deep. It is final.</summary>
    Fault = 0,

    /// <summary>The document is over, and nothing but blanks follows.</summary>
    End = 1,

    /// <summary><c>{</c>.</summary>
    ObjectStart = 2,

    /// <summary><c>}</c>.</summary>
    ObjectEnd = 3,

    /// <summary><c>[</c>.</summary>
    ArrayStart = 4,

    /// <summary><c>]</c>.</summary>
    ArrayEnd = 5,

    /// <summary>The name of a member.</summary>
    Name = 6,

    /// <summary>A text.</summary>
    Text = 7,

    /// <summary>A number.</summary>
    Number = 8,

    /// <summary><c>true</c>.</summary>
    True = 9,

    /// <summary><c>false</c>.</summary>
    False = 10,

    /// <summary><c>null</c>.</summary>
    Null = 11,
}

/// <summary>
/// Reads JSON in place, token by token: what the server says, never trusted. No recursion, no object for a token; broken text ends in
/// <see cref="JsonToken.Fault"/>, never in an exception.
/// </summary>
public sealed class JsonReader
{
    /// <summary>Objects and arrays within each other.</summary>
    public const int MaxDepth = 16;

    private const int Value = 0;
    private const int FirstName = 1;
    private const int NextName = 2;
    private const int Comma = 3;
    private const int FirstItem = 4;

    private byte[] _buffer;
    private int _start;
    private int _end;
    private int _at;
    private int _depth;
    private int _objects;
    private int _expected;
    private int _textAt;
    private int _textEnd;
    private bool _hasEscapes;

    /// <summary>Gets the depth: 0 outside everything.</summary>
    public int Depth => _depth;

    /// <summary>Says what is read.</summary>
    /// <param name="buffer">Where it is; not copied.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    public void Set(byte[] buffer, int offset, int count)
    {
        _buffer = buffer;
        _start = offset;
        _end = offset + count;
        Rewind();
    }

    /// <summary>Begins anew.</summary>
    public void Rewind()
    {
        _at = _start;
        _depth = 0;
        _objects = 0;
        _expected = Value;
    }

    /// <summary>Tells whether all of it is one object.</summary>
    /// <returns><c>false</c> for anything else.</returns>
    public bool IsObject()
    {
        Rewind();
        if (Read() != JsonToken.ObjectStart)
        {
            return false;
        }

        JsonToken token;
        do
        {
            token = Read();
        }
        while (token != JsonToken.Fault && token != JsonToken.End);
        return token == JsonToken.End;
    }

    /// <summary>Finds a member of the outermost object. The first counts when there are two.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The first token of its value; <see cref="JsonToken.End"/> when there is no such member.</returns>
    public JsonToken Find(string name)
    {
        Rewind();
        if (Read() != JsonToken.ObjectStart)
        {
            return JsonToken.Fault;
        }

        while (true)
        {
            JsonToken token = Read();
            if (token != JsonToken.Name)
            {
                return token == JsonToken.ObjectEnd ? JsonToken.End : JsonToken.Fault;
            }

            bool isIt = IsText(name);
            token = Read();
            if (isIt || token == JsonToken.Fault)
            {
                return token;
            }

            Skip(token);
        }
    }

    /// <summary>Skips the rest of a value.</summary>
    /// <param name="token">Its first token, as it was read.</param>
    public void Skip(JsonToken token)
    {
        if (token != JsonToken.ObjectStart && token != JsonToken.ArrayStart)
        {
            return;
        }

        int outside = _depth - 1;
        while (_depth > outside && Read() != JsonToken.Fault)
        {
        }
    }

    /// <summary>Reads the next token.</summary>
    /// <returns>What it is.</returns>
    public JsonToken Read()
    {
        SkipBlanks();
        if (_expected == Comma)
        {
            if (_depth == 0)
            {
                return _at == _end ? JsonToken.End : Fail();
            }

            if (_at == _end)
            {
                return Fail();
            }

            bool isInObject = (_objects & 1) == 1;
            byte next = _buffer[_at];
            if (next == (isInObject ? '}' : ']'))
            {
                return Close(isInObject);
            }

            if (next != ',')
            {
                return Fail();
            }

            _at++;
            SkipBlanks();
            _expected = isInObject ? NextName : Value;
        }

        if (_at == _end)
        {
            return Fail();
        }

        byte first = _buffer[_at];
        if (_expected == FirstName && first == '}')
        {
            return Close(true);
        }

        if (_expected == FirstItem && first == ']')
        {
            return Close(false);
        }

        return _expected == FirstName || _expected == NextName ? ReadName() : ReadValue(first);
    }

    /// <summary>Compares the name or text read last.</summary>
    /// <param name="text">ASCII.</param>
    /// <returns>Whether it is that, character by character as it is written.</returns>
    public bool IsText(string text)
    {
        if (_textEnd - _textAt != text.Length)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (_buffer[_textAt + i] != text[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives the text read last, when it is one that a person could have typed: printable ASCII without escapes.</summary>
    /// <param name="maxLength">Characters that are allowed.</param>
    /// <returns><c>null</c> for any other.</returns>
    public string PlainText(int maxLength)
    {
        if (_hasEscapes || _textEnd - _textAt > maxLength)
        {
            return null;
        }

        for (int i = _textAt; i < _textEnd; i++)
        {
            if (_buffer[i] < ' ' || _buffer[i] > '~')
            {
                return null;
            }
        }

        return _textEnd == _textAt ? "" : System.Text.Encoding.UTF8.GetString(_buffer, _textAt, _textEnd - _textAt);
    }

    /// <summary>Gives the number read last, rounded to a whole one.</summary>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when it is beyond ±10⁹, or written with an exponent.</returns>
    public bool TryGetWhole(out int value)
    {
        value = 0;
        int at = _textAt;
        bool isNegative = _buffer[at] == '-';
        if (isNegative)
        {
            at++;
        }

        int whole = 0;
        for (; at < _textEnd && IsDigit(_buffer[at]); at++)
        {
            if (whole > 99999999)
            {
                return false;
            }

            whole = (whole * 10) + (_buffer[at] - '0');
        }

        if (at < _textEnd && _buffer[at] == '.')
        {
            whole += _buffer[at + 1] >= '5' ? 1 : 0;
            for (at++; at < _textEnd && IsDigit(_buffer[at]); at++)
            {
            }
        }

        value = isNegative ? -whole : whole;
        return at == _textEnd;
    }

    private JsonToken ReadName()
    {
        if (_buffer[_at] != '"' || !SkipText())
        {
            return Fail();
        }

        SkipBlanks();
        if (_at == _end || _buffer[_at] != ':')
        {
            return Fail();
        }

        _at++;
        _expected = Value;
        return JsonToken.Name;
    }

    private JsonToken ReadValue(byte first)
    {
        _expected = Comma;
        switch (first)
        {
            case (byte)'{':
                return Open(1, FirstName, JsonToken.ObjectStart);
            case (byte)'[':
                return Open(0, FirstItem, JsonToken.ArrayStart);
            case (byte)'"':
                return SkipText() ? JsonToken.Text : Fail();
            case (byte)'t':
                return SkipWord("true") ? JsonToken.True : Fail();
            case (byte)'f':
                return SkipWord("false") ? JsonToken.False : Fail();
            case (byte)'n':
                return SkipWord("null") ? JsonToken.Null : Fail();
            default:
                return SkipNumber() ? JsonToken.Number : Fail();
        }
    }

    private JsonToken Open(int isObject, int expected, JsonToken token)
    {
        if (_depth == MaxDepth)
        {
            return Fail();
        }

        _at++;
        _depth++;
        _objects = (_objects << 1) | isObject;
        _expected = expected;
        return token;
    }

    private JsonToken Close(bool isObject)
    {
        _at++;
        _depth--;
        _objects >>= 1;
        _expected = Comma;
        return isObject ? JsonToken.ObjectEnd : JsonToken.ArrayEnd;
    }

    // It stays at the end of what there is, so that every further question fails too.
    private JsonToken Fail()
    {
        _at = _end;
        _depth = 0;
        _expected = Value;
        return JsonToken.Fault;
    }

    private bool SkipText()
    {
        _textAt = ++_at;
        _hasEscapes = false;
        while (_at < _end)
        {
            byte c = _buffer[_at++];
            if (c == '"')
            {
                _textEnd = _at - 1;
                return true;
            }

            if (c < ' ')
            {
                return false;
            }

            if (c == '\\')
            {
                _hasEscapes = true;
                _at++;
            }
        }

        return false;
    }

    private bool SkipWord(string word)
    {
        for (int i = 0; i < word.Length; i++, _at++)
        {
            if (_at == _end || _buffer[_at] != word[i])
            {
                return false;
            }
        }

        return true;
    }

    private bool SkipNumber()
    {
        _textAt = _at;
        if (_buffer[_at] == '-')
        {
            _at++;
        }

        bool isZero = _at < _end && _buffer[_at] == '0';
        int digits = SkipDigits();
        if (digits == 0 || (isZero && digits > 1))
        {
            return false;
        }

        if (_at < _end && _buffer[_at] == '.')
        {
            _at++;
            if (SkipDigits() == 0)
            {
                return false;
            }
        }

        if (_at < _end && (_buffer[_at] == 'e' || _buffer[_at] == 'E'))
        {
            _at++;
            if (_at < _end && (_buffer[_at] == '+' || _buffer[_at] == '-'))
            {
                _at++;
            }

            if (SkipDigits() == 0)
            {
                return false;
            }
        }

        _textEnd = _at;
        return true;
    }

    private int SkipDigits()
    {
        int first = _at;
        while (_at < _end && IsDigit(_buffer[_at]))
        {
            _at++;
        }

        return _at - first;
    }

    private void SkipBlanks()
    {
        while (_at < _end && (_buffer[_at] == ' ' || _buffer[_at] == '\n' || _buffer[_at] == '\r' || _buffer[_at] == '\t'))
        {
            _at++;
        }

        if (_at > _end)
        {
            _at = _end;
        }
    }

    private static bool IsDigit(byte c)
    {
        return c >= '0' && c <= '9';
    }
}
