using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Patches;

/// <summary>
/// The SQL of patches of our own making. What is to be made stands in the table: any process may make it, and a restart forgets nothing.
/// </summary>
internal static class PatchSql
{
    /// <summary>A maker that has not been heard of for so long is dead, ms. It speaks up every few seconds.</summary>
    private const long LeaseMs = 120_000;

    private const string SelectSql = """
        SELECT id, firmware_id, base_sha256, base_version, profile, state, percent, size, sha256, chunk_count, made_ms, error
        FROM ota_deltas
        """;

    private const string FindSql = SelectSql + " WHERE firmware_id = $1 AND base_sha256 = $2 AND profile = $3";
    private const string ByIdSql = SelectSql + " WHERE id = $1";
    private const string OfFirmwareSql = SelectSql + " WHERE firmware_id = $1 ORDER BY id";
    private const string DueSql =
        "SELECT id FROM ota_deltas WHERE state = 'waiting' OR (state = 'making' AND (maker = $1 OR seen_at < $2)) ORDER BY id LIMIT 1";

    private const string ListAllSql = """
        SELECT p.id, p.firmware_id, p.base_sha256, p.base_version, p.profile, p.state, p.percent, p.size, p.sha256, p.chunk_count,
            p.made_ms, p.error, f.version, f.hw, f.image_size
        FROM ota_deltas p JOIN ota_firmware f ON f.id = p.firmware_id
        WHERE p.id < $1 AND ($2 IS NULL OR p.firmware_id = $2) AND ($3 IS NULL OR p.state = $3) ORDER BY p.id DESC LIMIT $4
        """;

    /// <summary>The builds that devices run, by what they said when they asked, or by the version in their last word.</summary>
    private const string BasesSql = """
        SELECT b.id FROM ota_firmware b WHERE b.hw = $1 AND b.id <> $2 AND b.sequence < $3 AND b.pruned_at IS NULL AND (
            EXISTS (SELECT 1 FROM ota_devices o JOIN devices d ON d.device_id = o.device_id
                WHERE o.hw = b.hw AND o.base = substr(b.sha256, 1, 16) AND d.status = 'active')
            OR EXISTS (SELECT 1 FROM devices d WHERE d.firmware_version = b.version AND d.status = 'active'
                AND NOT EXISTS (SELECT 1 FROM ota_devices o WHERE o.device_id = d.device_id AND o.hw <> b.hw)))
        ORDER BY b.sequence DESC LIMIT 64
        """;

    private const string ProfilesSql = """
        SELECT DISTINCT o.profiles FROM ota_devices o JOIN devices d ON d.device_id = o.device_id
        WHERE o.hw = $1 AND o.base = $2 AND d.status = 'active' ORDER BY o.profiles LIMIT 16
        """;

    /// <summary>What every box of ours can apply.</summary>
    private const string UsualProfile = "L";

    /// <summary>Characters of a SHA-256 by which a device names its base.</summary>
    private const int BaseLength = 16;

    /// <summary>The patch for a base and a profile; null when it was never asked for.</summary>
    public static Patch? Find(SqlSession session, long firmwareId, string baseSha256, string profile)
    {
        using SqlStatement row = session.Query(FindSql, firmwareId, baseSha256, profile);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>A patch; null when there is none.</summary>
    public static Patch? Find(SqlSession session, long id)
    {
        using SqlStatement row = session.Query(ByIdSql, id);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>The bytes of a patch that is ready; null otherwise.</summary>
    public static byte[]? Bytes(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT data FROM ota_deltas WHERE id = $1 AND state = 'ready'", id);
        return row.Read() && !row.IsNull(0) ? row.Bytes(0) : null;
    }

    /// <summary>The patches of a build.</summary>
    public static List<Patch> List(SqlSession session, long firmwareId)
    {
        using SqlStatement row = session.Query(OfFirmwareSql, firmwareId);
        List<Patch> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row));
        }

        return rows;
    }

    /// <summary>The patches of all builds, newest first.</summary>
    public static List<PatchListRow> ListAll(SqlSession session, (long Before, int Limit, long? FirmwareId, string? State) wanted)
    {
        using SqlStatement row = session.Query(ListAllSql, wanted.Before, wanted.FirmwareId, wanted.State, wanted.Limit);
        List<PatchListRow> rows = [];
        while (row.Read())
        {
            rows.Add(PatchListRow.Of(Row(row), row.Text(12), row.Text(13), row.Int32(14)));
        }

        return rows;
    }

    /// <summary>Queues a patch that somebody asks for; one that failed is made again.</summary>
    /// <returns>The patch; or what is wrong with the request, naming the field.</returns>
    public static (PatchListRow? Row, string? Fault) Ask(SqlSession session, (PatchRequest Request, string Who, long Now) asked)
    {
        (PatchRequest request, string who, long now) = asked;
        Build? build = BuildSql.Find(session, request.FirmwareId!.Value);
        Build? start = request.FromFirmwareId is { } from ? BuildSql.Find(session, from) : null;
        if (FindFault(request, build, start) is { } fault)
        {
            return (null, fault);
        }

        Queue(session, build!, start, request.Profile, now);
        Patch patch = Find(session, build!.Id, start?.Sha256 ?? "", request.Profile)!;
        if (patch.State == PatchState.Failed)
        {
            session.Execute(
                "UPDATE ota_deltas SET state = 'waiting', percent = 0, error = NULL, queued_at = $2 WHERE id = $1", patch.Id, now);
            patch = patch with { State = PatchState.Waiting, Percent = 0, Error = null };
        }

        Audit.Note(
            session, who, "ota.patch", $"{build.Hardware} {build.Version}", null, $"{start?.Version ?? "full"} {request.Profile}", now);
        Event(session, patch, build, now);
        return (PatchListRow.Of(patch, build.Version, build.Hardware, build.Size), null);
    }

    private static string? FindFault(PatchRequest request, Build? build, Build? start) =>
        build is null ? Text($"firmware_id: there is no build {request.FirmwareId}")
        : build.PrunedAt is not null ? $"firmware_id: the image of {build.Version} was removed, upload it again first"
        : request.FromFirmwareId is null ? null
        : start is null ? Text($"from_firmware_id: there is no build {request.FromFirmwareId}")
        : start.PrunedAt is not null ? $"from_firmware_id: the image of {start.Version} was removed, upload it again first"
        : start.Hardware != build.Hardware ? $"from_firmware_id: is for hardware {start.Hardware}, the build is for {build.Hardware}"
        : start.Sequence >= build.Sequence ? Text(
            $"from_firmware_id: must have a lower sequence than {build.Version} with {build.Sequence}, no box goes back")
        : NativeChecksums.FindConflict(start.Assemblies, build.Assemblies) is not null
            ? $"from_firmware_id: {start.Version} runs on another nanoCLR than {build.Version} needs: that is flashed over serial"
        : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Queues the patches from every build that the fleet runs, in the profiles that the boxes with it get, and the full image.
    /// </summary>
    public static void QueueForFleet(SqlSession session, Build build, long now)
    {
        // The full image first: a patch is worth something only when it is smaller.
        Queue(session, build, null, UsualProfile, now);
        foreach (long id in Bases(session, build))
        {
            if (BuildSql.Find(session, id) is { } start && NativeChecksums.FindConflict(start.Assemblies, build.Assemblies) is null)
            {
                foreach (string profile in Profiles(session, start))
                {
                    Queue(session, build, start, profile, now);
                }
            }
        }
    }

    /// <summary>Queues a patch, and the full image of its profile; nothing when they are there.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="build">What it is to make.</param>
    /// <param name="start">What it starts from; null = the full image.</param>
    /// <param name="profile">R, L, H or E.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Queue(SqlSession session, Build build, Build? start, string profile, long now)
    {
        Insert(session, build.Id, "", "", profile, now);
        if (start is { PrunedAt: null })
        {
            Insert(session, build.Id, start.Sha256, start.Version, profile, now);
        }
    }

    /// <summary>
    /// Removes the patches from and to an image. The rows stay, for the attempts that name them. Those that devices are at were looked for
    /// before.
    /// </summary>
    /// <returns>Patches removed.</returns>
    public static int Prune(SqlSession session, long firmwareId, string sha256) =>
        session.Execute("""
            UPDATE ota_deltas SET state = 'pruned', percent = 0, error = NULL, data = NULL
            WHERE (firmware_id = $1 OR base_sha256 = $2) AND state IN ('ready', 'useless', 'failed')
            """, firmwareId, sha256);

    /// <summary>Queues again what failed.</summary>
    public static void Retry(SqlSession session, long firmwareId, long now) =>
        session.Execute("""
            UPDATE ota_deltas SET state = 'waiting', percent = 0, error = NULL, queued_at = $2
            WHERE firmware_id = $1 AND state = 'failed'
            """, firmwareId, now);

    /// <summary>Whether there is anything to make.</summary>
    public static bool IsAnyDue(SqlSession session, (string Maker, bool Alone, long Now) asked) => Due(session, asked) is not null;

    /// <summary>Takes the oldest patch that is to be made.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="asked">Who asks, whether no other process can be at work, and when.</param>
    public static Patch? Claim(SqlSession session, (string Maker, bool Alone, long Now) asked)
    {
        // Another process may take it in between: then the update finds nothing and the next turn brings the next one. Who claims is at
        // work on nothing: what bears its name is what it could not even put back.
        return Due(session, asked) is { } id
            && session.Execute("""
                UPDATE ota_deltas SET state = 'making', percent = 0, maker = $2, seen_at = $3
                WHERE id = $1 AND (state = 'waiting' OR (state = 'making' AND (maker = $2 OR seen_at < $4)))
                """, id, asked.Maker, asked.Now, StaleBefore(asked)) > 0
            ? Find(session, id)
            : null;
    }

    /// <summary>Notes how far a patch is.</summary>
    public static int NoteProgress(SqlSession session, (Patch Patch, Build Build, int Percent, string Maker, long Now) said)
    {
        int changed = session.Execute(
            "UPDATE ota_deltas SET percent = $2, seen_at = $3 WHERE id = $1 AND state = 'making' AND maker = $4", said.Patch.Id,
            said.Percent, said.Now, said.Maker);
        if (changed > 0)
        {
            Event(session, said.Patch with { State = PatchState.Making, Percent = said.Percent }, said.Build, said.Now);
        }

        return changed;
    }

    /// <summary>Puts a patch back that this process cannot finish.</summary>
    public static int Release(SqlSession session, (long Id, string Maker) what) =>
        session.Execute(
            "UPDATE ota_deltas SET state = 'waiting', percent = 0, maker = NULL WHERE id = $1 AND state = 'making' AND maker = $2",
            what.Id, what.Maker);

    /// <summary>Notes the end of a patch's making.</summary>
    public static int Finish(SqlSession session, (Patch Made, Build Build, byte[]? Data, string Maker, long Now) end)
    {
        Patch m = end.Made;
        int changed = session.Execute("""
            UPDATE ota_deltas SET state = $2, percent = 100, size = $3, sha256 = $4, chunk_count = $5, made_at = $6, made_ms = $7,
                error = $8, data = $9, maker = NULL
            WHERE id = $1 AND state = 'making' AND maker = $10
            """, m.Id, m.State, m.Size, m.Sha256, m.ChunkCount, end.Now, m.MadeMs, m.Error, end.Data, end.Maker);
        if (changed > 0)
        {
            Event(session, m with { Percent = 100 }, end.Build, end.Now);
        }

        return changed;
    }

    private static List<long> Bases(SqlSession session, Build build)
    {
        using SqlStatement row = session.Query(BasesSql, build.Hardware, build.Id, build.Sequence);
        List<long> ids = [];
        while (row.Read())
        {
            ids.Add(row.Int64(0));
        }

        return ids;
    }

    /// <summary>What the boxes with a build get; where none has said what it can apply, the usual profile.</summary>
    private static SortedSet<string> Profiles(SqlSession session, Build start)
    {
        using SqlStatement row = session.Query(ProfilesSql, start.Hardware, start.Sha256[..BaseLength]);
        SortedSet<string> profiles = new(StringComparer.Ordinal);
        while (row.Read())
        {
            if (UpdateObstacles.ProfileFor(row.Text(0)) is { } profile)
            {
                profiles.Add(profile);
            }
        }

        if (profiles.Count == 0)
        {
            profiles.Add(UsualProfile);
        }

        return profiles;
    }

    private static void Insert(SqlSession session, long firmwareId, string baseSha256, string baseVersion, string profile, long now) =>
        session.Execute("""
            INSERT INTO ota_deltas (firmware_id, base_sha256, base_version, profile, state, queued_at)
            VALUES ($1, $2, $3, $4, 'waiting', $5)
            ON CONFLICT (firmware_id, base_sha256, profile) DO UPDATE SET state = 'waiting', percent = 0, error = NULL, queued_at = $5
                WHERE ota_deltas.state = 'pruned'
            """, firmwareId, baseSha256, baseVersion, profile, now);

    private static long? Due(SqlSession session, (string Maker, bool Alone, long Now) asked)
    {
        using SqlStatement row = session.Query(DueSql, asked.Maker, StaleBefore(asked));
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>The process that owns a SQLite file is alone: whoever left something half made in it is dead.</summary>
    private static long StaleBefore((string Maker, bool Alone, long Now) asked) => asked.Alone ? long.MaxValue : asked.Now - LeaseMs;

    private static void Event(SqlSession session, Patch patch, Build build, long at) =>
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'patch', '', $2)", at,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"id\":{patch.Id},\"firmware_id\":{build.Id},\"version\":\"{build.Version}\",\"base_version\":\"{patch.BaseVersion}\",\"profile\":\"{patch.Profile}\",\"state\":\"{patch.State}\",\"percent\":{patch.Percent}}}"));

    private static Patch Row(SqlStatement row) => new(
        row.Int64(0), row.Int64(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Int32(6), row.Int32OrNull(7),
        row.TextOrNull(8), row.Int32OrNull(9), row.Int64OrNull(10), row.TextOrNull(11));
}
