using System.Globalization;

namespace JamBox.Backend.Devices;

/// <summary>What a device's silence says: WIRE.md "Device state".</summary>
internal static class DeviceState
{
    /// <summary>Report intervals of silence that are still online.</summary>
    public const int OnlineIntervals = 3;

    /// <summary>Silence after which it is offline, ms.</summary>
    public const long OfflineMs = 24 * 60 * 60 * 1000L;

    /// <summary>online, warning, offline or new.</summary>
    /// <param name="lastSeenAt">When it last spoke, milliseconds since 1970; null = never.</param>
    /// <param name="reportIntervalMs">Its report interval.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static string Of(long? lastSeenAt, int reportIntervalMs, long now) =>
        lastSeenAt is not { } seen ? "new"
        : now - seen <= OnlineIntervals * (long)reportIntervalMs ? "online"
        : now - seen <= OfflineMs ? "warning"
        : "offline";

    /// <summary>How long ago, in words: Just now, 5 min ago, 3 hours ago, 2 days ago, Never.</summary>
    public static string Ago(long? lastSeenAt, long now)
    {
        if (lastSeenAt is not { } seen)
        {
            return "Never";
        }

        long seconds = Math.Max(0, now - seen) / 1000;
        return seconds switch
        {
            < 60 => "Just now",
            < 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min ago"),
            < 86_400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600} hours ago"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400} days ago"),
        };
    }
}
