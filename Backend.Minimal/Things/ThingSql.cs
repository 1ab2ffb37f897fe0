using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Firmware;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;

namespace JamBox.Backend.Things;

/// <summary>The SQL of things and gateways.</summary>
internal static class ThingSql
{
    private const string SelectSql = """
        SELECT d.device_id, d.kind, t.name, d.product, d.platform, d.firmware_version, d.place_id, p.name,
            (SELECT string_agg(tag, ',') FROM (SELECT g.tag FROM device_tags g WHERE g.device_id = d.device_id ORDER BY g.tag) sorted),
            d.last_seen_at, s.at, s.data, t.beat_at, t.beating_since, coalesce(t.beat_minute, 0), coalesce(t.beats, 0),
            t.ssid, t.ip, t.rssi, t.free_heap, t.uptime_s, d.life, t.environment, t.board, t.supported_commands, t.config, t.info_at,
            d.registered_at, d.retired_at, t.wanted_config, d.is_demo
        FROM devices d
        LEFT JOIN things t ON t.device_id = d.device_id
        LEFT JOIN places p ON p.id = d.place_id
        LEFT JOIN telemetry_states s ON s.device_key = d.id
        """ + " ";

    private static readonly string s_list = $"""
        {SelectSql}
        WHERE d.kind <> 'box' AND d.device_id > $1 AND d.retired_at IS NULL AND ($3 IS NULL OR d.kind = $3)
            AND ($4 IS NULL OR d.place_id = $4)
            AND ($5 IS NULL OR EXISTS (SELECT 1 FROM device_tags w WHERE w.device_id = d.device_id AND w.tag = $5))
            AND {Caller.ScopeSql("d.device_id", "$2")}
        ORDER BY d.device_id
        """;

    private const string OneSql = SelectSql + "WHERE d.device_id = $1 AND d.kind <> 'box'";

    /// <summary>Makes the row of a device that is no box, and keeps it locked until the transaction ends.</summary>
    private const string HoldSql = """
        INSERT INTO things (device_id) SELECT device_id FROM devices WHERE device_id = $1 AND kind <> 'box'
        ON CONFLICT (device_id) DO UPDATE SET beats = things.beats
        RETURNING beat_minute, beats
        """;

    private const string BeatSql = """
        UPDATE things SET beat_at = $2, beating_since = coalesce(beating_since, $2), beat_minute = $3, beats = $4,
            ssid = coalesce($5, ssid), ip = coalesce($6, ip), rssi = coalesce($7, rssi), free_heap = coalesce($8, free_heap),
            uptime_s = coalesce($9, uptime_s), board = coalesce($10, board)
        WHERE device_id = $1
        """;

    private const string SeenSql = """
        UPDATE devices SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END,
            firmware_version = coalesce($3, firmware_version), product = coalesce(product, $4), platform = coalesce($5, platform)
        WHERE device_id = $1
        """;

    /// <summary>Lists things by id.</summary>
    public static List<ThingRow> List(SqlSession session, WantedThings wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.After, wanted.Scope, wanted.Kind, wanted.PlaceId, wanted.Tag);
        List<ThingRow> rows = [];
        while (rows.Count < wanted.Limit && row.Read())
        {
            ThingRow thing = Row(row, wanted.Judge);
            if ((wanted.Status is null || thing.Status == wanted.Status) && (wanted.Text is null || Has(thing, wanted.Text)))
            {
                rows.Add(thing);
            }
        }

        return rows;
    }

    /// <summary>One thing; null when there is none of that id.</summary>
    public static ThingDetail? One(SqlSession session, (string DeviceId, Judge Judge) wanted)
    {
        using SqlStatement row = session.Query(OneSql, wanted.DeviceId);
        return !row.Read() ? null : new ThingDetail(Row(row, wanted.Judge))
        {
            Life = row.Text(21),
            Environment = row.TextOrNull(22) ?? FirmwareText.Production,
            Board = row.TextOrNull(23),
            SupportedCommands = row.TextOrNull(24) is { Length: > 0 } words ? words.Split(',') : [],
            Config = row.TextOrNull(25) is { } config ? JsonElement.Parse(config) : null,
            InfoAt = row.TimeOrNull(26),
            RegisteredAt = row.Time(27),
            RetiredAt = row.TimeOrNull(28),
            WantedConfig = row.TextOrNull(29) is { } wish ? JsonElement.Parse(wish) : null,
        };
    }

    /// <summary>Takes a heartbeat of a thing or gateway; of a box nothing is noted here.</summary>
    /// <returns>Whether it is a thing or gateway.</returns>
    public static bool Beat(SqlSession session, BeatWord word)
    {
        long minute;
        long beats;
        using (SqlStatement row = session.Query(HoldSql, word.DeviceId))
        {
            if (!row.Read())
            {
                return false;
            }

            minute = row.Int64(0);
            beats = row.Int64(1);
        }

        ThingHeartbeat said = word.Heartbeat;
        long now = word.At / ThingStatus.BeatMs;
        session.Execute(
            BeatSql, word.DeviceId, word.At, Math.Max(now, minute), ThingStatus.Add(beats, minute, now), said.Ssid, said.Ip, said.RssiDbm,
            said.FreeHeapBytes, said.UptimeSeconds, said.Board);
        See(session, word.DeviceId, word.At, said.Version, said.Product, word.Platform);
        return true;
    }

    /// <summary>Takes what a thing tells of itself.</summary>
    /// <returns>Whether it is a thing or gateway.</returns>
    public static bool TakeInfo(SqlSession session, (string DeviceId, ThingInfo Info, string? Platform, long At) word)
    {
        if (!Hold(session, word.DeviceId))
        {
            return false;
        }

        ThingInfo info = word.Info;
        session.Execute(
            """
            UPDATE things SET environment = coalesce($2, environment), board = coalesce($3, board), config = coalesce($4, config),
                supported_commands = coalesce($5, supported_commands), info_at = $6
            WHERE device_id = $1
            """, word.DeviceId, info.Environment, info.Board, info.Config, info.Commands, word.At);
        See(session, word.DeviceId, word.At, info.Version, info.Product, word.Platform);
        ThingCommandSql.IsDone(session, word.DeviceId, ThingCommandRequest.Info, word.At);
        return true;
    }

    /// <summary>Names a thing.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">The device, its name (empty = none), who says so and when.</param>
    /// <returns>False when there is no thing of that id.</returns>
    public static bool Rename(SqlSession session, (string DeviceId, string Name, string Who, long At) wanted)
    {
        if (!Hold(session, wanted.DeviceId))
        {
            return false;
        }

        string? before;
        using (SqlStatement row = session.Query("SELECT name FROM things WHERE device_id = $1", wanted.DeviceId))
        {
            before = row.Read() ? row.TextOrNull(0) : null;
        }

        string? name = wanted.Name.Trim() is { Length: > 0 } text ? text : null;
        if (before != name)
        {
            session.Execute("UPDATE things SET name = $2 WHERE device_id = $1", wanted.DeviceId, name);
            Audit.Note(session, wanted.Who, "device.name", wanted.DeviceId, before, name, wanted.At);
        }

        return true;
    }

    /// <summary>Wants a configuration of a thing.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">The device, the values (null = nothing any more), who says so and when.</param>
    /// <returns>False when there is no thing of that id.</returns>
    public static bool WantConfig(SqlSession session, (string DeviceId, string? Config, string Who, long At) wanted)
    {
        if (!Hold(session, wanted.DeviceId))
        {
            return false;
        }

        string? before = Configs(session, wanted.DeviceId).Wanted;
        if (before != wanted.Config)
        {
            session.Execute("UPDATE things SET wanted_config = $2 WHERE device_id = $1", wanted.DeviceId, wanted.Config);
            Audit.Note(session, wanted.Who, "device.config", wanted.DeviceId, before, wanted.Config, wanted.At);
        }

        return true;
    }

    /// <summary>The configuration that a device has still to be told; null = there is none, or it has it.</summary>
    public static string? ConfigToSend(SqlSession session, string deviceId)
    {
        (string? wanted, string? reported) = Configs(session, deviceId);
        return wanted is not null && !ThingConfig.IsMet(wanted, reported) ? wanted : null;
    }

    /// <summary>The environment whose releases a device gets: what it last told.</summary>
    public static string EnvironmentOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT environment FROM things WHERE device_id = $1", deviceId);
        return row.Read() ? row.TextOrNull(0) ?? FirmwareText.Production : FirmwareText.Production;
    }

    /// <summary>Makes the row of a thing or gateway, and keeps it locked until the transaction ends.</summary>
    /// <returns>False when it is none.</returns>
    public static bool Hold(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(HoldSql, deviceId);
        return row.Read();
    }

    private static (string? Wanted, string? Reported) Configs(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT wanted_config, config FROM things WHERE device_id = $1", deviceId);
        return row.Read() ? (row.TextOrNull(0), row.TextOrNull(1)) : default;
    }

    /// <summary>What is judged by.</summary>
    public static ThingWords Words(SqlStatement row, int kind, int seen, int said, int beat) => new(
        row.Text(kind), Later(row.Int64OrNull(seen), row.Int64OrNull(said)), row.Int64OrNull(beat), row.Int64OrNull(beat + 1),
        row.Int64(beat + 2), row.Int64(beat + 3));

    /// <summary>Notes that a device spoke, and what it runs.</summary>
    private static void See(SqlSession session, string deviceId, long at, string? version, string? product, string? platform)
    {
        session.Execute(SeenSql, deviceId, at, version, product, platform);
        LifeSql.Hear(session, deviceId, AwaitedOf(session, deviceId), hasReading: false, at);
        if (version is not null)
        {
            UpdateSessionSql.See(session, deviceId, version, at);
        }
    }

    private static Awaited AwaitedOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query($"SELECT {LifeSql.AwaitedSql} FROM devices WHERE device_id = $1", deviceId);
        row.Read();
        return (Awaited)row.Int32(0);
    }

    private static ThingRow Row(SqlStatement row, Judge judge)
    {
        ThingWords words = Words(row, 1, 9, 10, 12);
        DeviceValues values = row.IsNull(11) ? new DeviceValues() : DeviceValues.Unpack(row.Bytes(11));
        return new ThingRow(
            row.Text(0), row.Text(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4), row.TextOrNull(5), row.Int64OrNull(6),
            row.TextOrNull(7), row.TextOrNull(8)?.Split(',') ?? [], ThingStatus.Of(words, judge.OfflineAfterMs, judge.Now),
            words.LastAt is { } last ? DateTime.UnixEpoch.AddMilliseconds(last) : null, Reported(values), Wanted(values),
            words.BeatAt is { } beat
                ? new ThingNetwork(
                    row.TextOrNull(16), row.TextOrNull(17), row.Int32OrNull(18), row.Int64OrNull(19), row.Int64OrNull(20),
                    DateTime.UnixEpoch.AddMilliseconds(beat))
                : null,
            row.Int32(30) != 0);
    }

    private static Dictionary<string, JsonElement> Reported(DeviceValues values) => values.Entries
        .Where(static entry => entry.Reported.Kind != TelemetryKind.Null)
        .ToDictionary(static entry => entry.Key, static entry => Element(entry.Reported));

    private static Dictionary<string, ThingWish> Wanted(DeviceValues values) => values.Entries
        .Where(static entry => entry.Wish is not null)
        .ToDictionary(
            static entry => entry.Key,
            static entry => new ThingWish(
                Element(entry.Wish!.Value), DateTime.UnixEpoch.AddMilliseconds(entry.Wish.At), entry.Wish.By));

    private static JsonElement Element(TelemetryValue value) => value.Kind switch
    {
        TelemetryKind.Boolean => JsonSerializer.SerializeToElement(value.Number != 0, ThingJson.Default.Boolean),
        TelemetryKind.Number => JsonSerializer.SerializeToElement(value.Number, ThingJson.Default.Double),
        _ => JsonSerializer.SerializeToElement(value.Text ?? "", ThingJson.Default.String),
    };

    private static long? Later(long? one, long? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);

    private static bool Has(ThingRow thing, string text) =>
        new[] { thing.DeviceId, thing.Name, thing.Product, thing.Platform, thing.Place }.Concat(thing.Tags)
            .Any(one => one?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);
}

/// <summary>What a state is judged by.</summary>
/// <param name="OfflineAfterMs">Silence after which one that sends no heartbeats is offline.</param>
/// <param name="Now">Milliseconds since 1970.</param>
internal readonly record struct Judge(long OfflineAfterMs, long Now);

/// <summary>Which things are to be listed.</summary>
/// <param name="After">The id to begin after.</param>
/// <param name="Limit">Rows at most.</param>
/// <param name="Scope">The caller's.</param>
/// <param name="Kind">Only of this kind.</param>
/// <param name="PlaceId">Only those at this place.</param>
/// <param name="Tag">Only those with this tag.</param>
/// <param name="Text">Only those with this text in their id, name, product, platform, place or tags.</param>
/// <param name="Status">Only those that are so.</param>
/// <param name="Judge">What is judged by.</param>
internal sealed record WantedThings(
    string After, int Limit, string? Scope, string? Kind, long? PlaceId, string? Tag, string? Text, string? Status, Judge Judge);

/// <summary>A heartbeat on its way into the storage.</summary>
/// <param name="DeviceId">Who sends it.</param>
/// <param name="Heartbeat">What it says.</param>
/// <param name="Platform">The platform that its board is; null = it names none that is known.</param>
/// <param name="At">When it came, milliseconds since 1970.</param>
internal sealed record BeatWord(string DeviceId, ThingHeartbeat Heartbeat, string? Platform, long At);
