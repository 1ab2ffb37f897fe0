using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Updates;

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

    /// <summary>What is asked for and does not exist: an empty list would say that it exists and did nothing.</summary>
    /// <returns>In words; null when there is all.</returns>
    public static string? FindUnknown(
        SqlSession session, (string? DeviceId, long? RolloutId, long? FirmwareId, string? Scope) wanted) =>
        wanted.DeviceId is { } device && !Devices.DeviceSql.IsVisible(session, (device, wanted.Scope)) ? Devices.DeviceAccess.Unknown.Error
        : wanted.RolloutId is { } rollout && !Exists(session, "SELECT 1 FROM ota_rollouts WHERE id = $1", rollout) ? "Roll-out not found"
        : wanted.FirmwareId is { } build && !Exists(session, "SELECT 1 FROM ota_firmware WHERE id = $1", build) ? "Build not found"
        : null;

    private static bool Exists(SqlSession session, string sql, long id)
    {
        using SqlStatement row = session.Query(sql, id);
        return row.Read();
    }

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
                row.Int64(0), row.Text(1), row.Int64(2), row.Text(3), row.Int64OrNull(4), row.Int64(5),
                row.Text(6) is { Length: > 0 } version
                    ? version
                    : null,
                row.Text(7), row.Text(8), row.TextOrNull(9), row.Int32(10), row.Int32(11), row.Int64(12), row.Time(13), row.Time(14),
                row.TimeOrNull(15),
                seconds, row.TimeOrNull(16)));
        }

        return rows;
    }
}

/// <summary>An attempt as it is listed.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="FirmwareId">The build.</param>
/// <param name="Version">Its version.</param>
/// <param name="RolloutId">The roll-out that gave it.</param>
/// <param name="PatchId">The patch.</param>
/// <param name="BaseVersion">The version that the patch starts from; null = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">offered, downloading, verifying, applying, staged, trial, confirmed, rolled_back or failed.</param>
/// <param name="Why">Why it ended so.</param>
/// <param name="Chunks">Chunks that were given.</param>
/// <param name="ChunkCount">Chunks in all.</param>
/// <param name="Bytes">Bytes of all chunks given, repeats included.</param>
/// <param name="OfferedAt">When it began.</param>
/// <param name="ChangedAt">When the device was last heard about it.</param>
/// <param name="EndedAt">When it ended; null = it goes on.</param>
/// <param name="Seconds">From the offer to the end.</param>
/// <param name="AllowedAt">When an operator let the device have the release again.</param>
internal sealed record AttemptRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("firmware_id")] long FirmwareId,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("rollout_id")] long? RolloutId,
    [property: JsonPropertyName("patch_id")] long PatchId,
    [property: JsonPropertyName("base_version")] string? BaseVersion,
    [property: JsonPropertyName("profile")] string Profile,
    [property: JsonPropertyName("state"),
        Words("offered", "downloading", "verifying", "applying", "staged", "trial", "confirmed", "rolled_back", "failed")] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("chunks")] int Chunks,
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("offered_at")] DateTime OfferedAt,
    [property: JsonPropertyName("changed_at")] DateTime ChangedAt,
    [property: JsonPropertyName("ended_at")] DateTime? EndedAt,
    [property: JsonPropertyName("seconds")] double? Seconds,
    [property: JsonPropertyName("allowed_at")] DateTime? AllowedAt);
