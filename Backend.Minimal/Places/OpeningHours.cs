using System.Globalization;

using JamBox.Backend.Insights;

using NodaTime;

using Period = JamBox.Backend.Insights.Period;

namespace JamBox.Backend.Places;

/// <summary>
/// Opening hours of one day, by the place's clock: spans such as <c>09:00-13:00</c>. One that ends after midnight ends the day after:
/// <c>22:00-02:00</c>; <c>00:00-24:00</c> is the whole day. None = closed.
/// </summary>
internal static class OpeningHours
{
    /// <summary>Spans in a day.</summary>
    public const int MaxSpans = 6;

    /// <summary>What a span must be, for refusals.</summary>
    public const string Rule = "spans such as 09:00-13:00, in order, not overlapping, at most 6 a day; 22:00-02:00 ends the day after";

    private const int DayMinutes = 24 * 60;

    /// <summary>The names of the days on the wire; Monday first.</summary>
    public static readonly string[] Weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    /// <summary>1 = Monday, 7 = Sunday.</summary>
    public static int Weekday(DateOnly day) => day.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)day.DayOfWeek;

    /// <summary>Checks spans.</summary>
    /// <param name="spans">As they came.</param>
    /// <param name="stored">As they are stored: joined by commas; empty = closed.</param>
    /// <returns>False when one is none, or they overlap.</returns>
    public static bool TryStore(IReadOnlyList<string> spans, out string stored)
    {
        stored = string.Join(',', spans);
        int last = -1;
        bool fine = spans.Count <= MaxSpans;
        for (int i = 0; fine && i < spans.Count; i++)
        {
            fine = TryParse(spans[i], out int from, out int until) && from > last && (until <= DayMinutes || i == spans.Count - 1);
            last = until - 1;
        }

        // What goes on after midnight must be over before the day's own first span.
        return fine && (last < DayMinutes || (TryParse(spans[0], out int first, out _) && last - DayMinutes < first));
    }

    /// <summary>Whether a day goes on into the first span of the next one.</summary>
    /// <param name="spans">Of the day.</param>
    /// <param name="next">Of the next day.</param>
    public static bool Overlap(IReadOnlyList<string> spans, IReadOnlyList<string> next) =>
        spans.Count > 0 && next.Count > 0 && TryParse(spans[^1], out _, out int until) && TryParse(next[0], out int from, out _)
        && until - DayMinutes > from;

    /// <summary>
    /// Periods without those that the clock leaves nothing of (it jumps over them), and without what is open already: the day before may go
    /// on into a day whose hours are others than its name's.
    /// </summary>
    /// <param name="periods">In order.</param>
    /// <param name="closed">When what came before ended; is moved on.</param>
    public static IReadOnlyList<Period> Apart(IReadOnlyList<Period> periods, ref DateTime closed)
    {
        List<Period> apart = [];
        foreach (Period period in periods)
        {
            DateTime from = period.From < closed ? closed : period.From;
            if (from < period.Until)
            {
                apart.Add(period with { From = from });
                closed = period.Until;
            }
        }

        return apart;
    }

    /// <summary>The spans as they are shown.</summary>
    public static IReadOnlyList<string> Shown(string stored) => stored.Length == 0 ? [] : stored.Split(',');

    /// <summary>The spans of a day as moments.</summary>
    /// <param name="stored">As they are stored.</param>
    /// <param name="zone">The place's zone.</param>
    /// <param name="day">The day.</param>
    public static IReadOnlyList<Period> Of(string stored, DateTimeZone zone, DateOnly day)
    {
        List<Period> periods = [];
        foreach (string span in Shown(stored))
        {
            if (TryParse(span, out int from, out int until))
            {
                periods.Add(new Period(Moment(zone, day, from), Moment(zone, day, until)));
            }
        }

        return periods;
    }

    private static DateTime Moment(DateTimeZone zone, DateOnly day, int minute)
    {
        DateOnly at = day.AddDays(minute / DayMinutes);
        return DateTime.UnixEpoch.AddMilliseconds(PlaceDay.At(zone, at, minute % DayMinutes));
    }

    private static bool TryParse(string span, out int from, out int until)
    {
        until = 0;
        bool fine = TryMinute(span.AsSpan(0, Math.Min(5, span.Length)), out from) && span.Length == 11 && span[5] == '-' && TryMinute(
            span.AsSpan(6), out until)
            && from < DayMinutes && from != until;
        until = until < from ? until + DayMinutes : until;
        return fine;
    }

    /// <summary>Minutes from midnight, of text such as 09:30; 24:00 too.</summary>
    private static bool TryMinute(ReadOnlySpan<char> text, out int minute)
    {
        minute = 0;
        if (text.Length != 5 || text[2] != ':'
            || !int.TryParse(text[..2], NumberStyles.None, CultureInfo.InvariantCulture, out int hours)
            || !int.TryParse(text[3..], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes))
        {
            return false;
        }

        minute = (hours * 60) + minutes;
        return minutes < 60 && minute <= DayMinutes;
    }
}
