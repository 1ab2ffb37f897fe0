namespace JamBox.Bench.Server;

/// <summary>The time of the day in which boxes are served.</summary>
/// <param name="From">First minute, such as 22:00.</param>
/// <param name="To">First minute that is outside again.</param>
/// <param name="TimeZone">IANA id; <c>null</c> = UTC.</param>
internal sealed record WindowRow(string From, string To, string? TimeZone)
{
    /// <summary>For people.</summary>
    public string Text => $"{From}-{To} {TimeZone ?? "UTC"}";
}
