using System.Text.RegularExpressions;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Trust;

/// <summary>The SQL of what boxes say of their keys and their floor.</summary>
internal static partial class TrustBoxSql
{
    private const string FromSql = """
        FROM ota_trust t JOIN devices d ON d.device_id = t.device_id
        WHERE d.kind = 'box' AND d.is_demo = 0 AND d.status = 'active' AND
        """;

    private static readonly string s_groups =
        $"SELECT t.keys, count(*) {FromSql} {Caller.ScopeSql("t.device_id", "$1")} GROUP BY t.keys ORDER BY count(*) DESC, t.keys";

    private static readonly string s_silent = $"""
        SELECT count(*) FROM devices d
        WHERE d.kind = 'box' AND d.is_demo = 0 AND d.status = 'active' AND {Caller.ScopeSql("d.device_id", "$1")}
            AND NOT EXISTS (SELECT 1 FROM ota_trust t WHERE t.device_id = d.device_id)
        """;

    private static readonly string s_floors = $"""
        SELECT o.hw, t.floor_epoch, t.floor_number, t.is_expired, count(*)
        FROM ota_trust t JOIN devices d ON d.device_id = t.device_id JOIN ota_devices o ON o.device_id = t.device_id
        WHERE d.kind = 'box' AND d.is_demo = 0 AND d.status = 'active' AND {Caller.ScopeSql("t.device_id", "$1")}
        GROUP BY o.hw, t.floor_epoch, t.floor_number, t.is_expired
        """;

    private static readonly string s_list = $"""
        SELECT t.device_id, t.keys, t.floor_epoch, t.floor_number, t.is_expired, t.told_at {FromSql} {Caller.ScopeSql("t.device_id", "$1")}
            AND t.device_id > $2 AND ($3 IS NULL OR t.keys <> $3) AND ($4 = 0 OR t.is_expired = 1)
        ORDER BY t.device_id LIMIT $5
        """;

    /// <summary>Keeps what a heartbeat says; what is none of our words is skipped.</summary>
    public static void Note(SqlSession session, string deviceId, Heartbeat heartbeat, long now)
    {
        if (heartbeat.Keys is not { } keys || !Keys().IsMatch(keys) || heartbeat.Floor is not { } floor)
        {
            return;
        }

        bool isExpired = floor.EndsWith('!');
        if (!KeyChangeRecord.TryParseName(isExpired ? floor[..^1] : floor, out int epoch, out int number))
        {
            return;
        }

        session.Execute("""
            INSERT INTO ota_trust (device_id, keys, floor_epoch, floor_number, is_expired, told_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (device_id) DO UPDATE SET keys = excluded.keys, floor_epoch = excluded.floor_epoch,
                floor_number = excluded.floor_number, is_expired = excluded.is_expired, told_at = excluded.told_at
            """, deviceId, keys, epoch, number, isExpired, now);
    }

    /// <summary>How many boxes trust which keys, the most frequent first.</summary>
    public static List<(string Keys, int Boxes)> Groups(SqlSession session, string? scope)
    {
        using SqlStatement row = session.Query(s_groups, scope);
        List<(string, int)> groups = [];
        while (row.Read())
        {
            groups.Add((row.Text(0), row.Int32(1)));
        }

        return groups;
    }

    /// <summary>How many boxes have never said which keys they trust.</summary>
    public static int Silent(SqlSession session, string? scope)
    {
        using SqlStatement row = session.Query(s_silent, scope);
        row.Read();
        return row.Int32(0);
    }

    /// <summary>How many boxes of which board have which floor.</summary>
    public static List<(string Hardware, int Epoch, int Number, bool IsExpired, int Boxes)> Floors(SqlSession session, string? scope)
    {
        using SqlStatement row = session.Query(s_floors, scope);
        List<(string, int, int, bool, int)> floors = [];
        while (row.Read())
        {
            floors.Add((row.Text(0), row.Int32(1), row.Int32(2), row.Int32(3) != 0, row.Int32(4)));
        }

        return floors;
    }

    /// <summary>Lists boxes, by id.</summary>
    public static List<TrustBoxRow> List(
        SqlSession session, (string? Scope, string After, string? NotKeys, bool OnlyExpired, string? Current, int Limit) wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.Scope, wanted.After, wanted.NotKeys, wanted.OnlyExpired ? 1 : 0, wanted.Limit);
        List<TrustBoxRow> rows = [];
        while (row.Read())
        {
            rows.Add(new TrustBoxRow(
                row.Text(0), TrustView.Split(row.Text(1)), row.Text(1) == wanted.Current,
                row.Int32(3) == 0 ? null : KeyChangeRecord.NameOf(row.Int32(2), row.Int32(3)), row.Int32(4) != 0, row.Time(5)));
        }

        return rows;
    }

    [GeneratedRegex("^(-|[0-9a-f]{4}(,[0-9a-f]{4})?)$")]
    private static partial Regex Keys();
}
