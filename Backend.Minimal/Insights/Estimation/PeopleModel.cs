namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What turns the level of a place into people, with its error: a few numbers, kept as JSON in versions so that yesterday's number does
/// not change silently. Made by <see cref="ModelFit"/>.
/// </summary>
internal sealed class PeopleModel
{
    /// <summary>Version of the JSON; one that is not known is refused.</summary>
    public const int FormatVersion = 1;

    /// <summary>The longest JSON, characters.</summary>
    public const int MostCharacters = 65_536;

    /// <summary>Boxes of one place.</summary>
    public const int MostBoxes = 64;

    /// <summary>How far the counts go.</summary>
    public required CalibrationState State { get; init; }

    /// <summary>Counts that it rests on.</summary>
    public int Counts => PresentCounts + DoorCounts;

    /// <summary>Of them, present counts.</summary>
    public required int PresentCounts { get; init; }

    /// <summary>Of them, door counts.</summary>
    public required int DoorCounts { get; init; }

    /// <summary>Days of the place's calendar on which they were made.</summary>
    public required int CountDays { get; init; }

    /// <summary>The boxes of the place with their baselines.</summary>
    public required IReadOnlyList<PlaceBox> Boxes { get; init; }

    /// <summary>Trailing windows: for now.</summary>
    public required ModelCurve Now { get; init; }

    /// <summary>Centred windows: for history.</summary>
    public required ModelCurve History { get; init; }

    /// <summary>Best guess of the mean stay, hours, known or not: person-hours divided by it are visitors. 0.001 to 1,000.</summary>
    public required double StayHours { get; init; }

    /// <summary>Standard deviation of its natural logarithm.</summary>
    public required double StayError { get; init; }

    /// <summary>
    /// The same of visitors at a usual level, as far as curve and stay make it together: door counts alone make visitors known well,
    /// though neither people present nor their stay.
    /// </summary>
    public required double VisitorError { get; init; }

    /// <summary>Whether the stay can be told: set by the owner, or found from four counts of each kind.</summary>
    public required bool IsStayKnown { get; init; }

    /// <summary>Whether visitors can be told: the stay is known, or four doors have been counted.</summary>
    public required bool AreVisitorsKnown { get; init; }

    /// <summary>Mean stay in hours with its range; null = cannot be told.</summary>
    public PeopleRange? MeanStayHours
    {
        get
        {
            double factor = Math.Exp(ModelError.Normal80 * StayError);
            return IsStayKnown ? new PeopleRange(StayHours / factor, StayHours, StayHours * factor) : null;
        }
    }

    /// <summary>Writes it as JSON.</summary>
    public string ToJson() => PeopleModelJson.Write(this);

    /// <summary>Reads it; every number is checked against its bounds.</summary>
    /// <param name="json">The text.</param>
    /// <param name="fault">What is wrong with it, or null.</param>
    public static PeopleModel? Read(string json, out string? fault) => PeopleModelJson.Read(json, out fault);
}
