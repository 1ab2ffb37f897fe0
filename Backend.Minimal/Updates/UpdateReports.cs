using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Patches;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Updates;

/// <summary>What devices of ours say about an update while it goes on: chunks asked for, states in heartbeats, the end.</summary>
internal static class UpdateReports
{
    /// <summary>A heartbeat's word for: no update goes on.</summary>
    private const string Idle = "idle";

    /// <summary>Takes the request for a chunk.</summary>
    /// <returns>Whether the device may have it; a chunk outside the patch is none of its business here.</returns>
    public static ReleaseStanding NoteChunk(
        SqlSession session, (IReleaseSource Releases, string DeviceId, long PatchId, int Index, int Bytes, long Now) asked)
    {
        Touch(session, asked.DeviceId, asked.Now);
        if (FindOpen(session, asked.DeviceId, asked.PatchId) is not { } attempt)
        {
            return ReleaseStanding.Withdrawn;
        }

        ReleaseStanding standing = asked.Releases.StandingOf(session, attempt, asked.Now);
        if (standing == ReleaseStanding.Withdrawn)
        {
            AttemptSql.End(session, asked.Releases, attempt, AttemptState.Failed, AttemptState.Withdrawn, asked.Now);
        }
        else if (standing == ReleaseStanding.Offered && asked.Index < attempt.ChunkCount)
        {
            AttemptSql.NoteChunk(session, asked.Releases, attempt, asked.Index, asked.Bytes, asked.Now);
        }

        return standing;
    }

    /// <summary>
    /// Whether a device may have the manifest of a patch, and the manifest's bytes: signed, or bare when there is no signature.
    /// </summary>
    public static (ReleaseStanding Standing, byte[]? Manifest) ReadManifest(
        SqlSession session, (IReleaseSource Releases, string DeviceId, long PatchId, long Now) asked)
    {
        if (FindOpen(session, asked.DeviceId, asked.PatchId) is not { } attempt
            || PatchSql.Find(session, asked.PatchId) is not { State: PatchState.Ready } patch
            || BuildSql.Find(session, patch.FirmwareId) is not { } build)
        {
            return (ReleaseStanding.Withdrawn, null);
        }

        byte[] release = BuildSql.Manifest(session, build.Id) ?? build.ToManifest().ToBytes();
        return (
            asked.Releases.StandingOf(session, attempt, asked.Now),
            ReleaseManifest.ForPatch(
                release, patch.Profile[0], patch.Size!.Value, Convert.FromHexString(patch.Sha256!),
                Convert.FromHexString(patch.BaseSha256)));
    }

    /// <summary>
    /// Takes the state of OTA from a heartbeat. A device goes on telling how its last update ended until it begins another one: an end
    /// counts only when it fits to what the open attempt had reached.
    /// </summary>
    /// <param name="session">The connection, in the transaction of the heartbeat.</param>
    /// <param name="releases">The roll-outs.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="version">The version that it says it runs.</param>
    /// <param name="said">Such as <c>downloading:12/139</c>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void NoteState(SqlSession session, IReleaseSource releases, string deviceId, string? version, string said, long now)
    {
        if (AttemptSql.Open(session, deviceId) is not { } attempt)
        {
            return;
        }

        int colon = said.IndexOf(':', StringComparison.Ordinal);
        string state = colon < 0 ? said : said[..colon];
        string? detail = colon < 0 ? null : said[(colon + 1)..];
        bool isWhole = attempt.Chunks == attempt.ChunkCount;
        switch (state)
        {
            case AttemptState.Downloading:
                AttemptSql.Move(session, releases, attempt, state, ReadChunks(detail, attempt), now);
                break;
            case AttemptState.Verifying or AttemptState.Applying or AttemptState.Staged or AttemptState.Trial when isWhole:
            case AttemptState.Trial when RunsTarget(session, attempt, version):
                // A box that had all chunks from an earlier try asks for none.
                AttemptSql.Move(session, releases, attempt, state, attempt.ChunkCount, now);
                break;
            case AttemptState.Confirmed when isWhole && RunsTarget(session, attempt, version):
            case Idle when attempt.State == AttemptState.Trial && RunsTarget(session, attempt, version):
            case AttemptState.RolledBack or AttemptState.Failed
                when attempt.State == AttemptState.Trial && RunsTarget(session, attempt, version) && SaidItRuns(session, attempt):
                // It runs the new image and is not on trial with it: that was brought to it over serial. An end that it still tells is an
                // earlier one's.
                Confirm(session, releases, attempt, now);
                break;
            case AttemptState.RolledBack when AttemptState.Rank(attempt.State) >= AttemptState.Rank(AttemptState.Staged):
            case AttemptState.Failed when AttemptState.Rank(attempt.State) >= AttemptState.Rank(AttemptState.Downloading):
                AttemptSql.End(session, releases, attempt, state, detail, now);
                break;
        }
    }

    /// <summary>
    /// Takes the end of an update. Repeats are harmless; the device's word corrects ours when we had taken the release back.
    /// </summary>
    /// <returns>False when the device was never offered that patch.</returns>
    public static bool NoteEnd(
        SqlSession session, (IReleaseSource Releases, string DeviceId, long PatchId, string State, string? Why, long Now) end)
    {
        Touch(session, end.DeviceId, end.Now);
        if (AttemptSql.Latest(session, end.DeviceId, end.PatchId) is not { } attempt)
        {
            return false;
        }

        bool isOurs = attempt.Why is AttemptState.Withdrawn or AttemptState.NoReport && end.Why != attempt.Why
            && (end.State != AttemptState.Confirmed || IsBelievable(session, attempt));
        bool wentBack = attempt.State == AttemptState.Confirmed && end.State == AttemptState.RolledBack;
        if (attempt.EndedAt is null && end.State == AttemptState.Confirmed)
        {
            Confirm(session, end.Releases, attempt, end.Now);
        }
        else if (attempt.EndedAt is null || isOurs || wentBack)
        {
            AttemptSql.End(session, end.Releases, attempt, end.State, end.Why, end.Now);
            if (end.State == AttemptState.Confirmed)
            {
                NoteVersion(session, attempt);
            }
        }

        return true;
    }

    /// <summary>
    /// A success is believed of a box that was given chunks, or asked from the new image; of another one when it next asks from there.
    /// </summary>
    private static void Confirm(SqlSession session, IReleaseSource releases, Attempt attempt, long now)
    {
        if (!IsBelievable(session, attempt))
        {
            AttemptSql.Claim(session, releases, attempt, now);
            return;
        }

        AttemptSql.End(session, releases, attempt, AttemptState.Confirmed, null, now);
        NoteVersion(session, attempt);
    }

    private static bool IsBelievable(SqlSession session, Attempt attempt) =>
        AttemptSql.WasGivenChunks(session, attempt) || SaidItRuns(session, attempt);

    private static void NoteVersion(SqlSession session, Attempt attempt) =>
        session.Execute(
            "UPDATE devices SET firmware_version = (SELECT version FROM ota_firmware WHERE id = $2) WHERE device_id = $1", attempt.DeviceId,
            attempt.FirmwareId);

    private static bool RunsTarget(SqlSession session, Attempt attempt, string? version) =>
        version is not null && version == BuildSql.Find(session, attempt.FirmwareId)?.Version;

    /// <summary>Whether a device's last question named the image that the attempt leads to.</summary>
    private static bool SaidItRuns(SqlSession session, Attempt attempt)
    {
        using SqlStatement row = session.Query("""
            SELECT 1 FROM ota_devices o JOIN ota_firmware f ON f.id = $2 WHERE o.device_id = $1 AND o.base = substr(f.sha256, 1, 16)
            """, attempt.DeviceId, attempt.FirmwareId);
        return row.Read();
    }

    private static void Touch(SqlSession session, string deviceId, long now) =>
        DeviceSql.Touch(session, new DeviceWord { DeviceId = deviceId, At = now });

    private static Attempt? FindOpen(SqlSession session, string deviceId, long patchId) =>
        AttemptSql.Open(session, deviceId) is { } attempt && attempt.PatchId == patchId ? attempt : null;

    /// <summary>Reads <c>12/139</c>; what is no such thing, or of another patch, changes nothing.</summary>
    private static int ReadChunks(string? text, Attempt attempt)
    {
        string[] parts = text?.Split('/') ?? [];
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int done)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int total)
            && total == attempt.ChunkCount && done <= total
            ? done
            : attempt.Chunks;
    }
}
