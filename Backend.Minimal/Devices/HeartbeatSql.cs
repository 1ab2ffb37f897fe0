using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Devices;

/// <summary>The SQL of reading heartbeats.</summary>
internal static class HeartbeatSql
{
    private static readonly string s_newest =
        $"{HeartbeatColumns.Table.Select} WHERE id < $1 AND {InScope("$3")} ORDER BY id DESC LIMIT $2";

    private static readonly string s_newestOfDevice =
        $"{HeartbeatColumns.Table.Select} WHERE device_id = $3 AND id < $1 AND {InScope("$4")} ORDER BY id DESC LIMIT $2";

    private static readonly string s_after = $"{HeartbeatColumns.Table.Select} WHERE id > $1 AND {InScope("$2")} ORDER BY id LIMIT $3";

    /// <summary>A heartbeat is of the place where its device stood when it came.</summary>
    private static string InScope(string parameter) => Caller.ScopeAtSql("heartbeats.device_id", "heartbeats.timestamp", parameter);

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
            rows.Add(HeartbeatColumns.Table.Row(row));
        }

        return rows;
    }
}
