using System;

using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Uplink;

/// <summary>
/// One HTTP/1.1 request and its answer at a time over the modem, written by hand in the words of docs/wire.md. All memory
/// is allocated in the constructor: the capacity, and 256 B.
/// </summary>
/// <remarks>
/// One buffer serves three in turn: the body of the request is written into it, the head is put before the body, and when the modem has
/// taken both, the answer's body overwrites them. A request is sent again only while not one byte of an answer has come.
/// </remarks>
public sealed class HttpExchange : IBodySink
{
    /// <summary>How long the server may be silent, ms (docs/wire.md).</summary>
    public const int SilenceMs = 30000;

    /// <summary>How long an answer may take in all, ms: a server that drips does not hold the box for ever.</summary>
    public const int AnswerMs = 120000;

    private const int ChunkCapacity = 128;
    private const int HttpPort = 80;

    private readonly IModem _modem;
    private readonly IClock _clock;
    private readonly HttpResponseParser _parser;
    private readonly ByteWriter _request;
    private readonly byte[] _chunk = new byte[ChunkCapacity];
    private byte[] _host = new byte[0];
    private byte[] _token;
    private AnswerMac _mac;
    private Health _health;
    private IBodySink _sink;
    private int _targetAt;
    private int _targetLength;
    private int _nonceAt;
    private int _port;
    private bool _isConnectionOurs;
    private bool _isBare;

    /// <param name="modem">The modem; nothing else opens links on it.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="capacity">Bytes of the largest request, head and body, and of the largest body of an answer; up to 1,500 are one
    /// AT+CIPSEND.</param>
    public HttpExchange(IModem modem, IClock clock, int capacity)
    {
        _modem = modem;
        _clock = clock;
        ResponseBody = new byte[capacity];
        _request = new ByteWriter(ResponseBody);
        Body = new ByteWriter(ResponseBody);
        _parser = new HttpResponseParser(ResponseBody);
    }

    /// <summary>Gets where the body of the next POST is written, after a clear: a request uses it up.</summary>
    public ByteWriter Body { get; }

    /// <summary>
    /// Gets or sets a value indicating whether the connection is kept for the next request, when the server keeps it too. Otherwise
    /// each request has one of its own.
    /// </summary>
    public bool KeepOpen { get; set; }

    /// <summary>Gets the body of the last answer; good until the next body or request is written.</summary>
    public byte[] ResponseBody { get; }

    /// <summary>Gets the bytes in <see cref="ResponseBody"/>.</summary>
    public int ResponseLength => _parser.BodyLength;

    /// <summary>Gets the bytes of all buffers.</summary>
    public int TableBytes => ResponseBody.Length + _chunk.Length + HttpResponseParser.LineCapacity;

    /// <summary>
    /// Gets the seconds of Retry-After of the last answer; −1 when there was none, or it did not prove who wrote it: then the back-off says
    /// how long is waited.
    /// </summary>
    public int RetryAfterSeconds => Trust == AnswerTrust.Bad ? -1 : _parser.RetryAfterSeconds;

    /// <summary>
    /// Gets whether the last answer may be obeyed: <see cref="AnswerTrust.None"/> for a box without key, and when there was no answer.
    /// </summary>
    public AnswerTrust Trust { get; private set; }

    /// <summary>Gets the CRC-16 of header <c>C</c> of the last answer (OTA chunks); −1 when there was none.</summary>
    public int CheckSum => _parser.CheckSum;

    /// <summary>Gets the uptime in ms just before the request went to the modem: before the server can have read its clock.</summary>
    public long SentAtMs { get; private set; }

    /// <summary>Gets the uptime in ms when the first bytes of the answer were there: after the server read its clock.</summary>
    public long ReceivedAtMs { get; private set; }

    /// <summary>Gets the bytes of HTTP sent for the last exchange, a repetition on a fresh connection included.</summary>
    public int BytesSent { get; private set; }

    /// <summary>Gets the bytes of HTTP received for the last exchange.</summary>
    public int BytesReceived { get; private set; }

    /// <summary>Says where requests go. A connection to elsewhere is closed.</summary>
    /// <param name="host">Name or address, ASCII, up to 100 bytes; kept, so it must not change.</param>
    /// <param name="port">1…65535.</param>
    public void SetServer(byte[] host, int port)
    {
        Close();
        _host = host;
        _port = port;
    }

    /// <summary>Says who sends them.</summary>
    /// <param name="token">The token, ASCII; kept, so it must not change; <c>null</c> for none. It goes into the Authorization header
    /// only.</param>
    public void SetToken(byte[] token)
    {
        _token = token;
    }

    /// <summary>Says what answers are checked with. Without it they are not.</summary>
    /// <param name="mac">The box's key.</param>
    /// <param name="health">Counts answers that do not prove who wrote them.</param>
    public void SetMac(AnswerMac mac, Health health)
    {
        _mac = mac;
        _health = health;
    }

    /// <summary>Gets a value indicating whether answers are to prove who wrote them.</summary>
    public bool HasMac => _mac != null;

    /// <summary>
    /// Gives the status as it counts for a request whose answer is obeyed: one that did not prove who wrote it is no answer of the
    /// backend's, and neither a yes nor a refusal for good. In a box with a key that is true of what is no HTTP, or too long, as well.
    /// </summary>
    /// <param name="status">What the request gave.</param>
    /// <returns>The same, or <see cref="HttpError.NotAuthentic"/>.</returns>
    public int Proved(int status)
    {
        bool isNoAnswer = _mac != null && BytesReceived > 0 && (status == HttpError.BadResponse || status == HttpError.TooLarge);
        return Trust == AnswerTrust.Bad || isNoAnswer ? HttpError.NotAuthentic : status;
    }

    /// <summary>Posts <see cref="Body"/> as JSON.</summary>
    /// <param name="path">Path and query.</param>
    /// <returns>The status, 200…599, or one of <see cref="HttpError"/>.</returns>
    public int Post(string path)
    {
        return Post(path, false);
    }

    /// <summary>
    /// Posts <see cref="Body"/> with a head in which nothing stands that the backend does not need: no type, no <c>Connection</c>, and no
    /// port when it is HTTP's own.
    /// </summary>
    /// <param name="path">Path and query.</param>
    /// <returns>The status, 200…599, or one of <see cref="HttpError"/>.</returns>
    public int PostBare(string path)
    {
        return Post(path, true);
    }

    /// <summary>Gets a resource.</summary>
    /// <param name="path">Path and query.</param>
    /// <returns>The status, 200…599, or one of <see cref="HttpError"/>.</returns>
    public int Get(byte[] path)
    {
        return Get(path, path.Length);
    }

    /// <summary>Gets a resource whose path was written into a reused buffer.</summary>
    /// <param name="path">Path and query, from index 0.</param>
    /// <param name="pathLength">Their bytes.</param>
    /// <param name="sink">Takes the body of a 200 piece by piece; <c>null</c> when it fits the buffer. Whether the answer may be obeyed is
    /// known only afterwards.</param>
    /// <returns>The status, 200…599, or one of <see cref="HttpError"/>.</returns>
    public int Get(byte[] path, int pathLength, IBodySink sink = null)
    {
        _sink = sink;
        _request.Clear();
        _request.Text(Texts.All, Texts.Get);
        _targetAt = _request.Length;
        _request.Bytes(path, 0, pathLength);
        WriteServer(false);
        _request.Text(Texts.All, KeepOpen ? Texts.KeepAlive : Texts.Close);
        int status = Exchange(false);
        _sink = null;
        return status;
    }

    /// <inheritdoc/>
    public int PieceLength => _sink.PieceLength < ResponseBody.Length ? _sink.PieceLength : ResponseBody.Length;

    /// <inheritdoc/>
    public void Take(byte[] buffer)
    {
        _mac?.Add(_parser.Status, buffer, _parser.BodyLength);
        _sink.Take(buffer);
    }

    /// <summary>Closes the connection, if one was kept.</summary>
    public void Close()
    {
        if (_isConnectionOurs)
        {
            _isConnectionOurs = false;
            _modem.Close();
        }
    }

    private int Post(string path, bool isBare)
    {
        // The body moves to the end, where the head does not reach it unless both together are too much; then behind the head.
        int length = Body.Length;
        int at = ResponseBody.Length - length;
        Array.Copy(ResponseBody, 0, ResponseBody, at, length);
        _request.Clear();
        _request.Text(Texts.All, Texts.Post);
        _targetAt = _request.Length;
        _request.Text(path);
        WriteServer(isBare);
        _request.Text(Texts.All, isBare ? Texts.Length : Texts.Content);
        _request.Number(length);
        _request.Text(Texts.All, isBare ? Texts.HeadEnd : KeepOpen ? Texts.KeepAlive : Texts.Close);
        _nonceAt = isBare ? _request.Length + CompactWriter.NonceAt : _nonceAt;
        _request.Bytes(ResponseBody, at, length);
        return Exchange(Body.HasOverflowed);
    }

    private void WriteServer(bool isBare)
    {
        _isBare = isBare;
        _targetLength = _request.Length - _targetAt;
        _request.Text(Texts.All, Texts.Host);
        _request.Bytes(_host);
        if (!isBare || _port != HttpPort)
        {
            _request.Byte((byte)':');
            _request.Number(_port);
        }

        if (_token != null)
        {
            _request.Text(Texts.All, Texts.Authorization);
            _request.Bytes(_token);
        }

        if (_mac != null && !isBare)
        {
            // Room for the nonce, which is made when the request goes out.
            _request.Text(Texts.All, Texts.Nonce);
            _nonceAt = _request.Length;
            for (int i = 0; i < AnswerMac.NonceSize; i++)
            {
                _request.Hex(0, false);
            }
        }
    }

    private int Exchange(bool isTooLarge)
    {
        _parser.Reset(_sink == null ? null : this);
        Trust = AnswerTrust.None;
        BytesSent = 0;
        BytesReceived = 0;
        SentAtMs = _clock.UptimeMs;
        ReceivedAtMs = SentAtMs;
        if (_request.HasOverflowed || isTooLarge)
        {
            return HttpError.TooLarge;
        }

        _modem.Poll();
        bool isReused = _isConnectionOurs && _modem.IsLinkOpen;
        int status = TryOnce(isReused);

        // The server closed the kept connection meanwhile, and has hardly read the request. If it has, sending it again is harmless:
        // readings bear their number, and the rest can be repeated.
        bool isStale = isReused && BytesReceived == 0 && (status == HttpError.SendFailed || status == HttpError.Closed);
        if (isStale)
        {
            Close();
            status = TryOnce(false);
        }

        if (!KeepOpen || status < 0 || !_parser.KeepsAlive)
        {
            Close();
        }

        return status;
    }

    private int TryOnce(bool isOpen)
    {
        _parser.Reset(_sink == null ? null : this);
        if (!isOpen)
        {
            Close();
            if (!_modem.IsConnected)
            {
                return HttpError.NotConnected;
            }

            if (!_modem.Open(_host, _port))
            {
                return HttpError.OpenFailed;
            }

            _isConnectionOurs = true;
        }

        if (_mac != null)
        {
            // A new one for a repetition too: an answer to the first may lie somewhere on the line.
            _mac.Begin(ResponseBody, _targetAt, _targetLength);
            WriteNonce();
        }

        SentAtMs = _clock.UptimeMs;
        ReceivedAtMs = SentAtMs;
        if (!_modem.Send(_request.Buffer, 0, _request.Length))
        {
            return HttpError.SendFailed;
        }

        BytesSent += _request.Length;
        int status = ReadAnswer();
        if (_mac != null && status > 0)
        {
            Judge(status);
        }

        return status;
    }

    private void WriteNonce()
    {
        byte[] nonce = _mac.Nonce;
        if (_isBare)
        {
            Array.Copy(nonce, 0, ResponseBody, _nonceAt, AnswerMac.NonceSize);
            return;
        }

        for (int i = 0; i < AnswerMac.NonceSize; i++)
        {
            ResponseBody[_nonceAt + (2 * i)] = Ascii.HexDigit(nonce[i] >> 4, false);
            ResponseBody[_nonceAt + (2 * i) + 1] = Ascii.HexDigit(nonce[i] & 15, false);
        }
    }

    private void Judge(int status)
    {
        bool isGood;
        if (_isBare)
        {
            int at = CompactAnswer.MacAt(ResponseBody, _parser.BodyLength);
            isGood = at > 0 && _mac.IsGood(status, ResponseBody, at - 1, ResponseBody, at);
        }
        else
        {
            isGood = _parser.HasMac && _mac.IsGood(status, ResponseBody, _parser.BodyLength, _parser.Mac, 0);
        }

        Trust = isGood ? AnswerTrust.Good : AnswerTrust.Bad;
        // A compact answer that is a refusal bears none: what it can bring about is JSON, whose answers do.
        if (!isGood && (!_isBare || HttpStatus.IsSuccess(status)))
        {
            _health.Count(Health.AnswersNotAuthentic);
        }
    }

    private int ReadAnswer()
    {
        long end = _clock.UptimeMs + AnswerMs;
        while (!_parser.IsFinished)
        {
            long left = end - _clock.UptimeMs;
            int count = left <= 0 ? 0 : _modem.Receive(_chunk, 0, ChunkCapacity, left < SilenceMs ? (int)left : SilenceMs);
            if (count == 0)
            {
                return HttpError.Timeout;
            }

            Check.That(count <= ChunkCapacity, "the modem gives no more than was asked for");
            if (count < 0)
            {
                TakeEnd();
                continue;
            }

            if (BytesReceived == 0)
            {
                ReceivedAtMs = _clock.UptimeMs;
            }

            BytesReceived += count;
            if (_parser.Feed(_chunk, 0, count) < count)
            {
                // More than was asked for: what would follow on this connection could not be told apart.
                Close();
            }
        }

        Check.That(_parser.BodyLength <= ResponseBody.Length, "an answer's body lies in its buffer");
        return _parser.State == HttpParserState.Done ? _parser.Status : _parser.Error;
    }

    private void TakeEnd()
    {
        if (_modem.LastError == ModemError.PeerClosed)
        {
            _parser.EndOfStream();
        }
        else
        {
            // Bytes may be missing: a body without a length is not complete then.
            _parser.BreakOff();
        }
    }

    /// <summary>The texts, in one string: see <see cref="Ascii"/>.</summary>
    private static class Texts
    {
        public const int Get = 0x00_04;
        public const int Post = 0x05_05;
        public const int Host = 0x0B_11;
        public const int Authorization = 0x1D_18;
        public const int Nonce = 0x36_05;
        public const int Content = 0x3C_32;
        public const int Close = 0x6F_17;
        public const int KeepAlive = 0x87_1C;
        public const int Length = 0xA4_12;
        public const int HeadEnd = 0xB7_04;

        public static readonly string All =
            "GET |POST | HTTP/1.1\r\nHost: |\r\nAuthorization: Bearer |\r\nN: |" +
            "\r\nContent-Type: application/json\r\nContent-Length: |\r\nConnection: close\r\n\r\n|" +
            "\r\nConnection: keep-alive\r\n\r\n|\r\nContent-Length: |\r\n\r\n|";
    }
}
