using System.Globalization;

using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Operation;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>The SQL of when places are fitted, of what an owner says of stays, and of what boxes hear when nobody is there.</summary>
internal static class FitSql
{
    private const string BaselineSql = """
        SELECT id, device_id, found_at, far, near, samples, guessed, quiet_from_hour, drift_per_week, half_far FROM box_baselines
        """;

    /// <summary>Has a place fitted as soon as somebody comes round to it.</summary>
    public static void MakeDue(SqlSession session, long placeId, long now) => session.Execute(
        """
        INSERT INTO place_fits (place_id, due_at) VALUES ($1, $2)
        ON CONFLICT (place_id) DO UPDATE SET due_at = excluded.due_at, attempts = 0
        """, placeId, now);

    /// <summary>When a place is fitted next; null = nobody knows, or never by itself.</summary>
    public static long? DueAt(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT due_at FROM place_fits WHERE place_id = $1", placeId);
        return row.Read() && row.Int64(0) != DeadLetterSql.Parked ? row.Int64(0) : null;
    }

    /// <summary>The mean stay that the owner has said, minutes; null = nobody did.</summary>
    public static double? Stay(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT stay_minutes FROM place_fits WHERE place_id = $1", placeId);
        return row.Read() ? row.RealOrNull(0) : null;
    }

    /// <summary>Sets the mean stay, or forgets it.</summary>
    public static int SetStay(SqlSession session, (long PlaceId, double? Minutes, string Who, long At) wanted)
    {
        double? before = Stay(session, wanted.PlaceId);
        MakeDue(session, wanted.PlaceId, wanted.At);
        session.Execute("UPDATE place_fits SET stay_minutes = $2 WHERE place_id = $1", wanted.PlaceId, wanted.Minutes);
        Audit.Note(
            session, wanted.Who, "place.stay", PlaceSql.Target(wanted.PlaceId), Minutes(before), Minutes(wanted.Minutes), wanted.At);
        return 1;
    }

    /// <summary>Lists what boxes of a place hear when nobody is there, newest first.</summary>
    public static List<BaselineRow> Baselines(SqlSession session, (long PlaceId, string? DeviceId, long Before, int Limit) wanted) =>
        Rows(session.Query(
            $"{BaselineSql} WHERE place_id = $1 AND ($2 IS NULL OR device_id = $2) AND id < $3 ORDER BY id DESC LIMIT $4", wanted.PlaceId,
            wanted.DeviceId, wanted.Before, wanted.Limit));

    /// <summary>The newest of each box that stands there.</summary>
    public static List<BaselineRow> NewestBaselines(SqlSession session, long placeId) =>
        Rows(session.Query(
            $"""
            {BaselineSql} WHERE id IN (SELECT max(id) FROM box_baselines WHERE place_id = $1 GROUP BY device_id)
                AND device_id IN (SELECT device_id FROM devices WHERE place_id = $1) ORDER BY device_id
            """, placeId));

    /// <summary>The newest of each box that was ever there, by device id.</summary>
    public static Dictionary<string, KnownBaseline> KnownBaselines(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            $"{BaselineSql} WHERE id IN (SELECT max(id) FROM box_baselines WHERE place_id = $1 GROUP BY device_id)", placeId);
        Dictionary<string, KnownBaseline> known = new(StringComparer.Ordinal);
        while (row.Read())
        {
            known[row.Text(1)] = new KnownBaseline(
                new Baseline(row.Real(3), row.Real(9), row.Real(4), row.Int32(5), row.Int32(6) == 1, row.Int32(7), row.Real(8)),
                row.Int64(2));
        }

        return known;
    }

    /// <summary>Notes what a box hears when nobody is there.</summary>
    public static void AddBaseline(SqlSession session, long placeId, string deviceId, Baseline found, long now) => session.Execute(
        """
        INSERT INTO box_baselines (place_id, device_id, found_at, far, half_far, near, samples, guessed, quiet_from_hour, drift_per_week)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """, placeId, deviceId, now, found.Far, found.HalfFar, found.Near, found.Samples, found.IsGuessed, found.QuietFromHour,
        found.DriftPerWeek);

    private static List<BaselineRow> Rows(SqlStatement statement)
    {
        using SqlStatement row = statement;
        List<BaselineRow> rows = [];
        while (row.Read())
        {
            bool isGuessed = row.Int32(6) == 1;
            rows.Add(new BaselineRow(
                row.Int64(0), row.Text(1), row.Time(2), row.Real(3), row.Real(4), row.Int32(5), isGuessed, isGuessed ? row.Int32(7) : null,
                row.Real(8)));
        }

        return rows;
    }

    private static string? Minutes(double? minutes) => minutes is { } m ? $"{m.ToString(CultureInfo.InvariantCulture)} min" : null;
}

/// <summary>What a box was last found to hear when nobody is there.</summary>
/// <param name="Baseline">What.</param>
/// <param name="FoundAt">When, milliseconds since 1970.</param>
internal readonly record struct KnownBaseline(Baseline Baseline, long FoundAt);
