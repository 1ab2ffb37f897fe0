using NodaTime;

namespace JamBox.Backend.Insights.Estimation;

/// <summary>What a model is made from.</summary>
internal sealed class FitInput
{
    /// <summary>What the boxes of the place heard around the counts (and, for the boxes' shares, some weeks of it).</summary>
    public required IReadOnlyList<BoxSignal> Signals { get; init; }

    /// <summary>Baseline of each box, by device id; a box without one has none.</summary>
    public required IReadOnlyDictionary<string, Baseline> Baselines { get; init; }

    /// <summary>The counts; those where nothing was listened to are left out.</summary>
    public required IReadOnlyList<CalibrationCount> Counts { get; init; }

    /// <summary>Time zone of the place: counts are on days.</summary>
    public required DateTimeZone Zone { get; init; }

    /// <summary>Mean stay set by the owner, hours, 0.01 to 24; null = found, where it can be.</summary>
    public double? MeanStayHours { get; init; }
}

/// <summary>Makes the model of a place from counts by hand. Pure: the same input gives the same model. Below 1 s for 50 counts.</summary>
internal static class ModelFit
{
    /// <summary>Counts from which on the number has a width.</summary>
    public const int LeastCounts = 4;

    /// <summary>Counts from which on it is called calibrated, on <see cref="CalibratedDays"/>.</summary>
    public const int CalibratedCounts = 12;

    /// <summary>Days from which on it is called calibrated.</summary>
    public const int CalibratedDays = 3;

    /// <summary>Fits a model. Without counts it is what is known in general: <see cref="CalibrationState.None"/>, ranges very wide.</summary>
    public static PeopleModel Fit(FitInput input) => throw new NotImplementedException();
}
