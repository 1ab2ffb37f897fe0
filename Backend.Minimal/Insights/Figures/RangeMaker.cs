using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Puts the answer for a range of days together.</summary>
internal sealed class RangeMaker
{
    private const long QuarterMs = SignalSql.QuarterMs;

    /// <summary>From the least sure on.</summary>
    private static readonly string[] s_states =
        [CertaintyState.Activity, CertaintyState.Stale, CertaintyState.Rough, CertaintyState.Calibrated];

    private readonly FigureMaker _maker;
    private readonly PlaceData _data;
    private readonly DayRange _days;
    private readonly FigureStep _step;
    private readonly Versus _versus;
    private readonly Basis _basis;
    private readonly EarlierDays _earlier;
    private readonly List<FigureRow> _rows = [];
    private readonly List<FigureRow> _hours = [];
    private readonly List<DayPart> _parts = [];
    private readonly bool _hasHours;

    /// <summary>Makes it.</summary>
    /// <param name="maker">Has read the days and those that they are compared with.</param>
    /// <param name="days">The days.</param>
    /// <param name="step">Length of the rows.</param>
    /// <param name="versus">What they are compared with.</param>
    /// <param name="hasHours">False = the busiest hour and busy hours are not wanted: places side by side show none.</param>
    public RangeMaker(FigureMaker maker, DayRange days, FigureStep step, Versus versus, bool hasHours = true)
    {
        _hasHours = hasHours;
        _maker = maker;
        _data = maker.Data;
        _days = days;
        _step = step;
        _versus = versus;
        List<DateOnly> all = [];
        for (DateOnly day = days.First; day <= days.Last; day = day.AddDays(1))
        {
            all.Add(day);
        }

        _basis = maker.BasisOf(days.Last);
        _earlier = new EarlierDays(maker, _basis, all, versus);
        foreach (DateOnly day in all)
        {
            AddDay(day);
        }
    }

    /// <summary>The answer.</summary>
    public PlaceRange Make()
    {
        Certainty certainty = Weakest();
        SpanEstimate? total = Total();
        Ranged? visitors = certainty.State == CertaintyState.Activity ? null : Visitors();
        RangeSums sums = _data.Sums ?? new RangeSums();
        AgainstUsual? against = _earlier.Against;
        return new PlaceRange(
            _data.Place.Id, _data.Place.Name, _data.Place.Timezone, FigureMaker.Text(_days.First), FigureMaker.Text(_days.Last),
            FigureMaker.Time(_parts[0].Slots.Start), FigureMaker.Time(_parts[^1].Slots.End), FigureMaker.Time(_data.Now),
            _step.ToString().ToLowerInvariant(), certainty, visitors, Missing(visitors, total, certainty),
            FigureMaker.Answer(total?.Present), FigureMaker.Answer(total?.PersonHours), _maker.StayOf(_days.Last), against,
            against is null && _versus == Versus.Usual ? UsualFrom() : null, _earlier.Then, Busiest(), sums.Zones, sums.Stays, sums.Phones,
            Quality(), [.. _parts.Select(part => _data.Open.Note(part.Slots.Day)).OfType<DayNote>()], _rows);
    }

    private void AddDay(DateOnly day)
    {
        DaySlots slots = _maker.Slots(day, _maker.BasisOf(day));
        Certainty certainty = _maker.CertaintyOf(day);
        SlotSpan whole = slots.Span(slots.Start, slots.End, _data.Elapsed);
        _parts.Add(new DayPart(slots, whole, certainty));
        if (_step == FigureStep.Day)
        {
            _rows.Add(Row(slots, certainty, whole, slots.Start, slots.End, FigureMaker.Text(day)));
        }

        List<long> hours = _hasHours ? PlaceDay.Hours(_data.Zone, slots.Start, slots.End) : [];
        for (int i = 0; i < hours.Count; i++)
        {
            long end = i + 1 < hours.Count ? hours[i + 1] : slots.End;
            FigureRow hour = Row(
                slots, certainty, slots.Span(hours[i], end, _data.Elapsed), hours[i], end, PlaceDay.Hour(_data.Zone, hours[i]));
            _hours.Add(hour);
            if (_step == FigureStep.Hour)
            {
                _rows.Add(hour);
            }
        }

        for (long at = slots.Start; _step == FigureStep.Quarter && at < slots.End; at += QuarterMs)
        {
            long end = Math.Min(slots.End, at + QuarterMs);
            _rows.Add(Row(slots, certainty, slots.Span(at, end, _data.Elapsed), at, end, PlaceDay.Minute(_data.Zone, at)));
        }
    }

    private FigureRow Row(DaySlots slots, Certainty certainty, SlotSpan span, long from, long until, string label)
    {
        SpanEstimate? estimate = span.Estimate;
        string? gap = span.OpenSlots == 0 ? "closed"
            : span.PassedSlots == 0 ? "ahead"
            : estimate?.Present is null ? _maker.Gaps.Of(slots.Unknown(from, Math.Min(until, _data.Elapsed)))
            : null;
        bool isVisited = certainty.State != CertaintyState.Activity && estimate?.Present is not null;
        DaySlots compared = _maker.Slots(slots.Day, _basis);
        return new FigureRow(
            label, FigureMaker.Time(from), FigureMaker.Time(until), span.OpenSlots * DaySlots.SlotSeconds,
            Math.Round(estimate?.Coverage ?? 0, 4), gap, FigureMaker.Answer(estimate?.Present, certainty),
            isVisited ? FigureMaker.Answer(slots.Estimator.Visitors(estimate!), certainty) : null,
            (compared == slots ? estimate : compared.Span(from, until, _data.Elapsed).Estimate)?.PersonHours?.Value,
            span.OpenSlots == 0 ? null : _earlier.ThenOf(slots.Day, from, until),
            from < _data.Now && _data.Now < until, IsBusy(from, until),
            _data.Waiting > 0 && span.PassedSlots > 0 && estimate?.Coverage < 0.9);
    }

    /// <summary>
    /// How sure the whole is: as its least sure day that has a figure, of equally sure ones the last. The model is that of the last day, by
    /// which activity is told.
    /// </summary>
    private Certainty Weakest()
    {
        Certainty last = _maker.CertaintyOf(_days.Last);
        return (_parts.Where(static part => part.Span.Estimate?.Present is not null).Select(static part => part.Certainty).Reverse()
            .MinBy(static certainty => Array.IndexOf(s_states, certainty.State)) ?? last) with { Model = last.Model };
    }

    /// <summary>All days together, each as far off as it is; null = the place was not open, or nothing has passed.</summary>
    private SpanEstimate? Total()
    {
        List<SpanEstimate> spans = [.. _parts.Where(static part => part.Span.Estimate is not null)
            .Select(static part => part.Span.Estimate!.Widened(FigureMaker.WidthOf(part.Certainty)))];
        return spans.Count == 0 ? null : spans.Count == 1 ? spans[0] : _parts[^1].Slots.Estimator.Sum(spans);
    }

    /// <summary>Visitors of all days: each by its own model, with that one's stay and error.</summary>
    private Ranged? Visitors()
    {
        DayPart[] parts = [.. _parts.Where(static part => part.Span.Estimate is not null)];
        return parts.Length == 1
            ? FigureMaker.Answer(parts[0].Slots.Estimator.Visitors(parts[0].Span.Estimate!), parts[0].Certainty)
            : FigureMaker.Answer(PeopleEstimator.Visitors([.. parts.Select(static part =>
                new VisitorDay(part.Slots.Estimator, part.Span.Estimate!, FigureMaker.WidthOf(part.Certainty)))]));
    }

    private string? Missing(Ranged? visitors, SpanEstimate? total, Certainty certainty) =>
        visitors is not null ? null
        : _parts.TrueForAll(static part => part.Span.OpenSlots == 0) ? "closed"
        : total?.Present is null ? "no_figure"
        : certainty.State == CertaintyState.Activity ? "activity"
        : "no_stay";

    /// <summary>The first day that has two like it before it, from when the place was first heard.</summary>
    private string? UsualFrom()
    {
        if (_data.FirstHeard is not { } first)
        {
            return null;
        }

        DateOnly heard = _data.Open.Day(first);
        DateOnly day = _days.Last;
        while (day.AddDays(-7 * Activity.LeastWeeks) >= heard)
        {
            day = day.AddDays(-7);
        }

        while (day.AddDays(-7 * Activity.LeastWeeks) < heard)
        {
            day = day.AddDays(7);
        }

        return day > _days.Last ? FigureMaker.Text(day) : null;
    }

    private Busiest? Busiest()
    {
        FigureRow? best = null;
        foreach (FigureRow hour in _hours)
        {
            best = hour.People is not null && (best is null || hour.People.Value > best.People!.Value) ? hour : best;
        }

        return best is null ? null : new Busiest(best.Label, best.Start, best.People!);
    }

    private bool IsBusy(long from, long until)
    {
        for (long at = from; at < until; at += QuarterMs)
        {
            if (_maker.IsBusy(at) && _data.Open.IsOpen(at, at + QuarterMs))
            {
                return true;
            }
        }

        return false;
    }

    private QualityFacts Quality()
    {
        long open = 0;
        double listened = 0;
        List<Gap> gaps = [];
        foreach (DayPart part in _parts)
        {
            open += part.Span.PassedSlots * DaySlots.SlotSeconds;
            listened += part.Span.PassedSlots * DaySlots.SlotSeconds * (part.Span.Estimate?.Coverage ?? 0);
            AddGaps(part.Slots, gaps);
        }

        return new QualityFacts(
            open, (long)Math.Round(listened), open == 0 ? 0 : Math.Round(listened / open, 4), IsNow ? _data.Waiting : 0,
            IsNow && _data.ExpectedBy is { } expected ? FigureMaker.Time(expected) : null,
            [.. _hours.Where(static hour => hour.IsLow).Select(static hour => hour.Label).Take(FigureMaker.MostGaps)], gaps, _data.Boxes);
    }

    private bool IsNow => _days.Last >= _data.Today && _days.First <= _data.Today;

    private void AddGaps(DaySlots day, List<Gap> gaps)
    {
        for (int i = 0; i < day.Slots.Length; i++)
        {
            long from = day.Slots[i].StartMs, until = from + BoxSignal.SlotMs;
            if (!day.IsOpen[i] || day.Slots[i].People is not null || until > _data.Elapsed)
            {
                continue;
            }

            string reason = _maker.Gaps.Of(from);
            if (gaps.Count > 0 && gaps[^1].Reason == reason && gaps[^1].Until == FigureMaker.Time(from))
            {
                gaps[^1] = gaps[^1] with { Until = FigureMaker.Time(until) };
            }
            else if (gaps.Count < FigureMaker.MostGaps)
            {
                gaps.Add(new Gap(FigureMaker.Time(from), FigureMaker.Time(until), reason));
            }
        }
    }

    private readonly record struct DayPart(DaySlots Slots, SlotSpan Span, Certainty Certainty);
}
