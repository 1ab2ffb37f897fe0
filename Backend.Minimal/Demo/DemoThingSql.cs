using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Demo;

/// <summary>A thing of the virtual shop, as it is stored.</summary>
/// <param name="Device">Who it is to the storage.</param>
/// <param name="RegisteredAt">Since when there is one, milliseconds since 1970.</param>
/// <param name="BeatAt">Its last heartbeat; null = none yet.</param>
internal sealed record DemoThingRow(DeviceIdentity Device, long RegisteredAt, long? BeatAt);

/// <summary>The SQL of the things of the virtual shop.</summary>
internal static class DemoThingSql
{
    private const string ThingsSql = "FROM devices WHERE is_demo = 1 AND kind <> 'box'";

    /// <summary>Tables with rows of a thing by its number.</summary>
    private static readonly string[] s_byKey = ["telemetry", "telemetry_sums", "telemetry_states"];

    /// <summary>Those that there are, by id.</summary>
    public static List<DemoThingRow> List(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            """
            SELECT d.id, d.device_id, d.status, d.token_hash, d.registered_at, t.beat_at
            FROM devices d LEFT JOIN things t ON t.device_id = d.device_id
            WHERE d.is_demo = 1 AND d.kind <> 'box' AND d.status = 'active' AND d.place_id = $1 ORDER BY d.device_id
            """, placeId);
        List<DemoThingRow> rows = [];
        while (row.Read())
        {
            rows.Add(new DemoThingRow(
                new DeviceIdentity(row.Int64(0), row.Text(1), row.Text(2), row.Text(3), null), row.Int64(4), row.Int64OrNull(5)));
        }

        return rows;
    }

    /// <summary>Makes those that are missing, unless the virtual box is being removed. An id that somebody has stays theirs.</summary>
    /// <returns>How many were made.</returns>
    public static int Add(SqlSession session, (DemoBox Box, long At) wanted)
    {
        if (!DemoSql.Holds(session, wanted.Box))
        {
            return 0;
        }

        int made = 0;
        foreach (DemoThing thing in DemoCast.All)
        {
            // Nobody has the token of which this would be the hash: nobody speaks for them but the job.
            int added = session.Execute(
                """
                INSERT INTO devices (device_id, token_hash, kind, product, platform, firmware_version, timezone, registered_at, is_demo)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT (device_id) DO NOTHING
                """, thing.DeviceId, $"none {thing.DeviceId}", thing.Kind, thing.Product, thing.Platform, thing.Version,
                wanted.Box.Timezone, wanted.At);
            if (added > 0)
            {
                session.Execute("INSERT INTO things (device_id, name) VALUES ($1, $2)", thing.DeviceId, thing.Name);
                PlacementSql.Put(session, thing.DeviceId, wanted.Box.PlaceId, wanted.At);
                made++;
            }
        }

        return made;
    }

    /// <summary>Ends them: they say no more.</summary>
    public static void End(SqlSession session) =>
        session.Execute("UPDATE devices SET status = 'inactive' WHERE is_demo = 1 AND kind <> 'box'");

    /// <summary>Deletes a slice of what they said.</summary>
    /// <returns>How many rows there were.</returns>
    public static int RemoveHistory(SqlSession session, int rows)
    {
        List<(long Key, long At)> slice = [];
        using (SqlStatement oldest = session.Query(
            $"SELECT device_key, t FROM telemetry WHERE device_key IN (SELECT id {ThingsSql}) ORDER BY device_key, t LIMIT $1", rows))
        {
            while (oldest.Read())
            {
                slice.Add((oldest.Int64(0), oldest.Int64(1)));
            }
        }

        foreach (IGrouping<long, long> ofOne in slice.GroupBy(static one => one.Key, static one => one.At))
        {
            session.Execute("DELETE FROM telemetry WHERE device_key = $1 AND t <= $2", ofOne.Key, ofOne.Max());
        }

        return slice.Count;
    }

    /// <summary>Deletes them, with the rest of what hangs on them.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="tables">Tables with rows of a device by its id, the devices last.</param>
    public static void Remove(SqlSession session, IReadOnlyList<string> tables)
    {
        foreach (string table in s_byKey)
        {
            session.Execute($"DELETE FROM {table} WHERE device_key IN (SELECT id {ThingsSql})");
        }

        session.Execute(
            $"""
            DELETE FROM notification_marks WHERE notification_id IN
                (SELECT id FROM notifications WHERE device_id IN (SELECT device_id {ThingsSql}))
            """);
        foreach (string table in tables)
        {
            session.Execute($"DELETE FROM {table} WHERE device_id IN (SELECT device_id {ThingsSql})");
        }
    }
}
