namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What the ends of a range are made of, people from the value to an end: what the curve may be off, the same way in all slots, and what
/// the slot or stretch itself may be. The two are independent of each other.
/// </summary>
/// <param name="CurveBelow">By the curve, downward.</param>
/// <param name="CurveAbove">By the curve, upward.</param>
/// <param name="OwnBelow">The slot's own, downward.</param>
/// <param name="OwnAbove">The slot's own, upward.</param>
internal readonly record struct RangeParts(double CurveBelow, double CurveAbove, double OwnBelow, double OwnAbove)
{
    /// <summary>The range about a value.</summary>
    public PeopleRange Around(double value) => new(
        Math.Max(0, value - Math.Sqrt((CurveBelow * CurveBelow) + (OwnBelow * OwnBelow))),
        value,
        value + Math.Sqrt((CurveAbove * CurveAbove) + (OwnAbove * OwnAbove)));

    /// <summary>All four times a factor ≥ 0.</summary>
    public RangeParts Times(double factor) => new(CurveBelow * factor, CurveAbove * factor, OwnBelow * factor, OwnAbove * factor);
}

/// <summary>People present in one slot of 5 minutes.</summary>
/// <param name="StartMs">Begin of the slot, milliseconds since 1970.</param>
/// <param name="People">How many, staff too; null = no figure: less than half of the time was listened to.</param>
/// <param name="Coverage">Share of the slot that was listened to, 0 to 1.</param>
internal readonly record struct PeopleEstimate(long StartMs, PeopleRange? People, double Coverage)
{
    /// <summary>What the ends of the range are made of.</summary>
    public RangeParts Parts { get; init; }

    /// <summary>What is added to the value where slots are summed: the value of one is nearer a median than a mean.</summary>
    public double MeanError { get; init; }
}

/// <summary>A stretch of time (an hour, a day's opening hours, a week's).</summary>
/// <param name="FromMs">Begin, milliseconds since 1970.</param>
/// <param name="ToMs">End, exclusive.</param>
/// <param name="Hours">Its length in hours, without what lies between its parts (closed hours).</param>
/// <param name="Coverage">Share of that which was listened to, 0 to 1.</param>
/// <param name="Present">Mean number of people present, staff too; null = no figure (coverage below half).</param>
/// <param name="Guests">The same without the usual staff.</param>
/// <param name="Peak">The most present in a slot, and when it began; null = no figure.</param>
internal sealed record SpanEstimate(
    long FromMs, long ToMs, double Hours, double Coverage, PeopleRange? Present, PeopleRange? Guests, PeopleEstimate? Peak)
{
    /// <summary>What the ends of <see cref="Present"/> are made of.</summary>
    public RangeParts Parts { get; init; }

    /// <summary>Usual staff, the mean over the stretch.</summary>
    public double Staff { get; init; }

    /// <summary>Person-hours of guests: what visitors are reckoned from.</summary>
    public PeopleRange? PersonHours => Guests?.Times(Hours);

    /// <summary>The same with ranges so many times as wide.</summary>
    public SpanEstimate Widened(double width)
    {
        RangeParts parts = Parts.Times(width);
        return width == 1 || Present is not { } present || Guests is not { } guests
            ? this
            : this with { Parts = parts, Present = parts.Around(present.Value), Guests = parts.Around(guests.Value) };
    }
}

/// <summary>A day whose visitors are wanted, with others.</summary>
/// <param name="Estimator">Its own model.</param>
/// <param name="Span">The day.</param>
/// <param name="Width">Its range is so many times as wide as the model says.</param>
internal readonly record struct VisitorDay(PeopleEstimator Estimator, SpanEstimate Span, double Width);
