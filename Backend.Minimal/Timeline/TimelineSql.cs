using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Timeline;

/// <summary>
/// The SQL of a box's timeline. Nothing is written for it: each table is asked for what it knows of the box, in one union. Readings are
/// not among them, so that it takes as long after two years as after a day.
/// </summary>
internal static class TimelineSql
{
    /// <summary>Since when a box stands somewhere: 0 = since it was registered.</summary>
    private const string Since = "CASE WHEN s.from_at = 0 THEN d.registered_at ELSE s.from_at END";

    /// <summary>What the audit log says that no other kind of line does.</summary>
    private const string OtherChanges = "l.action NOT IN ('device.config', 'device.command', 'device.move', 'device.pin', 'pin.wrong')";

    /// <summary>
    /// $1 the box; $2, $3, $4 the line to begin before (time, source, id); $5 lines at most; $6 kinds, such as <c>,boot,place,</c>, null =
    /// all; $7 the caller's scope as a viewer; $8 as an operator: who did what is for those who look after the box.
    /// </summary>
    private static readonly string s_list = $"""
        SELECT at, source, id, kind, what, message, was, is_now, state, result, who, until_at
        FROM (
            {Boots}
            UNION ALL {Silences("2", "'silent'", "a.created_at")}
            UNION ALL {Silences("3", "'back'", "a.cleared_at")}
            UNION ALL {Alerts}
            UNION ALL {Placements("5", "'left'", "s.to_at", "CAST(NULL AS BIGINT)", isArrival: false)}
            UNION ALL {Placements("6", "'came'", Since, "s.to_at", isArrival: true)}
            UNION ALL {PlaceChanges}
            UNION ALL {Commands}
            UNION ALL {Audited("9", TimelineKind.Settings, "l.action = 'device.config'", "$7")}
            UNION ALL {Attempts}
            UNION ALL {Notifications}
            UNION ALL {Audited("12", TimelineKind.Change, OtherChanges, "$8")}
            UNION ALL {Audited("13", TimelineKind.Pin, "l.action IN ('device.pin', 'pin.wrong')", "$8")}
        ) lines
        WHERE at < $2 OR (at = $2 AND (source < $3 OR (source = $3 AND id < $4)))
        ORDER BY at DESC, source DESC, id DESC LIMIT $5
        """;

    /// <summary>
    /// A boot is a heartbeat with another boot id than the one before. Boxes of the old fleet have none: theirs is one whose uptime is
    /// shorter than before.
    /// </summary>
    private static string Boots => $"""
        SELECT h.timestamp AS at, 1 AS source, h.id AS id, 'boot' AS kind, h.rr AS what, CAST(NULL AS TEXT) AS message,
            h.last_version AS was, h.firmware_version AS is_now, CAST(NULL AS TEXT) AS state, CAST(NULL AS TEXT) AS result,
            CAST(NULL AS TEXT) AS who, CAST(NULL AS BIGINT) AS until_at
        FROM (SELECT id, device_id, timestamp, rr, b, firmware_version, uptime_seconds, lag(id) OVER beats AS last_id,
            lag(b) OVER beats AS last_b,
                lag(firmware_version) OVER beats AS last_version, lag(uptime_seconds) OVER beats AS last_uptime
            FROM heartbeats WHERE device_id = $1 AND {Wants(TimelineKind.Boot)} WINDOW beats AS (ORDER BY id)) h
        WHERE h.timestamp <= $2 AND (h.last_id IS NULL OR h.b <> h.last_b OR (h.b IS NULL AND h.uptime_seconds < h.last_uptime))
            AND {Caller.ScopeAtSql("h.device_id", "h.timestamp", "$7")}
        """;

    private static string Alerts => $"""
        SELECT a.created_at, 4, a.id, 'alert', a.alert_type, a.message, NULL, NULL,
            CASE WHEN a.cleared_at IS NULL THEN 'open' ELSE 'over' END, NULL, a.acknowledged_by, a.cleared_at
        FROM alerts a
        WHERE a.device_id = $1 AND a.alert_type <> 'offline' AND a.created_at <= $2 AND {Wants(TimelineKind.Alert)}
            AND {Caller.ScopeAtSql("a.device_id", "a.created_at", "$7")}
        """;

    /// <summary>
    /// What was done to the place of the box while it stood there, and to which other box it gave way or which it replaced.
    /// </summary>
    private static string PlaceChanges => $"""
        SELECT l.at, 7, l.id, 'place', l.action, NULL, l.before, l.after, NULL, NULL, l.who, NULL
        FROM place_devices s JOIN audit l ON l.target = 'place ' || s.place_id
        WHERE s.device_id = $1 AND l.at <= $2 AND {Wants(TimelineKind.Place)} AND {Caller.ScopePlaceSql("s.place_id", "$8")}
            AND ((l.action = 'place.change' AND l.at >= s.from_at AND (s.to_at IS NULL OR l.at < s.to_at))
                OR (l.action = 'place.replace' AND (l.before = $1 OR l.after = $1)))
        GROUP BY l.at, l.id, l.action, l.before, l.after, l.who
        """;

    private static string Commands => $"""
        SELECT c.queued_at, 8, c.id, 'command', c.command, CAST(c.arg AS TEXT), NULL, NULL, c.state, c.result, c.queued_by,
            coalesce(c.done_at, c.delivered_at)
        FROM commands c
        WHERE c.device_id = $1 AND c.queued_at <= $2 AND {Wants(TimelineKind.Command)}
            AND {Caller.ScopeAtSql("c.device_id", "c.queued_at", "$7")}
        """;

    private static string Attempts => $"""
        SELECT a.offered_at, 10, a.id, 'update', f.version, NULL, nullif(d.base_version, ''), f.version, a.state, a.why, NULL, a.ended_at
        FROM ota_attempts a JOIN ota_firmware f ON f.id = a.firmware_id JOIN ota_deltas d ON d.id = a.delta_id
        WHERE a.device_id = $1 AND a.offered_at <= $2 AND {Wants(TimelineKind.Update)}
            AND {Caller.ScopeAtSql("a.device_id", "a.offered_at", "$7")}
        """;

    private static string Notifications => $"""
        SELECT n.at, 11, n.id, 'notification', n.kind, n.message, NULL, NULL, n.state, NULL, NULL, NULL
        FROM notifications n
        WHERE n.device_id = $1 AND n.at <= $2 AND {Wants(TimelineKind.Notification)} AND {Caller.ScopePlaceSql("n.place_id", "$7")}
        """;

    /// <summary>Lists lines, newest first.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The box, where to go on, lines at most, kinds (null = all), and what the caller may see.</param>
    public static List<TimelineRow> List(
        SqlSession session, (string DeviceId, TimelinePlace Before, int Limit, string? Kinds, string? Scope, string? OperatorScope) wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.DeviceId, wanted.Before.At, wanted.Before.Source, wanted.Before.Id, wanted.Limit, wanted.Kinds, wanted.Scope,
            wanted.OperatorScope);
        List<TimelineRow> rows = [];
        while (row.Read())
        {
            rows.Add(new TimelineRow(
                new TimelinePlace(row.Int64(0), row.Int32(1), row.Int64(2)), row.Time(0), row.Text(3), row.TextOrNull(4),
                row.TextOrNull(5), row.TextOrNull(6), row.TextOrNull(7), row.TextOrNull(8), row.TextOrNull(9), row.TextOrNull(10),
                row.TimeOrNull(11)));
        }

        return rows;
    }

    /// <summary>A silence begins with its alert, and ends when that is over: two lines.</summary>
    private static string Silences(string source, string what, string at) => $"""
        SELECT {at}, {source}, a.id, 'silence', {what}, a.message, NULL, NULL, NULL, NULL, a.acknowledged_by, a.cleared_at
        FROM alerts a
        WHERE a.device_id = $1 AND a.alert_type = 'offline' AND {at} <= $2 AND {Wants(TimelineKind.Silence)}
            AND {Caller.ScopeAtSql("a.device_id", at, "$7")}
        """;

    private static string Placements(string source, string what, string at, string until, bool isArrival) => $"""
        SELECT {at}, {source}, s.id, 'place', {what}, NULL, {(isArrival ? "NULL" : "p.name")}, {(isArrival ? "p.name" : "NULL")},
            NULL, NULL, NULL, {until}
        FROM place_devices s JOIN places p ON p.id = s.place_id JOIN devices d ON d.device_id = s.device_id
        WHERE s.device_id = $1 AND {at} <= $2 AND {Wants(TimelineKind.Place)} AND {Caller.ScopePlaceSql("s.place_id", "$7")}
        """;

    private static string Audited(string source, string kind, string actions, string scope) => $"""
        SELECT l.at, {source}, l.id, '{kind}', l.action, CASE WHEN l.times > 1 THEN CAST(l.times AS TEXT) END, l.before, l.after, NULL,
            NULL,
            l.who, l.until_at
        FROM audit l
        WHERE l.target = $1 AND l.at <= $2 AND {actions} AND {Wants(kind)} AND {Caller.ScopeAtSql("l.target", "l.at", scope)}
        """;

    private static string Wants(string kind) => $"($6 IS NULL OR $6 LIKE '%,{kind},%')";
}
