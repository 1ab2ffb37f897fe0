namespace JamBox.Backend.Insights.Estimation;

/// <summary>Applies a model to what a place heard. A day of one place takes well below 1 ms.</summary>
/// <param name="model">The model.</param>
/// <param name="signals">
/// What the boxes heard; from half an hour before the time that is asked for to half an hour after it, where that exists.
/// </param>
internal sealed class PeopleEstimator(PeopleModel model, IReadOnlyList<BoxSignal> signals)
{
    /// <summary>How old the newest slot may be that is called now.</summary>
    public const long NowMs = 30 * 60_000L;

    /// <summary>What the place heard, with the model's baselines.</summary>
    public PlaceSignal Place { get; } = new(signals, model.Boxes);

    /// <summary>
    /// How many are there now: the last slot that has ended and was listened to, not older than <see cref="NowMs"/>, from what came before
    /// its end alone. Without one, the last slot, without a figure.
    /// </summary>
    public PeopleEstimate Now(long atMs)
    {
        long last = BoxSignal.Floor(atMs) - BoxSignal.SlotMs;
        for (long slotMs = last; slotMs + BoxSignal.SlotMs > atMs - NowMs; slotMs -= BoxSignal.SlotMs)
        {
            PeopleEstimate estimate = Estimate(model.Now, slotMs);
            if (estimate.People is not null)
            {
                return estimate;
            }
        }

        return Estimate(model.Now, last);
    }

    /// <summary>
    /// One estimate a slot of 5 minutes, from what was heard before and after. The last half hour before the end of the data rests on
    /// what there is, and may change a little.
    /// </summary>
    public PeopleEstimate[] History(long fromMs, long toMs) => Slots(model.History, fromMs, toMs);

    /// <summary>The estimate of <see cref="History"/> for one slot.</summary>
    /// <param name="slotMs">Its begin, a multiple of <see cref="BoxSignal.SlotMs"/>.</param>
    public PeopleEstimate HistoryAt(long slotMs) => Estimate(model.History, slotMs);

    /// <summary>One estimate a slot, each as <see cref="Now"/> would have given it.</summary>
    public PeopleEstimate[] Trail(long fromMs, long toMs) => Slots(model.Now, fromMs, toMs);

    /// <summary>
    /// Puts slots of one day together to a stretch (an hour, a day's opening hours). Errors of neighbouring slots go together and are
    /// added so, not as if they were independent.
    /// </summary>
    /// <param name="slots">Slots of <see cref="History"/> in order; may have gaps (closed hours), which do not count as missing.</param>
    /// <param name="staff">Usual staff present at a slot's begin, people; null = none. Subtracted for <see
    /// cref="SpanEstimate.Guests"/>.</param>
    public SpanEstimate Span(ReadOnlySpan<PeopleEstimate> slots, Func<long, double>? staff = null)
    {
        if (slots.Length == 0)
        {
            return new SpanEstimate(0, 0, 0, 0, null, null, null);
        }

        SpanSum sum = new();
        foreach (ref readonly PeopleEstimate slot in slots)
        {
            sum.Add(slot, staff?.Invoke(slot.StartMs) ?? 0);
        }

        return sum.Result(slots[0].StartMs, slots[^1].StartMs + BoxSignal.SlotMs);
    }

    /// <summary>
    /// Puts stretches of different days together. Those without a figure leave <see cref="SpanEstimate.Hours"/> as they are and count by
    /// the mean of the others, as long as the others cover at least half of the time, and half of it was listened to.
    /// </summary>
    public SpanEstimate Sum(IReadOnlyList<SpanEstimate> spans)
    {
        double hours = spans.Sum(span => span.Hours);
        if (spans.Count == 0 || hours <= 0)
        {
            return new SpanEstimate(0, 0, 0, 0, null, null, null);
        }

        SpanEstimate[] known = [.. spans.Where(span => span.Present is not null)];
        double knownHours = known.Sum(span => span.Hours);
        double coverage = spans.Sum(span => span.Coverage * span.Hours) / hours;
        SpanEstimate none = new(spans[0].FromMs, spans[^1].ToMs, hours, coverage, null, null, null);
        if (knownHours < hours * PlaceSignal.LeastCoverage || coverage < PlaceSignal.LeastCoverage)
        {
            return none;
        }

        double Mean(Func<SpanEstimate, double> value) => known.Sum(span => value(span) * span.Hours) / knownHours;
        double Length(Func<SpanEstimate, double> error) =>
            ErrorCorrelation.SumOfDays(known.Select(span => error(span) * span.Hours)) / knownHours;
        double missing = SpanSum.Missing(knownHours / hours);
        RangeParts parts = new(
            Mean(span => span.Parts.CurveBelow),
            Mean(span => span.Parts.CurveAbove),
            Length(span => span.Parts.OwnBelow) * missing,
            Length(span => span.Parts.OwnAbove) * missing);
        return none with
        {
            Parts = parts,
            Staff = Mean(span => span.Staff),
            Peak = known.MaxBy(span => span.Peak?.People?.Value ?? 0)!.Peak,
            Present = parts.Around(Mean(span => span.Present!.Value.Value)),
            Guests = parts.Around(Mean(span => span.Guests!.Value.Value)),
        };
    }

    /// <summary>
    /// Visitors of a stretch: person-hours without staff / mean stay; null where these cannot be told or the stretch has no figure.
    /// </summary>
    public PeopleRange? Visitors(SpanEstimate span) =>
        ModelVisitors(span) is (double visitors, RangeParts parts) ? parts.Around(visitors) : null;

    /// <summary>
    /// Visitors of several days, each by its own model: what is not known of a curve and a stay goes together over the days. Days of which
    /// they cannot be told count by the mean of the others, as long as the others are at least half of the time; else null.
    /// </summary>
    public static PeopleRange? Visitors(IReadOnlyList<VisitorDay> days)
    {
        (double hours, double knownHours, double value, double curve) = (0, 0, 0, 0);
        List<double> below = [], above = [];
        foreach ((PeopleEstimator estimator, SpanEstimate span, double width) in days)
        {
            hours += span.Hours;
            if (estimator.ModelVisitors(span) is not (double visitors, RangeParts parts))
            {
                continue;
            }

            knownHours += span.Hours;
            value += visitors;
            curve += parts.CurveAbove * width;
            below.Add(parts.OwnBelow * width);
            above.Add(parts.OwnAbove * width);
        }

        if (knownHours <= 0 || knownHours < hours * PlaceSignal.LeastCoverage)
        {
            return null;
        }

        double missing = SpanSum.Missing(knownHours / hours);
        RangeParts all = new(curve, curve, ErrorCorrelation.SumOfDays(below) * missing, ErrorCorrelation.SumOfDays(above) * missing);
        return all.Around(value).Times(hours / knownHours);
    }

    /// <summary>Visitors of a stretch, and what the ends of their range are made of, in visitors; null as above.</summary>
    private (double Visitors, RangeParts Parts)? ModelVisitors(SpanEstimate span)
    {
        if (!model.AreVisitorsKnown || span.Guests is not PeopleRange guests)
        {
            return null;
        }

        // What is not known of the curve and of the stay is not known of their quotient as a whole: door counts measure that.
        double factor = span.Hours / model.StayHours, curve = ModelError.Normal80 * guests.Value * model.VisitorError;
        return (guests.Value * factor, (span.Parts with { CurveBelow = curve, CurveAbove = curve }).Times(factor));
    }

    private PeopleEstimate[] Slots(ModelCurve curve, long fromMs, long toMs)
    {
        long first = BoxSignal.Floor(fromMs);
        long count = Math.Max(0, (toMs - first + BoxSignal.SlotMs - 1) / BoxSignal.SlotMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, BoxSignal.MostSlots, nameof(toMs));
        PeopleEstimate[] slots = new PeopleEstimate[count];
        for (int index = 0; index < slots.Length; index++)
        {
            slots[index] = Estimate(curve, first + (index * BoxSignal.SlotMs));
        }

        return slots;
    }

    private PeopleEstimate Estimate(ModelCurve curve, long slotMs)
    {
        double coverage = Place.Coverage(slotMs, slotMs + BoxSignal.SlotMs);
        if (coverage < PlaceSignal.LeastCoverage || curve.Estimate(Place, slotMs) is not (double people, double curveError))
        {
            return new PeopleEstimate(slotMs, null, coverage);
        }

        ErrorBand band = curve.Band(people);
        double spread = ModelError.Spread(people);
        RangeParts parts = new(-band.Low * curveError, band.High * curveError, -band.Low * spread, band.High * spread);
        return new PeopleEstimate(slotMs, parts.Around(people), coverage) { Parts = parts, MeanError = band.Mean * spread };
    }
}
