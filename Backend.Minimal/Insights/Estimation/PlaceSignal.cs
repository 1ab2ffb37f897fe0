namespace JamBox.Backend.Insights.Estimation;

/// <summary>A box in the model of its place.</summary>
/// <param name="Box">Device id.</param>
/// <param name="Baseline">What is subtracted from what it hears.</param>
/// <param name="Share">
/// Its usual part of what all boxes of the place hear together, 0 to 1: for the time in which it is deaf. Of one box: 1.
/// </param>
internal sealed record PlaceBox(string Box, Baseline Baseline, double Share);

/// <summary>
/// What a place hears: the sum over its boxes of (level − baseline), never below 0. Where some of them do not listen, those that do stand
/// for them by their usual shares; where these make up less than half, nothing is known.
/// </summary>
/// <param name="signals">What each box heard.</param>
/// <param name="boxes">Baselines and shares; a box that is not in it has no baseline, and the mean share.</param>
internal sealed class PlaceSignal(IReadOnlyList<BoxSignal> signals, IReadOnlyList<PlaceBox> boxes)
{
    /// <summary>Below this share of listening there is no figure.</summary>
    public const double LeastCoverage = 0.5;

    /// <summary>The boxes.</summary>
    public IReadOnlyList<BoxSignal> Signals => signals;

    /// <summary>Baselines and shares.</summary>
    public IReadOnlyList<PlaceBox> Boxes => boxes;

    /// <summary>Share of a time that was listened to, weighted by the boxes' shares, 0 to 1.</summary>
    public double Coverage(long fromMs, long toMs) => throw new NotImplementedException();

    /// <summary>Devices a minute above the baselines in a time; null where coverage is below <see cref="LeastCoverage"/>.</summary>
    public double? Level(SignalGate gate, long fromMs, long toMs) => throw new NotImplementedException();
}
