using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Devices;

/// <summary>The SQL of reading heartbeats.</summary>
internal static class HeartbeatSql
{
    private const string SelectSql = """
        SELECT id, device_id, timestamp, signal_dbm, battery_pct, firmware_version, uptime_seconds, ip_address, b, cv, hf, rr, ob, hw, bf, hc FROM heartbeats
        """;

    private static readonly string s_newest = $"{SelectSql} WHERE id < $1 AND {Caller.ScopeAtSql("heartbeats.device_id", "heartbeats.timestamp", "$3")} ORDER BY id DESC LIMIT $2";
    private static readonly string s_newestOfDevice = $"{SelectSql} WHERE device_id = $3 AND id < $1 AND {Caller.ScopeAtSql("heartbeats.device_id", "heartbeats.timestamp", "$4")} ORDER BY id DESC LIMIT $2";
    private static readonly string s_after = $"{SelectSql} WHERE id > $1 AND {Caller.ScopeAtSql("heartbeats.device_id", "heartbeats.timestamp", "$2")} ORDER BY id LIMIT $3";

    /// <summary>Lists heartbeats, newest first.</summary>
    public static List<HeartbeatRow> List(SqlSession session, (string? DeviceId, long Before, int Limit, string? Scope) wanted)
    {
        using SqlStatement row = wanted.DeviceId is null
            ? session.Query(s_newest, wanted.Before, wanted.Limit, wanted.Scope)
            : session.Query(s_newestOfDevice, wanted.Before, wanted.Limit, wanted.DeviceId, wanted.Scope);
        return Rows(row);
    }

    /// <summary>Lists heartbeats in the order of arrival, for those who listen.</summary>
    public static List<HeartbeatRow> After(SqlSession session, (long Id, string? Scope, int Limit) wanted)
    {
        using SqlStatement row = session.Query(s_after, wanted.Id, wanted.Scope, wanted.Limit);
        return Rows(row);
    }

    private static List<HeartbeatRow> Rows(SqlStatement row)
    {
        List<HeartbeatRow> rows = [];
        while (row.Read())
        {
            rows.Add(new HeartbeatRow(
                row.Int64(0), row.Text(1), row.Time(2), row.Int32OrNull(3), row.Int32OrNull(4), row.TextOrNull(5), row.Int64OrNull(6),
                row.TextOrNull(7), row.Int64OrNull(8), row.Int32OrNull(9), row.Int32OrNull(10), row.TextOrNull(11), row.TextOrNull(12),
                row.TextOrNull(13), row.TextOrNull(14), Counters(row.TextOrNull(15))));
        }

        return rows;
    }

    private static SortedDictionary<string, int>? Counters(string? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, DeviceJson.Default.SortedDictionaryStringInt32);
}
