using System.Numerics;

using JamBox.Backend.Devices;

namespace JamBox.Backend.Things;

/// <summary>Whether a thing or gateway is there, judged by what it last said.</summary>
internal static class ThingStatus
{
    /// <summary>It speaks.</summary>
    public const string Online = "online";

    /// <summary>It speaks, but too few of its heartbeats come.</summary>
    public const string Degraded = "degraded";

    /// <summary>It is silent.</summary>
    public const string Offline = "offline";

    /// <summary>It has never spoken.</summary>
    public const string Never = "never";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Online, Degraded, Offline, Never];

    /// <summary>One that sends heartbeats sends one so often, ms.</summary>
    public const long BeatMs = 60_000;

    /// <summary>
    /// Silence of one that sends heartbeats, and of a gateway, that is still online, ms: fifteen heartbeats lost in a row are no accident.
    /// </summary>
    public const long BeatingOfflineMs = 15 * BeatMs;

    /// <summary>One whose last heartbeat is older than this has left off sending any: its other words count then, ms.</summary>
    private const long NoLongerBeatingMs = 24 * 60 * BeatMs;

    /// <summary>Minutes over which heartbeats are counted.</summary>
    private const int HourMinutes = 60;

    /// <summary>Fewer than so many heartbeats due say nothing yet.</summary>
    private const int MinDue = 5;

    /// <summary>Per cent of the heartbeats due in the last hour that must have come.</summary>
    private const int EnoughPercent = 80;

    /// <summary>Judges.</summary>
    /// <param name="thing">What is known of its words.</param>
    /// <param name="offlineAfterMs">Silence after which one that sends no heartbeats is offline: <c>Telemetry:OfflineAfterSeconds</c>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static string Of(in ThingWords thing, long offlineAfterMs, long now)
    {
        if (thing.LastAt is not { } last)
        {
            return Never;
        }

        bool beats = thing.BeatAt is { } beat && now - beat <= NoLongerBeatingMs;
        long limit = beats || thing.Kind == DeviceKind.Gateway ? BeatingOfflineMs : offlineAfterMs;
        return now - last > limit ? Offline
            : beats && IsDegraded(thing, now) ? Degraded
            : Online;
    }

    /// <summary>The bits of the minutes in which heartbeats came, after one more.</summary>
    /// <param name="beats">The bits before; bit 0 is <paramref name="minute"/>.</param>
    /// <param name="minute">Minutes since 1970.</param>
    /// <param name="now">The minute of the new one.</param>
    public static long Add(long beats, long minute, long now)
    {
        long later = now - minute;
        return later >= 63 ? 1
            : later >= 0 ? ((beats << (int)later) | 1) & long.MaxValue

            // A clock that was set back: counted where it belongs, and nothing is forgotten.
            : -later < 63 ? beats | (1L << (int)-later)
            : beats;
    }

    private static bool IsDegraded(in ThingWords thing, long now)
    {
        // The minute that is under way is no one's fault yet.
        long lastWhole = (now / BeatMs) - 1;
        long ago = lastWhole - thing.BeatMinute;
        long first = (thing.BeatingSince ?? now) / BeatMs;
        long due = Math.Min(HourMinutes, lastWhole - first + 1);
        if (due < MinDue)
        {
            return false;
        }

        // Bits of the last hour, bit 0 = the last whole minute.
        long bits = ago >= 63 ? 0 : ago >= 0 ? thing.Beats << (int)ago : ago > -63 ? thing.Beats >> (int)-ago : 0;
        int came = BitOperations.PopCount((ulong)bits & ((1UL << HourMinutes) - 1));
        return came * 100 < due * EnoughPercent;
    }
}

/// <summary>When a device spoke.</summary>
/// <param name="Kind">One of <see cref="DeviceKind"/>.</param>
/// <param name="LastAt">Its last word, milliseconds since 1970; null = none yet.</param>
/// <param name="BeatAt">Its last heartbeat; null = none yet.</param>
/// <param name="BeatingSince">Its first heartbeat.</param>
/// <param name="BeatMinute">The minute of bit 0 of <paramref name="Beats"/>, since 1970.</param>
/// <param name="Beats">A bit a minute in which a heartbeat came.</param>
internal readonly record struct ThingWords(
    string Kind, long? LastAt, long? BeatAt, long? BeatingSince, long BeatMinute, long Beats);
