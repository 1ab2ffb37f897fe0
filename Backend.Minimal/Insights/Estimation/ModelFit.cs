using NodaTime;

namespace JamBox.Backend.Insights.Estimation;

/// <summary>What a model is made from.</summary>
internal sealed class FitInput
{
    /// <summary>What the boxes of the place heard around the counts (and, for the boxes' shares, some weeks of it).</summary>
    public required IReadOnlyList<BoxSignal> Signals { get; init; }

    /// <summary>Baseline of each box, by device id; a box without one has none.</summary>
    public required IReadOnlyDictionary<string, Baseline> Baselines { get; init; }

    /// <summary>The counts; those during which less than half was listened to are left out.</summary>
    public required IReadOnlyList<CalibrationCount> Counts { get; init; }

    /// <summary>Time zone of the place: counts are on days.</summary>
    public required DateTimeZone Zone { get; init; }

    /// <summary>Mean stay set by the owner, hours, 0.01 to 24; null = found, where it can be.</summary>
    public double? MeanStayHours { get; init; }
}

/// <summary>
/// Makes the model of a place from counts by hand. Pure: the same input gives the same model. Below 1 s for 50 counts.
/// </summary>
internal static class ModelFit
{
    /// <summary>Counts from which on the number has a width; of each kind for what needs that kind.</summary>
    public const int LeastCounts = 4;

    /// <summary>Counts from which on it is called calibrated, on <see cref="CalibratedDays"/>.</summary>
    public const int CalibratedCounts = 12;

    /// <summary>Days from which on it is called calibrated.</summary>
    public const int CalibratedDays = 3;

    /// <summary>
    /// The most counts of a fit: of more, some are left out, evenly over time. Neighbours in time hardly add to each other.
    /// </summary>
    public const int MostCounts = 600;

    /// <summary>
    /// Fits a model. Without counts it is what is known in general: <see cref="CalibrationState.None"/>, ranges very wide.
    /// </summary>
    public static PeopleModel Fit(FitInput input)
    {
        IReadOnlyList<PlaceBox> boxes = PlaceSignal.Boxes(input.Signals, input.Baselines);
        PlaceSignal place = new(input.Signals, boxes);
        List<Observation> observations = Observe(input, place);
        int present = observations.Count(one => one.Count.Kind == CalibrationKind.Present);
        int doors = observations.Count - present;
        int days = observations.Select(one => one.Day).Distinct().Count();
        CurveFit history = new(place, observations, PeoplePrior.Centred, input.MeanStayHours);
        CurveFit now = new(place, observations, PeoplePrior.Trailing, input.MeanStayHours);
        (double logStay, double stayError, double visitorError) = history.Stay();
        bool isStayKnown = input.MeanStayHours is not null || (present >= LeastCounts && doors >= LeastCounts);
        return new PeopleModel
        {
            State = State(observations.Count, days),
            PresentCounts = present,
            DoorCounts = doors,
            CountDays = days,
            Boxes = boxes,
            Now = now.Curve(),
            History = history.Curve(),
            StayHours = Math.Exp(logStay),
            StayError = stayError,
            VisitorError = visitorError,
            IsStayKnown = isStayKnown,
            AreVisitorsKnown = isStayKnown || doors >= LeastCounts,
        };
    }

    private static CalibrationState State(int counts, int days) =>
        counts < LeastCounts ? CalibrationState.None
        : counts >= CalibratedCounts && days >= CalibratedDays ? CalibrationState.Calibrated
        : CalibrationState.Few;

    private static List<Observation> Observe(FitInput input, PlaceSignal place)
    {
        List<Observation> observations = [];
        foreach (CalibrationCount count in input.Counts.OrderBy(count => count.AtMs).ThenBy(count => count.Kind)
            .ThenBy(count => count.Number))
        {
            long first = BoxSignal.Floor(count.AtMs);
            long last = count.Kind == CalibrationKind.Door ? BoxSignal.Floor(count.AtMs + (count.Minutes * 60_000L) - 1) : first;
            if (place.Coverage(first, last + BoxSignal.SlotMs) >= PlaceSignal.LeastCoverage)
            {
                long[] slots = [.. Range(first, last).Where(slotMs => place.Coverage(slotMs, slotMs + BoxSignal.SlotMs) > 0)];
                int day = Instant.FromUnixTimeMilliseconds(count.AtMs).InZone(input.Zone).Date.ToDateOnly().DayNumber;
                observations.Add(new Observation(count, day, slots));
            }
        }

        return observations.Count <= MostCounts
            ? observations
            : [.. Enumerable.Range(0, MostCounts).Select(index => observations[index * observations.Count / MostCounts])];
    }

    private static IEnumerable<long> Range(long first, long last)
    {
        for (long slotMs = first; slotMs <= last; slotMs += BoxSignal.SlotMs)
        {
            yield return slotMs;
        }
    }
}
