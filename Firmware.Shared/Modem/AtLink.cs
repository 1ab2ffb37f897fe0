using JamBox.Ports;

namespace JamBox.Modem;

/// <summary>
/// Link 0 of a modem, a TCP connection: open, send, receive, close, whatever goes wrong. The commands are the driver's. Payload is fetched,
/// or pushed by the modem: <see cref="IsBuffered"/>.
/// </summary>
public abstract class AtLink
{
    /// <summary>
    /// Bytes received that can wait: a fetch, and more than any answer that a modem can push at once (700 bytes with its head).
    /// </summary>
    public const int ReceiveCapacity = 1024;

    // Opens of 45 s occur in the field. A time-out may have been too short, so the next open gets more, up to a limit.
    private const int OpenMs = 75000;
    private const int OpenMoreMs = 25000;
    private const int OpenMostMs = 125000;

    private const int CloseMs = 10000;
    private const int PromptMs = 5000;
    private const int SentMs = 30000;
    private const int FetchMs = 10000;

    // The modem takes no more at once.
    private const int MaxSendBytes = 1500;

    // A report that was lost must not cost the answer: so the modem is asked now and then without one.
    private const int FetchUnaskedMs = 3000;

    // A modem that announces bytes and gives none is asked again no faster than this.
    private const int FruitlessMs = 250;

    // In the pushed dialects the last bytes may come behind the report of the close.
    private const int PushedAfterCloseMs = 500;

    private const int MaxIdleWrites = 3;
    private const int PromptTries = 2;
    private const int PromptSigns = 3;
    private const int PromptSignMs = 2000;
    private const int LateReportMs = 300;

    private readonly AtChat _chat;
    private readonly IClock _clock;
    private readonly ILoop _loop;
    private readonly ReceiveBuffer _received;
    private readonly ModemCounters _counters;
    private bool _hasData;
    private bool _isDrained;
    private bool _mayBeOpen;
    private bool _sentReported;
    private int _openMs = OpenMs;
    private long _notBeforeMs;
    private long _nextFetchMs;
    private long _peerClosedMs;

    /// <param name="chat">What talks to the modem.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="loop">Called while waiting.</param>
    /// <param name="received">Where the chat puts payload.</param>
    /// <param name="counters">Counts what goes wrong.</param>
    protected AtLink(AtChat chat, IClock clock, ILoop loop, ReceiveBuffer received, ModemCounters counters)
    {
        _chat = chat;
        _clock = clock;
        _loop = loop;
        _received = received;
        _counters = counters;
    }

    /// <summary>Gets a value indicating whether the link was opened and neither closed nor lost since.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Gets a value indicating whether the peer closed the link; what it sent before may still be there.</summary>
    public bool IsPeerClosed { get; private set; }

    /// <summary>Gets a value indicating whether a command for the link is under way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Gets or sets a value indicating whether the modem keeps what it receives until it is fetched.</summary>
    public bool IsBuffered { get; set; }

    /// <summary>Gets why the last call failed, or why the link was lost.</summary>
    public ModemError Error { get; private set; }

    /// <summary>Gets the modem's code of the last failure, or −1.</summary>
    public int Code { get; private set; }

    /// <summary>Gets or sets the prompts missed in a row.</summary>
    public int MissedPrompts { get; set; }

    /// <summary>Gets a value indicating whether <see cref="Code"/> means that the network is gone.</summary>
    public virtual bool IsNetworkLost => false;

    /// <summary>Gets what talks to the modem.</summary>
    protected AtChat Chat => _chat;

    /// <summary>A report: payload waits in the modem.</summary>
    public void OnData()
    {
        _hasData = true;
        _isDrained = false;
    }

    /// <summary>A report: the peer closed the link.</summary>
    public void OnPeerClosed()
    {
        if (!IsPeerClosed)
        {
            IsPeerClosed = true;
            _isDrained = false;
            _hasData = true;
            _peerClosedMs = _clock.UptimeMs;
        }
    }

    /// <summary>A report: the modem took payload.</summary>
    public void OnSent()
    {
        _sentReported = true;
    }

    /// <summary>The link is gone without having been closed.</summary>
    /// <param name="why">How that came.</param>
    public void Lose(ModemError why)
    {
        if (IsOpen || IsBusy)
        {
            Error = why;
        }

        if (IsOpen && !IsBuffered)
        {
            // Pushed payload is not confirmed: what came last may be the text of a modem that started.
            _chat.ForgetData();
        }

        IsOpen = false;
        _chat.KeepsPushed = false;
        if (why == ModemError.NetworkClosed || why == ModemError.Restarted)
        {
            _mayBeOpen = false;
        }
    }

    /// <summary>Opens the link.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">1…65535.</param>
    /// <returns>Whether it is open.</returns>
    public bool Open(byte[] host, int port)
    {
        Forget();
        Error = ModemError.None;
        for (int i = 0; i < 2; i++)
        {
            // Payload may follow the report that the link is open without a pause.
            _chat.KeepsPushed = true;
            IsBusy = true;
            AtResult result = AskOpen(host, port, _openMs);
            IsBusy = false;
            if (result == AtResult.Ok)
            {
                _openMs = OpenMs;
                IsOpen = true;
                _mayBeOpen = true;
                _nextFetchMs = _clock.UptimeMs + FetchUnaskedMs;
                return true;
            }

            _chat.KeepsPushed = false;
            if (result == AtResult.Aborted)
            {
                return false;
            }

            if (result == AtResult.Timeout && _openMs < OpenMostMs)
            {
                _openMs += OpenMoreMs;
            }

            Fail(Error == ModemError.None ? ModemError.OpenFailed : Error);

            // A link that a box left open before it restarted is in the way; and one that opens late would be.
            RunClose();
            if (result == AtResult.Timeout || !IsWorthRetry(Code))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Sends bytes, all or none that count.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many.</param>
    /// <returns>Whether the modem has taken all of them.</returns>
    public bool Send(byte[] buffer, int offset, int count)
    {
        int idle = 0;
        while (count > 0 && IsOpen)
        {
            if (_chat.IsOperationOver)
            {
                // Taken bit by bit, it would last for ever.
                return FailSend(AtResult.Timeout) >= 0;
            }

            int asked = count < MaxSendBytes ? count : MaxSendBytes;
            int taken = SendChunk(buffer, offset, asked);
            if (taken < 0)
            {
                return false;
            }

            if (taken < asked)
            {
                _counters.ShortWrites++;
            }

            idle = taken == 0 ? idle + 1 : 0;
            if (idle == MaxIdleWrites)
            {
                return FailSend(AtResult.Error) >= 0;
            }

            offset += taken;
            count -= taken;
        }

        return count == 0;
    }

    /// <summary>Takes what the peer has sent.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="timeoutMs">How long to wait for the first byte.</param>
    /// <returns>Bytes, 0 when none came in time, −1 when none will come any more.</returns>
    public int Receive(byte[] buffer, int offset, int count, int timeoutMs)
    {
        long end = _clock.UptimeMs + timeoutMs;
        while (true)
        {
            if (_received.Count == 0)
            {
                _chat.Poll();
                FetchWhatWaits();
            }

            if (_received.Count > 0)
            {
                return _received.Take(buffer, offset, count);
            }

            if (_chat.HasLostData)
            {
                Lose(ModemError.DataLost);
            }

            if (!IsOpen)
            {
                return -1;
            }

            long now = _clock.UptimeMs;
            if (IsPeerClosed && (_isDrained || !IsBuffered) && now - _peerClosedMs >= PushedAfterCloseMs)
            {
                Error = ModemError.PeerClosed;
                return -1;
            }

            if (now >= end)
            {
                return 0;
            }

            _loop.Pump();
        }
    }

    /// <summary>Closes the link; that it was closed already is no failure.</summary>
    public void Close()
    {
        // After +IPCLOSE there is nothing left to close in the modem.
        if (_mayBeOpen && !IsPeerClosed)
        {
            RunClose();
        }

        Forget();
    }

    /// <summary>Closes link 0 of the modem, whatever is known of it.</summary>
    /// <returns>Whether the modem answered, be it an error.</returns>
    public bool RunClose()
    {
        AtResult result = AskClose(CloseMs);
        return result == AtResult.Ok || result == AtResult.Error;
    }

    /// <summary>Forgets the link without a word to the modem.</summary>
    public void Forget()
    {
        IsOpen = false;
        IsPeerClosed = false;
        _mayBeOpen = false;
        _hasData = false;
        _isDrained = false;
        _notBeforeMs = 0;
        _chat.KeepsPushed = false;
        _chat.ForgetData();
    }

    /// <summary>Opens link 0.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">1…65535.</param>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns>How it ended; the modem's code is the first number of the chat.</returns>
    protected abstract AtResult AskOpen(byte[] host, int port, int timeoutMs);

    /// <summary>Announces payload, and waits for the prompt.</summary>
    /// <param name="count">How many bytes.</param>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns><see cref="AtResult.Prompt"/>, or how it failed.</returns>
    protected abstract AtResult AskPrompt(int count, int timeoutMs);

    /// <summary>Sends what the prompt asked for.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">As many as announced.</param>
    /// <param name="timeoutMs">How long at most.</param>
    /// <param name="taken">How many the modem says that it took; −1 when it does not say.</param>
    /// <returns>How it ended.</returns>
    protected abstract AtResult SendPayload(byte[] buffer, int offset, int count, int timeoutMs, out int taken);

    /// <summary>Fetches payload that the modem keeps.</summary>
    /// <param name="room">How many bytes at most.</param>
    /// <param name="timeoutMs">How long at most.</param>
    /// <param name="hasMore">Whether there may be more of it.</param>
    /// <returns>How it ended; an error means that there was none.</returns>
    protected abstract AtResult AskFetch(int room, int timeoutMs, out bool hasMore);

    /// <summary>Closes link 0.</summary>
    /// <param name="timeoutMs">How long at most.</param>
    /// <returns>How it ended.</returns>
    protected abstract AtResult AskClose(int timeoutMs);

    /// <summary>Tells whether an open that was refused may succeed when it is repeated at once.</summary>
    /// <param name="code">The modem's code, or −1.</param>
    /// <returns><c>false</c> when the same again would give the same again.</returns>
    protected abstract bool IsWorthRetry(int code);

    private int SendChunk(byte[] buffer, int offset, int count)
    {
        for (int i = 0; i < PromptTries; i++)
        {
            IsBusy = true;
            AtResult result = AskPrompt(count, PromptMs);
            IsBusy = false;
            if (result == AtResult.Prompt && !IsOpen)
            {
                // The modem restarted behind its prompt.
                return -1;
            }

            if (result == AtResult.Prompt)
            {
                MissedPrompts = 0;
                return SendPrompted(buffer, offset, count);
            }

            if (result != AtResult.Timeout)
            {
                return FailSend(result);
            }

            MissedPrompts++;
            _counters.MissedPrompts++;
            Fail(ModemError.MissedPrompt);
            if (!IsStreamIntact(count))
            {
                Lose(ModemError.MissedPrompt);
                return -1;
            }
        }

        return -1;
    }

    private int SendPrompted(byte[] buffer, int offset, int count)
    {
        IsBusy = true;
        AtResult result = SendPayload(buffer, offset, count, SentMs, out int confirmed);
        IsBusy = false;
        if (result == AtResult.Ok && confirmed >= 0 && confirmed <= count)
        {
            return confirmed;
        }

        // Whether the peer has the bytes is not known: to send them again on this link could double them.
        return FailSend(result);
    }

    private int FailSend(AtResult result)
    {
        // Otherwise it is known already why the link is gone.
        if (IsOpen && result != AtResult.Aborted)
        {
            Fail(ModemError.SendFailed);
            Lose(ModemError.SendFailed);
        }

        return -1;
    }

    /// <summary>After a missed prompt: makes the modem listen to commands again.</summary>
    /// <param name="owed">Bytes that it may be waiting for.</param>
    /// <returns>Whether it was not waiting, so that nothing of ours went to the peer as payload.</returns>
    private bool IsStreamIntact(int owed)
    {
        int prompts = _chat.Prompts;
        _sentReported = false;
        bool answers = false;
        for (int i = 0; i < PromptSigns && !answers && IsOpen && _chat.Prompts == prompts; i++)
        {
            answers = _chat.RunAttention(PromptSignMs) == AtResult.Ok;
        }

        if (!IsOpen)
        {
            return false;
        }

        if (!answers)
        {
            _chat.FeedOwed(owed);
            _chat.RunAttention(PromptSignMs);
            return false;
        }

        // If the modem counted the few bytes of AT as payload, its report of that follows its OK.
        _chat.Pause(LateReportMs);
        return !_sentReported;
    }

    private void FetchWhatWaits()
    {
        long now = _clock.UptimeMs;
        bool isWanted = IsOpen && IsBuffered && !_chat.HasLostData && now >= _notBeforeMs && (_hasData || now >= _nextFetchMs);
        if (isWanted)
        {
            Fetch();
            _notBeforeMs = _received.Count > 0 ? 0 : _clock.UptimeMs + FruitlessMs;
        }
    }

    private void Fetch()
    {
        _hasData = false;
        _nextFetchMs = _clock.UptimeMs + FetchUnaskedMs;
        _chat.KeepsFetched = true;
        IsBusy = true;
        AtResult result = AskFetch(_received.Free, FetchMs, out bool hasMore);
        IsBusy = false;
        _chat.KeepsFetched = false;

        if (result == AtResult.Ok && _chat.HasOk && !_chat.HasLostData)
        {
            _received.Commit();
            _hasData |= hasMore;
            _isDrained = !_hasData;
        }
        else if (result == AtResult.Error)
        {
            // "No data".
            _isDrained = true;
            if (_received.Pending > 0)
            {
                _chat.LoseBlock();
            }
        }
        else
        {
            // The modem has handed the bytes out, and will not do so again.
            _chat.LoseBlock();
        }
    }

    private void Fail(ModemError error)
    {
        Error = error;
        Code = _chat.Value(0);
    }
}
