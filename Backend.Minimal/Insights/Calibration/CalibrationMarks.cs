using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>Why a calibration no longer fits.</summary>
internal enum StaleReason
{
    /// <summary>A box of the place was moved away, or one came.</summary>
    Moved,

    /// <summary>Another box took the place of one.</summary>
    Replaced,

    /// <summary>Another place was merged into this one.</summary>
    Merged,

    /// <summary>The level changed at once, by day: phones behave otherwise, or the antenna.</summary>
    Level,

    /// <summary>What is heard while the place is closed changed: the box was moved within the place, or new devices stand there.</summary>
    Nights,

    /// <summary>Nothing was counted in opening hours though the box was online.</summary>
    Silent,

    /// <summary>Thresholds or channels of the box were changed.</summary>
    Settings,

    /// <summary>Somebody said so.</summary>
    Manual,
}

/// <summary>Marks calibrations as stale, and takes that back.</summary>
internal static class CalibrationMarks
{
    /// <summary>
    /// Marks the calibration of a place as stale: counts before <paramref name="at"/> no longer count, and until 4 new ones have been made its
    /// figures say so. Does nothing where there are no counts, or none since it last became stale. With its line in the audit log.
    /// </summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="placeId">The place.</param>
    /// <param name="at">Since when it no longer fits, milliseconds since 1970; not later than <paramref name="now"/>.</param>
    /// <param name="reason">Why.</param>
    /// <param name="detail">The same as a sentence for the owner, at most 200 characters: "On 12 November the level jumped."</param>
    /// <param name="who">For the audit log: name of the caller or of the job.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>Whether it was marked.</returns>
    public static bool MarkStale(
        SqlSession session, long placeId, long at, StaleReason reason, string detail, string who, long now) =>
        throw new NotImplementedException($"{session} {placeId} {at} {reason} {detail} {who} {now}");
}
