namespace JamBox.CountingTruth;

/// <summary>One or several ways from counts of the radio to people, which learn together and are compared in the table.</summary>
internal interface IEstimator
{
    /// <summary>What they are called in the table.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Learns from the people in some of the five minutes, and is judged on days of which it has seen nothing.</summary>
    /// <param name="spot">The position.</param>
    /// <param name="counted">What it may learn from.</param>
    /// <param name="days">What it is judged on.</param>
    /// <param name="scores">Where that goes, in the order of the names.</param>
    void Run(Spot spot, IReadOnlyList<TruthRow> counted, IEnumerable<TruthDay> days, IReadOnlyList<Score> scores);
}
