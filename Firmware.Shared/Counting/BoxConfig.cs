using System;

namespace JamBox.Counting;

/// <summary>What an operator can set from afar. The defaults are those of docs/wire.md.</summary>
public sealed class BoxConfig
{
    /// <summary>Channels that <see cref="WifiChannels"/> can have at most.</summary>
    public const int MaxChannels = 13;

    private const int MinuteMs = 60000;
    private const int MinHeartbeatIntervalMs = 3600000;
    private const int MaxHeartbeatIntervalMs = 604800000;

    /// <summary>Gets or sets the version that the backend gave it; 0 = the defaults, never set.</summary>
    public int Version { get; set; }

    /// <summary>Gets or sets the length of a reading's interval, ms, 60,000–3,600,000, a multiple of 60,000.</summary>
    public int ReportIntervalMs { get; set; } = 300000;

    /// <summary>Gets or sets the time between two heartbeats, ms, 3,600,000–604,800,000.</summary>
    public int HeartbeatIntervalMs { get; set; } = 86400000;

    /// <summary>Gets or sets a value indicating whether the box looks for its place at every boot.</summary>
    public bool GeolocationOnBoot { get; set; } = true;

    /// <summary>Gets or sets the channels that are hopped over, 1…13 each, 1 to 13 of them.</summary>
    public byte[] WifiChannels { get; set; } = [1, 6, 11];

    /// <summary>Gets the borders of zones and dwell classes.</summary>
    public Thresholds Thresholds { get; } = new Thresholds();

    /// <summary>Tells whether a reading's interval can have a length.</summary>
    /// <param name="ms">The length, ms.</param>
    /// <returns><c>true</c> for multiples of 60,000 from 60,000 to 3,600,000.</returns>
    public static bool IsReportInterval(int ms)
    {
        return ms >= MinuteMs && ms <= 60 * MinuteMs && ms % MinuteMs == 0;
    }

    /// <summary>Names the first value that is out of its range or out of order.</summary>
    /// <returns>Its name on the wire, or <c>null</c> when all are valid.</returns>
    public string InvalidField()
    {
        if (Version < 0)
        {
            return "config_version";
        }

        if (!IsReportInterval(ReportIntervalMs))
        {
            return "report_interval_ms";
        }

        if (HeartbeatIntervalMs < MinHeartbeatIntervalMs || HeartbeatIntervalMs > MaxHeartbeatIntervalMs)
        {
            return "heartbeat_interval_ms";
        }

        if (WifiChannels.Length == 0 || WifiChannels.Length > MaxChannels)
        {
            return "wifi_channels";
        }

        for (int i = 0; i < WifiChannels.Length; i++)
        {
            if (WifiChannels[i] < 1 || WifiChannels[i] > 13)
            {
                return "wifi_channels";
            }
        }

        return Thresholds.InvalidField();
    }

    /// <summary>Tells whether all values are those of another.</summary>
    /// <param name="other">The other.</param>
    /// <returns><c>true</c> when putting it into force, and storing it, would change nothing.</returns>
    public bool IsSame(BoxConfig other)
    {
        bool isSame = Version == other.Version
            && ReportIntervalMs == other.ReportIntervalMs
            && HeartbeatIntervalMs == other.HeartbeatIntervalMs
            && GeolocationOnBoot == other.GeolocationOnBoot
            && WifiChannels.Length == other.WifiChannels.Length
            && Thresholds.IsSame(other.Thresholds);
        for (int i = 0; isSame && i < WifiChannels.Length; i++)
        {
            isSame = WifiChannels[i] == other.WifiChannels[i];
        }

        return isSame;
    }

    /// <summary>Takes over all values of another.</summary>
    /// <param name="other">The other.</param>
    public void CopyFrom(BoxConfig other)
    {
        Version = other.Version;
        ReportIntervalMs = other.ReportIntervalMs;
        HeartbeatIntervalMs = other.HeartbeatIntervalMs;
        GeolocationOnBoot = other.GeolocationOnBoot;
        Thresholds.CopyFrom(other.Thresholds);
        // An array of channels is replaced, never written to: it can be shared.
        WifiChannels = other.WifiChannels;
    }
}
