using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>The SQL of <c>GET /api/ota/attempts</c>.</summary>
internal static class AttemptLogSql
{
    private static readonly string s_list = $"""
        SELECT a.id, a.device_id, a.firmware_id, f.version, a.rollout_id, a.delta_id, d.base_version, d.profile, a.state, a.why,
            a.chunks, a.chunk_count, a.bytes, a.offered_at, a.changed_at, a.ended_at, a.allowed_at
        FROM ota_attempts a JOIN ota_firmware f ON f.id = a.firmware_id JOIN ota_deltas d ON d.id = a.delta_id
        WHERE ($1 IS NULL OR a.device_id = $1) AND ($2 IS NULL OR a.rollout_id = $2) AND ($3 IS NULL OR a.firmware_id = $3)
            AND a.id < $4 AND {Caller.ScopeSql("a.device_id", "$6")}
        ORDER BY a.id DESC LIMIT $5
        """;

    /// <summary>Lists attempts, newest first.</summary>
    public static List<AttemptRow> List(
        SqlSession session, (string? DeviceId, long? RolloutId, long? FirmwareId, long Before, int Limit, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.DeviceId, wanted.RolloutId, wanted.FirmwareId, wanted.Before, wanted.Limit, wanted.Scope);
        List<AttemptRow> rows = [];
        while (row.Read())
        {
            double? seconds = row.IsNull(15) ? null : (row.Int64(15) - row.Int64(13)) / 1000.0;
            rows.Add(new AttemptRow(
                row.Int64(0), row.Text(1), row.Int64(2), row.Text(3), row.Int64OrNull(4), row.Int64(5), row.Text(6) is { Length: > 0 } version ? version : null,
                row.Text(7), row.Text(8), row.TextOrNull(9), row.Int32(10), row.Int32(11), row.Int64(12), row.Time(13), row.Time(14), row.TimeOrNull(15),
                seconds, row.TimeOrNull(16)));
        }

        return rows;
    }
}
