using JamBox.Backend.Devices;
using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Places;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Some days whose sums are wanted.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last; it counts.</param>
internal readonly record struct DaySpan(DateOnly First, DateOnly Last);

/// <summary>What is to be read of places.</summary>
/// <param name="Now">Now, milliseconds since 1970.</param>
/// <param name="Days">By its zone and today there: which days are wanted, oldest first, not overlapping.</param>
/// <param name="Sums">Of which of them the sums that are not about people are wanted too; null = of none.</param>
internal sealed record DataRequest(long Now, Func<DateOnly, IReadOnlyList<DaySpan>> Days, Func<DateOnly, DaySpan?> Sums)
{
    /// <summary>
    /// Without what places side by side do not show: what waits in boxes, why there are gaps, since when the place was heard.
    /// </summary>
    public bool IsBrief { get; init; }

    /// <summary>With the last readings themselves: how it is now.</summary>
    public bool IsNow { get; init; }
}

/// <summary>What a place heard in a time without a break.</summary>
/// <param name="From">Begin, milliseconds since 1970: half an hour before what is wanted.</param>
/// <param name="Until">End, exclusive: half an hour after it.</param>
/// <param name="Quarters">By box and time.</param>
internal sealed record HeardWindow(long From, long Until, IReadOnlyList<HeardQuarter> Quarters);

/// <summary>All that figures of a place are worked out from, read in one go, so that it fits together.</summary>
internal sealed class PlaceData
{
    /// <summary>The estimation looks so far beyond what it is asked for, ms.</summary>
    public const long MarginMs = 30 * 60 * 1000;

    /// <summary>So many of the last readings of a box say how fast what waits there comes.</summary>
    private const int PaceRows = 4;

    private const string BoxesSql = """
        SELECT d.device_id, d.last_seen_at, d.report_interval_ms, d.place_id FROM devices d
        WHERE d.kind = 'box' AND d.device_id IN (
            SELECT device_id FROM place_devices WHERE place_id = $1 AND from_at < $3 AND (to_at IS NULL OR to_at > $2))
        ORDER BY d.device_id
        """;

    private PlaceData(PlaceRow place, DateTimeZone zone, OpenTimes open)
    {
        Place = place;
        Zone = zone;
        Open = open;
    }

    /// <summary>The place.</summary>
    public PlaceRow Place { get; }

    /// <summary>Its zone.</summary>
    public DateTimeZone Zone { get; }

    /// <summary>When it is open.</summary>
    public OpenTimes Open { get; }

    /// <summary>Now, milliseconds since 1970.</summary>
    public long Now { get; private init; }

    /// <summary>Today there.</summary>
    public DateOnly Today { get; private init; }

    /// <summary>The days that were asked for.</summary>
    public IReadOnlyList<DaySpan> Days { get; private init; } = [];

    /// <summary>Which boxes stand and stood there.</summary>
    public IReadOnlyList<Stand> Stands { get; private init; } = [];

    /// <summary>What they heard.</summary>
    public IReadOnlyList<HeardWindow> Windows { get; private init; } = [];

    /// <summary>The models in force on those days, oldest first.</summary>
    public IReadOnlyList<StoredModel> Models { get; private init; } = [];

    /// <summary>The usual staff, oldest version first.</summary>
    public IReadOnlyList<StaffVersion> Staff { get; private init; } = [];

    /// <summary>The mean stay that the owner has said, minutes; null = nobody did.</summary>
    public double? StayMinutes { get; private init; }

    /// <summary>When the calibration became stale, newest first.</summary>
    public IReadOnlyList<StaleRow> Stale { get; private init; } = [];

    /// <summary>How sure the numbers are now.</summary>
    public Certainty Certainty { get; private init; } = Certainties.Of(0, 0, null, null);

    /// <summary>The boxes that stood there in the days that were asked for.</summary>
    public IReadOnlyList<BoxWord> Boxes { get; private init; } = [];

    /// <summary>Readings that wait in boxes.</summary>
    public int Waiting { get; private init; }

    /// <summary>When they will about be here, milliseconds since 1970; null = nobody knows, or none wait.</summary>
    public long? ExpectedBy { get; private init; }

    /// <summary>Until when something can have come, milliseconds since 1970: what is later is on its way, and is no gap.</summary>
    public long Elapsed { get; private init; }

    /// <summary>When the place was first heard, milliseconds since 1970; null = never.</summary>
    public long? FirstHeard { get; private init; }

    /// <summary>What the boxes that stand there counted in the last minutes, reading by reading, as far as it has come.</summary>
    public IReadOnlyList<BoxSignal> Recent { get; private init; } = [];

    /// <summary>Until when the last readings go, milliseconds since 1970; 0 = there are none.</summary>
    public long RecentUntil { get; private init; }

    /// <summary>When its boxes started, by device id: why there are gaps.</summary>
    public Dictionary<string, BoxStarts> Starts { get; private init; } = [];

    /// <summary>What is not about people; null = it was not asked for.</summary>
    public RangeSums? Sums { get; private init; }

    /// <summary>Reads some places; what is most, what they heard, of all together.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="places">Their ids; those that there are not are left out.</param>
    /// <param name="request">What is wanted of them.</param>
    public static List<PlaceData> ReadSome(SqlSession session, IReadOnlyList<long> places, DataRequest request)
    {
        List<PlaceDays> found = [];
        foreach (long id in places)
        {
            if (PlaceSql.One(session, (id, null)) is { } place)
            {
                DateTimeZone zone = PlaceDay.Zone(place.Timezone);
                DateOnly today = PlaceDay.Today(zone, DateTimeOffset.FromUnixTimeMilliseconds(request.Now));
                IReadOnlyList<DaySpan> days = request.Days(today);
                found.Add(new PlaceDays(place, zone, today, days, [.. days.Select(span => Bounds(zone, span, request.Now))]));
            }
        }

        List<HeardWindow>[] windows = ReadWindows(session, found);
        return [.. found.Select((days, i) => Read(session, days, windows[i], request))];
    }

    private static PlaceData Read(SqlSession session, PlaceDays of, List<HeardWindow> windows, DataRequest request)
    {
        (PlaceRow place, DateTimeZone zone) = (of.Place, of.Zone);
        OpenTimes open = OpenTimes.Of(session, (place.Id, zone));
        List<Stand> stands = SignalSql.Stands(session, place.Id);
        long from = windows.Count == 0 ? request.Now : windows.Min(static window => window.From) + MarginMs;
        long until = windows.Count == 0 ? request.Now : windows.Max(static window => window.Until);
        (List<BoxWord> boxes, long lagMs) = States(session, (place.Id, from, until, request.Now));
        bool isCurrent = !request.IsBrief && until > request.Now - (24 * 60 * 60 * 1000L);
        (int waiting, long? expected) = isCurrent ? Queue(session, boxes, request.Now) : (0, null);
        DaySpan? sums = request.Sums(of.Today);
        (List<BoxSignal> recent, long recentUntil) = request.IsNow ? RecentSignals(session, stands, request.Now) : ([], 0);
        return new PlaceData(place, zone, open)
        {
            Now = request.Now,
            Today = of.Today,
            Days = of.Days,
            Stands = stands,
            Windows = windows,
            Models = ModelSql.Within(session, (place.Id, from, until)),
            Staff = StaffSql.All(session, place.Id),
            StayMinutes = FitSql.Stay(session, place.Id),
            Stale = CalibrationMarks.Rows(session, place.Id),
            Certainty = CountSql.Certainty(session, (place.Id, zone, request.Now)),
            Boxes = boxes,
            Waiting = waiting,
            ExpectedBy = expected,
            Elapsed = ElapsedAt(boxes, windows, lagMs, request.Now),
            FirstHeard = request.IsBrief ? null : First(session, stands),
            Recent = recent,
            RecentUntil = recentUntil,
            Starts = request.IsBrief ? [] : BoxStarts.Read(session, (place.Id, from, until)),
            Sums = sums is { } span ? RangeSums.Read(
                session, (place.Id, PlaceDay.Start(zone, span.First), PlaceDay.Start(zone, span.Last.AddDays(1)), open)) : null,
        };
    }

    /// <summary>The window in which a day lies; null = it was not asked for.</summary>
    public HeardWindow? WindowOf(DateOnly day)
    {
        for (int i = 0; i < Days.Count; i++)
        {
            if (Days[i].First <= day && day <= Days[i].Last)
            {
                return Windows[i];
            }
        }

        return null;
    }

    private static (long From, long Until) Bounds(DateTimeZone zone, DaySpan span, long now)
    {
        long from = PlaceDay.Start(zone, span.First) - MarginMs;
        return (from, Math.Max(from, Math.Min(now, PlaceDay.Start(zone, span.Last.AddDays(1)) + MarginMs)));
    }

    /// <summary>
    /// What the places heard in their days: a statement for each span of days and all places, from where it begins first to where it
    /// ends last.
    /// </summary>
    private static List<HeardWindow>[] ReadWindows(SqlSession session, List<PlaceDays> places)
    {
        List<HeardWindow>[] windows = [.. places.Select(static _ => new List<HeardWindow>())];
        int most = places.Count == 0 ? 0 : places.Max(static place => place.Bounds.Count);
        for (int span = 0; span < most; span++)
        {
            PlaceDays[] having = [.. places.Where(place => place.Bounds.Count > span)];
            Dictionary<long, List<HeardQuarter>> quarters = SignalSql.Quarters(
                session, [.. having.Select(static place => place.Place.Id)], having.Min(place => place.Bounds[span].From),
                having.Max(place => place.Bounds[span].Until));
            for (int i = 0; i < places.Count; i++)
            {
                if (places[i].Bounds.Count > span)
                {
                    (long from, long until) = places[i].Bounds[span];
                    List<HeardQuarter> own = quarters[places[i].Place.Id];
                    windows[i].Add(new HeardWindow(
                        from, until, places.Count == 1 ? own : own.FindAll(quarter => quarter.StartAt >= from && quarter.StartAt < until)));
                }
            }
        }

        return windows;
    }

    private static (List<BoxWord> Boxes, long LagMs) States(SqlSession session, (long PlaceId, long From, long Until, long Now) wanted)
    {
        const long LeastLagMs = 20 * 60 * 1000;
        List<BoxWord> boxes = [];
        long lag = LeastLagMs;
        using SqlStatement row = session.Query(BoxesSql, wanted.PlaceId, wanted.From, wanted.Until);
        while (row.Read())
        {
            int interval = row.Int32(2);
            boxes.Add(new BoxWord(
                row.Text(0), DeviceState.Of(row.Int64OrNull(1), interval, wanted.Now), row.TimeOrNull(1),
                row.Int64OrNull(3) == wanted.PlaceId));
            lag = Math.Max(lag, 2L * interval);
        }

        return (boxes, lag);
    }

    /// <summary>What has not come yet of a box that speaks is on its way; of one that is silent it is missing.</summary>
    private static long ElapsedAt(List<BoxWord> boxes, List<HeardWindow> windows, long lagMs, long now)
    {
        if (!boxes.Exists(static box => box is { StandsThere: true, State: "online" }))
        {
            return now;
        }

        long heard = windows.Count == 0 ? 0 : windows.Max(window => SignalSql.HeardUntil(window.Quarters, now));
        return Math.Min(now, Math.Max(heard, now - lagMs));
    }

    /// <summary>
    /// The last readings of the boxes that stand there. Sums of quarters would do for history; of the quarter that goes on they do not say
    /// when in it was listened.
    /// </summary>
    private static (List<BoxSignal> Signals, long Until) RecentSignals(SqlSession session, List<Stand> stands, long now)
    {
        // Half an hour back for a slot that was listened to, and an hour that its window may reach back.
        const long RecentMs = PeopleEstimator.NowMs + (SignalWindow.MostMinutes * 60_000L) + BoxSignal.SlotMs;
        const int RecentRows = 128;
        long from = now - RecentMs;
        List<BoxSignal> signals = [];
        long until = 0;
        foreach (Stand stand in stands.Where(stand => stand.Until > now && stand.From < now))
        {
            long since = Math.Max(from, stand.From);
            List<BoxPeriod> periods = [.. ReadingSql.List(session, new ReadingFilter { DeviceId = stand.DeviceId, Limit = RecentRows })
                .Select(Period).Where(period => period.EndMs > since && period.StartMs >= stand.From && period.EndMs <= now)];
            until = periods.Aggregate(until, static (last, period) => Math.Max(last, period.EndMs));
            signals.Add(BoxSignal.Of(stand.DeviceId, periods, since, now));
        }

        return (signals, until);
    }

    private static BoxPeriod Period(ReadingRow row)
    {
        // The last second of an interval is the one in which it was closed.
        int seconds = row.IntervalSeconds ?? SignalSql.SlotSeconds;
        long end = ((Milliseconds(row.Timestamp ?? row.ReceivedAt) / 1000) + 1) * 1000;
        return new BoxPeriod(
            end - (seconds * 1000L), seconds, row.ListenedSeconds, row.Impressions, row.UniqueCount, row.RssiImmediate, row.RssiNear,
            row.RssiFar, row.OverflowCount, row.RadioLost ?? 0);
    }

    /// <summary>How many readings wait, and when they will be here if they go on coming as they do.</summary>
    private static (int Waiting, long? ExpectedBy) Queue(SqlSession session, List<BoxWord> boxes, long now)
    {
        int waiting = 0;
        long? expected = null;
        foreach (BoxWord box in boxes.Where(static box => box.StandsThere))
        {
            List<(int Depth, long At)> last = [.. ReadingSql.List(
                session, new ReadingFilter { DeviceId = box.DeviceId, Limit = PaceRows })
                .Select(static row => (row.CacheDepth, Milliseconds(row.ReceivedAt)))];
            if (last.Count == 0 || last[0].Depth == 0)
            {
                continue;
            }

            waiting += last[0].Depth;
            (int fewer, long took) = (last[^1].Depth - last[0].Depth, last[0].At - last[^1].At);
            if (fewer > 0 && took > 0)
            {
                expected = Math.Max(expected ?? now, Math.Max(now, last[0].At + (took * last[0].Depth / fewer)));
            }
        }

        return (waiting, expected);
    }

    private static long Milliseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;

    private static long? First(SqlSession session, List<Stand> stands)
    {
        long? first = null;
        foreach (Stand stand in stands)
        {
            using SqlStatement row = session.Query(
                "SELECT min(start_at) FROM quarters WHERE device_id = $1 AND start_at >= $2 AND start_at < $3", stand.DeviceId, stand.From,
                stand.Until);
            if (row.Read() && row.Int64OrNull(0) is { } at)
            {
                first = Math.Min(first ?? at, at);
            }
        }

        return first;
    }

    /// <summary>A place, and the days that are wanted of it.</summary>
    private sealed record PlaceDays(
        PlaceRow Place, DateTimeZone Zone, DateOnly Today, IReadOnlyList<DaySpan> Days, IReadOnlyList<(long From, long Until)> Bounds);
}
