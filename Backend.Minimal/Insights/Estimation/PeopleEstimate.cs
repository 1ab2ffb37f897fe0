namespace JamBox.Backend.Insights.Estimation;

/// <summary>People present in one slot of 5 minutes.</summary>
/// <param name="StartMs">Begin of the slot, milliseconds since 1970.</param>
/// <param name="People">How many, staff too; null = no figure: less than half of the time was listened to.</param>
/// <param name="Coverage">Share of the slot that was listened to, 0 to 1.</param>
internal readonly record struct PeopleEstimate(long StartMs, PeopleRange? People, double Coverage);

/// <summary>A stretch of time (an hour, a day's opening hours, a week's).</summary>
/// <param name="FromMs">Begin, milliseconds since 1970.</param>
/// <param name="ToMs">End, exclusive.</param>
/// <param name="Hours">Its length in hours (for sums: of all parts).</param>
/// <param name="Coverage">Share that was listened to, 0 to 1.</param>
/// <param name="Present">Mean number of people present, staff too; null = no figure (coverage below half).</param>
/// <param name="Guests">The same without the usual staff.</param>
/// <param name="Peak">The most present in a slot, and when it began; null = no figure.</param>
internal sealed record SpanEstimate(
    long FromMs, long ToMs, double Hours, double Coverage, PeopleRange? Present, PeopleRange? Guests, PeopleEstimate? Peak)
{
    /// <summary>Person-hours of guests: what visitors are reckoned from.</summary>
    public PeopleRange? PersonHours => Guests?.Times(Hours);
}
