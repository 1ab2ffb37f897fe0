using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Modem;

/// <summary>Meanings of the reports that <see cref="AtModem"/> listens to: the first character of a row in the driver's table.</summary>
public enum AtReport
{
    /// <summary>Known, and of no interest.</summary>
    Ignored = '-',

    /// <summary>A line that only a modem says which starts.</summary>
    Boot = 'b',

    /// <summary>The peer closed a link.</summary>
    PeerClosed = 'c',

    /// <summary>Payload waits in the modem.</summary>
    DataWaits = 'd',

    /// <summary>State of the registration, as a report or as an answer.</summary>
    Registration = 'g',

    /// <summary>The modem closed a link.</summary>
    LinkClosed = 'l',

    /// <summary>The network closed by itself.</summary>
    NetworkLost = 'n',

    /// <summary>The network is closed.</summary>
    NetworkClosed = 'o',

    /// <summary>Payload was taken.</summary>
    Sent = 's',

    /// <summary>A line that a starting modem says late, or another one as an answer: a restart only in mid-session.</summary>
    BootLate = 't',

    /// <summary>A command for a link found no network.</summary>
    NetworkNotOpened = 'w',
}

/// <summary>
/// Any modem that is spoken to with AT commands: from power-on to a TCP link and back from every failure. What is said, and what comes
/// back, is the driver's: its scripts, its texts, its link. One thread; whatever waits pumps the loop. All memory is allocated in the
/// constructors.
/// </summary>
/// <remarks>docs/modem.md says what is sent and accepted, with which limits, and how failures are recovered from.</remarks>
public abstract partial class AtModem : IModem
{
    /// <summary>How long a command without a rule of its own may take, ms.</summary>
    public const int CommandMs = ModemLimits.CommandMs;

    /// <summary>How long a sign of life may take, ms.</summary>
    public const int SyncMs = 2000;

    /// <summary>How often the sign of life is tried: a modem that sleeps may be deaf for 18 s from the first of them on.</summary>
    public const int SyncTries = 8;

    /// <summary>How long one try to register lasts, ms; 120 to 180 s work in the field.</summary>
    public const int RegisterTryMs = 150000;

    /// <summary>How long all tries to register last together, ms.</summary>
    public const int RegisterTotalMs = 300000;

    /// <summary>How long a restart by command may take, ms: its OK comes last, after the registration was found again.</summary>
    public const int RestartMs = 30000;

    /// <summary>How long a modem that restarts is left alone, ms.</summary>
    public const int RestartWaitMs = 5000;

    private const int RegisteredHome = 1;
    private const int RegistrationDenied = 3;
    private const int RegisteredRoaming = 5;

    // After so many prompts missed in a row.
    private const int MissedPromptsToReopen = 2;
    private const int MissedPromptsToRestart = 4;

    // A modem that a restarted box left waiting for payload is owed no more than one piece of it.
    private const int MaxOwedBytes = 1500;
    private const int SignsAfterFeed = 2;
    private const int MaxSilentPolls = 3;
    private const int ResetWaitMs = 3000;

    // A modem that has been quiet for so long may sleep: it is asked for a sign of life before a command that must not be lost.
    private const int FreshMs = 1500;

    // A late sign of life must not be taken for the answer of the next command.
    private const int WokenQuietMs = 500;
    private const int WokenWaitMs = 3000;

    // What is left of ModemLimits.SendMs is for the recovery from lost prompts.
    private const int TransferMs = 120000;

    private readonly IModemLink _port;
    private readonly IClock _clock;
    private readonly AtChat _chat;
    private readonly AtStep _step = new AtStep();
    private AtLink _link;
    private byte[] _apn;
    private bool _answers;
    private bool _isStarting;
    private bool _hasBooted;
    private bool _isSetUp;
    private bool _isNetworkOpen;
    private bool _isNetworkLost;
    private int _registration;
    private long _registerEndMs;

    /// <param name="port">The bytes to and from the modem.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="loop">Called while waiting.</param>
    /// <param name="dialect">What the modem says; reports mean what <see cref="AtReport"/> says.</param>
    /// <param name="received">Where payload is put.</param>
    protected AtModem(IModemLink port, IClock clock, ILoop loop, AtDialect dialect, ReceiveBuffer received)
    {
        _port = port;
        _clock = clock;
        _chat = new AtChat(port, clock, loop, dialect, OnReport, received, Counters);
    }

    /// <inheritdoc/>
    public abstract int TableBytes { get; }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public int FailedStep { get; private set; } = -1;

    /// <inheritdoc/>
    public RecoveryLevel NextRecovery { get; private set; }

    /// <inheritdoc/>
    public ModemCounters Counters { get; } = new ModemCounters();

    /// <summary>Gets what talks to the modem.</summary>
    protected AtChat Chat => _chat;

    /// <inheritdoc/>
    public bool BringUp(byte[] apn)
    {
        _chat.BeginOperation(ModemLimits.BringUpMs);
        return SetUp(apn);
    }

    /// <inheritdoc/>
    public bool Provision(byte[] apn, byte[] bands)
    {
        _chat.BeginOperation(ModemLimits.ProvisionMs);
        _registerEndMs = long.MaxValue;
        return RunAll(AtScript.Provisioning, apn, bands);
    }

    /// <inheritdoc/>
    public void AskFacts()
    {
        _chat.BeginOperation(ModemLimits.ProvisionMs);
        RunAll(AtScript.Facts, null, null);
    }

    /// <inheritdoc/>
    public void Poll()
    {
        _chat.Poll();
    }

    /// <inheritdoc/>
    public bool IsAlive()
    {
        _chat.BeginOperation(ModemLimits.WakeMs);
        return Synchronize(SyncTries, SyncMs);
    }

    /// <inheritdoc/>
    public int ReadSignalDbm()
    {
        _chat.BeginOperation(ModemLimits.SignalMs);
        if (!_answers || !IsAwake())
        {
            return ModemLimits.UnknownDbm;
        }

        AtResult result = RunOnly(AtScript.Signal);

        // A modem that does not answer this will not open a link either: nobody shall wait for that.
        _answers &= result != AtResult.Timeout;
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
        _chat.BeginOperation(ModemLimits.OpenMs);
        if (!IsHost(host) || port < 1 || port > 65535)
        {
            return Fail(ModemError.BadArgument, -1);
        }

        _chat.Poll();
        if (!IsConnected || !IsAwake())
        {
            _link.Forget();
            return Fail(ModemError.NotConnected, -1);
        }

        _link.Close();
        if (_link.Open(host, port))
        {
            return true;
        }

        if (_link.IsNetworkLost)
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

        _chat.BeginOperation(TransferMs);
        if (_link.Send(buffer, offset, count))
        {
            return true;
        }

        ModemError error = _link.Error;
        Fail(error, _link.Code);
        if (error == ModemError.MissedPrompt)
        {
            _chat.BeginOperation(ModemLimits.SendMs - TransferMs);
            RecoverFromMissedPrompts();
            LastError = error;
        }

        return false;
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, int offset, int count, int timeoutMs)
    {
        _chat.BeginOperation(timeoutMs + ModemLimits.ReceiveExtraMs);
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
        _chat.BeginOperation(ModemLimits.CommandMs);
        _link.Close();
    }

    /// <inheritdoc/>
    public bool Recover()
    {
        _chat.BeginOperation(ModemLimits.RecoverMs);
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
        _chat.BeginOperation(ModemLimits.ResetMs);
        ResetByLine();

        // Whatever was set up is gone: BringUp comes next.
        ForgetModem();
        _isStarting = false;
    }

    /// <summary>Takes the one link over; the driver's constructor makes it.</summary>
    /// <param name="link">The link.</param>
    protected void Use(AtLink link)
    {
        _link = link;
    }

    /// <summary>Fills in a step of a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="index">Which step, from 0.</param>
    /// <param name="step">Is filled in.</param>
    /// <returns><c>false</c> behind the last step.</returns>
    protected abstract bool TryGetStep(AtScript script, int index, AtStep step);

    /// <summary>Tells the modem not to sleep. Errors are fine.</summary>
    protected abstract void KeepAwake();

    private static bool IsAboutLink0(byte[] line, int at, int length)
    {
        return Ascii.TryReadInt(line, ref at, length, out int link) && link == 0;
    }

    /// <summary>Refuses what would not fit into the command, or would end it early.</summary>
    private static bool IsHost(byte[] host)
    {
        for (int i = 0; i < host.Length; i++)
        {
            if (host[i] <= (byte)' ' || host[i] > (byte)'~' || host[i] == (byte)'"')
            {
                return false;
            }
        }

        return host.Length > 0 && host.Length <= ModemLimits.MaxHostBytes;
    }

    private bool Try(RecoveryLevel level)
    {
        switch (level)
        {
            case RecoveryLevel.Retry:
                return Synchronize(SyncTries, SyncMs) && (IsConnected || SetUpAfterRestart());
            case RecoveryLevel.CloseLink:
                return _answers && CloseAnyLink() && IsConnected;
            case RecoveryLevel.ReopenNetwork:
                return _answers && ReopenNetwork() && IsConnected;
            case RecoveryLevel.RestartModem:
                return _apn != null && Restart() && SetUp(_apn);
            default:
                return _apn != null && ResetByLine() && SetUp(_apn);
        }
    }

    private bool SetUp(byte[] apn)
    {
        _apn = apn;
        _registerEndMs = _clock.UptimeMs + RegisterTotalMs;
        if (RunSetUp(apn))
        {
            return true;
        }

        bool isUnregistered = LastError == ModemError.NotRegistered || LastError == ModemError.RegistrationDenied;
        return isUnregistered && _clock.UptimeMs < _registerEndMs && Restart() && RunSetUp(apn);
    }

    /// <summary>A modem that restarted by itself lacks only what a bring-up gives it; another restart would only cost time.</summary>
    private bool SetUpAfterRestart()
    {
        if (_isSetUp || _apn == null)
        {
            return false;
        }

        _registerEndMs = _clock.UptimeMs + RegisterTryMs;
        return RunSetUp(_apn);
    }

    private bool RunSetUp(byte[] apn)
    {
        _isSetUp = RunAll(AtScript.BringUp, apn, null);
        return _isSetUp;
    }

    /// <summary>Before a command that must not be lost: a modem that has been quiet for a while may sleep.</summary>
    private bool IsAwake()
    {
        if (_chat.QuietMs < FreshMs || Answers(1, SyncMs))
        {
            return true;
        }

        if (!Synchronize(SyncTries - 1, SyncMs))
        {
            return false;
        }

        // It slept, although it was told not to, or it has forgotten that.
        KeepAwake();
        return true;
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
        RunOnly(AtScript.Restart);
        _chat.Pause(RestartWaitMs);
        _isNetworkLost = false;
        bool answers = Synchronize(SyncTries, SyncMs);
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
        _isSetUp = false;
        _answers = false;
        _hasBooted = false;
        _isNetworkOpen = false;
        _registration = 0;
        _link.Forget();
    }

    private bool Fail(ModemError error, int code)
    {
        LastError = error;
        LastCode = code;
        return false;
    }

    private void OnReport(int report, byte[] line, int valueOffset, int length)
    {
        switch ((AtReport)report)
        {
            case AtReport.DataWaits:
                if (IsAboutLink0(line, valueOffset, length))
                {
                    _link.OnData();
                }

                break;
            case AtReport.Registration:
                OnRegistration(line, valueOffset, length);
                break;
            case AtReport.PeerClosed:
                if (IsAboutLink0(line, valueOffset, length))
                {
                    _link.OnPeerClosed();
                }

                break;
            case AtReport.LinkClosed:
                _link.OnPeerClosed();
                break;
            case AtReport.Sent:
                _link.OnSent();
                break;
            case AtReport.NetworkLost:
                LoseNetwork();
                AbortLinkCommand();
                break;
            case AtReport.NetworkClosed:
                _isNetworkOpen = false;
                _link.Lose(ModemError.NetworkClosed);
                break;
            case AtReport.NetworkNotOpened:
                if (_link.IsBusy)
                {
                    LoseNetwork();
                }

                break;
            case AtReport.Boot:
                OnBoot(true);
                break;
            case AtReport.BootLate:
                OnBoot(false);
                break;
            default:
                break;
        }
    }

    /// <summary>As a report <c>+CEREG: 1</c> or <c>+CEREG: 1,"tac",…</c>; as an answer <c>+CEREG: 0,1</c>.</summary>
    private void OnRegistration(byte[] line, int at, int length)
    {
        if (!AtTable.TryReadNumber(line, ref at, length, out int state))
        {
            return;
        }

        // A number in quotation marks is the area's.
        at = AtTable.SkipBlanks(line, at, length);
        bool isText = at < length && line[at] == (byte)'"';
        if (!isText && AtTable.TryReadNumber(line, ref at, length, out int second))
        {
            state = second;
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
        _isSetUp = false;
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
