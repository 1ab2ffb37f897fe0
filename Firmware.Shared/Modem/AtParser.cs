namespace JamBox.Modem;

/// <summary>What a byte from the modem completed; see <see cref="AtParser.Push"/>.</summary>
public enum AtEvent
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>A line: it stands in the line buffer until the next byte is pushed.</summary>
    Line,

    /// <summary>The prompt <c>&gt;</c>: the modem waits for the bytes announced before.</summary>
    Prompt,

    /// <summary>The byte itself is payload of a link.</summary>
    Data,
}

/// <summary>How a block of payload was announced: the first character of a row of the table of headers.</summary>
public enum AtDataKind
{
    /// <summary>No block.</summary>
    None = 0,

    /// <summary>Asked for; the payload follows the line of the header.</summary>
    Fetched = 'f',

    /// <summary>Asked for; the payload follows the header in the same line. Its pattern ends in a comma.</summary>
    FetchedInLine = 'i',

    /// <summary>Unasked; the payload follows the line of the header.</summary>
    Pushed = 'p',
}

/// <summary>
/// Takes what the modem says byte by byte, split anywhere, and tells lines, the prompt and payload apart. Payload is counted by the
/// length in its header, so that a body can never be taken for a report. Whatever comes, nothing is written outside the line buffer.
/// </summary>
public sealed class AtParser
{
    /// <summary>Bytes of a line that are kept when the owner has no other wish. The longest line of interest is below 150.</summary>
    public const int LineCapacity = 160;

    /// <summary>Longest block of payload that a header is believed, bytes. A TCP segment is shorter, a reply may be 10 KB.</summary>
    public const int MaxDataBytes = 16384;

    private const byte CarriageReturn = 13;
    private const byte LineFeed = 10;
    private const byte Space = 32;

    private readonly byte[] _line;
    private readonly AtTable _headers;
    private readonly bool _hasInLine;
    private ParserState _state;
    private bool _isLineComplete;

    /// <param name="line">Where lines are gathered; owned by the caller, used by the parser alone.</param>
    /// <param name="headers">What announces payload; used by the parser alone.</param>
    public AtParser(byte[] line, AtTable headers)
    {
        _line = line;
        _headers = headers;
        _hasInLine = headers.Has((int)AtDataKind.FetchedInLine);
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

    /// <summary>Gets the link of the block; 0 when its header names none.</summary>
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

        return _hasInLine && value == (byte)',' ? BeginInLine() : AtEvent.None;
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
        AtDataKind kind = FindHeader();
        if (kind == AtDataKind.Fetched || kind == AtDataKind.Pushed)
        {
            Announce(kind);
            _state = value == CarriageReturn ? ParserState.DataAfterLineFeed : ParserState.Data;
        }

        return AtEvent.Line;
    }

    private AtEvent BeginInLine()
    {
        if (FindHeader() != AtDataKind.FetchedInLine)
        {
            return AtEvent.None;
        }

        _isLineComplete = true;
        Announce(AtDataKind.FetchedInLine);
        _state = ParserState.Data;
        return AtEvent.Line;
    }

    /// <summary>Tells whether the line announces payload. What only resembles a header is a line like others.</summary>
    private AtDataKind FindHeader()
    {
        AtDataKind kind = IsTruncated ? AtDataKind.None : (AtDataKind)_headers.Find(_line, Length, false);
        if (kind == AtDataKind.None)
        {
            return kind;
        }

        int at = _headers.ValueOffset;
        bool endsWell = at == Length || _line[at] == (byte)',' || (_line[at] == (byte)':' && at == Length - 1);
        return endsWell && _headers.Count > 0 && _headers.Count <= MaxDataBytes ? kind : AtDataKind.None;
    }

    private void Announce(AtDataKind kind)
    {
        DataKind = kind;
        DataLink = _headers.Link;
        DataRemaining = _headers.Count;
    }
}
