namespace JamBox.CountingTruth;

/// <summary>
/// The backend's own: <see cref="ModelFit"/> and <see cref="PeopleEstimator"/>, with trailing windows as for the number of now, and with
/// centred ones as for history.
/// </summary>
internal sealed class OurEstimator : IEstimator
{
    /// <summary>Which of <see cref="Names"/> is history.</summary>
    public const int History = 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => ["ours, now (trailing)", "ours, history (centred)"];

    /// <inheritdoc/>
    public void Run(Spot spot, IReadOnlyList<TruthRow> counted, IEnumerable<TruthDay> days, IReadOnlyList<Score> scores)
    {
        PeopleEstimator estimator = new(spot.Fit(counted), [spot.Signal]);
        foreach (TruthDay day in days)
        {
            scores[0].Add(day, estimator, startMs => estimator.Trail(startMs, startMs + BoxSignal.SlotMs)[0]);
            scores[History].Add(day, estimator, startMs => estimator.History(startMs, startMs + BoxSignal.SlotMs)[0]);
        }
    }
}
