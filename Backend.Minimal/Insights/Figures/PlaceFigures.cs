using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Places;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Length of the rows of a range.</summary>
internal enum FigureStep
{
    /// <summary>15 minutes; ranges of 31 days at most.</summary>
    Quarter,

    /// <summary>An hour by the place's clock; ranges of 93 days at most.</summary>
    Hour,

    /// <summary>A day by the place's clock; ranges of 1,830 days at most, compared up to 93 days.</summary>
    Day,
}

/// <summary>What a range is compared with.</summary>
internal enum Versus
{
    /// <summary>The mean of the same weekdays of the 4 weeks before, up to the same time.</summary>
    Usual,

    /// <summary>As many days just before.</summary>
    Before,

    /// <summary>The same weekdays a week before.</summary>
    Week,

    /// <summary>The same weekdays 52 weeks before.</summary>
    Year,

    /// <summary>Nothing.</summary>
    Off,
}

/// <summary>
/// The figures of places, for the portal, reports and alerts alike: one place where they are worked out. Nobody's rights are looked at
/// here; whoever asks has found the place within the caller's scope.
/// </summary>
internal sealed class PlaceFigures
{
    /// <summary>Days that are compared with others at most: an answer is made in a moment.</summary>
    public const int MostCompared = 93;

    /// <summary>Places side by side.</summary>
    public const int MostPlaces = 200;

    private const int PlacesAtOnce = SignalSql.MostPlaces;
    private const int UsualWeeks = 4;
    private const int WeekDays = 7;
    private const int DayMinutes = 24 * 60;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ModelCache _models = new();

    /// <summary>Makes the service.</summary>
    public PlaceFigures(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <summary>Days that a range may have.</summary>
    public static int MostDays(FigureStep step) => step switch
    {
        FigureStep.Quarter => 31,
        FigureStep.Hour => MostCompared,
        _ => 1830,
    };

    /// <summary>The figures of a place over some of its days.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="days">The days, by its clock; bounds as <see cref="FigureStep"/> says.</param>
    /// <param name="step">Length of the rows.</param>
    /// <param name="versus">What they are compared with.</param>
    /// <returns>Null when there is no such place.</returns>
    public async Task<PlaceRange?> RangeAsync(long placeId, DayRange days, FigureStep step, Versus versus = Versus.Usual)
    {
        int count = days.Last.DayNumber - days.First.DayNumber + 1;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(days));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostDays(step), nameof(days));
        Versus compared = count > MostCompared ? Versus.Off : versus;
        DaySpan range = new(days.First, days.Last);
        PlaceData? data = await ReadAsync(placeId, _ => WithEarlier(range, compared), _ => range).ConfigureAwait(false);
        return data is null ? null : new RangeMaker(new FigureMaker(data, _models), days, step, compared).Make();
    }

    /// <summary>How it is there now.</summary>
    /// <param name="placeId">The place.</param>
    /// <returns>Null when there is no such place.</returns>
    public async Task<PlaceNow?> NowAsync(long placeId)
    {
        PlaceData? data = await ReadAsync(
            placeId, static today => WithEarlier(new DaySpan(today.AddDays(-1), today), Versus.Usual), static _ => null, isNow: true)
            .ConfigureAwait(false);
        return data is null ? null : Now(new FigureMaker(data, _models));
    }

    /// <summary>When it is busy there: the mean of whole weeks.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="last">The last day that counts; null = yesterday there.</param>
    /// <param name="weeks">1 to 53.</param>
    /// <returns>Null when there is no such place.</returns>
    public async Task<HeatMap?> HeatAsync(long placeId, DateOnly? last, int weeks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weeks, 53);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weeks);
        PlaceData? data = await ReadAsync(
            placeId, today => [Weeks(last ?? today.AddDays(-1), weeks)], static _ => null).ConfigureAwait(false);
        return data is null ? null : HeatMaker.Make(new FigureMaker(data, _models), data.Days[0]);
    }

    /// <summary>A day beside the same weekday of the 4 weeks before, all up to the same time.</summary>
    /// <param name="placeId">The place.</param>
    /// <param name="day">The day; null = today there.</param>
    /// <returns>Null when there is no such place.</returns>
    public async Task<Weekdays?> WeekdaysAsync(long placeId, DateOnly? day)
    {
        PlaceData? data = await ReadAsync(
            placeId, today => WithEarlier(new DaySpan(day ?? today, day ?? today), Versus.Usual), static _ => null).ConfigureAwait(false);
        return data is null ? null : WeekdaysOf(new FigureMaker(data, _models), day ?? data.Today);
    }

    /// <summary>Places beside each other, each by its own clock.</summary>
    /// <param name="placeIds">The places, 200 at most; those that do not exist are left out.</param>
    /// <param name="days">The days, 93 at most.</param>
    public async Task<Comparison> CompareAsync(IReadOnlyList<long> placeIds, DayRange days)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(placeIds.Count, MostPlaces, nameof(placeIds));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days.Last.DayNumber - days.First.DayNumber, MostCompared - 1, nameof(days));
        DaySpan range = new(days.First, days.Last);
        List<ComparedPlace> places = [];
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Queue<long[]> ahead = new(placeIds.Chunk(PlacesAtOnce));
        Task<List<PlaceData>>? next = ahead.Count > 0 ? ReadAsync(ahead.Dequeue(), now, range) : null;
        while (next is not null)
        {
            // A few at a time: others ask too. While these are worked out, the next ones are read.
            List<PlaceData> read = await next.ConfigureAwait(false);
            next = ahead.Count > 0 ? ReadAsync(ahead.Dequeue(), now, range) : null;
            places.AddRange(read.Select(data =>
                Compared(new RangeMaker(new FigureMaker(data, _models), days, FigureStep.Day, Versus.Usual, hasHours: false).Make())));
        }

        return new Comparison(
            FigureMaker.Text(days.First), FigureMaker.Text(days.Last),
            [.. places.OrderBy(static place => place.Place, StringComparer.Ordinal).ThenBy(static place => place.PlaceId)]);
    }

    /// <summary>Some days and those that they are compared with: no day twice, oldest first.</summary>
    internal static IReadOnlyList<DaySpan> WithEarlier(DaySpan days, Versus versus)
    {
        int count = days.Last.DayNumber - days.First.DayNumber + 1;
        List<DaySpan> spans = [];
        foreach (int offset in EarlierDays.Offsets(versus, count).Append(0).OrderDescending())
        {
            DaySpan span = new(days.First.AddDays(-offset), days.Last.AddDays(-offset));
            if (spans.Count > 0 && span.First.DayNumber <= spans[^1].Last.DayNumber + 1)
            {
                spans[^1] = spans[^1] with { Last = span.Last };
            }
            else
            {
                spans.Add(span);
            }
        }

        return spans;
    }

    private Task<List<PlaceData>> ReadAsync(long[] places, long now, DaySpan days) => _store.ReadAsync((places, now, days), ReadSome);

    private static List<PlaceData> ReadSome(SqlSession session, (long[] Places, long Now, DaySpan Days) wanted) =>
        PlaceData.ReadSome(session, wanted.Places, new DataRequest(
            wanted.Now, _ => WithEarlier(wanted.Days, Versus.Usual), _ => wanted.Days) { IsBrief = true });

    private static DaySpan Weeks(DateOnly last, int weeks) => new(last.AddDays(1 - (weeks * WeekDays)), last);

    private static PlaceNow Now(FigureMaker maker)
    {
        PlaceData data = maker.Data;
        Basis basis = maker.BasisOf(data.Today);
        Certainty certainty = maker.CertaintyOf(data.Today);
        PeopleEstimate now = maker.Recent(basis.Model).Now(Math.Max(data.Elapsed, data.RecentUntil));
        bool isNow = now.People is not null && now.StartMs + BoxSignal.SlotMs + PeopleEstimator.NowMs > data.Now;
        bool? isOpen = data.Open.AreKnown || data.Open.Note(data.Today) is not null
            ? data.Open.OpenMs(data.Now, data.Now + 1) > 0
            : null;
        return new PlaceNow(
            data.Place.Id, FigureMaker.Time(data.Now), isNow ? FigureMaker.Time(now.StartMs) : null,
            isNow ? FigureMaker.Time(now.StartMs + BoxSignal.SlotMs) : null, isOpen,
            isNow ? FigureMaker.Answer(now.People, certainty) : null, isNow ? HourAgainstUsual(maker, basis, now) : null,
            isNow ? null : maker.Gaps.Of(BoxSignal.Floor(data.Elapsed) - BoxSignal.SlotMs), certainty);
    }

    /// <summary>
    /// This moment against the same time of the same weekday, with as much of the time before and after it as the place is open
    /// on both sides: at opening time there are fewer people than half an hour later.
    /// </summary>
    private static AgainstUsual? HourAgainstUsual(FigureMaker maker, Basis basis, PeopleEstimate now)
    {
        const int AroundSlots = 6;
        DateOnly today = maker.Data.Open.Day(now.StartMs);
        double staff = StaffPlans.At(maker.Data.Staff, maker.Data.Open, now.StartMs);
        EarlierDays earlier = new(maker, basis, [today], Versus.Usual);
        (long from, long until) = maker.Slots(today, basis).Around(now.StartMs, AroundSlots);
        if (earlier.Against is not { } day || earlier.GuestsOf(today, from, until) is not { } usual || usual <= 0)
        {
            return null;
        }

        double ratio = Math.Max(0, now.People!.Value.Value - staff) / usual;
        (string word, string words) = UsualWords.Of(ratio);
        return day with { Ratio = ratio, Word = word, Words = words, Low = null, High = null, Hours = (until - from) / 3_600_000.0 };
    }

    private static Weekdays WeekdaysOf(FigureMaker maker, DateOnly day)
    {
        PlaceData data = maker.Data;
        Basis basis = maker.BasisOf(day);
        Certainty certainty = maker.CertaintyOf(day);
        DaySlots today = maker.Slots(day, basis);
        int minute = PassedMinutes(data, today);
        List<WeekdayRow> rows = [];
        for (int week = 0; week <= UsualWeeks; week++)
        {
            DaySlots slots = maker.Slots(day.AddDays(-week * WeekDays), basis);
            long until = minute == DayMinutes ? slots.End : PlaceDay.At(data.Zone, slots.Day, minute);
            SpanEstimate? span = slots.Span(slots.Start, until, data.Elapsed).Estimate;
            PeopleRange? visitors = certainty.State == CertaintyState.Activity || span is null ? null : slots.Estimator.Visitors(span);
            rows.Add(new WeekdayRow(
                FigureMaker.Text(slots.Day), FigureMaker.Answer(visitors, certainty), FigureMaker.Answer(span?.PersonHours, certainty),
                Math.Round(span?.Coverage ?? 0, 4), data.Open.Note(slots.Day)?.Note));
        }

        return new Weekdays(data.Place.Id, minute, rows);
    }

    /// <summary>The time of the day up to which a day has passed, by the place's clock, minutes: not how long it has lasted.</summary>
    private static int PassedMinutes(PlaceData data, DaySlots day)
    {
        long until = BoxSignal.Floor(data.Elapsed);
        return until >= day.End ? DayMinutes
            : until <= day.Start ? 0
            : day.Clock[(until - day.Slots[0].StartMs) / BoxSignal.SlotMs] * DaySlots.SlotSeconds / 60;
    }

    private static ComparedPlace Compared(PlaceRange range)
    {
        double hours = range.Rows.Where(static row => row.People is not null)
            .Sum(static row => row.OpenSeconds / 3600.0);
        double open = range.Quality.OpenSeconds / 3600.0;
        Ranged? perHour = range.Visitors is { } visitors && open > 0
            ? new Ranged(visitors.Low / open, visitors.Value / open, visitors.High / open)
            : null;
        return new ComparedPlace(
            range.PlaceId, range.Place, Math.Min(hours, open), range.Quality.Coverage, range.People, perHour, range.Visitors,
            range.Activity?.Ratio, range.Zones.TurnIn, range.Certainty);
    }

    private Task<PlaceData?> ReadAsync(
        long placeId, Func<DateOnly, IReadOnlyList<DaySpan>> days, Func<DateOnly, DaySpan?> sums, bool isNow = false) =>
        _store.ReadAsync(
            (Place: placeId, Request: new DataRequest(_clock.GetUtcNow().ToUnixTimeMilliseconds(), days, sums) { IsNow = isNow }),
            static (session, wanted) => PlaceData.ReadSome(session, [wanted.Place], wanted.Request).FirstOrDefault());
}
