using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.OldFleet;

/// <summary>The SQL of <c>GET /api/ota/status</c>.</summary>
internal static class OldFleetStatusSql
{
    private static readonly string s_behind = $"""
        SELECT device_id, firmware_version, last_seen_at FROM devices
        WHERE status = 'active' AND kind = 'box' AND is_demo = 0 AND (firmware_version IS NULL OR firmware_version <> $1)
            AND {Caller.ScopeSql("device_id", "$2")}
        ORDER BY device_id LIMIT 1000
        """;

    private static readonly string s_progress = $"""
        SELECT p.device_id, p.target_version, d.firmware_version, p.chunks_received, p.total_chunks, p.started_at, p.last_chunk_at,
            p.status, p.error_message
        FROM device_ota_progress p LEFT JOIN devices d ON d.device_id = p.device_id
        WHERE {Caller.ScopeSql("p.device_id", "$1")} ORDER BY p.started_at DESC, p.device_id LIMIT 50
        """;

    /// <summary>Reads it all.</summary>
    public static OldFleetStatus Read(SqlSession session, string? scope)
    {
        string? current = OldFleetSql.Current(session, 0);
        return new OldFleetStatus(
            current, current is null ? [] : Behind(session, current, scope), Versions(session), Patches(session), Progress(session, scope));
    }

    private static List<OldFleetDevice> Behind(SqlSession session, string current, string? scope)
    {
        using SqlStatement row = session.Query(s_behind, current, scope);
        List<OldFleetDevice> rows = [];
        while (row.Read())
        {
            rows.Add(new OldFleetDevice(row.Text(0), row.TextOrNull(1), row.TimeOrNull(2)));
        }

        return rows;
    }

    private static List<OldFirmwareRow> Versions(SqlSession session)
    {
        using SqlStatement row = session.Query(
            "SELECT version, release_date, binary_size, sha256, release_notes, is_current FROM firmware_versions ORDER BY id DESC LIMIT 100");
        List<OldFirmwareRow> rows = [];
        while (row.Read())
        {
            rows.Add(new OldFirmwareRow(row.Text(0), row.Time(1), row.Int32(2), row.Text(3), row.TextOrNull(4), row.Int32(5) != 0));
        }

        return rows;
    }

    private static List<OldPatchRow> Patches(SqlSession session)
    {
        using SqlStatement row = session.Query("""
            SELECT from_version, to_version, patch_size, chunk_count, sha256, compression, CASE WHEN data IS NULL THEN 0 ELSE 1 END
            FROM ota_patches ORDER BY id DESC LIMIT 100
            """);
        List<OldPatchRow> rows = [];
        while (row.Read())
        {
            rows.Add(new OldPatchRow(row.Text(0), row.Text(1), row.Int32(2), row.Int32(3), row.Text(4), row.Text(5), row.Int32(6) != 0));
        }

        return rows;
    }

    private static List<OldUpdateRow> Progress(SqlSession session, string? scope)
    {
        using SqlStatement row = session.Query(s_progress, scope);
        List<OldUpdateRow> rows = [];
        while (row.Read())
        {
            rows.Add(new OldUpdateRow(
                row.Text(0), row.Text(1), row.TextOrNull(2), row.Int32(3), row.Int32(4), row.Time(5), row.TimeOrNull(6), row.Text(7),
                row.TextOrNull(8)));
        }

        return rows;
    }
}
