using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>
/// A switch for every way in which SIM7028s, their firmware versions and their sisters differ (docs/modem.md). As constructed it is the
/// strict one of that page. All may be changed while the modem runs.
/// </summary>
internal sealed class ModemOptions
{
    /// <summary>Gets how long it takes.</summary>
    public ModemTimings Timings { get; } = new();

    /// <summary>Gets or sets a value indicating whether it echoes commands from boot on, until <c>ATE0</c>.</summary>
    public bool EchoAtBoot { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether it obeys <c>ATE0</c>; if not it says <c>OK</c> and goes on echoing.</summary>
    public bool ObeysEchoOff { get; set; } = true;

    /// <summary>Gets or sets what it says when it starts.</summary>
    public BootLines BootLines { get; set; } = BootLines.Observed;

    /// <summary>Gets or sets the random bytes on the line at power-on.</summary>
    public int BootGarbageBytes { get; set; }

    /// <summary>Gets or sets a value indicating whether a restart of its own is announced by <c>NORMAL POWER DOWN</c>.</summary>
    public bool AnnouncesPowerDown { get; set; }

    /// <summary>Gets or sets the lines said unasked after registration, such as the operator's name.</summary>
    public string[] LinesAfterRegistration { get; set; } = [];

    /// <summary>Gets or sets a value indicating whether <c>Network Available</c> goes before the report of registration.</summary>
    public bool SaysNetworkAvailable { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether registration is reported without <c>AT+CEREG=1</c>.</summary>
    public bool ReportsRegistrationFromBoot { get; set; } = true;

    /// <summary>Gets or sets the <c>n</c> of <c>AT+CEREG?</c> at boot: 0, 1, or 2 with its longer lines.</summary>
    public int CeregModeAtBoot { get; set; }

    /// <summary>Gets or sets the state that <c>AT+CEREG?</c> shows when registered: 5 (roaming) or 1 (home).</summary>
    public int RegisteredStateAsked { get; set; } = 5;

    /// <summary>Gets or sets the state that the report shows when registered: 1 [obs] or 5.</summary>
    public int RegisteredStateReported { get; set; } = 1;

    /// <summary>Gets or sets how the search for a network ends.</summary>
    public RegistrationOutcome Registration { get; set; } = RegistrationOutcome.Registered;

    /// <summary>Gets or sets what <c>AT+CPIN?</c> finds.</summary>
    public SimState Sim { get; set; } = SimState.Ready;

    /// <summary>Gets or sets the first number of <c>+CSQ</c>: 0…31, 99 = unknown.</summary>
    public int SignalQuality { get; set; } = 18;

    /// <summary>Gets or sets the operator's name in <c>+COPS</c>; <c>null</c> = its number.</summary>
    public string? OperatorName { get; set; }

    /// <summary>Gets or sets the address the network gives; <c>0.0.0.0</c> = none, and then nothing can be opened.</summary>
    public string Address { get; set; } = "10.148.0.17";

    /// <summary>Gets or sets the digits of the year in <c>+CCLK</c>, 4 or 2.</summary>
    public int ClockYearDigits { get; set; } = 4;

    /// <summary>Gets or sets a value indicating whether the network sets the modem's clock; if not it counts from 1980.</summary>
    public bool NetworkSetsClock { get; set; } = true;

    /// <summary>Gets or sets the time zone in <c>+CCLK</c>, in quarters of an hour.</summary>
    public int ClockZoneQuarters { get; set; }

    /// <summary>Gets or sets a value indicating whether the <c>OK</c> of <c>AT+CFUN=1,1</c> comes last, after registration [obs].</summary>
    public bool CfunOkLast { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether <c>AT+NETOPEN?</c> answers <c>1,0</c> instead of <c>1</c>.</summary>
    public bool NetOpenStateHasTwoFields { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the network is open when the box comes up, as after a restart of the box alone.
    /// </summary>
    public bool NetIsOpenFromRegistration { get; set; }

    /// <summary>Gets or sets what <c>AT+IPADDR</c> answers.</summary>
    public IpAddrAnswer IpAddr { get; set; } = IpAddrAnswer.Address;

    /// <summary>Gets or sets how <c>AT+CIPOPEN</c> answers.</summary>
    public CipOpenStyle CipOpen { get; set; } = CipOpenStyle.OkThenReport;

    /// <summary>Gets or sets what goes before <c>&gt;</c>: nothing, or CR LF.</summary>
    public string PromptPrefix { get; set; } = string.Empty;

    /// <summary>Gets or sets what follows <c>&gt;</c>: nothing, or a blank.</summary>
    public string PromptSuffix { get; set; } = string.Empty;

    /// <summary>Gets or sets a value indicating whether <c>ERROR</c> follows <c>+CIPERROR</c>.</summary>
    public bool CipErrorHasError { get; set; }

    /// <summary>Gets or sets the most bytes that one send confirms; 0 = all. Less is a short write.</summary>
    public int MaxConfirmedBytes { get; set; }

    /// <summary>Gets or sets the chance of a short write, to a length drawn.</summary>
    public double ShortWriteChance { get; set; }

    /// <summary>Gets or sets how received bytes come to the box.</summary>
    public ReceiveDialect Receive { get; set; } = ReceiveDialect.Buffered;

    /// <summary>
    /// Gets or sets a value indicating whether <c>+CIPRXGET: 1</c> comes for every segment, not only into an empty buffer.
    /// </summary>
    public bool ReportsEverySegment { get; set; }

    /// <summary>Gets or sets the most bytes that <c>AT+CIPRXGET=2</c> gives at once, at most 1,500.</summary>
    public int MaxReadBytes { get; set; } = 1_500;

    /// <summary>Gets or sets the sizes of the segments in which a response arrives, bytes.</summary>
    public MsRange SegmentBytes { get; set; } = new(1_360, 1_360);

    /// <summary>Gets or sets when the report of the peer's closing comes.</summary>
    public PeerCloseOrder PeerClose { get; set; } = PeerCloseOrder.AfterLastByte;

    /// <summary>
    /// Gets or sets the most bytes that one read of the box gets, drawn from this range; a maximum of 0 = all that have arrived.
    /// </summary>
    public MsRange ReadBytes { get; set; } = new(0, 0);

    /// <summary>Gets or sets the chance that a report comes in the middle of a reply.</summary>
    public double ReportInsideReplyChance { get; set; }

    /// <summary>Gets or sets the reports from which that one is drawn.</summary>
    public string[] ReportsInsideReplies { get; set; } = ["+CEREG: 1", "+CEREG: 5", "Network Available", "+CTZV: +04"];

    /// <summary>Gets or sets the chance that random bytes go before a reply.</summary>
    public double GarbageChance { get; set; }

    /// <summary>Gets or sets a value indicating whether a blank follows each colon of what it says.</summary>
    public bool HasBlanks { get; set; } = true;

    /// <summary>Gets or sets after how long without a word and without a connection it sleeps, ms; 0 = never.</summary>
    public int SleepsAfterMs { get; set; }

    /// <summary>Gets or sets how long it is deaf from the first byte on that reaches it asleep, ms.</summary>
    public MsRange WakesIn { get; set; } = new(15_000, 17_000);

    /// <summary>Gets or sets a value indicating whether <c>AT+CPSMS=0</c> and <c>AT+CSCLK=0</c> end that, or are refused.</summary>
    public bool ObeysSleepOff { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether the board can reset the modem (base v1.1) or not (v1.0).</summary>
    public bool HasResetLine { get; set; } = true;

    /// <summary>Gets or sets the bytes that the box's serial driver holds; more flushes its input, as on the board. 0 = no limit.</summary>
    public int HostBufferBytes { get; set; } = 2_048;
}

/// <summary>How long the modem takes, apart from the wire to it and from the network behind it.</summary>
internal sealed class ModemTimings
{
    /// <summary>Gets or sets the time from power or reset until it obeys. Under 3 s, which is what the box waits.</summary>
    public MsRange Boot { get; set; } = new(1_500, 2_800);

    /// <summary>Gets or sets the time of an ordinary command.</summary>
    public MsRange Command { get; set; } = new(20, 200);

    /// <summary>Gets or sets the search for a network.</summary>
    public MsRange Registration { get; set; } = new(10_000, 20_000);

    /// <summary>Gets or sets <c>AT+CGATT=1</c>.</summary>
    public MsRange Attach { get; set; } = new(1_000, 3_000);

    /// <summary>Gets or sets <c>AT+NETOPEN</c>, until its report.</summary>
    public MsRange NetOpen { get; set; } = new(1_000, 3_000);

    /// <summary>Gets or sets <c>AT+NETCLOSE</c>, until its report.</summary>
    public MsRange NetClose { get; set; } = new(200, 1_000);

    /// <summary>Gets or sets <c>AT+CPSI?</c>, which asks the radio.</summary>
    public MsRange SystemInformation { get; set; } = new(200, 2_000);

    /// <summary>Gets or sets the time from the last byte of a payload to its <c>OK</c>.</summary>
    public MsRange Send { get; set; } = new(50, 400);

    /// <summary>Gets or sets the time between segments of a response.</summary>
    public MsRange Segment { get; set; } = new(20, 150);

    /// <summary>Gets or sets the time between the last byte of a response and the report that the peer closed.</summary>
    public MsRange PeerClose { get; set; } = new(20, 200);

    /// <summary>Gets or sets what the opening of a connection takes longer than the network needs.</summary>
    public MsRange SlowOpen { get; set; } = new(0, 0);
}

/// <summary>How long something takes: between two times, both included.</summary>
/// <param name="Min">The least, ms.</param>
/// <param name="Max">The most, ms.</param>
internal readonly record struct MsRange(int Min, int Max)
{
    /// <summary>Draws a time.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>Some ms of the range.</returns>
    public int Draw(SeededRandom random)
    {
        return random.Between(Min, Max);
    }
}

/// <summary>What the modem says when it starts.</summary>
internal enum BootLines
{
    /// <summary>The lines of a real SIM7028, down to its boot loader.</summary>
    Observed,

    /// <summary><c>RDY</c>, <c>+CPIN: READY</c>, <c>PB DONE</c>, as its sisters.</summary>
    Rdy,

    /// <summary>Nothing but the reports on registration.</summary>
    None,
}

/// <summary>How <c>AT+CIPOPEN</c> answers.</summary>
internal enum CipOpenStyle
{
    /// <summary><c>OK</c> at once; the report, good or bad, when the connection is known.</summary>
    OkThenReport,

    /// <summary>As before, and a failure is followed by <c>ERROR</c>.</summary>
    OkThenReportThenError,

    /// <summary>Nothing at once: <c>OK</c> and the report, or the report of failure and <c>ERROR</c>.</summary>
    ReportThenError,

    /// <summary>Nothing at once: <c>OK</c> and the report, or the report of failure alone.</summary>
    ReportOnly,
}

/// <summary>What <c>AT+IPADDR</c> answers when the network is open.</summary>
internal enum IpAddrAnswer
{
    /// <summary>The address.</summary>
    Address,

    /// <summary><c>+IPADDR: Network not opened</c> and <c>ERROR</c>.</summary>
    FailsAsIpAddr,

    /// <summary><c>+IP ERROR: Network not opened</c> and <c>ERROR</c>.</summary>
    FailsAsIpError,

    /// <summary><c>+IPADDR:</c> without an address, and <c>OK</c>.</summary>
    Empty,

    /// <summary><c>OK</c> alone.</summary>
    Nothing,
}

/// <summary>When the report of the peer's closing comes.</summary>
internal enum PeerCloseOrder
{
    /// <summary>After the last byte.</summary>
    AfterLastByte,

    /// <summary>Before the last segment of data.</summary>
    BeforeLastByte,
}

/// <summary>How received bytes come to the box.</summary>
internal enum ReceiveDialect
{
    /// <summary>
    /// They wait for <c>AT+CIPRXGET=2</c> once <c>AT+CIPRXGET=1</c> was given; until then they are pushed as <c>+RECEIVE</c>.
    /// </summary>
    Buffered,

    /// <summary>Pushed: <c>RECV FROM:</c> and <c>+IPD</c>; <c>AT+CIPRXGET</c> is an error.</summary>
    RecvFrom,

    /// <summary>Pushed: <c>+RECEIVE,link,length</c>; <c>AT+CIPRXGET</c> is an error.</summary>
    Receive,

    /// <summary>The same with a colon behind the length.</summary>
    ReceiveColon,
}
