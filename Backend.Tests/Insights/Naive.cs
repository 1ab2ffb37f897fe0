using System.Globalization;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Readings;

using NodaTime;

namespace JamBox.Backend.Tests.Insights;

/// <summary>
/// The figures of the shop of <see cref="FigureTests"/>, worked out the long way: every reading is spread second by second, opening hours
/// are looked up minute by minute, and nothing is left out because it lies outside of a window.
/// </summary>
internal sealed class Naive
{
    private const long QuarterMs = 900_000;

    private static readonly DateTimeZone s_berlin = Zones.Of("Europe/Berlin");
    private static readonly long s_secondCame = Ms("2026-02-10T09:00:00Z");

    /// <summary>Where the second box stood from the morning on.</summary>
    private static readonly long s_secondDay = Ms("2026-02-10T23:00:00Z");

    /// <summary>What the two boxes reported last ends here; the second that has passed by then is 16:20 by the clock of the shop.</summary>
    private static readonly long s_elapsed = Ms("2026-03-12T15:20:00Z");

    private readonly Dictionary<(string Box, long Quarter), long[]> _quarters = [];
    private readonly string[] _boxes;
    private readonly (long ValidFrom, PeopleEstimator Estimator)[] _versions;

    /// <summary>By the first box alone: days before the second one came are compared so.</summary>
    private readonly (long ValidFrom, PeopleEstimator Estimator)[] _alone;

    public Naive(List<ReadingRow> rows, IEnumerable<(long ValidFrom, PeopleModel Model)> versions, string[] boxes)
    {
        _boxes = boxes;
        foreach (ReadingRow row in rows)
        {
            Add(row);
        }

        List<BoxSignal> signals = [.. boxes.Select((box, i) => BoxSignal.Of(
            box,
            _quarters.Where(pair => pair.Key.Box == box && StoodThere(i, pair.Key.Quarter)).Select(
                static pair => Period(pair.Key.Quarter, pair.Value)),
            i == 0 ? Ms("2025-01-01T00:00:00Z") : s_secondCame, Ms("2026-03-12T15:22:20Z")))];
        _versions = [.. versions.Select(version => (version.ValidFrom, new PeopleEstimator(version.Model, signals)))];
        _alone = [.. versions.Select(version => (version.ValidFrom, new PeopleEstimator(version.Model, [signals[0]])))];
    }

    public void Check(PlaceRange range, DateOnly first, DateOnly last, FigureStep step, Versus versus, int seed)
    {
        string again =
            $"{first} {last} {step} {versus}; again with "
            + $"JAMBOX_FIGURE_SEED={seed} dotnet test Backend.Tests --filter FiguresAreThoseOfTheReadings";
        List<(long From, long Until)> expected = Rows(first, last, step);
        Assert.Equal(expected, range.Rows.Select(static row => (Ms(row.Start), Ms(row.End))));
        long basis = Start(last);
        for (int i = 0; i < expected.Count; i++)
        {
            (long from, long until) = expected[i];
            FigureRow row = range.Rows[i];
            SpanEstimate? span = Span(from, until, from);
            Same(span?.Present, row.People, $"people of {row.Label}, {again}");
            Same(HasCounts(from) && span is not null ? Of(from).Visitors(span) : null, row.Visitors, $"visitors of {row.Label}, {again}");
            Assert.True(row.Gap is null == span?.Present is not null, $"{row.Label} {row.Gap}, {again}");
            double? level = Span(from, until, basis)?.PersonHours?.Value;
            Assert.True(Near(level, row.Activity), $"activity of {row.Label}: {level} and {row.Activity}, {again}");
            Assert.True(row.OpenSeconds == OpenSlots(from, until).Count() * 300, $"open of {row.Label}, {again}");
        }

        long[] zones = [.. Enumerable.Range(4, 4).Select(i => SumOpen(Start(first), Start(last.AddDays(1)), i))];
        long[] shown = [range.Zones.Counter, range.Zones.Store, range.Zones.Window, range.Zones.Past];
        Assert.Equal(zones, shown);
        if (versus == Versus.Usual)
        {
            double? ratio = Ratio(first, last, basis, [7, 14, 21, 28]);
            Assert.True(Near(ratio, range.Activity?.Ratio), $"usual: {ratio} and {range.Activity?.Ratio}, {again}");
        }
        else if (versus is Versus.Week or Versus.Before)
        {
            double? ratio = Ratio(first, last, basis, [versus == Versus.Week ? 7 : last.DayNumber - first.DayNumber + 1]);
            Assert.True(Near(ratio, range.Activity?.Ratio), $"then: {ratio} and {range.Activity?.Ratio}, {again}");
        }
    }

    private static bool Near(double? a, double? b) =>
        a is null == b is null && Math.Abs((a ?? 0) - (b ?? 0)) <= 1e-6 * Math.Max(1, Math.Abs(a ?? 0));

    private static void Same(PeopleRange? expected, Ranged? actual, string what) => Assert.True(
        expected is null == actual is null && Near(expected?.Low, actual?.Low) && Near(expected?.Value, actual?.Value)
        && Near(expected?.High, actual?.High), $"{what}: {expected} and {actual}");

    /// <summary>Each second of a reading gets its part, in whole numbers that add up.</summary>
    private void Add(ReadingRow row)
    {
        long[] counts =
        [
            row.Impressions, row.UniqueCount, row.ListenedSeconds!.Value, row.RadioLost ?? 0, row.RssiImmediate, row.RssiNear, row.RssiFar,
            row.RssiRemote,
        ];
        long end = (Ms(row.Timestamp!.Value) / 1000) + 1;
        int seconds = row.IntervalSeconds!.Value;
        long start = end - seconds;
        long quarterOfPeriod = Ms(row.PeriodStart) / QuarterMs * QuarterMs;
        for (int second = 0; second < seconds; second++)
        {
            long[] sums = Of(row.DeviceId, seconds <= 300 ? quarterOfPeriod : (start + second) * 1000 / QuarterMs * QuarterMs);
            for (int i = 0; i < counts.Length; i++)
            {
                sums[i] += (counts[i] * (second + 1) / seconds) - (counts[i] * second / seconds);
            }
        }

        Of(row.DeviceId, quarterOfPeriod)[8] += row.OverflowCount;
    }

    private long[] Of(string box, long quarter)
    {
        if (!_quarters.TryGetValue((box, quarter), out long[]? sums))
        {
            sums = new long[9];
            _quarters.Add((box, quarter), sums);
        }

        return sums;
    }

    private static BoxPeriod Period(long quarter, long[] c)
    {
        // The quarter of 16:15 is heard for 5 minutes; the one before it is not settled for long enough to be called deaf.
        bool isRecent = quarter >= Ms("2026-03-12T14:55:00Z");
        int length = isRecent ? (int)Math.Clamp((c[2] + 299) / 300 * 300, 300, 900) : 900;
        return new BoxPeriod(quarter, length, (int)c[2], (int)c[0], (int)c[1], (int)c[4], (int)c[5], (int)c[6], (int)c[8], (int)c[3]);
    }

    private static bool StoodThere(int box, long quarter) => box == 0 || quarter >= s_secondCame;

    /// <summary>The version in force at a moment.</summary>
    private PeopleEstimator Of(long at, bool isAlone = false) =>
        (isAlone ? _alone : _versions).Last(version => version.ValidFrom <= at).Estimator;

    /// <summary>Counts, staff and stay were said on the last day.</summary>
    private static bool HasCounts(long at) => at >= Ms("2026-03-11T23:00:00Z");

    /// <param name="basis">Moment whose model and staff count.</param>
    private SpanEstimate? Span(long from, long until, long basis)
    {
        PeopleEstimator estimator = Of(basis);
        PeopleEstimate[] slots = [.. OpenSlots(from, until).Where(static slot => slot + 300_000 <= s_elapsed)
            .Select(slot => estimator.History(slot, slot + 300_000)[0])];
        return slots.Length == 0 ? null : estimator.Span(slots, HasCounts(basis) ? StaffAt : null);
    }

    private double? Ratio(DateOnly first, DateOnly last, long basis, int[] offsets)
    {
        double all = 0;
        int slots = 0;
        Dictionary<int,
        (double Today, double Then, int Slots)> sums = offsets.ToDictionary(static offset => offset, static _ => (0.0, 0.0, 0));
        for (DateOnly day = first; day <= last; day = day.AddDays(1))
        {
            foreach (long slot in OpenSlots(Start(day), Start(day.AddDays(1))).Where(static slot => slot + 300_000 <= s_elapsed))
            {
                if (Guests(slot, basis) is not { } guests)
                {
                    continue;
                }

                all += guests;
                slots++;
                foreach (int offset in offsets)
                {
                    // Nothing of this lies in a week in which the clock is changed.
                    long then = slot - (offset * 86_400_000L);
                    bool isNamed = offsets.Length > 1 && day.AddDays(-offset) == new DateOnly(2026, 3, 5);
                    bool isAlone = then < s_secondDay;
                    if (!isNamed && IsOpen(then) && Guests(then, basis, isAlone) is { } before
                        && Guests(slot, basis, isAlone) is { } alike)
                    {
                        (double today, double past, int n) = sums[offset];
                        sums[offset] = (today + alike, past + before, n + 1);
                    }
                }
            }
        }

        double[] usual =
            [.. sums.Values.Where(sum => sum.Slots > 0 && sum.Slots * 2 >= slots).Select(sum => all * sum.Then / sum.Today).Order()];
        return usual.Length < (offsets.Length > 1 ? 2 : 1) ? null
            : all / (usual.Length % 2 == 1 ? usual[usual.Length / 2] : (usual[(usual.Length / 2) - 1] + usual[usual.Length / 2]) / 2);
    }

    private double? Guests(long slot, long basis, bool isAlone = false) =>
        Of(basis, isAlone).History(slot, slot + 300_000)[0].People is { } people
            ? Math.Max(0, people.Value - (HasCounts(basis) ? StaffAt(slot) : 0))
            : null;

    /// <summary>Staff is that of the day on which the shop opened: Monday 1, Thursday 2, Friday 1.5.</summary>
    private static double StaffAt(long slot)
    {
        LocalDateTime local = Local(slot + 150_000);
        return local.PlusHours(-4).DayOfWeek switch
        {
            IsoDayOfWeek.Monday => 1,
            IsoDayOfWeek.Thursday => 2,
            IsoDayOfWeek.Friday => 1.5,
            _ => 0,
        };
    }

    private long SumOpen(long from, long until, int column)
    {
        long sum = 0;
        foreach (((string box, long quarter), long[] counts) in _quarters)
        {
            if (quarter >= from && quarter < until && StoodThere(Array.IndexOf(_boxes, box), quarter))
            {
                int openMinutes = Enumerable.Range(0, 15).Count(minute => IsOpenAt(quarter + (minute * 60_000)));
                sum += openMinutes * 2 >= 15 ? counts[column] : 0;
            }
        }

        return sum;
    }

    private static IEnumerable<long> OpenSlots(long from, long until)
    {
        for (long slot = from; slot < until; slot += 300_000)
        {
            if (IsOpen(slot))
            {
                yield return slot;
            }
        }
    }

    private static bool IsOpen(long slot) => IsOpenAt(slot + 150_000);

    private static bool IsOpenAt(long at)
    {
        LocalDateTime local = Local(at);
        int minute = (local.Hour * 60) + local.Minute;
        if (local.Date == new LocalDate(2026, 3, 5))
        {
            return minute is >= 600 and < 720;
        }

        return local.DayOfWeek switch
        {
            IsoDayOfWeek.Monday => minute is (>= 540 and < 780) or (>= 900 and < 1110),
            IsoDayOfWeek.Tuesday or IsoDayOfWeek.Wednesday => minute is >= 540 and < 1110,
            IsoDayOfWeek.Thursday => minute is >= 550 and < 1110,
            IsoDayOfWeek.Friday => minute is >= 540 and < 1320,
            IsoDayOfWeek.Saturday => minute >= 1200,
            _ => minute < 120,
        };
    }

    private static List<(long From, long Until)> Rows(DateOnly first, DateOnly last, FigureStep step)
    {
        List<(long From, long Until)> rows = [];
        long length = step switch { FigureStep.Quarter => QuarterMs, FigureStep.Hour => 4 * QuarterMs, _ => 0 };
        for (DateOnly day = first; day <= last; day = day.AddDays(1))
        {
            long end = Start(day.AddDays(1));
            for (long at = Start(day); at < end; at += length == 0 ? end - at : length)
            {
                rows.Add((at, length == 0 ? end : at + length));
            }
        }

        return rows;
    }

    private static long Start(DateOnly day) =>
        LocalDate.FromDateOnly(day).AtStartOfDayInZone(s_berlin).ToInstant().ToUnixTimeMilliseconds();

    private static LocalDateTime Local(long at) => Instant.FromUnixTimeMilliseconds(at).InZone(s_berlin).LocalDateTime;

    private static long Ms(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private static long Ms(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;
}
