namespace JamBox.Backend.Insights.Estimation;

/// <summary>A box in the model of its place.</summary>
/// <param name="Box">Device id.</param>
/// <param name="Baseline">What is subtracted from what it hears.</param>
/// <param name="Share">
/// Its usual part of what all boxes of the place hear together, 0 to 1: for the time in which it is deaf. Of one box: 1.
/// </param>
internal sealed record PlaceBox(string Box, Baseline Baseline, double Share)
{
    /// <summary>The least share, so that a box which usually hears nothing cannot stand for a whole place.</summary>
    public const double LeastShare = 0.02;
}

/// <summary>
/// What a place hears: the sum over its boxes of (level − baseline), never below 0. Where some of them do not listen, those that do stand
/// for them by their usual shares; where these make up less than half, nothing is known. A box whose baseline is not known yet would add
/// all of its noise as if it were people: it is left out where one with a baseline stands beside it.
/// </summary>
internal sealed class PlaceSignal
{
    /// <summary>Below this share of listening there is no figure.</summary>
    public const double LeastCoverage = 0.5;

    private readonly PlaceBox[] _bySignal;

    /// <summary>Puts boxes together.</summary>
    /// <param name="signals">What each box heard.</param>
    /// <param name="boxes">Baselines and shares; a box that is not in it has no baseline, and the mean share.</param>
    public PlaceSignal(IReadOnlyList<BoxSignal> signals, IReadOnlyList<PlaceBox> boxes)
    {
        Signals = signals;
        double mean = boxes.Count == 0 ? 1 : boxes.Average(box => box.Share);
        _bySignal =
        [
            .. signals.Select(signal =>
                boxes.FirstOrDefault(box => box.Box == signal.Box) ?? new PlaceBox(signal.Box, Baseline.None, mean)),
        ];
    }

    /// <summary>The boxes.</summary>
    public IReadOnlyList<BoxSignal> Signals { get; }

    /// <summary>Share of a time that was listened to, weighted by the boxes' shares, 0 to 1.</summary>
    public double Coverage(long fromMs, long toMs)
    {
        double wanted = 0;
        double listened = 0;
        bool isAnyKnown = IsAnyKnown(fromMs, toMs);
        for (int index = 0; index < Signals.Count; index++)
        {
            if (!IsLeftOut(index, isAnyKnown) && Signals[index].Coverage(fromMs, toMs) is double coverage)
            {
                wanted += _bySignal[index].Share;
                listened += _bySignal[index].Share * coverage;
            }
        }

        return wanted > 0 ? listened / wanted : 0;
    }

    /// <summary>
    /// Devices a minute above the baselines in a time; null where boxes that make up less than <see cref="LeastCoverage"/> were listening
    /// at all.
    /// </summary>
    public double? Level(SignalGate gate, long fromMs, long toMs)
    {
        double wanted = 0;
        double heard = 0;
        double level = 0;
        bool isAnyKnown = IsAnyKnown(fromMs, toMs);
        for (int index = 0; index < Signals.Count; index++)
        {
            if (IsLeftOut(index, isAnyKnown) || !Signals[index].IsWanted(fromMs, toMs))
            {
                continue;
            }

            PlaceBox box = _bySignal[index];
            wanted += box.Share;
            if (Signals[index].Rate(gate, fromMs, toMs) is double rate)
            {
                heard += box.Share;
                level += Math.Max(0, rate - box.Baseline.Of(gate));
            }
        }

        return heard <= 0 || heard < wanted * LeastCoverage ? null : level * wanted / heard;
    }

    /// <summary>
    /// The boxes of a place with their shares, from the time in which all that were wanted listened; equal where there was none.
    /// </summary>
    public static IReadOnlyList<PlaceBox> Boxes(IReadOnlyList<BoxSignal> signals, IReadOnlyDictionary<string, Baseline> baselines)
    {
        Baseline[] levels = [.. signals.Select(signal => baselines.GetValueOrDefault(signal.Box))];
        double[] sums = new double[signals.Count];
        long from = signals.Count == 0 ? 0 : signals.Max(signal => signal.FromMs);
        long to = signals.Count == 0 ? 0 : signals.Min(signal => signal.ToMs);
        for (long slotMs = from; signals.Count > 1 && slotMs < to; slotMs += BoxSignal.SlotMs)
        {
            double?[] rates = [.. signals.Select(signal => signal.Rate(SignalGate.Far, slotMs, slotMs + BoxSignal.SlotMs))];
            if (rates.All(rate => rate is not null))
            {
                for (int index = 0; index < rates.Length; index++)
                {
                    sums[index] += Math.Max(0, rates[index]!.Value - levels[index].Far);
                }
            }
        }

        double total = sums.Sum();
        return
        [
            .. signals.Select((signal, index) => new PlaceBox(
                signal.Box,
                levels[index],
                total <= 0 ? 1.0 / signals.Count : Math.Max(PlaceBox.LeastShare, sums[index] / total))),
        ];
    }

    /// <summary>Whether a box with a baseline stands there in a time; of one box nobody asks.</summary>
    private bool IsAnyKnown(long fromMs, long toMs)
    {
        for (int index = 0; Signals.Count > 1 && index < Signals.Count; index++)
        {
            if (_bySignal[index].Baseline.Samples > 0 && Signals[index].IsWanted(fromMs, toMs))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsLeftOut(int index, bool isAnyKnown) => isAnyKnown && _bySignal[index].Baseline.Samples == 0;
}
