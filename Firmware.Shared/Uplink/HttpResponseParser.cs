using System;

using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Uplink;

/// <summary>
/// Takes an HTTP/1.1 answer in pieces of any size. Its end is known from Content-Length, from chunks, or from the end of the connection.
/// Answers before the final one (1xx) are skipped. Lines, headers, and body are bounded: a server can neither overrun nor hold it.
/// </summary>
public sealed class HttpResponseParser
{
    /// <summary>Bytes of a line that are kept; the rest of a longer one is skipped.</summary>
    public const int LineCapacity = 128;

    /// <summary>Bytes of status line and headers, those of 1xx answers too, before the parser gives up.</summary>
    public const int MaxHeadBytes = 4096;

    /// <summary>Bytes of a body that does not fit its buffer, before the parser gives up.</summary>
    public const int MaxBodyBytes = 16384;

    private const int MaxInterims = 4;
    private const int MaxChunkDigits = 7;
    private const int VersionLength = Texts.Version & 0xFF;

    private readonly byte[] _line = new byte[LineCapacity];
    private readonly byte[] _mac = new byte[AnswerMac.Size];
    private readonly byte[] _body;
    private IBodySink _sink;
    private int _lineLength;
    private bool _isLineTruncated;
    private int _headBytes;
    private int _interims;
    private int _contentLength;
    private int _remaining;
    private int _bodyBytes;
    private bool _isChunked;
    private bool _keepsAlive;

    /// <param name="body">Where the body goes; owned by the caller.</param>
    public HttpResponseParser(byte[] body)
    {
        _body = body;
        Reset();
    }

    /// <summary>Gets what is expected next.</summary>
    public HttpParserState State { get; private set; }

    /// <summary>Gets a value indicating whether nothing more is expected: the answer is complete, or of no use.</summary>
    public bool IsFinished => State == HttpParserState.Done || State == HttpParserState.Failed;

    /// <summary>Gets the status of the final answer, 200…599; 0 before it is known.</summary>
    public int Status { get; private set; }

    /// <summary>Gets why the answer is of no use, one of <see cref="HttpError"/>, or <see cref="HttpError.None"/>.</summary>
    public int Error { get; private set; }

    /// <summary>Gets the bytes of the body in its buffer.</summary>
    public int BodyLength { get; private set; }

    /// <summary>Gets the seconds of Retry-After, 0…999,999,999; −1 when there is none or it is a date.</summary>
    public int RetryAfterSeconds { get; private set; }

    /// <summary>Gets the CRC-16 of header <c>C</c> (docs/wire.md, OTA chunks), 0…65535; −1 when there is none.</summary>
    public int CheckSum { get; private set; }

    /// <summary>Gets a value indicating whether there was a header <c>M</c> of sixteen hexadecimal digits.</summary>
    public bool HasMac { get; private set; }

    /// <summary>Gets the bytes of header <c>M</c>, <see cref="AnswerMac.Size"/>; of no use without <see cref="HasMac"/>.</summary>
    public byte[] Mac => _mac;

    /// <summary>Gets a value indicating whether the connection can bear another request after this answer.</summary>
    public bool KeepsAlive => _keepsAlive && State == HttpParserState.Done;

    /// <summary>Begins a new answer.</summary>
    /// <param name="sink">Takes the body of an answer with status 200 piece by piece; <c>null</c> when all of it fits the buffer.</param>
    public void Reset(IBodySink sink = null)
    {
        _sink = sink;
        Error = HttpError.None;
        _headBytes = 0;
        _interims = 0;
        BeginHead();
    }

    /// <summary>Takes a piece of the answer.</summary>
    /// <param name="buffer">Where it is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>How many of them belong to this answer; less than <paramref name="count"/> only when it is finished.</returns>
    public int Feed(byte[] buffer, int offset, int count)
    {
        int at = offset;
        int end = offset + count;
        while (at < end && !IsFinished)
        {
            switch (State)
            {
                case HttpParserState.Body:
                case HttpParserState.BodyUntilClose:
                case HttpParserState.ChunkData:
                    at += FeedBody(buffer, at, end - at);
                    break;
                default:
                    FeedLine(buffer[at]);
                    at++;
                    break;
            }
        }

        return at - offset;
    }

    /// <summary>The connection has ended properly: a body without a length is then complete, any other answer broken off.</summary>
    public void EndOfStream()
    {
        if (State == HttpParserState.BodyUntilClose)
        {
            Finish();
        }
        else
        {
            BreakOff();
        }
    }

    /// <summary>The connection has ended in some other way: an answer that is not finished is broken off.</summary>
    public void BreakOff()
    {
        if (!IsFinished)
        {
            Fail(HttpError.Closed);
        }
    }

    private void BeginHead()
    {
        State = HttpParserState.StatusLine;
        Status = 0;
        BodyLength = 0;
        RetryAfterSeconds = -1;
        CheckSum = -1;
        HasMac = false;
        _lineLength = 0;
        _isLineTruncated = false;
        _contentLength = -1;
        _remaining = 0;
        _bodyBytes = 0;
        _isChunked = false;
        _keepsAlive = false;
    }

    private int FeedBody(byte[] buffer, int offset, int count)
    {
        int taken = State != HttpParserState.BodyUntilClose && count > _remaining ? _remaining : count;
        int room = (_sink == null ? _body.Length : _sink.PieceLength) - BodyLength;
        Check.That(_sink == null || room > 0, "a piece of a body has room in its buffer");
        int kept = taken < room ? taken : room;
        if (_sink != null)
        {
            // The rest comes back: it belongs to the next piece.
            taken = kept;
        }

        Array.Copy(buffer, offset, _body, BodyLength, kept);
        BodyLength += kept;
        _bodyBytes += taken;
        _remaining -= taken;
        if (_sink != null && kept == room)
        {
            _sink.Take(_body);
            BodyLength = 0;
        }

        if (_bodyBytes > MaxBodyBytes && _bodyBytes > _body.Length)
        {
            Fail(HttpError.TooLarge);
        }
        else if (_remaining == 0 && State == HttpParserState.Body)
        {
            Finish();
        }
        else if (_remaining == 0 && State == HttpParserState.ChunkData)
        {
            State = HttpParserState.ChunkEnd;
        }

        return taken;
    }

    private void FeedLine(byte value)
    {
        _headBytes++;
        if (_headBytes > MaxHeadBytes)
        {
            Fail(HttpError.BadResponse);
            return;
        }

        if (value == (byte)'\n')
        {
            EndLine();
            _lineLength = 0;
            _isLineTruncated = false;
        }
        else if (_lineLength < LineCapacity)
        {
            _line[_lineLength++] = value;
        }
        else
        {
            _isLineTruncated = true;
        }
    }

    private void EndLine()
    {
        if (_lineLength > 0 && _line[_lineLength - 1] == (byte)'\r')
        {
            _lineLength--;
        }

        switch (State)
        {
            case HttpParserState.StatusLine:
                TakeStatusLine();
                break;
            case HttpParserState.Header:
                if (_lineLength == 0)
                {
                    EndHead();
                }
                else
                {
                    TakeHeader();
                }

                break;
            case HttpParserState.ChunkSize:
                TakeChunkSize();
                break;
            case HttpParserState.ChunkEnd:
                State = HttpParserState.ChunkSize;
                if (_lineLength > 0)
                {
                    Fail(HttpError.BadResponse);
                }

                break;
            default:
                if (_lineLength == 0)
                {
                    Finish();
                }

                break;
        }
    }

    private void TakeStatusLine()
    {
        int at = VersionLength;
        bool isHttp = _lineLength >= 12 && Ascii.StartsWith(_line, 0, _lineLength, Texts.All, Texts.Version) && Ascii
            .IsDigit(_line[at]) && _line[at + 1] == (byte)' ';
        int first = at + 2;
        at = first;
        int status = 0;
        bool isNumber = isHttp && Ascii.TryReadInt(_line, ref at, _lineLength, out status) && at == first + 3;
        if (!isNumber || status < 100 || status > 599 || (at < _lineLength && _line[at] != (byte)' '))
        {
            Fail(HttpError.BadResponse);
            return;
        }

        Status = status;

        // HTTP/1.0 ends the connection unless it says otherwise.
        _keepsAlive = _line[VersionLength] != (byte)'0';
        State = HttpParserState.Header;
    }

    private void TakeHeader()
    {
        int colon = 0;
        while (colon < _lineLength && _line[colon] != (byte)':')
        {
            colon++;
        }

        if (colon == _lineLength)
        {
            // A folded line, or nonsense: none of the headers that count looks like that.
            return;
        }

        int at = colon + 1;
        while (at < _lineLength && (_line[at] == (byte)' ' || _line[at] == (byte)'\t'))
        {
            at++;
        }

        if (Ascii.EqualsIgnoreCase(_line, 0, colon, Texts.All, Texts.ContentLength))
        {
            TakeContentLength(at);
        }
        else if (Ascii.EqualsIgnoreCase(_line, 0, colon, Texts.All, Texts.TransferEncoding))
        {
            TakeTransferEncoding(at);
        }
        else if (Ascii.EqualsIgnoreCase(_line, 0, colon, Texts.All, Texts.Connection))
        {
            TakeConnection(at);
        }
        else if (Ascii.EqualsIgnoreCase(_line, 0, colon, Texts.All, Texts.RetryAfter))
        {
            RetryAfterSeconds = ReadNumber(at);
        }
        else if (Ascii.EqualsIgnoreCase(_line, 0, colon, Texts.All, Texts.Check))
        {
            CheckSum = ReadCheckSum(at);
        }
        else if (Ascii.EqualsIgnoreCase(_line, 0, colon, Texts.All, Texts.Mac))
        {
            HasMac = TryReadMac(at);
        }
    }

    private void TakeContentLength(int at)
    {
        int length = ReadNumber(at);

        // Two lengths that differ are an attack or a broken proxy (RFC 9112, 6.3).
        if (length < 0 || (_contentLength >= 0 && _contentLength != length))
        {
            Fail(HttpError.BadResponse);
            return;
        }

        _contentLength = length;
    }

    private void TakeTransferEncoding(int at)
    {
        if (Ascii.EqualsIgnoreCase(_line, at, TrimmedEnd(), Texts.All, Texts.Chunked))
        {
            _isChunked = true;
        }
        else if (!Ascii.EqualsIgnoreCase(_line, at, TrimmedEnd(), Texts.All, Texts.Identity))
        {
            Fail(HttpError.BadResponse);
        }
    }

    private void TakeConnection(int at)
    {
        // Close, and whatever we do not know, ends it.
        _keepsAlive = Ascii.EqualsIgnoreCase(_line, at, TrimmedEnd(), Texts.All, Texts.KeepAlive);
    }

    private void EndHead()
    {
        if (Status < 200)
        {
            _interims++;
            if (_interims > MaxInterims || Status == 101)
            {
                Fail(HttpError.BadResponse);
            }
            else
            {
                BeginHead();
            }

            return;
        }

        _sink = Status == 200 ? _sink : null;
        if (Status == 204 || Status == 304 || (_contentLength == 0 && !_isChunked))
        {
            Finish();
        }
        else if (_isChunked)
        {
            State = HttpParserState.ChunkSize;
        }
        else if (_contentLength > 0)
        {
            State = HttpParserState.Body;
            _remaining = _contentLength;
            if (_contentLength > MaxBodyBytes && _contentLength > _body.Length)
            {
                Fail(HttpError.TooLarge);
            }
        }
        else
        {
            State = HttpParserState.BodyUntilClose;
            _keepsAlive = false;
        }
    }

    private void TakeChunkSize()
    {
        int size = 0;
        int at = 0;
        while (at < _lineLength && at <= MaxChunkDigits && Ascii.HexValue(_line[at]) >= 0)
        {
            size = (size * 16) + Ascii.HexValue(_line[at]);
            at++;
        }

        bool endsWell = at == _lineLength || _line[at] == (byte)';' || _line[at] == (byte)' ';
        if (at == 0 || at > MaxChunkDigits || !endsWell)
        {
            Fail(HttpError.BadResponse);
        }
        else if (size == 0)
        {
            State = HttpParserState.Trailer;
        }
        else
        {
            // Lines between chunks are bounded each; how many there can be, by the bytes between them.
            _headBytes = 0;
            State = HttpParserState.ChunkData;
            _remaining = size;
        }
    }

    private void Finish()
    {
        if (_bodyBytes > _body.Length && _sink == null)
        {
            Fail(HttpError.TooLarge);
        }
        else
        {
            State = HttpParserState.Done;
        }
    }

    private void Fail(int error)
    {
        State = HttpParserState.Failed;
        Error = error;
    }

    private int TrimmedEnd()
    {
        int end = _lineLength;
        while (end > 0 && (_line[end - 1] == (byte)' ' || _line[end - 1] == (byte)'\t'))
        {
            end--;
        }

        return end;
    }

    private int ReadNumber(int at)
    {
        if (_isLineTruncated || at >= _lineLength || !Ascii.IsDigit(_line[at]))
        {
            return -1;
        }

        return Ascii.TryReadInt(_line, ref at, _lineLength, out int value) && at == TrimmedEnd() ? value : -1;
    }

    private int ReadCheckSum(int at)
    {
        int value = 0;
        if (TrimmedEnd() != at + 4)
        {
            return -1;
        }

        for (int i = at; i < at + 4; i++)
        {
            int digit = Ascii.HexValue(_line[i]);
            if (digit < 0)
            {
                return -1;
            }

            value = (value * 16) + digit;
        }

        return value;
    }

    private bool TryReadMac(int at)
    {
        if (TrimmedEnd() != at + (2 * AnswerMac.Size))
        {
            return false;
        }

        for (int i = 0; i < AnswerMac.Size; i++)
        {
            int high = Ascii.HexValue(_line[at + (2 * i)]);
            int low = Ascii.HexValue(_line[at + (2 * i) + 1]);
            if (high < 0 || low < 0)
            {
                return false;
            }

            _mac[i] = (byte)((high * 16) + low);
        }

        return true;
    }

    /// <summary>The texts, in one string: see <see cref="Ascii"/>.</summary>
    private static class Texts
    {
        public const int Version = 0x00_07;
        public const int ContentLength = 0x08_0E;
        public const int TransferEncoding = 0x17_11;
        public const int Connection = 0x29_0A;
        public const int RetryAfter = 0x34_0B;
        public const int Check = 0x40_01;
        public const int Mac = 0x42_01;
        public const int Chunked = 0x44_07;
        public const int Identity = 0x4C_08;
        public const int KeepAlive = 0x55_0A;

        public static readonly string All =
            "HTTP/1.|content-length|transfer-encoding|connection|retry-after|c|m|chunked|identity|keep-alive|";
    }
}

/// <summary>Takes the body of an answer piece by piece, as it arrives: a body may be longer than its buffer.</summary>
public interface IBodySink
{
    /// <summary>Gets the bytes of the next piece, 1…length of the buffer; more than there will be when no other is expected.</summary>
    int PieceLength { get; }

    /// <summary>Takes a piece. What is left when the body ends is no piece: it stays in the buffer.</summary>
    /// <param name="buffer">The piece, from index 0; may be changed.</param>
    void Take(byte[] buffer);
}

/// <summary>Which part of an answer <see cref="HttpResponseParser"/> expects next.</summary>
public enum HttpParserState
{
    /// <summary>The status line.</summary>
    StatusLine,

    /// <summary>A header, or the blank line behind the last.</summary>
    Header,

    /// <summary>Body, as long as Content-Length says.</summary>
    Body,

    /// <summary>Body until the connection closes.</summary>
    BodyUntilClose,

    /// <summary>The line with the size of a chunk.</summary>
    ChunkSize,

    /// <summary>The bytes of a chunk.</summary>
    ChunkData,

    /// <summary>The end of line behind a chunk.</summary>
    ChunkEnd,

    /// <summary>Headers behind the last chunk, or the blank line behind them.</summary>
    Trailer,

    /// <summary>The answer is complete.</summary>
    Done,

    /// <summary>The answer is of no use.</summary>
    Failed,
}
