namespace JamBox.Twin.Modem;

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
