using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Modem;

/// <summary>
/// The SIM7028 NB-IoT modem: from power-on to a TCP link and back from every failure. One thread; whatever waits pumps the loop.
/// All memory is allocated in the constructor: 1.5 KB of buffers.
/// </summary>
public sealed class Sim7028 : IModem
{
    private const int RegisteredHome = 1;
    private const int RegistrationDenied = 3;
    private const int RegisteredRoaming = 5;

    // After so many prompts missed in a row (SIM7028.md, Traps).
    private const int MissedPromptsToReopen = 2;
    private const int MissedPromptsToRestart = 4;

    // A modem that a restarted box left waiting for payload is owed no more than one AT+CIPSEND.
    private const int MaxOwedBytes = 1500;
    private const int SignsAfterFeed = 2;
    private const int MaxSilentPolls = 3;
    private const int ResetWaitMs = 3000;

    private readonly IModemLink _port;
    private readonly IClock _clock;
    private readonly AtChat _chat;
    private readonly SimLink _link;
    private readonly AtStep _step = new AtStep();
    private byte[] _apn;
    private bool _answers;
    private bool _isStarting;
    private bool _hasBooted;
    private bool _isNetworkOpen;
    private bool _isNetworkLost;
    private int _registration;
    private long _registerEndMs;

    /// <summary>Initializes a new instance of the <see cref="Sim7028"/> class.</summary>
    /// <param name="link">The bytes to and from the modem.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="loop">Called while waiting.</param>
    public Sim7028(IModemLink link, IClock clock, ILoop loop)
    {
        _port = link;
        _clock = clock;
        var received = new ReceiveBuffer(new byte[SimLink.ReceiveCapacity]);
        _chat = new AtChat(link, clock, loop, SimTables.Reports, OnReport, received, Counters);
        _link = new SimLink(_chat, clock, loop, received, Counters);
    }

    /// <inheritdoc/>
    public int TableBytes => SimLink.ReceiveCapacity + AtParser.LineCapacity + AtChat.BufferBytes;

    /// <summary>Gets how far the modem is.</summary>
    public ModemState State
    {
        get
        {
            if (!_answers)
            {
                return _isStarting ? ModemState.Starting : ModemState.Off;
            }

            if (_link.IsOpen)
            {
                return ModemState.LinkOpen;
            }

            if (!IsRegistered)
            {
                return ModemState.Searching;
            }

            return _isNetworkOpen ? ModemState.Connected : ModemState.Registered;
        }
    }

    /// <inheritdoc/>
    public bool IsConnected => State >= ModemState.Connected;

    /// <inheritdoc/>
    public bool IsLinkOpen => _link.IsOpen && !_link.IsPeerClosed;

    /// <summary>Gets a value indicating whether the network has registered the modem, at home or roaming.</summary>
    public bool IsRegistered => _registration == RegisteredHome || _registration == RegisteredRoaming;

    /// <inheritdoc/>
    public ModemError LastError { get; private set; }

    /// <inheritdoc/>
    public int LastCode { get; private set; } = -1;

    /// <summary>Gets the step, from 0, at which the last script failed, or −1.</summary>
    public int FailedStep { get; private set; } = -1;

    /// <inheritdoc/>
    public RecoveryLevel NextRecovery { get; private set; }

    /// <inheritdoc/>
    public ModemCounters Counters { get; } = new ModemCounters();

    /// <inheritdoc/>
    public bool BringUp(byte[] apn)
    {
        _apn = apn;
        _registerEndMs = _clock.UptimeMs + SimScripts.RegisterTotalMs;
        if (RunAll(AtScript.BringUp, apn, null))
        {
            return true;
        }

        bool isUnregistered = LastError == ModemError.NotRegistered || LastError == ModemError.RegistrationDenied;
        if (!isUnregistered || _clock.UptimeMs >= _registerEndMs || !Restart())
        {
            return false;
        }

        return RunAll(AtScript.BringUp, apn, null);
    }

    /// <summary>Runs a script from the beginning, for provisioning and the bench. Afterwards the modem is as far as the script took it.</summary>
    /// <param name="script">The script.</param>
    /// <param name="apn">What stands for <see cref="AtStep.ApnMark"/>.</param>
    /// <param name="bands">What stands for <see cref="AtStep.BandsMark"/>, such as <c>0,2,4,12,13,66</c>.</param>
    /// <returns><c>false</c> when a step failed: see <see cref="FailedStep"/> and <see cref="LastError"/>.</returns>
    public bool Run(AtScript script, byte[] apn, byte[] bands)
    {
        _registerEndMs = long.MaxValue;
        return RunAll(script, apn, bands);
    }

    /// <inheritdoc/>
    public void Poll()
    {
        _chat.Poll();
    }

    /// <inheritdoc/>
    public bool IsAlive()
    {
        return Synchronize(1, SimScripts.SyncMs);
    }

    /// <inheritdoc/>
    public int ReadSignalDbm()
    {
        if (!_answers)
        {
            return ModemLimits.UnknownDbm;
        }

        _chat.Request(SimScripts.Signal);
        AtResult result = _chat.Run(SimTables.Signal, SimScripts.CommandMs);
        int csq = _chat.Value(0);
        if (result != AtResult.Ok || csq < 0 || csq > 31)
        {
            return ModemLimits.UnknownDbm;
        }

        return -113 + (2 * csq);
    }

    /// <inheritdoc/>
    public bool Open(byte[] host, int port)
    {
        _chat.Poll();
        Close();
        if (!IsConnected)
        {
            return Fail(ModemError.NotConnected, -1);
        }

        if (_link.Open(host, port))
        {
            return true;
        }

        if (_link.Code == 2)
        {
            LoseNetwork();
        }

        return Fail(_link.Error, _link.Code);
    }

    /// <inheritdoc/>
    public bool Send(byte[] buffer, int offset, int count)
    {
        if (State != ModemState.LinkOpen)
        {
            return Fail(_answers ? ModemError.LinkNotOpen : ModemError.NotConnected, -1);
        }

        if (_link.Send(buffer, offset, count))
        {
            return true;
        }

        ModemError error = _link.Error;
        Fail(error, _link.Code);
        if (error == ModemError.MissedPrompt)
        {
            RecoverFromMissedPrompts();
            LastError = error;
        }

        return false;
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, int offset, int count, int timeoutMs)
    {
        int received = _link.Receive(buffer, offset, count, timeoutMs);
        if (received > 0)
        {
            // Bytes from a server: whatever was wrong is over.
            NextRecovery = RecoveryLevel.Retry;
        }
        else if (received < 0)
        {
            Fail(_link.Error == ModemError.None ? ModemError.LinkNotOpen : _link.Error, -1);
        }

        return received;
    }

    /// <inheritdoc/>
    public void Close()
    {
        _link.Close();
    }

    /// <inheritdoc/>
    public bool Recover()
    {
        for (RecoveryLevel level = NextRecovery; level <= RecoveryLevel.ResetModem; level++)
        {
            NextRecovery = level == RecoveryLevel.ResetModem ? level : level + 1;
            if (Try(level))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        ResetByLine();

        // Whatever was set up is gone: BringUp comes next.
        ForgetModem();
        _isStarting = false;
    }

    private static bool IsAboutLink0(byte[] line, int at, int length)
    {
        return Ascii.TryReadInt(line, ref at, length, out int link) && link == 0;
    }

    private bool Try(RecoveryLevel level)
    {
        switch (level)
        {
            case RecoveryLevel.Retry:
                return Synchronize(1, SimScripts.SyncMs) && IsConnected;
            case RecoveryLevel.CloseLink:
                return _answers && CloseAnyLink() && IsConnected;
            case RecoveryLevel.ReopenNetwork:
                return _answers && ReopenNetwork() && IsConnected;
            case RecoveryLevel.RestartModem:
                return _apn != null && Restart() && BringUp(_apn);
            default:
                return _apn != null && ResetByLine() && BringUp(_apn);
        }
    }

    private bool CloseAnyLink()
    {
        _link.Forget();
        return _link.RunClose();
    }

    private bool ReopenNetwork()
    {
        Counters.NetworkReopens++;
        CloseAnyLink();
        _isNetworkOpen = false;
        _isNetworkLost = false;
        return RunSteps(AtScript.ReopenNetwork, _apn, null);
    }

    private bool Restart()
    {
        Counters.OrderedRestarts++;
        ForgetModem();
        _chat.Request(SimScripts.Restart);
        _chat.Run(null, SimScripts.RestartMs);
        _chat.Pause(SimScripts.RestartWaitMs);
        _isNetworkLost = false;
        bool answers = Synchronize(SimScripts.SyncTries, SimScripts.SyncMs);
        _isStarting = false;
        return answers;
    }

    private bool ResetByLine()
    {
        if (!_port.HardwareReset())
        {
            return Restart();
        }

        Counters.HardwareResets++;
        ForgetModem();
        _chat.Pause(ResetWaitMs);
        _isNetworkLost = false;
        _isStarting = false;
        return true;
    }

    private void RecoverFromMissedPrompts()
    {
        int missed = _link.MissedPrompts;
        if (missed >= MissedPromptsToRestart)
        {
            _link.MissedPrompts = 0;
            if (!Restart())
            {
                ResetByLine();
            }

            // What was set up is gone: BringUp comes next.
            ForgetModem();
            _isStarting = false;
        }
        else if (missed >= MissedPromptsToReopen)
        {
            ReopenNetwork();
        }
        else
        {
            CloseAnyLink();
        }
    }

    private void ForgetModem()
    {
        _isStarting = true;
        _answers = false;
        _hasBooted = false;
        _isNetworkOpen = false;
        _registration = 0;
        _link.Forget();
    }

    private bool RunAll(AtScript script, byte[] apn, byte[] bands)
    {
        ForgetModem();
        bool isDone = RunSteps(script, apn, bands);
        _isStarting = false;
        return isDone;
    }

    private bool RunSteps(AtScript script, byte[] apn, byte[] bands)
    {
        FailedStep = -1;
        LastError = ModemError.None;
        LastCode = -1;
        int restarts = Counters.Restarts;
        AtStep step = _step;
        for (int i = 0; SimScripts.TryGet(script, i, step); i++)
        {
            bool isDone = RunStep(step, apn, bands);
            if (Counters.Restarts != restarts)
            {
                FailedStep = i;
                return Fail(ModemError.Restarted, -1);
            }

            if (!isDone && !step.IsOptional)
            {
                FailedStep = i;
                bool isDenied = step.Kind == AtStepKind.Register && _registration == RegistrationDenied;
                return Fail(isDenied ? ModemError.RegistrationDenied : step.Failure, _chat.Value(0));
            }
        }

        return true;
    }

    private bool RunStep(AtStep step, byte[] apn, byte[] bands)
    {
        if (step.PauseBeforeMs > 0)
        {
            _chat.Pause(step.PauseBeforeMs);
        }

        switch (step.Kind)
        {
            case AtStepKind.Synchronize:
                return Synchronize(step.Tries, step.TimeoutMs);
            case AtStepKind.Restart:
                return RunRestart(step);
            case AtStepKind.Register:
                return RunRegister(step);
            case AtStepKind.CloseLostNetwork:
                return RunCloseLostNetwork(step);
            case AtStepKind.Address:
                _isNetworkOpen = RunAddress(step);
                return _isNetworkOpen;
            case AtStepKind.Buffered:
                _link.IsBuffered = RunTries(step, apn, bands);
                return _link.IsBuffered;
            default:
                return RunTries(step, apn, bands);
        }
    }

    private bool RunTries(AtStep step, byte[] apn, byte[] bands)
    {
        for (int i = 0; i < step.Tries; i++)
        {
            if (i > 0)
            {
                _chat.Pause(step.RetryPauseMs);
            }

            WriteRequest(step, apn, bands);
            AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
            if (result == AtResult.Ok)
            {
                return true;
            }

            if (result == AtResult.Aborted)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Writes the step's request, with the APN and the bands in the place of their marks.</summary>
    private void WriteRequest(AtStep step, byte[] apn, byte[] bands)
    {
        byte[] text = step.Request;
        ByteWriter request = _chat.Request(text);
        request.Clear();
        for (int i = 0; i < text.Length; i++)
        {
            byte[] inserted = text[i] == AtStep.ApnMark ? apn : (text[i] == AtStep.BandsMark ? bands : null);
            if (inserted != null)
            {
                request.Bytes(inserted);
            }
            else
            {
                request.Byte(text[i]);
            }
        }
    }

    private bool Synchronize(int tries, int timeoutMs)
    {
        if (Answers(tries, timeoutMs))
        {
            return true;
        }

        _chat.FeedOwed(MaxOwedBytes);
        return Answers(SignsAfterFeed, timeoutMs);
    }

    private bool Answers(int tries, int timeoutMs)
    {
        for (int i = 0; i < tries; i++)
        {
            _chat.Request(SimScripts.Attention);
            if (_chat.Run(null, timeoutMs) == AtResult.Ok)
            {
                _answers = true;
                return true;
            }
        }

        _answers = false;
        return false;
    }

    private bool RunRestart(AtStep step)
    {
        Counters.OrderedRestarts++;
        ForgetModem();
        _chat.Request(step.Request);
        AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
        _isNetworkLost = false;

        // Its OK comes last, when it has found the network again, and some firmware forgets it.
        return result == AtResult.Ok || (result == AtResult.Timeout && _hasBooted);
    }

    private bool RunRegister(AtStep step)
    {
        long end = _clock.UptimeMs + step.TotalMs;
        if (end > _registerEndMs)
        {
            end = _registerEndMs;
        }

        int silent = 0;
        int restarts = Counters.Restarts;
        do
        {
            _chat.Request(step.Request);
            AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
            silent = result == AtResult.Timeout ? silent + 1 : 0;
            bool isDenied = step.StopsWhenDenied && _registration == RegistrationDenied;
            bool isOver = isDenied || silent == MaxSilentPolls || Counters.Restarts != restarts || _clock.UptimeMs >= end;
            if (isOver && !IsRegistered)
            {
                return false;
            }

            // The report ends the wait as soon as it comes.
            long next = _clock.UptimeMs + step.RetryPauseMs;
            while (!IsRegistered && _clock.UptimeMs < next)
            {
                _chat.Pause(1);
            }
        }
        while (!IsRegistered);
        return true;
    }

    private bool RunCloseLostNetwork(AtStep step)
    {
        if (!_isNetworkLost)
        {
            return true;
        }

        _chat.Request(step.Request);
        AtResult result = _chat.Run(step.Responses, step.TimeoutMs);
        _isNetworkLost = false;
        return result == AtResult.Ok;
    }

    private bool RunAddress(AtStep step)
    {
        for (int i = 0; i < step.Tries; i++)
        {
            if (i > 0)
            {
                _chat.Pause(step.RetryPauseMs);
            }

            if (step.Responses == SimTables.Address)
            {
                _chat.Request(step.Request);
                if (_chat.Run(step.Responses, step.TimeoutMs) == AtResult.Ok && _chat.Value(0) > 0)
                {
                    return true;
                }
            }

            _chat.Request(SimScripts.Context);
            if (_chat.Run(SimTables.Context, step.TimeoutMs) == AtResult.Ok && HasAddressInContext())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Looks at the fourth field of <c>+CGDCONT: 0,"IP","apn","10.1.2.3"</c>; 0.0.0.0 is no address.</summary>
    private bool HasAddressInContext()
    {
        byte[] line = _chat.Result;
        int length = _chat.ResultLength;
        int commas = 0;
        for (int i = 0; i < length; i++)
        {
            if (line[i] == (byte)',' && ++commas == 3)
            {
                int at = i + 1;
                if (at < length && line[at] == (byte)'"')
                {
                    at++;
                }

                return Ascii.TryReadInt(line, ref at, length, out int first) && first > 0;
            }
        }

        return false;
    }

    private bool Fail(ModemError error, int code)
    {
        LastError = error;
        LastCode = code;
        return false;
    }

    private void OnReport(int report, byte[] line, int valueOffset, int length)
    {
        switch (report)
        {
            case SimReport.DataWaits:
                if (IsAboutLink0(line, valueOffset, length))
                {
                    _link.OnData();
                }

                break;
            case SimReport.Registration:
                OnRegistration(line, valueOffset, length);
                break;
            case SimReport.PeerClosed:
                if (IsAboutLink0(line, valueOffset, length))
                {
                    _link.OnPeerClosed();
                }

                break;
            case SimReport.LinkClosed:
                _link.OnPeerClosed();
                break;
            case SimReport.Sent:
                _link.OnSent();
                break;
            case SimReport.NetworkLost:
                LoseNetwork();
                AbortLinkCommand();
                break;
            case SimReport.NetworkClosed:
                _isNetworkOpen = false;
                _link.Lose(ModemError.NetworkClosed);
                break;
            case SimReport.NetworkNotOpened:
                if (_link.IsBusy)
                {
                    LoseNetwork();
                }

                break;
            case SimReport.Boot:
                OnBoot(true);
                break;
            case SimReport.BootLate:
                OnBoot(false);
                break;
            default:
                break;
        }
    }

    /// <summary>As a report <c>+CEREG: 1</c> or <c>+CEREG: 1,"tac",…</c>; as an answer <c>+CEREG: 0,1</c>.</summary>
    private void OnRegistration(byte[] line, int at, int length)
    {
        if (!Ascii.TryReadInt(line, ref at, length, out int state))
        {
            return;
        }

        if (at < length && line[at] == (byte)',')
        {
            at++;
            if (Ascii.TryReadInt(line, ref at, length, out int second))
            {
                state = second;
            }
        }

        _registration = state;
    }

    private void LoseNetwork()
    {
        if (_isNetworkOpen)
        {
            Counters.NetworkLosses++;
        }

        _isNetworkOpen = false;
        _isNetworkLost = true;
        _link.Lose(ModemError.NetworkClosed);
    }

    private void AbortLinkCommand()
    {
        // Nobody will answer it, and its time-out may be 30 s.
        if (_link.IsBusy)
        {
            _chat.Abort();
        }
    }

    private void OnBoot(bool isCertain)
    {
        _hasBooted = true;
        ModemState least = isCertain ? ModemState.Searching : ModemState.Connected;
        if (State < least)
        {
            return;
        }

        Counters.Restarts++;
        _answers = false;
        _isStarting = false;
        _isNetworkOpen = false;
        _isNetworkLost = false;
        _registration = 0;
        LastError = ModemError.Restarted;
        _link.Lose(ModemError.Restarted);
        _chat.Abort();
    }
}
