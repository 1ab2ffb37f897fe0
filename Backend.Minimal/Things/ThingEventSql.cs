using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Things;

/// <summary>The SQL of what happens to things and of what they show.</summary>
internal static class ThingEventSql
{
    /// <summary>Bytes of an event at most.</summary>
    public const int MaxEventBytes = 4 * 1024;

    /// <summary>Bytes of a snapshot at most.</summary>
    public const int MaxSnapshotBytes = 64 * 1024;

    /// <summary>Events of one device that are kept: the newest.</summary>
    private const int MaxOfDevice = 10_000;

    private static readonly string s_list = $"""
        SELECT id, at, type, data FROM thing_events
        WHERE device_id = $1 AND id < $2 AND ($3 IS NULL OR type = $3) AND {Caller.ScopeAtSql("thing_events.device_id", "thing_events.at", "$5")}
        ORDER BY id DESC LIMIT $4
        """;

    /// <summary>Keeps an event.</summary>
    /// <returns>Whether it is a thing or gateway.</returns>
    public static bool Add(SqlSession session, (string DeviceId, string Type, string Data, long At) word)
    {
        if (!ThingSql.Hold(session, word.DeviceId))
        {
            return false;
        }

        Seen(session, word.DeviceId, word.At);
        long id;
        using (SqlStatement row = session.Query(
            "INSERT INTO thing_events (device_id, at, type, data) VALUES ($1, $2, $3, $4) RETURNING id", word.DeviceId, word.At, word.Type,
            word.Data))
        {
            row.Read();
            id = row.Int64(0);
        }

        if (id % 100 == 0)
        {
            session.Execute(
                """
                DELETE FROM thing_events WHERE device_id = $1 AND id <= (
                    SELECT id FROM thing_events WHERE device_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)
                """, word.DeviceId, MaxOfDevice);
        }

        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'thing_event', $2, $3)", word.At, word.DeviceId,
            string.Create(CultureInfo.InvariantCulture, $"{{\"device_id\":\"{word.DeviceId}\",\"id\":{id},\"type\":\"{word.Type}\"}}"));
        return true;
    }

    /// <summary>Lists events of a device, newest first.</summary>
    public static List<ThingEvent> List(
        SqlSession session, (string DeviceId, long Before, string? Type, int Limit, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.DeviceId, wanted.Before, wanted.Type, wanted.Limit, wanted.Scope);
        List<ThingEvent> rows = [];
        while (row.Read())
        {
            rows.Add(new ThingEvent(row.Int64(0), row.Time(1), row.Text(2), JsonElement.Parse(row.Text(3))));
        }

        return rows;
    }

    /// <summary>Keeps what a device shows, in the place of what it showed before.</summary>
    /// <returns>Whether it is a thing or gateway.</returns>
    public static bool Show(SqlSession session, (string DeviceId, string Data, long At) word)
    {
        if (!ThingSql.Hold(session, word.DeviceId))
        {
            return false;
        }

        Seen(session, word.DeviceId, word.At);
        session.Execute(
            """
            INSERT INTO thing_snapshots (device_id, at, data) VALUES ($1, $2, $3)
            ON CONFLICT (device_id) DO UPDATE SET at = excluded.at, data = excluded.data
            """, word.DeviceId, word.At, word.Data);
        ThingCommandSql.IsDone(session, word.DeviceId, ThingCommandRequest.Snapshot, word.At);
        return true;
    }

    /// <summary>What a device shows.</summary>
    public static ThingSnapshot Shown(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT at, data FROM thing_snapshots WHERE device_id = $1", deviceId);
        return row.Read() ? new ThingSnapshot(row.Time(0), JsonElement.Parse(row.Text(1))) : new ThingSnapshot(null, null);
    }

    private static void Seen(SqlSession session, string deviceId, long at) => session.Execute(
        "UPDATE devices SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END WHERE device_id = $1", deviceId, at);
}
