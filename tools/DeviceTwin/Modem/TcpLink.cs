using System.Text;

namespace JamBox.Twin.Modem;

/// <summary>One of the modem's two connections.</summary>
internal sealed class TcpLink : INetworkSink
{
    // An address of the documentation range: what the peer's looks like in RECV FROM.
    private const string PeerAddress = "203.0.113.10";

    private readonly ModemSimulator _modem;
    private readonly Queue<byte> _received = new();
    private INetworkConnection? _connection;
    private int _port;
    private int _segmentsUnderWay;
    private bool _peerHasClosed;

    /// <param name="modem">Whose link.</param>
    /// <param name="number">0 or 1.</param>
    public TcpLink(ModemSimulator modem, int number)
    {
        _modem = modem;
        Number = number;
    }

    /// <summary>Gets its number.</summary>
    public int Number { get; }

    /// <summary>Gets its state.</summary>
    public TcpLinkState State { get; private set; }

    /// <summary>Gets the bytes that wait to be asked for.</summary>
    public int Waiting => _received.Count;

    /// <summary>Gets the bytes that came since the start.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Gets a number that changes whenever what went before is void.</summary>
    public int Attempt { get; private set; }

    /// <summary>Gets or sets a value indicating whether received bytes are reported and never given.</summary>
    public bool IsStuck { get; set; }

    private ModemOptions Options => _modem.Options;

    /// <summary>It is going to be opened.</summary>
    public void Prepare()
    {
        Reset();
        State = TcpLinkState.Opening;
    }

    /// <summary>Opens it.</summary>
    /// <param name="bridge">The network.</param>
    /// <param name="host">Name or address.</param>
    /// <param name="port">TCP port.</param>
    public void Connect(INetworkBridge bridge, string host, int port)
    {
        _port = port;
        _connection = bridge.Open(host, port, this);
    }

    /// <summary>Sends bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        _connection?.Send(bytes);
    }

    /// <summary>Takes received bytes.</summary>
    /// <param name="count">How many at most.</param>
    /// <returns>The bytes.</returns>
    public byte[] Take(int count)
    {
        byte[] taken = new byte[Math.Min(count, _received.Count)];
        for (int i = 0; i < taken.Length; i++)
        {
            taken[i] = _received.Dequeue();
        }

        return taken;
    }

    /// <summary>Closes it without a word and forgets what was received.</summary>
    public void Reset()
    {
        Attempt++;
        _connection?.Close();
        _connection = null;
        _received.Clear();
        _segmentsUnderWay = 0;
        _peerHasClosed = false;
        IsStuck = false;
        State = TcpLinkState.Closed;
    }

    /// <inheritdoc/>
    public void Opened()
    {
        State = TcpLinkState.Open;
        string report = $"+CIPOPEN: {Number},0";
        if (Options.CipOpen is CipOpenStyle.OkThenReport or CipOpenStyle.OkThenReportThenError)
        {
            _modem.EmitLine(report);
        }
        else
        {
            _modem.Reply(new MsRange(0, 0), _modem.Line("OK"), _modem.Line(report));
        }
    }

    /// <inheritdoc/>
    public void Failed(int code)
    {
        Reset();
        string report = _modem.Line($"+CIPOPEN: {Number},{code}");
        switch (Options.CipOpen)
        {
            case CipOpenStyle.OkThenReport:
                _modem.Emit(report);
                break;
            case CipOpenStyle.OkThenReportThenError:
                _modem.Emit(report + _modem.Line("ERROR"));
                break;
            case CipOpenStyle.ReportThenError:
                _modem.Reply(new MsRange(0, 0), report, _modem.Line("ERROR"));
                break;
            default:
                _modem.Reply(new MsRange(0, 0), report);
                break;
        }
    }

    /// <inheritdoc/>
    public void Received(byte[] bytes)
    {
        int delayMs = 0;
        for (int at = 0; at < bytes.Length;)
        {
            int size = Math.Clamp(Options.SegmentBytes.Draw(_modem.Random), 1, bytes.Length - at);
            byte[] segment = bytes[at..(at + size)];
            at += size;
            _segmentsUnderWay++;
            Later(delayMs, () => Arrive(segment));
            delayMs += Options.Timings.Segment.Draw(_modem.Random);
        }
    }

    /// <inheritdoc/>
    public void Closed()
    {
        _peerHasClosed = true;
        if (_segmentsUnderWay == 0)
        {
            Later(Options.Timings.PeerClose.Draw(_modem.Random), ReportPeerClosed);
        }
    }

    private void Arrive(byte[] segment)
    {
        _segmentsUnderWay--;
        bool isLast = _segmentsUnderWay == 0 && _peerHasClosed;
        if (isLast && Options.PeerClose == PeerCloseOrder.BeforeLastByte)
        {
            ReportPeerClosed();
        }

        BytesReceived += segment.Length;
        if (_modem.Tcp.IsBuffered)
        {
            bool isReported = _received.Count == 0 || Options.ReportsEverySegment;
            foreach (byte octet in segment)
            {
                _received.Enqueue(octet);
            }

            if (isReported)
            {
                _modem.EmitLine($"+CIPRXGET: 1,{Number}");
            }
        }
        else
        {
            Push(segment);
        }

        if (isLast && Options.PeerClose == PeerCloseOrder.AfterLastByte)
        {
            Later(Options.Timings.PeerClose.Draw(_modem.Random), ReportPeerClosed);
        }
    }

    private void Push(byte[] segment)
    {
        string header = Options.Receive switch
        {
            ReceiveDialect.RecvFrom => $"\r\nRECV FROM:{PeerAddress}:{_port}\r\n+IPD{segment.Length}\r\n",
            ReceiveDialect.ReceiveColon => _modem.Line($"+RECEIVE,{Number},{segment.Length}:"),
            _ => _modem.Line($"+RECEIVE,{Number},{segment.Length}"),
        };
        _modem.Emit(header + Encoding.Latin1.GetString(segment));
    }

    private void ReportPeerClosed()
    {
        if (State == TcpLinkState.Open)
        {
            State = TcpLinkState.PeerClosed;
            _modem.EmitLine($"+IPCLOSE: {Number},1");
        }
    }

    private void Later(int delayMs, Action action)
    {
        int attempt = Attempt;
        _modem.After(delayMs, () =>
        {
            if (attempt == Attempt)
            {
                action();
            }
        });
    }
}

/// <summary>The state of one of the modem's two connections.</summary>
internal enum TcpLinkState
{
    /// <summary>There is none.</summary>
    Closed,

    /// <summary>It is being made.</summary>
    Opening,

    /// <summary>Both sides may send.</summary>
    Open,

    /// <summary>The peer has closed; what it sent before can still be read.</summary>
    PeerClosed,
}
