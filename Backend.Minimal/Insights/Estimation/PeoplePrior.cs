namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What is known about people and phones before anybody has counted at a place: a few numbers, learned from a public data set, 36 days of
/// 5-minute counts of one room in Brno and the people in it, October 2022 to December 2023 (at most 24 at once; docs/counting.md names
/// it). <c>tools/CountingTruth --learn</c> prints those that are measured. They are taken for one place among many: widths are such that
/// a dozen counts at another spot outweigh them.
/// </summary>
internal static class PeoplePrior
{
    /// <summary>People at the level of <see cref="AnchorLevel"/>, median over the shapes.</summary>
    public const double AnchorPeople = 11;

    /// <summary>Devices a minute above the baseline, all of far counted, when so many people were there.</summary>
    public const double AnchorLevel = 5.6;

    /// <summary>
    /// Width of the scale's prior, natural logarithm: from half to double for two of three places. Where a room's walls, phones and
    /// thresholds differ more, counts soon say so: the tails are those of Student's t with <see cref="ScaleFreedom"/> degrees of freedom.
    /// </summary>
    public const double ScaleWidth = 0.7;

    /// <summary>Degrees of freedom of the scale's prior.</summary>
    public const double ScaleFreedom = 4;

    /// <summary>
    /// Median of the mean stay before anything is known of it, hours, and the width of its logarithm: a kiosk to a cinema.
    /// </summary>
    public const double StayHours = 0.4;

    /// <summary>Width of the stay's logarithm.</summary>
    public const double StayWidth = 1;

    /// <summary>Width of the logarithm of a stay that the owner has set.</summary>
    public const double SetStayWidth = 0.2;

    /// <summary>Part of the variance of an error that two slots of a day share however far apart: measured.</summary>
    public const double SameDayCorrelation = 0.15;

    /// <summary>Part of it that two days share beyond the curve's own error: measured.</summary>
    public const double OtherDayCorrelation = 0.05;

    /// <summary>Minutes in which the rest of it falls to 1/e: measured.</summary>
    public const double CorrelationMinutes = 22;

    /// <summary>So many counts weigh the errors' prior.</summary>
    public const double ErrorCounts = 10;

    /// <summary>Windows for now.</summary>
    public static IReadOnlyList<(SignalWindow Value, double Weight)> Trailing { get; } =
        [(new(5, 0), 0.3), (new(15, 0), 0.5), (new(30, 0), 0.2)];

    /// <summary>Windows for history.</summary>
    public static IReadOnlyList<(SignalWindow Value, double Weight)> Centred { get; } =
        [(new(5, 0), 0.3), (new(10, 5), 0.5), (new(15, 10), 0.2)];

    /// <summary>Gates.</summary>
    public static IReadOnlyList<(SignalGate Value, double Weight)> Gates { get; } =
        [(SignalGate.Far, 0.45), (SignalGate.HalfFar, 0.45), (SignalGate.Near, 0.1)];

    /// <summary>Powers: below 1, since a phone hides others, and a full room is not louder in proportion.</summary>
    public static IReadOnlyList<(double Value, double Weight)> Powers { get; } =
        [(0.3, 0.2), (0.4, 0.25), (0.5, 0.2), (0.65, 0.15), (0.8, 0.1), (1, 0.1)];

    /// <summary>Offsets, devices a minute.</summary>
    public static IReadOnlyList<(double Value, double Weight)> Offsets { get; } =
        [(0, 0.15), (0.3, 0.1), (0.6, 0.15), (1, 0.2), (1.5, 0.2), (2.2, 0.1), (3.3, 0.05), (5, 0.03), (8, 0.02)];

    /// <summary>Errors by height: measured, on days that the fit had not seen.</summary>
    public static IReadOnlyList<ErrorBand> Errors { get; } =
        [new(0, -0.3, 0.3, 0.05), new(0.5, -1.5, 2, 0), new(3, -1.8, 1.8, 0), new(8, -1.6, 1.4, 0)];

    /// <summary>Part of the far zone that a typical room adds to a gate's level, relative to <see cref="SignalGate.Far"/>.</summary>
    public static double LevelShare(SignalGate gate) => gate switch
    {
        SignalGate.Far => 1,
        SignalGate.HalfFar => 0.7,
        _ => 0.4,
    };

    /// <summary>
    /// Natural logarithm of the scale that a shape has by the anchor. An offset that leaves little of it is one of a louder spot, where as
    /// much again is heard of the people.
    /// </summary>
    public static double LogScale(SignalGate gate, double offset, double power)
    {
        double level = Math.Max((AnchorLevel * LevelShare(gate)) - offset, offset);
        return Math.Log(AnchorPeople) - (power * Math.Log(level));
    }
}
