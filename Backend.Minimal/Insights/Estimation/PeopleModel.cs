namespace JamBox.Backend.Insights.Estimation;

/// <summary>Over which time the level is taken: from so long before the end of a slot to so long after it.</summary>
/// <param name="BackMinutes">Minutes before the end of the slot, 5 to 30.</param>
/// <param name="AheadMinutes">Minutes after it, 0 to 15.</param>
internal readonly record struct SignalWindow(int BackMinutes, int AheadMinutes);

/// <summary>One monotone shape: people = <see cref="Scale"/> · level^<see cref="Power"/>.</summary>
/// <param name="Gate">Which device-minutes.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Power">0.4 to 1.</param>
/// <param name="Scale">People at one device a minute, > 0.</param>
/// <param name="Weight">Its part in the mixture, 0 to 1; those of a curve add up to 1.</param>
internal readonly record struct ModelShape(SignalGate Gate, SignalWindow Window, double Power, double Scale, double Weight);

/// <summary>
/// What turns the level of a place into people, with its error: a few numbers, kept as JSON in versions so that yesterday's number does
/// not change silently. Made by <see cref="ModelFit"/>.
/// </summary>
internal sealed class PeopleModel
{
    /// <summary>Version of the JSON; one that is not known is refused.</summary>
    public const int FormatVersion = 1;

    /// <summary>How far the counts go.</summary>
    public required CalibrationState State { get; init; }

    /// <summary>Counts that it rests on.</summary>
    public required int Counts { get; init; }

    /// <summary>Of them, present counts.</summary>
    public required int PresentCounts { get; init; }

    /// <summary>Days of the place's calendar on which they were made.</summary>
    public required int CountDays { get; init; }

    /// <summary>The boxes of the place with their baselines.</summary>
    public required IReadOnlyList<PlaceBox> Boxes { get; init; }

    /// <summary>Trailing windows: for now.</summary>
    public required IReadOnlyList<ModelShape> Now { get; init; }

    /// <summary>Centred windows: for history.</summary>
    public required IReadOnlyList<ModelShape> History { get; init; }

    /// <summary>
    /// Mean stay in hours with its range; null = cannot be known: neither set by the owner nor found from both kinds of counts
    /// (four of each), and then there are no visitors, only people present.
    /// </summary>
    public required PeopleRange? MeanStayHours { get; init; }

    /// <summary>Writes it as JSON, at most 16 KB.</summary>
    public string ToJson() => throw new NotImplementedException();

    /// <summary>Reads it; every number is checked against its bounds.</summary>
    /// <param name="json">The text.</param>
    /// <param name="fault">What is wrong with it, or null.</param>
    public static PeopleModel? Read(string json, out string? fault) => throw new NotImplementedException();
}
