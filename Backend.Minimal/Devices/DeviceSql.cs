using JamBox.Backend.Demo;
using JamBox.Backend.Insights;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>The SQL of devices.</summary>
internal static class DeviceSql
{
    private const string TouchSet = """
        UPDATE devices SET
            last_seen_at = $2,
            last_signal_dbm = coalesce($3, last_signal_dbm),
            last_battery_pct = coalesce($4, last_battery_pct),
            firmware_version = coalesce($5, firmware_version),
            b = coalesce($6, b),
            cv = coalesce($7, cv),
            degraded = coalesce($8, degraded),
            live_before = CASE WHEN live_minute = $9 THEN live_before WHEN live_minute = $9 - 1 THEN live_now ELSE 0 END,
            live_now = CASE WHEN live_minute = $9 THEN live_now ELSE 0 END + $10,
            live_minute = $9,
            readings_total = readings_total + $11,
            impressions_total = impressions_total + $12,
            unique_total = unique_total + $13,
            apple_total = apple_total + $14,
            android_total = android_total + $15,
            other_total = other_total + $16
        """;

    private const string TouchAnswer = $"RETURNING config_version, has_commands, anomalous, live_before + live_now, {LifeSql.AwaitedSql}";

    private const string TouchSql = $"{TouchSet} WHERE device_id = $1 {TouchAnswer}";

    /// <summary>
    /// The same for many devices at once, from arrays. Their rows are locked in the order of their ids first, so that two processes
    /// never wait for each other in a ring.
    /// </summary>
    private static readonly string s_touchMany = $"""
        WITH words AS MATERIALIZED (
            SELECT word.*
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                AS word (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16)
            JOIN devices ON device_id = v1
            ORDER BY device_id
            FOR NO KEY UPDATE OF devices)
        {TouchSet.Replace('$', 'v')}
        FROM words
        WHERE device_id = v1
        {TouchAnswer}, device_id
        """;

    private static readonly string s_insert =
        $"{DeviceColumns.Table.InsertInto} VALUES ({DeviceColumns.Table.Parameters}) ON CONFLICT (device_id) DO NOTHING";

    private static readonly string s_visible = "SELECT 1 FROM devices WHERE device_id = $1 AND " + Caller.ScopeSql("device_id", "$2");

    private static readonly string s_wasVisible = $"""
        SELECT 1 FROM devices WHERE device_id = $1 AND ($2 IS NULL
            OR EXISTS (SELECT 1 FROM place_devices stood WHERE stood.device_id = $1 AND {Caller.ScopePlaceSql("stood.place_id", "$2")}))
        """;

    private static readonly string s_list =
        $"{DeviceColumns.Table.Select} WHERE device_id > $1 AND ($4 IS NULL OR place_id = $4) "
        + "AND ($6 IS NULL OR kind = $6) AND ($7 IS NULL OR answers = $7) "
        + $"AND ($5 IS NULL OR device_id IN (SELECT device_id FROM device_tags WHERE tag = $5)) AND {Caller.ScopeSql("device_id", "$3")} ORDER BY device_id LIMIT $2";

    private static readonly string s_one = DeviceColumns.Table.Select + " WHERE device_id = $1";

    /// <summary>Notes that a device has spoken.</summary>
    public static TouchedDevice Touch(SqlSession session, DeviceWord word)
    {
        using SqlStatement row = session.Query(TouchSql, Values(word));
        row.Read();
        return Touched(row);
    }

    /// <summary>Notes that devices have spoken, each once.</summary>
    /// <returns>What the storage says about each, by its id; nothing about one that was deleted meanwhile.</returns>
    public static Dictionary<string, TouchedDevice> TouchAll(SqlSession session, IReadOnlyCollection<DeviceWord> words)
    {
        Dictionary<string, TouchedDevice> touched = new(words.Count, StringComparer.Ordinal);
        if (session.TakesArrays)
        {
            ArrayStatement touching = Touching(words);
            using SqlStatement row = session.QueryMany(touching.Sql, touching.Rows);
            Take(row, touched);
        }
        else
        {
            foreach (DeviceWord word in words)
            {
                using SqlStatement row = session.Query(TouchSql, Values(word));
                if (row.Read())
                {
                    touched.Add(word.DeviceId, Touched(row));
                }
            }
        }

        return touched;
    }

    /// <summary>The statement that does the same from arrays; <see cref="Take"/> reads its rows.</summary>
    public static ArrayStatement Touching(IReadOnlyCollection<DeviceWord> words) => new(s_touchMany, [.. words.Select(Values)]);

    /// <summary>Reads what <see cref="Touching"/> says.</summary>
    public static void Take(SqlStatement row, Dictionary<string, TouchedDevice> touched)
    {
        while (row.Read())
        {
            touched.Add(row.Text(5), Touched(row));
        }
    }

    /// <summary>What a device's answer needs, when nothing of it is written.</summary>
    public static TouchedDevice Look(SqlSession session, long deviceKey)
    {
        using SqlStatement row = session.Query(
            "SELECT config_version, has_commands, anomalous, 0, 0 FROM devices WHERE id = $1", deviceKey);
        row.Read();
        return Touched(row);
    }

    /// <summary>Adds to a device's totals, and to nothing else: what an import does.</summary>
    public static void AddTotals(SqlSession session, DeviceWord word) =>
        session.Execute("""
            UPDATE devices SET readings_total = readings_total + $2, impressions_total = impressions_total + $3,
                unique_total = unique_total + $4,
                apple_total = apple_total + $5, android_total = android_total + $6, other_total = other_total + $7
            WHERE device_id = $1
            """, word.DeviceId, word.Readings, word.Totals[0], word.Totals[1], word.Totals[2], word.Totals[3], word.Totals[4]);

    /// <summary>The kind of a device; null = there is none of that id.</summary>
    public static string? KindOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT kind FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>Whether a device is registered and within the caller's scope.</summary>
    public static bool IsVisible(SqlSession session, (string DeviceId, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_visible, wanted.DeviceId, wanted.Scope);
        return row.Read();
    }

    /// <summary>Whether a device is registered and is or was within the caller's scope.</summary>
    public static bool WasVisible(SqlSession session, (string DeviceId, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_wasVisible, wanted.DeviceId, wanted.Scope);
        return row.Read();
    }

    /// <summary>A device's number, which readings name it by; null when there is no such device.</summary>
    public static long? Key(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT id FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>The version of the configuration that a device last said it runs.</summary>
    public static int? ReportedConfigVersion(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT cv FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.Int32OrNull(0) : null;
    }

    /// <summary>Registers a device, at the place that is said.</summary>
    /// <returns>Why it was not done.</returns>
    public static Refusal? Add(SqlSession session, NewDevice device)
    {
        if (device.PlaceId is { } place && !PlaceSql.IsInUse(session, place))
        {
            return new Refusal(StatusCodes.Status400BadRequest, "place: there is no such place");
        }

        if (device.PlaceId is { } demo && DemoSql.IsDemo(session, demo))
        {
            return DemoSql.Apart;
        }

        if (device is { PlaceId: { } owned, MayJoin: false } && Security.GrantSql.HasOwner(session, owned))
        {
            return new Refusal(
                StatusCodes.Status403Forbidden, "place: has an owner: register the device without it, and let it join by a code of theirs");
        }

        if (session.Execute(s_insert, DeviceColumns.Table.Values(device)) == 0)
        {
            return Refusal.Conflict("Device already registered");
        }

        Audit.Note(
            session, device.Who, "device.register", device.DeviceId, null, $"'{device.LocationName}' {device.Timezone}",
            device.RegisteredAt);
        if (device.PlaceId is not null)
        {
            PlacementSql.Move(session, (device.DeviceId, device.PlaceId, null, null, device.Who, device.RegisteredAt));
        }
        else if (device.LocationName is not null)
        {
            NewPlaceSql.Add(session, device.DeviceId, new PlaceChange { Name = device.LocationName }, device.Who, device.RegisteredAt);
        }

        return null;
    }

    /// <summary>Lists devices by id.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">
    /// The id to begin after, rows at most, the caller's scope, a place, a tag and a kind (null = all), and the time.
    /// </param>
    public static List<DeviceRow> List(
        SqlSession session,
        (string After, int Limit, string? Scope, long? Place, string? Tag, string? Kind, string? Answers, long Now) wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.After, wanted.Limit, wanted.Scope, wanted.Place, wanted.Tag, wanted.Kind, wanted.Answers);
        List<DeviceRow> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row, wanted.Now));
        }

        return rows;
    }

    /// <summary>One device; null when there is none.</summary>
    public static DeviceRow? One(SqlSession session, (string DeviceId, long Now) wanted)
    {
        using SqlStatement row = session.Query(s_one, wanted.DeviceId);
        return row.Read() ? Row(row, wanted.Now) : null;
    }

    private static SqlValue[] Values(DeviceWord word) =>
    [
        word.DeviceId, word.At, word.SignalDbm, word.BatteryPct, word.FirmwareVersion, word.BootId, word.ConfigVersion, word.Degraded,
        word.At / 60_000, word.Live, word.Readings, word.Totals[0], word.Totals[1], word.Totals[2], word.Totals[3], word.Totals[4],
    ];

    private static TouchedDevice Touched(SqlStatement row) =>
        new(row.Int32(0), row.Int32(1) != 0, row.Int32(2) != 0, row.Int32(3), (Awaited)row.Int32(4));

    private static DeviceRow Row(SqlStatement row, long now)
    {
        DeviceRow device = DeviceColumns.Table.Row(row);
        long? seen = device.LastSeenAt is { } time ? new DateTimeOffset(time).ToUnixTimeMilliseconds() : null;
        device.ConnectionStatus = DeviceState.Of(device.Kind, seen, device.ReportIntervalMs, now);
        device.LastSeenAgo = DeviceState.Ago(seen, now);
        return device;
    }
}

/// <summary>A device that is about to be registered.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Kind">One of <see cref="DeviceKind"/>.</param>
/// <param name="TokenHash">SHA-256 of its token, hex.</param>
/// <param name="ProjectName">Project, if any.</param>
/// <param name="LocationName">Name of the place that is made for it; null = none is.</param>
/// <param name="PlaceId">The place where it stands, if it is there already.</param>
/// <param name="Product">What its firmware is for, if anybody said.</param>
/// <param name="Platform">Its chip or board, if anybody said.</param>
/// <param name="Timezone">IANA id of its time zone until it has a place.</param>
/// <param name="RegisteredAt">Milliseconds since 1970.</param>
/// <param name="Who">Name of the key.</param>
/// <param name="MayJoin">Whether who registers it may bring boxes to that place.</param>
internal sealed record NewDevice(
    string DeviceId, string Kind, string TokenHash, string? ProjectName, string? LocationName, long? PlaceId, string? Product,
    string? Platform, string Timezone, long RegisteredAt, string Who, bool MayJoin);

/// <summary>
/// What one or several words of a device, readings or a heartbeat, say about the device itself. What is null was not said and changes
/// nothing.
/// </summary>
internal sealed class DeviceWord
{
    /// <summary>The device.</summary>
    public required string DeviceId { get; init; }

    /// <summary>When the last of them came, milliseconds since 1970.</summary>
    public long At { get; set; }

    /// <summary>Level of the cell, dBm.</summary>
    public int? SignalDbm { get; set; }

    /// <summary>Battery, per cent.</summary>
    public int? BatteryPct { get; set; }

    /// <summary>Firmware version.</summary>
    public string? FirmwareVersion { get; set; }

    /// <summary>Boot id.</summary>
    public long? BootId { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    public int? ConfigVersion { get; set; }

    /// <summary>1 = the latest reading was DEGRADED.</summary>
    public int? Degraded { get; set; }

    /// <summary>Readings that were not duplicates.</summary>
    public int Readings { get; set; }

    /// <summary>Those of them that were live (<c>cd</c> = 0).</summary>
    public int Live { get; set; }

    /// <summary>Their sums: impressions, unique, apple, android, other.</summary>
    public long[] Totals { get; } = new long[5];

    /// <summary>Adds what the same device said later.</summary>
    public void Add(DeviceWord later)
    {
        At = Math.Max(At, later.At);
        SignalDbm = later.SignalDbm ?? SignalDbm;
        BatteryPct = later.BatteryPct ?? BatteryPct;
        FirmwareVersion = later.FirmwareVersion ?? FirmwareVersion;
        BootId = later.BootId ?? BootId;
        ConfigVersion = later.ConfigVersion ?? ConfigVersion;
        Degraded = later.Degraded ?? Degraded;
        Readings += later.Readings;
        Live += later.Live;
        for (int i = 0; i < Totals.Length; i++)
        {
            Totals[i] += later.Totals[i];
        }
    }
}

/// <summary>What the storage says about a device that has just spoken.</summary>
/// <param name="ConfigVersion">The version that it should run.</param>
/// <param name="HasCommands">Whether its queue may hold something.</param>
/// <param name="IsAnomalous">Whether it is flagged already.</param>
/// <param name="LiveAtMost">Live readings of the last 60 s at most: those of this and the last whole minute.</param>
/// <param name="Awaited">What of its life this word may change.</param>
internal readonly record struct TouchedDevice(
    int ConfigVersion, bool HasCommands, bool IsAnomalous, int LiveAtMost, Awaited Awaited);
