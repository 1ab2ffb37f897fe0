using System.Globalization;

using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>The usual staff from a moment on.</summary>
/// <param name="ValidFrom">Milliseconds since 1970.</param>
/// <param name="Staff">By weekday.</param>
internal readonly record struct StaffVersion(long ValidFrom, StaffChange Staff);

/// <summary>The SQL of usual staff. It has versions as models have: what was worked out stays.</summary>
internal static class StaffSql
{
    private const string SelectSql =
        "SELECT valid_from, monday, tuesday, wednesday, thursday, friday, saturday, sunday FROM place_staff WHERE place_id = $1";

    private const int MostNoted = 20;

    /// <summary>The versions, oldest first.</summary>
    public static List<StaffVersion> All(SqlSession session, long placeId) =>
        Rows(session.Query($"{SelectSql} ORDER BY valid_from", placeId));

    /// <summary>What counts now; null = nobody said.</summary>
    public static StaffChange? Newest(SqlSession session, long placeId) =>
        All(session, placeId) is { Count: > 0 } all ? all[^1].Staff : null;

    /// <summary>Sets the usual staff from the place's today on.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place; the staff, null = none; the start of today there; who, when.</param>
    public static int Set(SqlSession session, (long PlaceId, StaffChange? Staff, long ValidFrom, string Who, long At) wanted)
    {
        StaffChange? before = Newest(session, wanted.PlaceId);
        Put(session, wanted.PlaceId, wanted.ValidFrom, wanted.Staff ?? new StaffChange());
        FitSql.MakeDue(session, wanted.PlaceId, wanted.At);
        Audit.Note(session, wanted.Who, "place.staff", PlaceSql.Target(wanted.PlaceId), Text(before), Text(wanted.Staff), wanted.At);
        return 1;
    }

    /// <summary>Has today's staff count from another moment on.</summary>
    /// <returns>The versions that counted from then on until now, for the audit log; null = today's did already.</returns>
    public static string? Recalculate(SqlSession session, long placeId, long from, long now)
    {
        List<StaffVersion> versions = All(session, placeId);
        StaffVersion today = versions.FindLast(version => version.ValidFrom <= now), then = versions.FindLast(
            version => version.ValidFrom <= from);
        string staff = Text(today.Staff ?? new StaffChange())!;
        List<StaffVersion> later = versions.FindAll(version => version.ValidFrom > from);
        if (Text(then.Staff ?? new StaffChange()) == staff && later.TrueForAll(version => Text(version.Staff) == staff))
        {
            return null;
        }

        session.Execute("DELETE FROM place_staff WHERE place_id = $1 AND valid_from >= $2", placeId, from);
        Put(session, placeId, from, today.Staff ?? new StaffChange());
        string before = Text(then.Staff) ?? "none";
        return string.Join(", ", later.TakeLast(MostNoted).Select(static version => $"{Day(version.ValidFrom)} {Text(version.Staff)}")
            .Prepend(before));
    }

    private static string Day(long at) =>
        DateTime.UnixEpoch.AddMilliseconds(at).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);

    private static void Put(SqlSession session, long placeId, long validFrom, StaffChange s) => session.Execute(
        """
        INSERT INTO place_staff (place_id, valid_from, monday, tuesday, wednesday, thursday, friday, saturday, sunday)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (place_id, valid_from) DO UPDATE SET monday = excluded.monday, tuesday = excluded.tuesday,
            wednesday = excluded.wednesday, thursday = excluded.thursday, friday = excluded.friday, saturday = excluded.saturday,
            sunday = excluded.sunday
        """, placeId, validFrom, s.Monday, s.Tuesday, s.Wednesday, s.Thursday, s.Friday, s.Saturday, s.Sunday);

    private static List<StaffVersion> Rows(SqlStatement statement)
    {
        using SqlStatement row = statement;
        List<StaffVersion> rows = [];
        while (row.Read())
        {
            StaffChange staff = new();
            for (int weekday = 1; weekday <= 7; weekday++)
            {
                staff.Set(weekday, row.Real(weekday));
            }

            rows.Add(new StaffVersion(row.Int64(0), staff));
        }

        return rows;
    }

    private static string? Text(StaffChange? staff) => staff is null
        ? null
        : string.Join(' ', Enumerable.Range(1, 7).Select(
            weekday => $"{OpeningHours.Weekdays[weekday - 1][..2]} {staff.Of(weekday).ToString(CultureInfo.InvariantCulture)}"));
}
