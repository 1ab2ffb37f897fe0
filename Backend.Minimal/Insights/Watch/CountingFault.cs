using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Notifications;

namespace JamBox.Backend.Insights.Watch;

/// <summary>What is odd about the counts of a box.</summary>
/// <param name="Type">The kind of alert: one of <see cref="All"/>.</param>
/// <param name="Since">Since when, milliseconds since 1970.</param>
/// <param name="Stale">Why the calibration of the place no longer fits.</param>
/// <param name="Reason">What it may come from, for the owner, after "since …": no time stands in it.</param>
internal sealed record CountingFault(string Type, long Since, StaleReason Stale, string Reason)
{
    /// <summary>Nothing is counted in opening hours though the box is online.</summary>
    public const string NoCounts = AlertType.NoCounts;

    /// <summary>Counts at night as by day.</summary>
    public const string NightCounts = AlertType.NightCounts;

    /// <summary>Counts have another level.</summary>
    public const string LevelChanged = AlertType.LevelChanged;

    /// <summary>All of them.</summary>
    public static readonly string[] All = [NoCounts, NightCounts, LevelChanged];
}

/// <summary>What the watch says of one kind of fault.</summary>
/// <param name="IsKnown">Whether there is enough to say anything; a box that was off is neither well nor ill.</param>
/// <param name="Fault">The fault; null = none.</param>
internal readonly record struct CountingVerdict(bool IsKnown, CountingFault? Fault)
{
    /// <summary>Too little to say, or too mixed.</summary>
    public static readonly CountingVerdict Unknown;

    /// <summary>All is well.</summary>
    public static readonly CountingVerdict Fine = new(true, null);

    /// <summary>There is a fault.</summary>
    public static CountingVerdict Of(CountingFault fault) => new(true, fault);
}
