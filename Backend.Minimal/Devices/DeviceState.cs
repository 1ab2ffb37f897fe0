using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Devices;

/// <summary>What a device's silence says: docs/wire.md.</summary>
internal static class DeviceState
{
    /// <summary>Report intervals of silence that are still online.</summary>
    public const int OnlineIntervals = 3;

    /// <summary>Silence after which it is offline, ms.</summary>
    public const long OfflineMs = 24 * 60 * 60 * 1000L;

    /// <summary>
    /// Silence of a thing or gateway that is still online, ms: they have no report interval of ours, and those that send heartbeats miss
    /// one now and then.
    /// </summary>
    public const long OtherOnlineMs = 15 * 60 * 1000L;

    /// <summary>online, warning, offline or new, of a device of any kind.</summary>
    /// <param name="kind">One of <see cref="DeviceKind"/>.</param>
    /// <param name="lastSeenAt">When it last spoke, milliseconds since 1970; null = never.</param>
    /// <param name="reportIntervalMs">The report interval of a box.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static string Of(string kind, long? lastSeenAt, int reportIntervalMs, long now) =>
        After(lastSeenAt, now, kind == DeviceKind.Box ? OnlineIntervals * (long)reportIntervalMs : OtherOnlineMs);

    /// <summary>online, warning, offline or new, of a box.</summary>
    /// <param name="lastSeenAt">When it last spoke, milliseconds since 1970; null = never.</param>
    /// <param name="reportIntervalMs">Its report interval.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static string Of(long? lastSeenAt, int reportIntervalMs, long now) =>
        After(lastSeenAt, now, OnlineIntervals * (long)reportIntervalMs);

    private static string After(long? lastSeenAt, long now, long onlineMs) =>
        lastSeenAt is not { } seen ? "new"
        : now - seen <= onlineMs ? "online"
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

/// <summary>Whether a caller may see a device.</summary>
internal static class DeviceAccess
{
    /// <summary>What is said of a device that does not exist, or is not the caller's.</summary>
    public static readonly Refusal Unknown = Refusal.NotFound("Device not found");

    /// <summary>What is said of a device that has ended: its history is kept, and nothing is changed any more.</summary>
    public static readonly Refusal Retired = Refusal.Conflict("This box is retired");

    /// <summary>
    /// Checks that a device exists and stands at a place of the caller's now; to others it does not exist. What is retired may be looked
    /// at, and not be worked on.
    /// </summary>
    /// <param name="http">The request; all but GET work on the device.</param>
    /// <param name="store">The storage.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="mayBeRetired">Whether the work is one on retired devices too: to take something from them.</param>
    /// <returns>404, 409, or null when all is well.</returns>
    public static async Task<ProblemHttpResult?> CheckAsync(HttpContext http, Store store, string deviceId, bool mayBeRetired = false)
    {
        if (!await store.ReadAsync((deviceId, Caller.Of(http).Scope), DeviceSql.IsVisible).ConfigureAwait(false))
        {
            return Unknown.ToProblem();
        }

        return mayBeRetired || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)
            ? null
            : (await store.ReadAsync(deviceId, Places.PlacementSql.FindFault).ConfigureAwait(false))?.ToProblem();
    }

    /// <summary>
    /// Checks that a device exists and stands or stood at a place of the caller's: then what it sent from there may be seen, and that
    /// alone.
    /// </summary>
    /// <returns>404, or null when all is well.</returns>
    public static async Task<ProblemHttpResult?> CheckHistoryAsync(HttpContext http, Store store, string deviceId) =>
        await store.ReadAsync((deviceId, Caller.Of(http).Scope), DeviceSql.WasVisible).ConfigureAwait(false) ? null : Unknown.ToProblem();
}
