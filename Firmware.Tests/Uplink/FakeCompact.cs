using JamBox.Tests.Modem;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.Tests.Uplink;

/// <summary>The compact wire of a <see cref="FakeServer"/>: takes requests apart as docs/wire.md says, and answers as it is told.</summary>
internal sealed class FakeCompact
{
    private readonly FakeServer _server;
    private readonly ByteWriter _answer = new ByteWriter(new byte[400]);
    private readonly ByteWriter _body = new ByteWriter(new byte[200]);

    /// <param name="server">Hands its requests over from now on.</param>
    public FakeCompact(FakeServer server)
    {
        _server = server;
        server.Compact = Answer;
    }

    /// <summary>A word a request: its records, h for a heartbeat, a number for a reading; then the status when it is not 201.</summary>
    public string Log { get; set; } = string.Empty;

    public int Status { get; set; } = 201;

    public int RetryAfter { get; set; }

    /// <summary>The number of the reading that is refused; 0 for none.</summary>
    public int RefusedNumber { get; set; }

    /// <summary>The number of the reading that is to be sent again later; 0 for none.</summary>
    public int LaterNumber { get; set; }

    /// <summary>What the heartbeat is answered.</summary>
    public int HeartbeatResult { get; set; }

    /// <summary>The code of the command in every answer, with id 7 and argument 120000; 0 for none.</summary>
    public int Command { get; set; }

    /// <summary>Whether it answers nonsense with status 201.</summary>
    public bool IsNonsense { get; set; }

    /// <summary>Whether the answer does not come: the server has taken what was sent.</summary>
    public bool IsAnswerLost { get; set; }

    /// <summary>The key that its answers are authenticated with; <c>null</c> for none.</summary>
    public byte[] MacKey { get; set; }

    /// <summary>Bytes of the last body.</summary>
    public int LastBodyBytes { get; private set; }

    /// <summary>Bytes of the last request.</summary>
    public int LastRequestBytes { get; private set; }

    /// <summary>The id of the command that was acknowledged last; −1 for none.</summary>
    public long Acknowledged { get; private set; } = -1;

    private byte[] Answer(byte[] request, int bodyAt, int length)
    {
        LastBodyBytes = length - bodyAt;
        LastRequestBytes = length;
        int at = bodyAt;
        string word = string.Empty;
        _body.Clear();
        if (Cbor.ReadHead(request, ref at, length, out long elements) != Cbor.Array
            || !Cbor.TryReadNumber(request, ref at, length, out long version) || version != 1
            || !Cbor.TrySkip(request, ref at, length))
        {
            Log += "broken ";
            return Complete(400);
        }

        bool hasCommand = Command != 0;
        Cbor.Head(_body, Cbor.Array, hasCommand ? 6 : 3);
        Cbor.Number(_body, (_server.UtcAtBootMs + _server.Clock.UptimeMs) / 1000);
        Cbor.Number(_body, 0);
        Cbor.Head(_body, Cbor.Array, elements - 2);
        long number = 0;
        for (int record = 2; record < elements; record++)
        {
            word += Take(request, ref at, length, ref number);
        }

        if (hasCommand)
        {
            Cbor.Number(_body, Command);
            Cbor.Number(_body, 7);
            Cbor.Number(_body, 120000);
        }

        Log += word + (at == length ? string.Empty : "?") + (Status == 201 ? " " : ":" + Status.ToString() + " ");
        if (IsNonsense)
        {
            _body.Clear();
            _body.Text("<html>Welcome</html>");
        }

        if (MacKey != null)
        {
            Sign(request, bodyAt);
        }

        return IsAnswerLost ? null : Complete(Status);
    }

    private void Sign(byte[] request, int bodyAt)
    {
        var nonce = new byte[AnswerMac.NonceSize];
        System.Array.Copy(request, bodyAt + CompactWriter.NonceAt, nonce, 0, nonce.Length);
        _body.Buffer[0]++;
        var proved = new byte[_body.Length];
        System.Array.Copy(_body.Buffer, proved, proved.Length);
        Cbor.Head(_body, Cbor.Bytes, AnswerMac.Size);
        _body.Bytes(MacFake.MacOf(MacKey, "JBNB0001", nonce, "/r", "201", proved, 0));
    }

    private string Take(byte[] request, ref int at, int length, ref long number)
    {
        Cbor.ReadHead(request, ref at, length, out long values);
        Cbor.TryReadNumber(request, ref at, length, out long kind);
        int ackAt = kind == 1 ? 12 : 36;
        for (int position = 1; position < values; position++)
        {
            bool isNumber = Cbor.TryReadNumber(request, ref at, length, out long value);
            if (!isNumber)
            {
                Cbor.TrySkip(request, ref at, length);
            }

            if (position == 1 && kind == 0)
            {
                number = isNumber ? value : number + 1;
            }

            if (position == ackAt && isNumber)
            {
                Acknowledged = value;
            }
        }

        if (kind == 1)
        {
            Cbor.Number(_body, HeartbeatResult);
            return "h";
        }

        Cbor.Number(_body, number == RefusedNumber ? -5 : number == LaterNumber ? 2 : 0);
        return number.ToString();
    }

    private byte[] Complete(int status)
    {
        if (status >= 300)
        {
            _body.Clear();
            _body.Text("{\"error\":\"no\"}");
        }

        _answer.Clear();
        _answer.Text("HTTP/1.1 " + status.ToString() + " X\r\nContent-Length: " + _body.Length.ToString() + "\r\n");
        _answer.Text((RetryAfter > 0 ? "Retry-After: " + RetryAfter.ToString() + "\r\n" : string.Empty) + "\r\n");
        _answer.Bytes(_body.Buffer, 0, _body.Length);
        var bytes = new byte[_answer.Length];
        System.Array.Copy(_answer.Buffer, bytes, bytes.Length);
        return bytes;
    }
}
