using JamBox.Counting;

namespace JamBox.App;

/// <summary>What an operator can set from afar. The defaults are those of SYSTEM.md §2.</summary>
public sealed class BoxConfig
{
    /// <summary>Gets or sets the version that the backend gave it; 0 = the defaults, never set.</summary>
    public int Version { get; set; }

    /// <summary>Gets or sets the length of a reading's interval, ms, 60,000–3,600,000, a multiple of 60,000.</summary>
    public int ReportIntervalMs { get; set; } = 300000;

    /// <summary>Gets or sets the time between two heartbeats, ms, 3,600,000–604,800,000.</summary>
    public int HeartbeatIntervalMs { get; set; } = 86400000;

    /// <summary>Gets or sets the channels that are hopped over, 1…13 each.</summary>
    public byte[] WifiChannels { get; set; } = [1, 6, 11];

    /// <summary>Gets the borders of zones and dwell classes.</summary>
    public Thresholds Thresholds { get; } = new Thresholds();
}
