using System.Text;

namespace JamBox.Twin.Modem;

/// <summary>The commands of the modem's TCP stack and its two connections.</summary>
internal sealed class TcpCommands
{
    private const int LinkCount = 2;
    private const int MaxSendBytes = 1_500;
    private const int MaxReadBytes = 1_500;

    private readonly ModemSimulator _modem;
    private readonly INetworkBridge _bridge;
    private readonly TcpLink[] _links;
    private bool _isBuffered;

    /// <param name="modem">Whose commands.</param>
    /// <param name="bridge">The network.</param>
    public TcpCommands(ModemSimulator modem, INetworkBridge bridge)
    {
        _modem = modem;
        _bridge = bridge;
        _links = [.. Enumerable.Range(0, LinkCount).Select(number => new TcpLink(modem, number))];
        modem.Register("+CIPOPEN", OnOpen);
        modem.Register("+CIPSEND", OnSend);
        modem.Register("+CIPCLOSE", OnClose);
        modem.Register("+CIPRXGET", OnReceive);
    }

    /// <summary>Gets the bytes handed over for sending since the start.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Gets the bytes received from the network since the start.</summary>
    public long BytesReceived => _links.Sum(link => link.BytesReceived);

    /// <summary>Gets a value indicating whether received bytes wait to be asked for.</summary>
    internal bool IsBuffered => _isBuffered && Options.Receive == ReceiveDialect.Buffered;

    /// <summary>Gets a value indicating whether a connection is open, or being opened.</summary>
    internal bool IsInUse => Array.Exists(_links, link => link.State is TcpLinkState.Open or TcpLinkState.Opening);

    private ModemOptions Options => _modem.Options;

    /// <summary>Gets the state of a connection.</summary>
    /// <param name="link">0 or 1.</param>
    /// <returns>Its state.</returns>
    public TcpLinkState StateOf(int link)
    {
        return _links[link].State;
    }

    /// <summary>All connections are gone: without a word, except for those that are being made.</summary>
    internal void Drop()
    {
        foreach (TcpLink link in _links)
        {
            if (link.State == TcpLinkState.Opening)
            {
                link.Failed(NetworkError.NetworkFailure);
            }
            else
            {
                link.Reset();
            }
        }
    }

    /// <summary>Forgets everything, as a restart does.</summary>
    internal void Reset()
    {
        foreach (TcpLink link in _links)
        {
            link.Reset();
        }

        _isBuffered = false;
    }

    private void OnOpen(CommandLine command)
    {
        if (command is not { Kind: CommandKind.Set, Count: 4 or 5 }
            || !command.TryNumber(0, 0, LinkCount - 1, out int number)
            || !command.TryText(1, out string protocol)
            || protocol != "TCP"
            || !command.TryText(2, out string host)
            || host.Length == 0
            || !command.TryNumber(3, 1, 65_535, out int port))
        {
            _modem.Refuse();
            return;
        }

        (_modem.Faults.FailedOpens, bool fails) = _modem.Faults.Take(_modem.Faults.FailedOpens, "failed open");
        TcpLink link = _links[number];
        if (!_modem.Network.IsOpen)
        {
            _modem.Error($"+CIPOPEN: {number},{NetworkError.NotOpened}");
        }
        else if (link.State is TcpLinkState.Open or TcpLinkState.Opening)
        {
            _modem.Error($"+CIPOPEN: {number},{NetworkError.NotSupported}");
        }
        else
        {
            Open(link, host, port, fails);
        }
    }

    private void Open(TcpLink link, string host, int port, bool fails)
    {
        bool isOkFirst = Options.CipOpen is CipOpenStyle.OkThenReport or CipOpenStyle.OkThenReportThenError;
        int delayMs = Options.Timings.Command.Draw(_modem.Random) + _modem.Faults.ExtraReplyMs;
        link.Prepare();
        if (isOkFirst)
        {
            _modem.Reply(new MsRange(delayMs, delayMs), _modem.Line("OK"));
        }

        int attempt = link.Attempt;
        int slowMs = Options.Timings.SlowOpen.Max > 0 ? Options.Timings.SlowOpen.Draw(_modem.Random) : 0;
        if (slowMs > 0)
        {
            _modem.Faults.Note("slow open");
        }

        _modem.After(delayMs + 1 + slowMs, () =>
        {
            if (attempt != link.Attempt)
            {
                return;
            }

            if (fails)
            {
                link.Failed(_modem.Faults.OpenErrorCode);
            }
            else
            {
                link.Connect(_bridge, host, port);
            }
        });
    }

    private void OnSend(CommandLine command)
    {
        if (command is not { Kind: CommandKind.Set, Count: 2 }
            || !command.TryNumber(0, 0, LinkCount - 1, out int number)
            || !command.TryNumber(1, 1, MaxSendBytes, out int count))
        {
            _modem.Refuse();
            return;
        }

        if (!_modem.Network.IsOpen || _links[number].State != TcpLinkState.Open)
        {
            FailSend(NetworkError.NotOpened);
            return;
        }

        _modem.Prompt(count, payload => Send(_links[number], payload));
    }

    private void Send(TcpLink link, byte[] payload)
    {
        (_modem.Faults.FailedSends, bool fails) = _modem.Faults.Take(_modem.Faults.FailedSends, "failed send");
        if (fails)
        {
            FailSend(_modem.Faults.SendErrorCode);
            return;
        }

        if (link.State != TcpLinkState.Open)
        {
            FailSend(NetworkError.NotOpened);
            return;
        }

        int confirmed = ConfirmedOf(payload.Length);
        link.Send(payload.AsSpan(0, confirmed));
        BytesSent += confirmed;
        _modem.Reply(
            Options.Timings.Send,
            _modem.Line("OK"),
            _modem.Line($"+CIPSEND: {link.Number},{payload.Length},{confirmed}"));
    }

    private int ConfirmedOf(int requested)
    {
        int most = Options.MaxConfirmedBytes > 0 ? Math.Min(requested, Options.MaxConfirmedBytes) : requested;
        (_modem.Faults.ShortWrites, bool isShort) = _modem.Faults.Take(_modem.Faults.ShortWrites, "short write");
        return isShort || _modem.Random.Chance(Options.ShortWriteChance) ? _modem.Random.Between(0, most) : most;
    }

    private void FailSend(int code)
    {
        string report = _modem.Line($"+CIPERROR: {code}");
        if (Options.CipErrorHasError)
        {
            _modem.Reply(Options.Timings.Command, report, _modem.Line("ERROR"));
        }
        else
        {
            _modem.Reply(Options.Timings.Command, report);
        }
    }

    private void OnClose(CommandLine command)
    {
        if (command is not { Kind: CommandKind.Set, Count: 1 } || !command.TryNumber(0, 0, LinkCount - 1, out int number))
        {
            _modem.Refuse();
            return;
        }

        TcpLink link = _links[number];
        if (link.State is TcpLinkState.Open or TcpLinkState.Opening)
        {
            link.Reset();
            _modem.Reply(Options.Timings.Command, _modem.Line("OK"), _modem.Line($"+CIPCLOSE: {number},0"));
        }
        else
        {
            link.Reset();
            _modem.Error($"+CIPCLOSE: {number},{NetworkError.NotSupported}");
        }
    }

    private void OnReceive(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            _modem.Ok($"+CIPRXGET: {(IsBuffered ? 1 : 0)}");
            return;
        }

        if (Options.Receive != ReceiveDialect.Buffered || command.Kind != CommandKind.Set || !command.TryNumber(0, 0, 4, out int mode))
        {
            _modem.Refuse();
            return;
        }

        if (mode < 2 && command.Count == 1)
        {
            _isBuffered = mode == 1;
            _modem.Ok();
        }
        else if (mode == 4 && command.Count == 2 && command.TryNumber(1, 0, LinkCount - 1, out int asked))
        {
            _modem.Ok($"+CIPRXGET: 4,{asked},{_links[asked].Waiting}");
        }
        else if (mode == 2
            && command.Count == 3
            && command.TryNumber(1, 0, LinkCount - 1, out int number)
            && command.TryNumber(2, 1, MaxReadBytes, out int count))
        {
            HandOver(_links[number], count);
        }
        else
        {
            _modem.Refuse();
        }
    }

    private void HandOver(TcpLink link, int count)
    {
        if (link.Waiting == 0)
        {
            _modem.Error("+IP ERROR: No data");
            return;
        }

        if (IsStuck(link))
        {
            GiveNothing(link);
            return;
        }

        byte[] data = link.Take(Math.Min(count, Options.MaxReadBytes));
        string text = _modem.Line($"+CIPRXGET: 2,{link.Number},{data.Length},{link.Waiting}") + Encoding.Latin1.GetString(data);
        (_modem.Faults.RestartsInReceive, bool isRestarting) = _modem.Faults.Take(_modem.Faults.RestartsInReceive, "restart in receive");
        if (isRestarting)
        {
            int uttered = _modem.Random.Between(1, text.Length - 1);
            _modem.After(Options.Timings.Command.Draw(_modem.Random), () =>
            {
                _modem.Emit(text[..uttered]);

                // Long enough for what was uttered to leave the line.
                _modem.After((uttered / 11) + 1, _modem.Restart);
            });
            return;
        }

        _modem.Reply(Options.Timings.Command, text, _modem.Line("OK"));
    }

    private bool IsStuck(TcpLink link)
    {
        if (!link.IsStuck)
        {
            (_modem.Faults.StuckReceives, link.IsStuck) = _modem.Faults.Take(_modem.Faults.StuckReceives, "stuck receive");
        }

        return link.IsStuck;
    }

    // Bytes wait, says the one, and gives none; nothing is there, says the other, and reports the next.
    private void GiveNothing(TcpLink link)
    {
        if (_modem.Random.Chance(0.5))
        {
            _modem.Ok($"+CIPRXGET: 2,{link.Number},0,{link.Waiting}");
        }
        else
        {
            _modem.Error($"+CIPRXGET: 1,{link.Number}", "+IP ERROR: No data");
        }
    }
}
