namespace JamBox.Uplink;

/// <summary>
/// How it goes with the backend: what it took, and what failed. Whoever has a part in that notes it here, and whoever wants to know reads
/// it here, so that none of them needs to know another.
/// </summary>
public sealed class UplinkState
{
    /// <summary>Gets or sets the readings that the backend took in this boot.</summary>
    public int AcceptedReadings { get; set; }

    /// <summary>Gets or sets the heartbeats that the backend took in this boot.</summary>
    public int AcceptedHeartbeats { get; set; }

    /// <summary>Gets or sets the heartbeats that the backend refused, or did not answer, since it took one last.</summary>
    public int RefusedHeartbeats { get; set; }

    /// <summary>Gets or sets a value indicating whether the backend answered the last heartbeat that got an answer with a refusal.</summary>
    public bool IsHeartbeatRefused { get; set; }

    /// <summary>Gets or sets the failures since a reading was taken last, those to get a connection included (<c>sf</c>).</summary>
    public int Failures { get; set; }

    /// <summary>Gets or sets the uptime when a request, whichever, was answered 2xx last, ms; 0 for never in this boot.</summary>
    public long AcceptedAtMs { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether something has happened that the backend should hear of before the next heartbeat is due.
    /// </summary>
    public bool IsHeartbeatWanted { get; set; }
}
