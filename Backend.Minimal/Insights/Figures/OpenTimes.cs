using JamBox.Backend.Places;
using JamBox.Backend.Storage;

using NodaTime;

using Period = JamBox.Backend.Insights.Period;

namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// When a place is open: hours of the week, exceptions, by its own clock. Where nobody said the hours, it is always open, except on days
/// that were named.
/// </summary>
internal sealed class OpenTimes
{
    private const long MinuteMs = 60_000;

    private readonly DateTimeZone _zone;
    private readonly HoursChange? _hours;
    private readonly Dictionary<DateOnly, ExceptionRow> _exceptions;

    /// <summary>Spans worked out so far, by the day on which they begin: milliseconds since 1970.</summary>
    private readonly Dictionary<DateOnly, (long From, long Until)[]> _days = [];

    /// <summary>The day that was looked up last, and its bounds: questions come in order of time.</summary>
    private (DateOnly Day, long Start, long End) _last;

    /// <summary>Makes the hours.</summary>
    /// <param name="zone">The place's zone.</param>
    /// <param name="hours">The hours of a week; null = nobody said.</param>
    /// <param name="exceptions">The days that are not as others of their name.</param>
    public OpenTimes(DateTimeZone zone, HoursChange? hours, IEnumerable<ExceptionRow> exceptions)
    {
        _zone = zone;
        _hours = hours;
        _exceptions = exceptions.ToDictionary(static row => DateOnly.ParseExact(row.Day, "yyyy-MM-dd"));
    }

    /// <summary>Whether somebody said the hours of the week.</summary>
    public bool AreKnown => _hours is not null;

    /// <summary>Reads the hours of a place.</summary>
    public static OpenTimes Of(SqlSession session, (long PlaceId, DateTimeZone Zone) wanted) =>
        new(
            wanted.Zone, HoursSql.Of(session, wanted.PlaceId),
            HoursSql.Exceptions(session, (wanted.PlaceId, HoursSql.Day(DateOnly.MinValue), HoursSql.Day(DateOnly.MaxValue))));

    /// <summary>What was noted of a day that is not as others of its name; null = it is.</summary>
    public DayNote? Note(DateOnly day) => _exceptions.TryGetValue(day, out ExceptionRow? row)
        ? new DayNote(row.Day, row.Open.Count == 0, row.Note ?? "")
        : null;

    /// <summary>How long the place is open between two moments, ms.</summary>
    public long OpenMs(long from, long until)
    {
        DateOnly first = NearDay(from).AddDays(-1), last = NearDay(Math.Max(from, until - 1));
        long open = 0;
        for (DateOnly day = first; day <= last; day = day.AddDays(1))
        {
            foreach ((long start, long end) in Spans(day))
            {
                open += Math.Max(0, Math.Min(until, end) - Math.Max(from, start));
            }
        }

        return open;
    }

    /// <summary>The spans that can reach into a day, milliseconds since 1970: its own, and those that began the day before.</summary>
    public IEnumerable<(long From, long Until, DateOnly Of)> Reaching(DateOnly day)
    {
        foreach (DateOnly began in new[] { day.AddDays(-1), day })
        {
            foreach ((long from, long until) in Spans(began))
            {
                yield return (from, until, began);
            }
        }
    }

    /// <summary>Whether the place is open at least half of a time.</summary>
    public bool IsOpen(long from, long until) => OpenMs(from, until) * 2 >= until - from;

    /// <summary>
    /// Whether nobody is there to be expected in a time: it is closed, and was half an hour before it and is half an hour after.
    /// </summary>
    public bool IsQuiet(long from, long until) => OpenMs(from - (30 * MinuteMs), until + (30 * MinuteMs)) == 0;

    /// <summary>The day that it is at a moment, by the place's clock.</summary>
    public DateOnly Day(long at) => PlaceDay.Today(_zone, DateTimeOffset.FromUnixTimeMilliseconds(at));

    /// <summary>
    /// As <see cref="Day"/>, kept for the next question. Where a clock that is put back shows the evening before once more, the day after
    /// it: for <see cref="OpenMs"/>, which looks a day back, that is the same.
    /// </summary>
    private DateOnly NearDay(long at)
    {
        if (at < _last.Start || at >= _last.End)
        {
            DateOnly day = Day(at);
            _last = (day, PlaceDay.Start(_zone, day), PlaceDay.Start(_zone, day.AddDays(1)));
        }

        return _last.Day;
    }

    private (long From, long Until)[] Spans(DateOnly day)
    {
        if (!_days.TryGetValue(day, out (long From, long Until)[]? spans))
        {
            spans = Find(day);
            _days.Add(day, spans);
        }

        return spans;
    }

    private (long From, long Until)[] Find(DateOnly day)
    {
        IReadOnlyList<string>? said = _exceptions.GetValueOrDefault(day)?.Open ?? _hours?.Of(OpeningHours.Weekday(day));
        return said is null
            ? [(PlaceDay.Start(_zone, day), PlaceDay.Start(_zone, day.AddDays(1)))]
            : [.. OpeningHours.Of(string.Join(',', said), _zone, day).Select(static period => (Ms(period.From), Ms(period.Until)))];
    }

    private static long Ms(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;
}
