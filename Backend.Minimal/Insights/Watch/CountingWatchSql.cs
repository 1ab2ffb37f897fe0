using System.Globalization;

using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Insights.Watch;

/// <summary>A box that is to be looked at.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="PlaceId">Where it stands.</param>
internal readonly record struct WatchTarget(string DeviceId, long PlaceId);

/// <summary>An alert that is open for a box.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="CreatedAt">When it was raised, milliseconds since 1970.</param>
internal readonly record struct OpenAlert(string Type, long CreatedAt);

/// <summary>The SQL of the watch.</summary>
internal static class CountingWatchSql
{
    /// <summary>Days of a box that are looked at: the usual, an alert that is open, and what is judged.</summary>
    private const long HistoryMs = 70 * 24 * 3_600_000L;

    private const string SilentSql = """
        SELECT d.device_id, d.place_id FROM devices d
        WHERE d.status = 'active' AND d.kind = 'box' AND d.is_demo = 0 AND d.place_id IS NOT NULL AND d.last_seen_at >= $1
            AND EXISTS (SELECT 1 FROM quarters q WHERE q.device_id = d.device_id AND q.start_at >= $1)
            AND NOT EXISTS (SELECT 1 FROM quarters q WHERE q.device_id = d.device_id AND q.start_at >= $1 AND q.impressions > 0)
        UNION
        SELECT d.device_id, d.place_id FROM alerts a JOIN devices d ON d.device_id = a.device_id
        WHERE a.alert_type = 'no_counts' AND a.cleared_at IS NULL AND d.place_id IS NOT NULL
        ORDER BY 1
        """;

    private const string PlacesSql = """
        SELECT p.id, p.timezone, coalesce(w.day, '') FROM places p LEFT JOIN counting_watch w ON w.place_id = p.id
        WHERE p.retired_at IS NULL AND p.is_demo = 0
            AND EXISTS (SELECT 1 FROM devices d WHERE d.place_id = p.id AND d.status = 'active' AND d.kind = 'box')
        ORDER BY p.id
        """;

    private const string QuartersSql = """
        SELECT start_at, impressions, rssi_immediate + rssi_near + rssi_far, rssi_remote, ble_unique, listened_s
        FROM quarters WHERE device_id = $1 AND start_at >= $2 AND start_at < $3 ORDER BY start_at
        """;

    private const string ClaimSql = """
        INSERT INTO counting_watch (place_id, day) VALUES ($1, $2)
        ON CONFLICT (place_id) DO UPDATE SET day = excluded.day WHERE counting_watch.day <> excluded.day
        """;

    /// <summary>The boxes that are online and heard nothing for a while, and those of which that was said.</summary>
    public static List<WatchTarget> Silent(SqlSession session, long since)
    {
        using SqlStatement row = session.Query(SilentSql, since);
        List<WatchTarget> targets = [];
        while (row.Read())
        {
            targets.Add(new WatchTarget(row.Text(0), row.Int64(1)));
        }

        return targets;
    }

    /// <summary>Places with boxes: zone, and the day that was judged last.</summary>
    public static List<(long Id, string Zone, string Day)> Places(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query(PlacesSql);
        List<(long Id, string Zone, string Day)> places = [];
        while (row.Read())
        {
            places.Add((row.Int64(0), row.Text(1), row.Text(2)));
        }

        return places;
    }

    /// <summary>The boxes that stand at a place.</summary>
    public static List<WatchTarget> BoxesOf(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            "SELECT device_id FROM devices WHERE place_id = $1 AND status = 'active' AND kind = 'box' ORDER BY device_id", placeId);
        List<WatchTarget> targets = [];
        while (row.Read())
        {
            targets.Add(new WatchTarget(row.Text(0), placeId));
        }

        return targets;
    }

    /// <summary>What a box heard since it stands where it stands, and what is open of it.</summary>
    /// <returns>Null when it stands there no longer.</returns>
    public static (WatchedBox Box, List<OpenAlert> Open)? Read(SqlSession session, (WatchTarget Target, long Now) wanted)
    {
        (WatchTarget target, long now) = wanted;
        string zoneId;
        long from;
        using (SqlStatement row = session.Query(
            """
            SELECT p.timezone, s.from_at FROM place_devices s JOIN places p ON p.id = s.place_id
            WHERE s.device_id = $1 AND s.place_id = $2 AND s.to_at IS NULL
            """, target.DeviceId, target.PlaceId))
        {
            if (!row.Read())
            {
                return null;
            }

            zoneId = row.Text(0);
            from = row.Int64(1);
        }

        DateTimeZone zone = Zones.Of(zoneId);
        OpenTimes times = OpenTimes.Of(session, (target.PlaceId, zone));
        List<WatchedQuarter> quarters = [];

        // The quarter that goes on is not complete.
        using (SqlStatement row = session.Query(
            QuartersSql, target.DeviceId, Math.Max(from, now - HistoryMs), now - (now % WatchedQuarter.LengthMs)))
        {
            while (row.Read())
            {
                quarters.Add(new WatchedQuarter(
                    row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4), row.Int64(5)));
            }
        }

        return (
            new WatchedBox(target.DeviceId, zone, times.AreKnown, times.IsOpen, times.IsQuiet, quarters, now),
            OpenAlerts(session, target.DeviceId));
    }

    /// <summary>Notes that a place was judged on a day.</summary>
    /// <returns>False when it was already.</returns>
    public static bool Claim(SqlSession session, (long PlaceId, string Day) wanted) =>
        session.Execute(ClaimSql, wanted.PlaceId, wanted.Day) > 0;

    /// <summary>Raises what was found, with the calibration marked as stale, and closes what is over.</summary>
    public static int Settle(SqlSession session, (WatchTarget Target, string Zone, List<CountingChange> Changes, long Now) found)
    {
        foreach (CountingChange change in found.Changes)
        {
            if (change.Fault is not { } fault)
            {
                AlertSql.Clear(session, found.Target.DeviceId, change.Type, change.Message, found.Now);
                continue;
            }

            if (AlertSql.Raise(session, found.Target.DeviceId, fault.Type, change.Message!, found.Now))
            {
                string sentence = string.Create(
                    CultureInfo.InvariantCulture, $"Since {Time(found.Zone, fault.Since, "d MMMM")}: {fault.Reason}");
                CalibrationMarks.MarkStale(
                    session, found.Target.PlaceId, fault.Since, fault.Stale, sentence, Server, found.Now);
            }
        }

        return found.Changes.Count;
    }

    /// <summary>A moment by the clock of a zone.</summary>
    public static string Time(string zone, long at, string format) =>
        Instant.FromUnixTimeMilliseconds(at).InZone(Zones.Of(zone)).ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Who it was when nobody was.</summary>
    private const string Server = "server";

    private static List<OpenAlert> OpenAlerts(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(
            "SELECT alert_type, created_at FROM alerts WHERE device_id = $1 AND cleared_at IS NULL", deviceId);
        List<OpenAlert> open = [];
        while (row.Read())
        {
            open.Add(new OpenAlert(row.Text(0), row.Int64(1)));
        }

        return open;
    }
}

/// <summary>An alert that is to be raised or closed.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Fault">Why it is raised; null = it is over.</param>
/// <param name="Message">What people are told; null = nothing.</param>
internal sealed record CountingChange(string Type, CountingFault? Fault, string? Message);
