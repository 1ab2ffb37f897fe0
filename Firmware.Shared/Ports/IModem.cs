namespace JamBox.Ports;

/// <summary>
/// A cellular modem as the uplink sees it: a connection to the network, and one TCP link over it. One thread; a method that waits pumps the
/// loop meanwhile, and returns within the time that it names, whatever the modem says or does not say.
/// </summary>
public interface IModem
{
    /// <summary>Gets how far the modem is.</summary>
    ModemState State { get; }

    /// <summary>Gets a value indicating whether a link can be opened, or is open: registered, network open, address there.</summary>
    bool IsConnected { get; }

    /// <summary>Gets a value indicating whether the link is open and the peer has not closed it.</summary>
    bool IsLinkOpen { get; }

    /// <summary>Gets why the last call that failed did so.</summary>
    ModemError LastError { get; }

    /// <summary>Gets the modem's own number for the last failure, or −1.</summary>
    int LastCode { get; }

    /// <summary>Gets the step, from 0, at which <see cref="Provision"/> or a bring-up failed last, or −1.</summary>
    int FailedStep { get; }

    /// <summary>Gets what <see cref="Recover"/> will try first.</summary>
    RecoveryLevel NextRecovery { get; }

    /// <summary>Gets what happened since the box booted.</summary>
    ModemCounters Counters { get; }

    /// <summary>Gets the bytes of all buffers.</summary>
    int TableBytes { get; }

    /// <summary>Hears what the modem has to report. For the loop, between two calls; it never waits.</summary>
    void Poll();

    /// <summary>Brings the modem up to an address, from whatever state it is in; up to <see cref="ModemLimits.BringUpMs"/>.</summary>
    /// <param name="apn">
    /// Access point name, ASCII, up to <see cref="ModemLimits.MaxApnBytes"/>; kept for <see cref="Recover"/>, so it must not change.
    /// </param>
    /// <returns><c>true</c> when connected; otherwise <see cref="LastError"/> says why not.</returns>
    bool BringUp(byte[] apn);

    /// <summary>
    /// Tries to get the modem working after a failure; to be called once a failure, with a back-off of the caller's. It begins with
    /// <see cref="NextRecovery"/> and goes up until something helps, up to <see cref="ModemLimits.RecoverMs"/>; the next failure in a row
    /// begins one level higher. Bytes from a server reset that.
    /// </summary>
    /// <returns><c>true</c> when a link can be tried again.</returns>
    bool Recover();

    /// <summary>
    /// The last resort: resets the modem by its reset line, where there is one, else restarts it by command. Afterwards it is not
    /// connected: <see cref="BringUp"/> comes next. Up to <see cref="ModemLimits.ResetMs"/>.
    /// </summary>
    void Reset();

    /// <summary>Asks for a sign of life, up to <see cref="ModemLimits.WakeMs"/>. One that gives none is not connected any more.</summary>
    /// <returns><c>false</c> when it is silent.</returns>
    bool IsAlive();

    /// <summary>Asks for the signal strength, up to <see cref="ModemLimits.SignalMs"/>.</summary>
    /// <returns>−113…−51 dBm, or <see cref="ModemLimits.UnknownDbm"/>.</returns>
    int ReadSignalDbm();

    /// <summary>Opens a TCP link to a server, up to <see cref="ModemLimits.OpenMs"/>; a link that is open is closed first.</summary>
    /// <param name="host">Name or address, ASCII, 1 to <see cref="ModemLimits.MaxHostBytes"/> bytes.</param>
    /// <param name="port">1…65535.</param>
    /// <returns><c>true</c> when it is open; otherwise <see cref="LastError"/> and <see cref="LastCode"/> say why not.</returns>
    bool Open(byte[] host, int port);

    /// <summary>
    /// Sends bytes on the link. What the modem takes less than offered is sent again; what keeps it from taking any is recovered from, up
    /// to a restart of the modem: up to <see cref="ModemLimits.SendMs"/>.
    /// </summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns><c>true</c> when the modem has taken all; otherwise the link is of no use any more and should be closed.</returns>
    bool Send(byte[] buffer, int offset, int count);

    /// <summary>Takes what the peer has sent.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many bytes at most.</param>
    /// <param name="timeoutMs">
    /// How long to wait for the first of them, ms; 0 asks once. A question to the modem that is under way at the end of it may last
    /// <see cref="ModemLimits.ReceiveExtraMs"/> more.
    /// </param>
    /// <returns>
    /// Bytes written; 0 when none came in time; −1 when none will come any more: <see cref="LastError"/> is then
    /// <see cref="ModemError.PeerClosed"/> after a proper end, and something else when bytes may be missing.
    /// </returns>
    int Receive(byte[] buffer, int offset, int count, int timeoutMs);

    /// <summary>Closes the link, if one is open, up to <see cref="ModemLimits.CommandMs"/>.</summary>
    void Close();

    /// <summary>
    /// Sets a new modem up for good, before its box is delivered: the steps of docs/provisioning.md, up to <see
    /// cref="ModemLimits.ProvisionMs"/>.
    /// </summary>
    /// <param name="apn">Access point name, ASCII, up to <see cref="ModemLimits.MaxApnBytes"/>.</param>
    /// <param name="bands">The bands, in the modem's own writing, such as <c>0,2,4,12,13,66</c>.</param>
    /// <returns><c>false</c> when a step failed: see <see cref="LastError"/> and <see cref="FailedStep"/>.</returns>
    bool Provision(byte[] apn, byte[] bands);

    /// <summary>
    /// Asks for signal, operator and contexts, for whoever reads along, up to <see cref="ModemLimits.ProvisionMs"/>. The modem is told
    /// nothing.
    /// </summary>
    void AskFacts();
}

/// <summary>Makes the board's modem, for whoever has the loop that it pumps while it waits.</summary>
public interface IModemFactory
{
    /// <summary>Makes the modem.</summary>
    /// <param name="link">The bytes to and from it.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="loop">Called while waiting.</param>
    /// <returns>The modem, in whatever state it is.</returns>
    IModem Create(IModemLink link, IClock clock, ILoop loop);
}

/// <summary>How far a modem is. The order counts: a later state includes the earlier ones.</summary>
public enum ModemState
{
    /// <summary>It has not answered since the start, or it restarted by itself.</summary>
    Off,

    /// <summary>It is being started, or asked whether it is there.</summary>
    Starting,

    /// <summary>It answers, and looks for a network.</summary>
    Searching,

    /// <summary>Registered, at home or roaming, but without a connection for data.</summary>
    Registered,

    /// <summary>The network is open and has given an address: links can be opened.</summary>
    Connected,

    /// <summary>A link to a server is open.</summary>
    LinkOpen,
}

/// <summary>Bounds that every modem keeps, so that whoever uses one may rely on them. The times hold whatever the modem does.</summary>
public static class ModemLimits
{
    /// <summary>Longest host that <see cref="IModem.Open"/> takes, bytes. Whoever stores a host refuses a longer one.</summary>
    public const int MaxHostBytes = 100;

    /// <summary>Longest access point name that <see cref="IModem.BringUp"/> takes, bytes (3GPP TS 23.003: a label has up to 63).</summary>
    public const int MaxApnBytes = 63;

    /// <summary>What <see cref="IModem.ReadSignalDbm"/> returns when the signal is not known.</summary>
    public const int UnknownDbm = -999;

    /// <summary>How long an ordinary command may take, ms.</summary>
    public const int CommandMs = 10000;

    /// <summary>How long <see cref="IModem.IsAlive"/> may take, ms: a modem that sleeps is knocked at until it wakes.</summary>
    public const int WakeMs = 20000;

    /// <summary>How long <see cref="IModem.ReadSignalDbm"/> may take, ms.</summary>
    public const int SignalMs = WakeMs + CommandMs;

    /// <summary>How long <see cref="IModem.Open"/> may take, ms: opens of 45 s occur, and after a time-out more is allowed.</summary>
    public const int OpenMs = 240000;

    /// <summary>How long <see cref="IModem.Send"/> may take, ms, recovery from lost prompts included.</summary>
    public const int SendMs = 300000;

    /// <summary>How long <see cref="IModem.Receive"/> may take beyond the time that it is given, ms.</summary>
    public const int ReceiveExtraMs = CommandMs;

    /// <summary>How long <see cref="IModem.BringUp"/> may take, ms; half of it is the search for a network.</summary>
    public const int BringUpMs = 600000;

    /// <summary>How long <see cref="IModem.Recover"/> may take, ms.</summary>
    public const int RecoverMs = 900000;

    /// <summary>How long <see cref="IModem.Reset"/> may take, ms.</summary>
    public const int ResetMs = 60000;

    /// <summary>How long <see cref="IModem.Provision"/> may take, ms: 12 steps, 5 minutes of them for the search.</summary>
    public const int ProvisionMs = 900000;
}

/// <summary>How hard <see cref="IModem.Recover"/> tries; each failure in a row goes one further.</summary>
public enum RecoveryLevel
{
    /// <summary>Asks whether the modem is there; then the caller may simply try again.</summary>
    Retry,

    /// <summary>AT+CIPCLOSE.</summary>
    CloseLink,

    /// <summary>AT+NETCLOSE and AT+NETOPEN.</summary>
    ReopenNetwork,

    /// <summary>AT+CFUN=1,1 and bring-up.</summary>
    RestartModem,

    /// <summary>The reset line, where there is one, and bring-up.</summary>
    ResetModem,
}

/// <summary>Why something with the modem failed.</summary>
public enum ModemError
{
    /// <summary>Nothing failed.</summary>
    None,

    /// <summary>The modem does not answer AT: no power, wrong pins, or hung.</summary>
    NoReply,

    /// <summary>No SIM, or it wants a PIN, or it is broken.</summary>
    SimNotReady,

    /// <summary>The modem refused the bands.</summary>
    BandsRefused,

    /// <summary>The modem refused to restart, or did not come back.</summary>
    RestartFailed,

    /// <summary>No network registered it in time: coverage, antenna, bands.</summary>
    NotRegistered,

    /// <summary>The network denied registration: SIM not active, or no roaming here.</summary>
    RegistrationDenied,

    /// <summary>The modem refused the APN.</summary>
    ApnRefused,

    /// <summary>No attachment to the packet service.</summary>
    AttachFailed,

    /// <summary>AT+NETOPEN failed.</summary>
    NetworkOpenFailed,

    /// <summary>The network gave no address, or 0.0.0.0.</summary>
    NoAddress,

    /// <summary>There is no connection: <see cref="IModem.BringUp"/> comes first.</summary>
    NotConnected,

    /// <summary>The server could not be reached; <see cref="IModem.LastCode"/> says more.</summary>
    OpenFailed,

    /// <summary>No link is open.</summary>
    LinkNotOpen,

    /// <summary>The peer closed the link.</summary>
    PeerClosed,

    /// <summary>The modem did not take the bytes, or did not say so in time.</summary>
    SendFailed,

    /// <summary>The prompt for payload did not come.</summary>
    MissedPrompt,

    /// <summary>Bytes of the link were lost: what remains of its stream is of no use.</summary>
    DataLost,

    /// <summary>The network closed unexpectedly.</summary>
    NetworkClosed,

    /// <summary>The modem restarted by itself.</summary>
    Restarted,

    /// <summary>An argument is too long for a command.</summary>
    BadArgument,
}

/// <summary>What the errors of a modem are called in the log.</summary>
public static class ModemErrorText
{
    /// <summary>Gives the words for an error.</summary>
    /// <param name="error">The error.</param>
    /// <returns>A clause with subject and verb, ASCII.</returns>
    public static string Of(ModemError error)
    {
        switch (error)
        {
            case ModemError.NoReply:
                return "the modem does not answer";
            case ModemError.SimNotReady:
                return "the SIM is missing or not ready";
            case ModemError.BandsRefused:
                return "the modem refuses the bands";
            case ModemError.RestartFailed:
                return "the modem did not restart";
            case ModemError.NotRegistered:
                return "no network registers the modem";
            case ModemError.RegistrationDenied:
                return "the network denies registration";
            case ModemError.ApnRefused:
                return "the modem refuses the APN";
            case ModemError.AttachFailed:
                return "the packet service is not attached";
            case ModemError.NetworkOpenFailed:
                return "the data network does not open";
            case ModemError.NoAddress:
                return "the network gives no address";
            case ModemError.NotConnected:
                return "there is no connection";
            case ModemError.OpenFailed:
                return "the server is not reached";
            case ModemError.LinkNotOpen:
                return "no link is open";
            case ModemError.PeerClosed:
                return "the server closed the link";
            case ModemError.SendFailed:
                return "the modem did not take the bytes";
            case ModemError.MissedPrompt:
                return "the modem gave no prompt";
            case ModemError.DataLost:
                return "bytes of the link were lost";
            case ModemError.NetworkClosed:
                return "the network closed";
            case ModemError.Restarted:
                return "the modem restarted by itself";
            case ModemError.BadArgument:
                return "an argument does not fit a command";
            default:
                return "nothing failed";
        }
    }
}

/// <summary>What happened since the box booted, for the log. Every number only grows.</summary>
public sealed class ModemCounters
{
    /// <summary>Gets the times that the modem restarted by itself.</summary>
    public int Restarts { get; internal set; }

    /// <summary>Gets the restarts that we ordered with AT+CFUN=1,1.</summary>
    public int OrderedRestarts { get; internal set; }

    /// <summary>Gets the resets by the reset line.</summary>
    public int HardwareResets { get; internal set; }

    /// <summary>Gets the times that the network closed unexpectedly.</summary>
    public int NetworkLosses { get; internal set; }

    /// <summary>Gets the times that we closed and opened the network to recover.</summary>
    public int NetworkReopens { get; internal set; }

    /// <summary>Gets the commands that got no final answer in time.</summary>
    public int Timeouts { get; internal set; }

    /// <summary>Gets the prompts that did not come.</summary>
    public int MissedPrompts { get; internal set; }

    /// <summary>Gets the times that the modem took fewer bytes than it was given.</summary>
    public int ShortWrites { get; internal set; }

    /// <summary>Gets the bytes of payload that were lost, for want of room or of an open link.</summary>
    public int DroppedBytes { get; internal set; }

    /// <summary>Gets the blocks of payload that broke off.</summary>
    public int BrokenBlocks { get; internal set; }

    /// <summary>Gets the lines that were longer than the line buffer.</summary>
    public int TruncatedLines { get; internal set; }

    /// <summary>Gets the lines that nothing matched: echoes and garbage.</summary>
    public int UnknownLines { get; internal set; }
}
