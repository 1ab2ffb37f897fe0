using JamBox.Text;

namespace JamBox.Modem;

/// <summary>
/// Takes what the modem says byte by byte, split anywhere, and tells lines, the prompt and payload apart. Payload is counted by the
/// length in its header, so that a body can never be taken for a report. Whatever comes, nothing is written outside the line buffer.
/// </summary>
public sealed class AtParser
{
    /// <summary>Bytes of a line that are kept when the owner has no other wish. The longest line of interest, AT+CPSI?, is below 150.</summary>
    public const int LineCapacity = 160;

    /// <summary>Longest block of payload that a header is believed, bytes. A TCP segment is shorter; a sick modem's reply may be 10 KB.</summary>
    public const int MaxDataBytes = 16384;

    private const byte CarriageReturn = 13;
    private const byte LineFeed = 10;
    private const byte Space = 32;

    private static readonly byte[] s_fetched = Ascii.Bytes("+CIPRXGET:");
    private static readonly byte[] s_ipd = Ascii.Bytes("+IPD");
    private static readonly byte[] s_receive = Ascii.Bytes("+RECEIVE,");

    private readonly byte[] _line;
    private ParserState _state;
    private bool _isLineComplete;

    /// <summary>Initializes a new instance of the <see cref="AtParser"/> class.</summary>
    /// <param name="line">Where lines are gathered; owned by the caller, used by the parser alone.</param>
    public AtParser(byte[] line)
    {
        _line = line;
    }

    private enum ParserState
    {
        Text,
        DataAfterLineFeed,
        Data,
    }

    /// <summary>Gets the line buffer given to the constructor.</summary>
    public byte[] Line => _line;

    /// <summary>Gets the bytes of the line, its end and blanks around it not counted.</summary>
    public int Length { get; private set; }

    /// <summary>Gets a value indicating whether the line was longer than the buffer; its first bytes are kept.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>Gets the lines that were longer than the buffer, since the start.</summary>
    public int TruncatedLines { get; private set; }

    /// <summary>Gets a value indicating whether the bytes to come are payload.</summary>
    public bool IsInData => _state != ParserState.Text;

    /// <summary>Gets how the block that runs, or the line just completed, announced payload.</summary>
    public AtDataKind DataKind { get; private set; }

    /// <summary>Gets the link of the block, 0 or 1.</summary>
    public int DataLink { get; private set; }

    /// <summary>Gets the bytes still to come of the block.</summary>
    public int DataRemaining { get; private set; }

    /// <summary>Takes one byte.</summary>
    /// <param name="value">The byte.</param>
    /// <returns>What it completed.</returns>
    public AtEvent Push(byte value)
    {
        if (_state == ParserState.Text)
        {
            return PushText(value);
        }

        if (_state == ParserState.DataAfterLineFeed)
        {
            _state = ParserState.Data;
            if (value == LineFeed)
            {
                return AtEvent.None;
            }
        }

        DataRemaining--;
        if (DataRemaining == 0)
        {
            _state = ParserState.Text;
        }

        return AtEvent.Data;
    }

    /// <summary>Gives up the block or the line that runs: the modem went silent within it, or restarted.</summary>
    public void Abandon()
    {
        _state = ParserState.Text;
        DataKind = AtDataKind.None;
        DataRemaining = 0;
        _isLineComplete = true;
    }

    private AtEvent PushText(byte value)
    {
        if (_isLineComplete)
        {
            _isLineComplete = false;
            Length = 0;
            IsTruncated = false;
        }

        if (value == CarriageReturn || value == LineFeed)
        {
            return EndLine(value);
        }

        // NUL bytes come out of the modem while it boots; blanks before a line belong to the prompt.
        if (value == 0 || (value == Space && Length == 0))
        {
            return AtEvent.None;
        }

        if (value == (byte)'>' && Length == 0)
        {
            return AtEvent.Prompt;
        }

        if (Length < _line.Length)
        {
            _line[Length++] = value;
        }
        else if (!IsTruncated)
        {
            IsTruncated = true;
            TruncatedLines++;
        }

        return AtEvent.None;
    }

    private AtEvent EndLine(byte value)
    {
        while (Length > 0 && _line[Length - 1] == Space)
        {
            Length--;
        }

        if (Length == 0)
        {
            return AtEvent.None;
        }

        _isLineComplete = true;
        DataKind = AtDataKind.None;
        if (!IsTruncated && _line[0] == (byte)'+')
        {
            ReadDataHeader();
        }

        if (DataKind != AtDataKind.None)
        {
            _state = value == CarriageReturn ? ParserState.DataAfterLineFeed : ParserState.Data;
        }

        return AtEvent.Line;
    }

    private void ReadDataHeader()
    {
        if (Ascii.StartsWith(_line, 0, Length, s_fetched))
        {
            int at = s_fetched.Length;
            Skip(ref at, Space);
            if (Ascii.TryReadInt(_line, ref at, Length, out int mode) && mode == 2 && Skip(ref at, (byte)','))
            {
                ReadLinkAndLength(at, AtDataKind.Fetched);
            }
        }
        else if (Ascii.StartsWith(_line, 0, Length, s_receive))
        {
            ReadLinkAndLength(s_receive.Length, AtDataKind.Pushed);
        }
        else if (Ascii.StartsWith(_line, 0, Length, s_ipd))
        {
            int at = s_ipd.Length;
            Skip(ref at, (byte)',');
            ReadLength(at, 0, AtDataKind.Pushed);
        }
    }

    private void ReadLinkAndLength(int at, AtDataKind kind)
    {
        if (Ascii.TryReadInt(_line, ref at, Length, out int link) && Skip(ref at, (byte)','))
        {
            ReadLength(at, link, kind);
        }
    }

    private void ReadLength(int at, int link, AtDataKind kind)
    {
        bool isNumber = Ascii.TryReadInt(_line, ref at, Length, out int count);
        bool endsWell = at == Length || _line[at] == (byte)',' || (_line[at] == (byte)':' && at == Length - 1);
        if (isNumber && endsWell && count > 0 && count <= MaxDataBytes)
        {
            DataKind = kind;
            DataLink = link;
            DataRemaining = count;
        }
    }

    private bool Skip(ref int at, byte value)
    {
        if (at < Length && _line[at] == value)
        {
            at++;
            return true;
        }

        return false;
    }
}
