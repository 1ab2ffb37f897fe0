using System.Globalization;

using JamBox.Backend.Insights;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>The SQL of opening hours.</summary>
internal static class HoursSql
{
    /// <summary>Exceptions of one place.</summary>
    public const int MaxExceptions = 1000;

    /// <summary>The hours of a place; null when nobody said.</summary>
    public static HoursChange? Of(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            "SELECT h.weekday, h.spans FROM place_hours h JOIN places p ON p.id = h.place_id WHERE p.id = $1 AND p.hours_known = 1",
            placeId);
        HoursChange? hours = null;
        while (row.Read())
        {
            hours ??= new HoursChange();
            hours.Set(row.Int32(0), OpeningHours.Shown(row.Text(1)));
        }

        return hours;
    }

    /// <summary>Sets the hours of a week, or forgets them.</summary>
    public static Refusal? Set(SqlSession session, (long PlaceId, HoursChange? Hours, string Who, long At) wanted)
    {
        if (!PlaceSql.IsInUse(session, wanted.PlaceId))
        {
            return PlaceAccess.Retired;
        }

        string? before = Of(session, wanted.PlaceId)?.ToString();
        string? after = wanted.Hours?.ToString();
        if (after == before)
        {
            return null;
        }

        session.Execute("UPDATE places SET hours_known = $2 WHERE id = $1", wanted.PlaceId, wanted.Hours is not null);
        session.Execute("DELETE FROM place_hours WHERE place_id = $1", wanted.PlaceId);
        for (int weekday = 1; wanted.Hours is not null && weekday <= 7; weekday++)
        {
            OpeningHours.TryStore(wanted.Hours.Of(weekday), out string spans);
            session.Execute("INSERT INTO place_hours (place_id, weekday, spans) VALUES ($1, $2, $3)", wanted.PlaceId, weekday, spans);
        }

        Audit.Note(session, wanted.Who, "place.hours", PlaceSql.Target(wanted.PlaceId), before, after, wanted.At);
        return null;
    }

    /// <summary>Lists exceptions by day.</summary>
    public static List<ExceptionRow> Exceptions(SqlSession session, (long PlaceId, string From, string Until) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT day, spans, note FROM place_exceptions WHERE place_id = $1 AND day >= $2 AND day <= $3 ORDER BY day", wanted.PlaceId,
            wanted.From, wanted.Until);
        List<ExceptionRow> rows = [];
        while (row.Read())
        {
            rows.Add(new ExceptionRow(row.Text(0), OpeningHours.Shown(row.Text(1)), row.TextOrNull(2)));
        }

        return rows;
    }

    /// <summary>Sets an exception.</summary>
    public static Refusal? SetException(SqlSession session, (long PlaceId, string Day, ExceptionChange Change, string Who, long At) wanted)
    {
        if (!PlaceSql.IsInUse(session, wanted.PlaceId))
        {
            return PlaceAccess.Retired;
        }

        string? before = OneDay(session, wanted.PlaceId, wanted.Day);
        if (before is null && Count(session, wanted.PlaceId) >= MaxExceptions)
        {
            return Refusal.Conflict(
                string.Create(CultureInfo.InvariantCulture, $"A place has at most {MaxExceptions} exceptions: remove old ones"));
        }

        OpeningHours.TryStore(wanted.Change.Open!, out string spans);
        session.Execute(
            """
            INSERT INTO place_exceptions (place_id, day, spans, note) VALUES ($1, $2, $3, $4)
            ON CONFLICT (place_id, day) DO UPDATE SET spans = excluded.spans, note = excluded.note
            """, wanted.PlaceId, wanted.Day, spans, wanted.Change.Note);
        string? after = OneDay(session, wanted.PlaceId, wanted.Day);
        if (after != before)
        {
            Audit.Note(session, wanted.Who, "place.exception", PlaceSql.Target(wanted.PlaceId), before, after, wanted.At);
        }

        return null;
    }

    /// <summary>Removes an exception.</summary>
    /// <returns>Why there is nothing removed.</returns>
    public static Refusal? RemoveException(SqlSession session, (long PlaceId, string Day, string Who, long At) wanted)
    {
        if (!PlaceSql.IsInUse(session, wanted.PlaceId))
        {
            return PlaceAccess.Retired;
        }

        string? before = OneDay(session, wanted.PlaceId, wanted.Day);
        if (session.Execute("DELETE FROM place_exceptions WHERE place_id = $1 AND day = $2", wanted.PlaceId, wanted.Day) == 0)
        {
            return Refusal.NotFound("There is no exception on that day");
        }

        Audit.Note(session, wanted.Who, "place.exception", PlaceSql.Target(wanted.PlaceId), before, null, wanted.At);
        return null;
    }

    /// <summary>When a place is open, day by day; null when nobody said.</summary>
    public static List<OpenDay>? Open(SqlSession session, (long PlaceId, NodaTime.DateTimeZone Zone, DateOnly First, DateOnly Last) wanted)
    {
        HoursChange? hours = Of(session, wanted.PlaceId);
        DateOnly dayBefore = wanted.First.AddDays(-1);
        Dictionary<string, ExceptionRow> exceptions = Exceptions(session, (wanted.PlaceId, Day(dayBefore), Day(wanted.Last)))
            .ToDictionary(static row => row.Day);
        if (hours is null && !exceptions.Values.Any(row => row.Day != Day(dayBefore)))
        {
            return null;
        }

        List<OpenDay> days = [];
        DateTime closed = DateTime.MinValue;
        for (DateOnly day = dayBefore; day <= wanted.Last; day = day.AddDays(1))
        {
            ExceptionRow? exception = exceptions.GetValueOrDefault(Day(day));
            IReadOnlyList<string> spans = exception?.Open ?? hours?.Of(OpeningHours.Weekday(day)) ?? [];
            IReadOnlyList<Period> open = OpeningHours.Apart(OpeningHours.Of(string.Join(',', spans), wanted.Zone, day), ref closed);
            days.Add(new OpenDay(Day(day), open, exception is null ? null : exception.Note ?? ""));
        }

        // The first one was looked at for what it leaves of the next.
        return days[1..];
    }

    /// <summary>A day as text: <c>2026-12-24</c>.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(IReadOnlyList<string> spans) => spans.Count == 0 ? "closed" : string.Join(',', spans);

    /// <summary>The exception of a day in words, for the audit log; null when there is none.</summary>
    private static string? OneDay(SqlSession session, long placeId, string day) =>
        Exceptions(session, (placeId, day, day)).FirstOrDefault() is { } row ? $"{day} {Text(row.Open)} {row.Note}".TrimEnd() : null;

    private static int Count(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT count(*) FROM place_exceptions WHERE place_id = $1", placeId);
        row.Read();
        return row.Int32(0);
    }
}
