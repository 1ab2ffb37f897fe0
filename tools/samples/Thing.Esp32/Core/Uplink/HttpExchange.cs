using JamBox.Things.Ports;
using JamBox.Things.Text;

namespace JamBox.Things.Uplink;

/// <summary>
/// HTTP/1.1 over one connection, which is kept between requests. An answer of known length is read whole, or bit by bit when it is an
/// image.
/// </summary>
public sealed class HttpExchange
{
    /// <summary>No answer: the connection could not be opened, broke, or was too slow.</summary>
    public const int NoAnswer = -1;

    /// <summary>No answer that makes sense.</summary>
    public const int Malformed = -2;

    /// <summary>How long an answer's head may take, ms.</summary>
    public const int AnswerMs = 10000;

    private const int MaxHeadBytes = 2048;
    private const int MaxSizeLineBytes = 18;
    private const int MaxLength = 64 * 1024 * 1024;

    private readonly INetwork _network;
    private readonly IClock _clock;
    private readonly byte[] _buffer = new byte[6144];
    private IConnection _connection;
    private bool _closesAfter;
    private bool _isChunked;
    private int _count;
    private int _bodyAt;

    /// <param name="network">The network.</param>
    /// <param name="clock">For deadlines.</param>
    public HttpExchange(INetwork network, IClock clock)
    {
        _network = network;
        _clock = clock;
    }

    /// <summary>Gets the answer's body, from <see cref="BodyOffset"/>.</summary>
    public byte[] Body => _buffer;

    /// <summary>Gets the first index of the body.</summary>
    public int BodyOffset => _bodyAt;

    /// <summary>Gets the bytes of the body; it is 0 when it was too long to be kept.</summary>
    public int BodyLength { get; private set; }

    /// <summary>Gets the length that the head announced, bytes; −1 = the answer comes in chunks.</summary>
    public int ContentLength { get; private set; }

    /// <summary>Gets Retry-After, s; −1 = none.</summary>
    public int RetryAfterSeconds { get; private set; }

    /// <summary>Gets the answer's X-SHA256, 64 hex digits, or <c>null</c>.</summary>
    public string Sha256 { get; private set; }

    /// <summary>Makes a request and reads the whole answer.</summary>
    /// <param name="host">The server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="root">Its root certificate; <c>null</c> = no TLS.</param>
    /// <param name="request">The request.</param>
    /// <returns>The status, <see cref="NoAnswer"/> or <see cref="Malformed"/>.</returns>
    public int Run(string host, int port, string root, ByteWriter request)
    {
        int status = Begin(host, port, root, request);
        if (status < 0)
        {
            return status;
        }

        BodyLength = 0;
        if (_isChunked)
        {
            BodyLength = ReadChunks();
            if (BodyLength < 0)
            {
                int fault = BodyLength;
                BodyLength = 0;
                Close();
                return fault;
            }

            if (_closesAfter)
            {
                Close();
            }

            return status;
        }

        bool isKept = ContentLength <= _buffer.Length - _bodyAt;
        while (isKept && _count < _bodyAt + ContentLength)
        {
            int got = _connection.Receive(_buffer, _count, _bodyAt + ContentLength - _count, AnswerMs);
            if (got <= 0)
            {
                Close();
                return NoAnswer;
            }

            _count += got;
        }

        BodyLength = isKept ? ContentLength : 0;
        if (!isKept || _closesAfter)
        {
            Close();
        }

        return status;
    }

    /// <summary>Makes a request and reads the answer's head; the body comes by <see cref="ReadBody"/>.</summary>
    /// <param name="host">The server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="root">Its root certificate; <c>null</c> = no TLS.</param>
    /// <param name="request">The request.</param>
    /// <returns>The status, <see cref="NoAnswer"/> or <see cref="Malformed"/>.</returns>
    public int Begin(string host, int port, string root, ByteWriter request)
    {
        if (request.HasOverflowed)
        {
            return Malformed;
        }

        // The server may have closed a connection that was kept: then, and only then, a new one is tried at once.
        bool isKept = _connection != null;
        int status = Once(host, port, root, request);
        return status == NoAnswer && isKept && _count == 0 ? Once(host, port, root, request) : status;
    }

    /// <summary>Reads on in a body.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="most">How many bytes at most.</param>
    /// <returns>How many, −1 = the connection broke.</returns>
    public int ReadBody(byte[] buffer, int most)
    {
        if (_connection == null)
        {
            return -1;
        }

        int kept = _count - _bodyAt;
        if (kept > 0)
        {
            int taken = kept < most ? kept : most;
            System.Array.Copy(_buffer, _bodyAt, buffer, 0, taken);
            _bodyAt += taken;
            return taken;
        }

        int got = _connection.Receive(buffer, 0, most, AnswerMs);
        return got > 0 ? got : -1;
    }

    /// <summary>Closes the connection.</summary>
    public void Close()
    {
        if (_connection != null)
        {
            _connection.Close();
            _connection = null;
        }
    }

    private int Once(string host, int port, string root, ByteWriter request)
    {
        _count = 0;
        _connection = _connection ?? _network.Open(host, port, root);
        if (_connection == null)
        {
            return NoAnswer;
        }

        if (!_connection.Send(request.Buffer, 0, request.Count))
        {
            Close();
            return NoAnswer;
        }

        int status = ReadHead();
        if (status < 0)
        {
            Close();
        }

        return status;
    }

    private int ReadHead()
    {
        long endMs = _clock.UptimeMs + AnswerMs;
        _bodyAt = -1;
        while (_bodyAt < 0)
        {
            int leftMs = (int)(endMs - _clock.UptimeMs);
            if (leftMs <= 0)
            {
                return NoAnswer;
            }

            if (_count >= MaxHeadBytes)
            {
                return Malformed;
            }

            int got = _connection.Receive(_buffer, _count, MaxHeadBytes - _count, leftMs);
            if (got <= 0)
            {
                return NoAnswer;
            }

            int from = _count < 3 ? 0 : _count - 3;
            _count += got;
            _bodyAt = EndOfHead(from);
        }

        return ParseHead();
    }

    private int ParseHead()
    {
        bool isHttp = _bodyAt >= 16 && _buffer[0] == 'H' && _buffer[5] == '1' && _buffer[6] == '.' && _buffer[8] == ' ';
        int status = 0;
        for (int i = 9; isHttp && i < 12; i++)
        {
            isHttp = _buffer[i] >= '0' && _buffer[i] <= '9';
            status = (status * 10) + (_buffer[i] - '0');
        }

        if (!isHttp || status < 200)
        {
            return Malformed;
        }

        RetryAfterSeconds = HttpHead.Number(_buffer, 0, _bodyAt, "retry-after", BackOff.MaxAskedMs / 1000);
        _closesAfter = HttpHead.Says(_buffer, 0, _bodyAt, "connection", "close") || _buffer[7] == '0';
        int sha = HttpHead.Find(_buffer, 0, _bodyAt, "x-sha256");
        Sha256 = sha >= 0 && sha + 64 < _bodyAt ? System.Text.Encoding.UTF8.GetString(_buffer, sha, 64) : null;
        int length = HttpHead.Number(_buffer, 0, _bodyAt, "content-length", MaxLength);
        bool isEmpty = status == 204 || status == 304;
        ContentLength = isEmpty ? 0 : length;

        _isChunked = !isEmpty && length < 0 && HttpHead.Says(_buffer, 0, _bodyAt, "transfer-encoding", "chunked");

        // Up to the end of the connection nothing is read: a connection that broke would look like an end.
        return isEmpty || _isChunked || (length >= 0 && length <= MaxLength) ? status : Malformed;
    }

    // The chunks are moved together in the buffer. Gives the body's length, or what is wrong.
    private int ReadChunks()
    {
        int at = _bodyAt;
        int end = _bodyAt;
        while (true)
        {
            int line = EndOfLine(at);
            while (line < 0)
            {
                if (_count > at + MaxSizeLineBytes)
                {
                    return Malformed;
                }

                if (!ReceiveMore())
                {
                    return NoAnswer;
                }

                line = EndOfLine(at);
            }

            int size = SizeOfChunk(at, line);
            if (size < 0)
            {
                return Malformed;
            }

            int behind = line + 1 + size;
            while (_count < behind + 2)
            {
                if (!ReceiveMore())
                {
                    return NoAnswer;
                }
            }

            if (_buffer[behind] != '\r' || _buffer[behind + 1] != '\n')
            {
                return Malformed;
            }

            if (size == 0)
            {
                return end - _bodyAt;
            }

            System.Array.Copy(_buffer, line + 1, _buffer, end, size);
            end += size;
            at = behind + 2;
        }
    }

    private bool ReceiveMore()
    {
        int got = _count == _buffer.Length ? 0 : _connection.Receive(_buffer, _count, _buffer.Length - _count, AnswerMs);
        _count += got > 0 ? got : 0;
        return got > 0;
    }

    private int EndOfLine(int at)
    {
        for (int i = at; i < _count && i < at + MaxSizeLineBytes; i++)
        {
            if (_buffer[i] == '\n')
            {
                return i;
            }
        }

        return -1;
    }

    private int SizeOfChunk(int at, int line)
    {
        int size = 0;
        int digits = 0;
        for (; at < line && _buffer[at] != '\r' && _buffer[at] != ';'; at++, digits++)
        {
            int c = _buffer[at];
            int letter = c | 0x20;
            int digit = c >= '0' && c <= '9' ? c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
            if (digit < 0 || size > _buffer.Length)
            {
                return -1;
            }

            size = (size * 16) + digit;
        }

        return digits == 0 || size > _buffer.Length ? -1 : size;
    }

    private int EndOfHead(int from)
    {
        for (int i = from < 3 ? 3 : from; i < _count; i++)
        {
            if (_buffer[i] == '\n' && _buffer[i - 1] == '\r' && _buffer[i - 2] == '\n' && _buffer[i - 3] == '\r')
            {
                return i + 1;
            }
        }

        return -1;
    }
}
