using JamBox.Backend.Builds;
using JamBox.Backend.Patches;
using JamBox.Backend.Firmware;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.OldFleet;

/// <summary>The SQL of updates for the old fleet.</summary>
internal static class OldFleetSql
{
    private const string PatchSql =
        "SELECT id, to_version, patch_size, chunk_count, sha256 FROM ota_patches WHERE from_version = $1 AND to_version = $2";

    private const string ProgressSql = """
        INSERT INTO device_ota_progress (device_id, target_version, chunks_received, total_chunks, started_at, last_chunk_at, status,
            error_message)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (device_id, target_version) DO UPDATE SET
            chunks_received = CASE WHEN excluded.chunks_received > device_ota_progress.chunks_received
                THEN excluded.chunks_received ELSE device_ota_progress.chunks_received END,
            total_chunks = CASE WHEN excluded.total_chunks > 0 THEN excluded.total_chunks ELSE device_ota_progress.total_chunks END,
            last_chunk_at = coalesce(excluded.last_chunk_at, device_ota_progress.last_chunk_at),
            status = excluded.status, error_message = excluded.error_message
        """;

    /// <summary>The version that devices should go to; null when there is none.</summary>
    public static string? Current(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT version FROM firmware_versions WHERE is_current = 1 ORDER BY id DESC LIMIT 1");
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>The patch between two versions.</summary>
    public static OldPatch? Find(SqlSession session, (string From, string To) versions)
    {
        using SqlStatement row = session.Query(PatchSql, versions.From, versions.To);
        return row.Read() ? new OldPatch(row.Int64(0), row.Text(1), row.Int32(2), row.Int32(3), row.Text(4)) : null;
    }

    /// <summary>The bytes of a patch; null when they were never uploaded.</summary>
    public static byte[]? Bytes(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT data FROM ota_patches WHERE id = $1", id);
        return row.Read() && !row.IsNull(0) ? row.Bytes(0) : null;
    }

    /// <summary>How far a device is: status and chunks; null when it never began.</summary>
    public static (string Status, int Chunks)? Progress(SqlSession session, (string DeviceId, string Target) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT status, chunks_received FROM device_ota_progress WHERE device_id = $1 AND target_version = $2", wanted.DeviceId,
            wanted.Target);
        return row.Read() ? (row.Text(0), row.Int32(1)) : null;
    }

    /// <summary>Notes an offer.</summary>
    public static int NoteOffer(SqlSession session, (string DeviceId, OldPatch Patch, long At) offer) =>
        session.Execute("""
            INSERT INTO device_ota_progress (device_id, target_version, chunks_received, total_chunks, started_at, status)
            VALUES ($1, $2, 0, $3, $4, 'pending') ON CONFLICT DO NOTHING
            """, offer.DeviceId, offer.Patch.To, offer.Patch.Chunks, offer.At);

    /// <summary>Notes a chunk that went out.</summary>
    public static int NoteChunk(SqlSession session, (string DeviceId, OldPatch Patch, int Chunk, long At) sent)
    {
        // A repeat after the end is a device that asks again; it does not open the update anew.
        if (Progress(session, (sent.DeviceId, sent.Patch.To)) is { Status: "complete" or "failed" })
        {
            return 0;
        }

        Event(session, sent.DeviceId, sent.Patch.To, "downloading", sent.Chunk + 1, sent.Patch.Chunks, sent.At);
        return session.Execute(
            ProgressSql, sent.DeviceId, sent.Patch.To, sent.Chunk + 1, sent.Patch.Chunks, sent.At, sent.At, "downloading", (string?)null);
    }

    /// <summary>Notes the end of an update.</summary>
    public static int NoteEnd(SqlSession session, (string DeviceId, string Target, bool Success, string? Why, long At) end)
    {
        if (end.Success)
        {
            session.Execute("UPDATE devices SET firmware_version = $2 WHERE device_id = $1", end.DeviceId, end.Target);
        }

        string status = end.Success ? "complete" : "failed";
        Event(session, end.DeviceId, end.Target, status, 0, 0, end.At);
        return session.Execute(
            ProgressSql, end.DeviceId, end.Target, 0, 0, end.At, (long?)null, status, end.Success ? null : end.Why);
    }

    /// <summary>Lets a device have a release again that failed on it.</summary>
    /// <returns>False when there is nothing to allow.</returns>
    public static bool Allow(SqlSession session, (string DeviceId, string Target, string Who, long At) change)
    {
        int allowed = session.Execute(
            "DELETE FROM device_ota_progress WHERE device_id = $1 AND target_version = $2 AND status IN ('failed', 'complete')",
            change.DeviceId, change.Target);
        allowed += AttemptSql.Allow(session, change.DeviceId, change.Target, change.At)
            + UpdateSessionSql.Allow(session, change.DeviceId, change.Target, change.At);
        if (allowed == 0)
        {
            return false;
        }

        Audit.Note(session, change.Who, "ota.allow", change.DeviceId, null, change.Target, change.At);
        return true;
    }

    /// <summary>Makes or changes the record of a build. Current is exclusive.</summary>
    public static int Register(SqlSession session, (OldFirmwareRequest Firmware, string Who, long At) wanted)
    {
        OldFirmwareRequest f = wanted.Firmware;
        if (f.IsCurrent)
        {
            session.Execute("UPDATE firmware_versions SET is_current = 0 WHERE version <> $1", f.Version);
        }

        Audit.Note(session, wanted.Who, "ota.firmware", f.Version!, null, $"{f.Sha256} current={f.IsCurrent}", wanted.At);
        return session.Execute("""
            INSERT INTO firmware_versions (version, release_date, binary_size, sha256, release_notes, is_current, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $2)
            ON CONFLICT (version) DO UPDATE SET binary_size = excluded.binary_size, sha256 = excluded.sha256,
                release_notes = excluded.release_notes, is_current = excluded.is_current
            """, f.Version, wanted.At, f.BinarySize, f.Sha256!.ToLowerInvariant(), f.Notes, f.IsCurrent);
    }

    /// <summary>Makes or replaces a patch. A new id each time, so that nobody's memory of the old bytes is taken for the new.</summary>
    public static int Save(SqlSession session, (OldPatchRequest Patch, byte[]? Data, string Who, long At) wanted)
    {
        OldPatchRequest p = wanted.Patch;
        string hash = p.Sha256!.ToLowerInvariant();
        // A record that says the same as the bytes that are here does not take them away.
        byte[]? data = wanted.Data;
        if (data is null && Find(session, (p.From!, p.To!)) is { } known && known.Sha256 == hash && known.Size == p.Size)
        {
            data = Bytes(session, known.Id);
        }

        session.Execute("DELETE FROM ota_patches WHERE from_version = $1 AND to_version = $2", p.From, p.To);
        Audit.Note(session, wanted.Who, "ota.patch", $"{p.From} {p.To}", null, $"{hash} {p.Size}", wanted.At);
        return session.Execute("""
            INSERT INTO ota_patches (from_version, to_version, patch_size, chunk_count, sha256, compression, created_at, data)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, p.From, p.To, p.Size, p.Chunks, hash, p.Compression, wanted.At, data);
    }

    private static void Event(SqlSession session, string deviceId, string target, string status, int chunks, int total, long at) =>
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'ota', $2, $3)", at, deviceId,
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{{\"device_id\":\"{deviceId}\",\"target\":\"{(ReleaseText.IsVersion(target) ? target : "")}\",\"status\":\"{status}\",\"chunks\":{chunks},\"total\":{total}}}"));
}
