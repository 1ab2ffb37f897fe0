using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Places;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>All that a place's model is fitted from, read in one go.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Open">When it is open.</param>
/// <param name="Stands">The boxes that stand there.</param>
/// <param name="Quarters">What they counted, since <paramref name="From"/>.</param>
/// <param name="From">Begin of that, milliseconds since 1970.</param>
/// <param name="Now">Now, milliseconds since 1970.</param>
/// <param name="Counts">The counts that are used, oldest first.</param>
/// <param name="SinceAt">Since when counts are used, milliseconds since 1970.</param>
/// <param name="Staff">The usual staff, oldest version first.</param>
/// <param name="StayMinutes">The mean stay that the owner has said; null = nobody did.</param>
/// <param name="Newest">The version in force; null = none yet.</param>
/// <param name="Inputs">What that was fitted from; null = none yet.</param>
/// <param name="Baselines">What the boxes were last found to hear when nobody is there, by device id.</param>
internal sealed record FitInputs(
    long PlaceId, DateTimeZone Zone, OpenTimes Open, IReadOnlyList<Stand> Stands, IReadOnlyList<HeardQuarter> Quarters, long From, long Now,
    IReadOnlyList<CountRow> Counts, long SinceAt, IReadOnlyList<StaffVersion> Staff, double? StayMinutes, StoredModel? Newest,
    string? Inputs, IReadOnlyDictionary<string, KnownBaseline> Baselines)
{
    /// <summary>A baseline is found out of so much, and boxes' shares are, ms.</summary>
    private const long WeeksMs = 4 * WeekMs;

    private const long WeekMs = 7L * 24 * 60 * 60 * 1000;

    /// <summary>A signal is wanted so long before the first count, ms.</summary>
    private const long AroundMs = 60 * 60 * 1000;

    private const long MinuteMs = 60_000;

    private const double MinutesPerHour = 60;

    /// <summary>Below such a change, in devices a minute and as a share, a baseline is the same: nights differ.</summary>
    private const double LeastChange = 0.2;

    private const double LeastChangeShare = 0.1;

    /// <summary>Reads it.</summary>
    /// <returns>Null when the place is given up, or no box stands there.</returns>
    public static FitInputs? Read(SqlSession session, (long PlaceId, long Now) wanted)
    {
        List<Stand> stands = [.. SignalSql.Stands(session, wanted.PlaceId).Where(static stand => stand.Until == long.MaxValue)];
        if (stands.Count == 0 || PlaceSql.One(session, (wanted.PlaceId, null)) is not { RetiredAt: null } place)
        {
            return null;
        }

        DateTimeZone zone = PlaceDay.Zone(place.Timezone);
        long since = CalibrationMarks.Since(session, wanted.PlaceId, long.MaxValue);
        List<CountRow> counts = CountSql.Fitted(session, (wanted.PlaceId, wanted.Now));
        long from = Math.Max(0, wanted.Now - WeeksMs);
        if (counts.Count > 0)
        {
            from = Math.Min(from, Ms(counts[0].At) - AroundMs);
        }

        (StoredModel? newest, string? inputs) = ModelSql.Newest(session, wanted.PlaceId);
        return new FitInputs(
            wanted.PlaceId, zone, OpenTimes.Of(session, (wanted.PlaceId, zone)), stands,
            SignalSql.Quarters(session, (wanted.PlaceId, from, wanted.Now)), from, wanted.Now, counts, since,
            StaffSql.All(session, wanted.PlaceId), FitSql.Stay(session, wanted.PlaceId), newest, inputs,
            FitSql.KnownBaselines(session, wanted.PlaceId));
    }

    /// <summary>Fits. Takes up to a second: not in the storage's time.</summary>
    /// <returns>What is to be stored.</returns>
    public Fitted Fit()
    {
        List<BoxSignal> signals = SignalSql.Signals(Stands, Quarters, From, Now, Now);
        Dictionary<string, Baseline> found = FindBaselines(signals);
        Dictionary<string, Baseline> used = found.ToDictionary(static pair => pair.Key, pair => Kept(pair.Key, pair.Value));
        IEnumerable<string> changed = used.Where(pair => IsNews(pair.Key, pair.Value)).Select(static pair => pair.Key)
            .Order(StringComparer.Ordinal);
        bool isStale = SinceAt > 0 && Counts.Count < ModelFit.LeastCounts && Newest is { Counts: > 0 };
        string inputs = Hash(used);
        StoredModel? model = isStale || inputs == Inputs ? null : Store(ModelFit.Fit(new FitInput
        {
            Signals = signals,
            Baselines = used,
            Counts = [.. Counts.Select(Count)],
            Zone = Zone,
            MeanStayHours = StayMinutes / MinutesPerHour,
        }));
        return new Fitted(PlaceId, model, inputs, [.. changed.Select(box => (box, used[box]))]);
    }

    /// <summary>When to fit again: the night, or when what was heard around a new count is there.</summary>
    public long NextAt()
    {
        long newest = Counts.Count == 0 ? 0 : Counts.Max(static count => Ms(count.At) + ((count.Minutes ?? 0) * MinuteMs));
        return newest + CountUse.SettledMs > Now ? newest + CountUse.SettledMs : Night(Zone, PlaceId, Now);
    }

    /// <summary>The next night's turn of a place, by its clock: between 3 and 5, not all at once.</summary>
    public static long Night(DateTimeZone zone, long placeId, long now)
    {
        int minute = 180 + (int)(placeId % 120);
        DateOnly today = PlaceDay.Today(zone, DateTimeOffset.FromUnixTimeMilliseconds(now));
        long at = PlaceDay.At(zone, today, minute);
        return at > now ? at : PlaceDay.At(zone, today.AddDays(1), minute);
    }

    private Dictionary<string, Baseline> FindBaselines(List<BoxSignal> signals)
    {
        long since = Math.Max(From, Now - WeeksMs);
        bool isEverQuiet = IsEverQuiet();
        Dictionary<string, Baseline> found = new(StringComparer.Ordinal);
        foreach (BoxSignal signal in signals)
        {
            BoxSignal weeks = signal.FromMs >= since
                ? signal
                : SignalSql.Signals([.. Stands.Where(stand => stand.DeviceId == signal.Box)], Quarters, since, Now, Now)[0];

            // Open round the clock, or nobody said: the quiet hours are looked for. Never among hours that somebody said are open.
            found[signal.Box] = Baseline.Find(
                weeks, Zone, isEverQuiet ? at => Open.IsQuiet(at, at + SignalSql.QuarterMs) : null);
        }

        return found;
    }

    /// <summary>Whether hours are known, and leave a quarter of an hour of the last week in which nobody is to be expected.</summary>
    private bool IsEverQuiet()
    {
        for (long at = Now - WeekMs; Open.AreKnown && at < Now; at += SignalSql.QuarterMs)
        {
            if (Open.IsQuiet(at, at + SignalSql.QuarterMs))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The level that was found last time, unless it has changed by more than nights do. Where none is found any more, the last one counts
    /// if it was heard while the place was closed; a guess out of what was heard has nothing to stand on then.
    /// </summary>
    private Baseline Kept(string box, Baseline found)
    {
        if (!Baselines.TryGetValue(box, out KnownBaseline known) || found.Samples == 0)
        {
            return known.Baseline is { Samples: > 0, IsGuessed: false } ? known.Baseline : found;
        }

        Baseline last = known.Baseline;
        bool isSame = IsSame(last.Far, found.Far) && IsSame(last.HalfFar, found.HalfFar) && IsSame(last.Near, found.Near);
        return isSame ? found with { Far = last.Far, HalfFar = last.HalfFar, Near = last.Near } : found;
    }

    /// <summary>Whether a baseline has changed, is not to be had any more, or had its drift last noted a week ago.</summary>
    private bool IsNews(string box, Baseline used)
    {
        KnownBaseline known = Baselines.GetValueOrDefault(box);
        return used.Samples == 0
            ? known.Baseline.Samples > 0
            : known.Baseline.Samples == 0 || known.FoundAt + WeekMs <= Now
                || (used.Far, used.HalfFar, used.Near) != (known.Baseline.Far, known.Baseline.HalfFar, known.Baseline.Near);
    }

    private static bool IsSame(double last, double found) =>
        Math.Abs(found - last) <= Math.Max(LeastChange, LeastChangeShare * Math.Max(last, found));

    private CalibrationCount Count(CountRow row)
    {
        long at = Ms(row.At);
        return new CalibrationCount(
            row.Kind == CountKinds.Door ? CalibrationKind.Door : CalibrationKind.Present, at, row.Minutes ?? 0, row.People,
            StaffPlans.At(Staff, Open, at));
    }

    private StoredModel Store(PeopleModel model)
    {
        DateOnly today = PlaceDay.Today(Zone, DateTimeOffset.FromUnixTimeMilliseconds(Now));
        return new StoredModel(
            0, PlaceId, Newest is null ? 0 : PlaceDay.Start(Zone, today),
            model.State switch
            {
                CalibrationState.None => CertaintyState.Activity,
                CalibrationState.Few => CertaintyState.Rough,
                _ => CertaintyState.Calibrated,
            },
            model.Counts, model.CountDays, model.MeanStayHours is { } stay ? stay.Value * MinutesPerHour : null, SinceAt, model.ToJson());
    }

    /// <summary>
    /// A hash of what a model depends on, so that the same is not stored night after night: counts, what was heard around them, baselines,
    /// staff, stay, boxes.
    /// </summary>
    private string Hash(IReadOnlyDictionary<string, Baseline> baselines)
    {
        StringBuilder text = new();
        foreach (CountRow row in Counts)
        {
            CalibrationCount count = Count(row);
            long from = count.AtMs - AroundMs, until = count.AtMs + (count.Minutes * MinuteMs) + AroundMs;
            (long heard, long listened) = (0, 0);
            foreach (HeardQuarter quarter in Quarters)
            {
                bool isNear = quarter.StartAt >= from && quarter.StartAt < until;
                heard += isNear ? quarter.Immediate + (3 * quarter.Near) + (5 * quarter.Far) + (7 * quarter.Overflow) : 0;
                listened += isNear ? quarter.ListenedSeconds : 0;
            }

            text.Append(CultureInfo.InvariantCulture, $"{count} {heard} {listened}\n");
        }

        foreach ((string box, Baseline baseline) in baselines.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{box} {baseline.Far:R} {baseline.HalfFar:R} {baseline.Near:R}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{StayMinutes} {SinceAt} {PeopleModel.FormatVersion}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    private static long Ms(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;
}

/// <summary>What came of fitting.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Model">The new version; null = nothing has changed, or the calibration is stale and too few have counted since.</param>
/// <param name="Inputs">What it was fitted from.</param>
/// <param name="Baselines">Baselines that have changed.</param>
internal sealed record Fitted(long PlaceId, StoredModel? Model, string Inputs, IReadOnlyList<(string Box, Baseline Baseline)> Baselines);

/// <summary>The usual staff at moments.</summary>
internal static class StaffPlans
{
    /// <summary>The usual staff at a moment, people; 0 while the place is closed, or nobody said.</summary>
    /// <param name="versions">Oldest first.</param>
    /// <param name="open">When the place is open.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public static double At(IReadOnlyList<StaffVersion> versions, OpenTimes open, long at)
    {
        foreach ((long from, long until, DateOnly of) in open.Reaching(open.Day(at)))
        {
            if (from <= at && at < until)
            {
                return Of(versions, of, at);
            }
        }

        return 0;
    }

    /// <summary>The usual staff of a day that is open, people; 0 = nobody said.</summary>
    /// <param name="versions">Oldest first.</param>
    /// <param name="day">The day on which the open span began.</param>
    /// <param name="at">Milliseconds since 1970: which version counts.</param>
    public static double Of(IReadOnlyList<StaffVersion> versions, DateOnly day, long at)
    {
        for (int i = versions.Count - 1; i >= 0; i--)
        {
            if (versions[i].ValidFrom <= at)
            {
                return versions[i].Staff.Of(OpeningHours.Weekday(day));
            }
        }

        return 0;
    }
}
