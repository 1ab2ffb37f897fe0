namespace JamBox.Twin.Modem;

/// <summary>How long the narrowband network takes.</summary>
internal sealed class BridgeTimings
{
    /// <summary>Gets or sets the opening of a connection.</summary>
    public MsRange Connect { get; set; } = new(500, 2_000);

    /// <summary>Gets or sets a round trip: from the last byte of a request to the first of its response.</summary>
    public MsRange RoundTrip { get; set; } = new(800, 3_000);

    /// <summary>Gets or sets the share of the way up in a round trip, per cent. Far from 50 the box's clock is off by the difference.</summary>
    public MsRange UplinkPercent { get; set; } = new(40, 60);

    /// <summary>Gets or sets how long a connection may be idle before the peer closes it.</summary>
    public int IdleCloseMs { get; set; } = 120_000;

    /// <summary>Gets or sets what the network takes longer for now: a slow network is 25,000. Once on connecting, once on a round trip.</summary>
    public int ExtraMs { get; set; }
}
