using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Builds;

/// <summary>The SQL of builds.</summary>
internal static class BuildSql
{
    private const string SelectSql = """
        SELECT id, hw, version, sequence, image_size, sha256, native_checksum, assemblies, notes, uploaded_by, uploaded_at,
            CASE WHEN manifest IS NULL THEN 0 ELSE 1 END, pruned_at
        FROM ota_firmware
        """;

    private const string FindSql = SelectSql + " WHERE id = $1";
    private const string FindBaseSql = SelectSql + " WHERE hw = $1 AND sha256 >= $2 AND sha256 < $3 ORDER BY id LIMIT 1";
    private const string ListSql = SelectSql + " WHERE ($1 IS NULL OR hw = $1) AND id < $2 ORDER BY id DESC LIMIT $3";
    private const string ChooseSql = SelectSql + " WHERE hw = $1 AND ($2 IS NULL OR version = $2) ORDER BY sequence DESC LIMIT 1";
    private const string SameSql = SelectSql + " WHERE hw = $1 AND (version = $2 OR sequence = $3) ORDER BY id";

    private static readonly string s_running = $"""
        SELECT o.hw, o.base, count(*) FROM ota_devices o JOIN devices d ON d.device_id = o.device_id
        WHERE d.status = 'active' AND o.base <> '' AND {Caller.ScopeSql("o.device_id", "$1")} GROUP BY o.hw, o.base
        """;

    /// <summary>A build; null when there is none.</summary>
    public static Build? Find(SqlSession session, long id)
    {
        using SqlStatement row = session.Query(FindSql, id);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>The build whose hash begins so, for that hardware; null when there is none.</summary>
    public static Build? FindBase(SqlSession session, string hardware, string hash)
    {
        if (hash.Length == 0)
        {
            return null;
        }

        // A range instead of LIKE: it uses the index in both storages. 'g' follows the last hex digit.
        using SqlStatement row = session.Query(FindBaseSql, hardware, hash, hash + "g");
        return row.Read() ? Row(row) : null;
    }

    /// <summary>The build of that version for that hardware, or the one with the highest sequence; null when there is none.</summary>
    public static Build? Choose(SqlSession session, (string Hardware, string? Version) wanted)
    {
        using SqlStatement row = session.Query(ChooseSql, wanted.Hardware, wanted.Version);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>Lists builds, newest first.</summary>
    public static List<Build> List(SqlSession session, (string? Hardware, long Before, int Limit) wanted)
    {
        using SqlStatement row = session.Query(ListSql, wanted.Hardware, wanted.Before, wanted.Limit);
        return Rows(row);
    }

    /// <summary>How many boxes in use run which image, by what they said when they last asked.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="scope">Only boxes that this scope may see; null = all.</param>
    public static RunningImages Running(SqlSession session, string? scope)
    {
        Dictionary<(string, string), int> counts = [];
        using SqlStatement row = session.Query(s_running, scope);
        while (row.Read())
        {
            counts[(row.Text(0), row.Text(1))] = row.Int32(2);
        }

        return new RunningImages(counts);
    }

    /// <summary>The image of a build; null when there is none, or no longer.</summary>
    public static byte[]? Image(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT image FROM ota_firmware WHERE id = $1 AND pruned_at IS NULL", id);
        return row.Read() ? row.Bytes(0) : null;
    }

    /// <summary>The image with that hash; null when there is none, or no longer.</summary>
    public static byte[]? ImageOf(SqlSession session, string sha256)
    {
        using SqlStatement row = session.Query(
            "SELECT image FROM ota_firmware WHERE sha256 = $1 AND pruned_at IS NULL ORDER BY id LIMIT 1", sha256);
        return row.Read() ? row.Bytes(0) : null;
    }

    /// <summary>The signed manifest of a build; null when there is none.</summary>
    public static byte[]? Manifest(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT manifest FROM ota_firmware WHERE id = $1", id);
        return row.Read() && !row.IsNull(0) ? row.Bytes(0) : null;
    }

    /// <summary>Keeps a build, and queues the patches that the fleet will need.</summary>
    /// <returns>The build, whether it is new, and what stands against it: another one of that version or sequence.</returns>
    public static (Build? Build, bool IsNew, Build? Conflict) Add(SqlSession session, (Build Build, byte[] Image) wanted)
    {
        Build build = wanted.Build;
        List<Build> same = Same(session, build);
        if (same.Find(known =>
            known.Version != build.Version || known.Sequence != build.Sequence || known.Sha256 != build.Sha256) is { } conflict)
        {
            return (null, false, conflict);
        }

        if (same.Count > 0)
        {
            // The same again: what could not be made gets another chance, and what was removed is here again.
            Build known = BuildKeeping.Restore(session, same[0], wanted.Image, build.UploadedBy, build.UploadedAt);
            PatchSql.Retry(session, known.Id, build.UploadedAt);
            QueuePatches(session, known, build.UploadedAt);
            return (known, false, null);
        }

        build = build with { Id = Insert(session, build, wanted.Image) };
        Audit.Note(
            session, build.UploadedBy, "ota.upload", $"{build.Hardware} {build.Version}", null,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{build.Sha256} seq={build.Sequence} {build.Size}"),
            build.UploadedAt);
        QueuePatches(session, build, build.UploadedAt);
        return (build, true, null);
    }

    /// <summary>Keeps the signed manifest of a build.</summary>
    public static int SetManifest(SqlSession session, (Build Build, byte[] Manifest, string Who, long At) wanted)
    {
        Audit.Note(
            session, wanted.Who, "ota.sign", $"{wanted.Build.Hardware} {wanted.Build.Version}", wanted.Build.IsSigned
                ? "signed"
                : "unsigned", "signed", wanted.At);
        return session.Execute("UPDATE ota_firmware SET manifest = $2 WHERE id = $1", wanted.Build.Id, wanted.Manifest);
    }

    /// <summary>Queues the patches to a build; and those to the newest one, which may start from this.</summary>
    private static void QueuePatches(SqlSession session, Build build, long now)
    {
        PatchSql.QueueForFleet(session, build, now);
        if (Choose(session, (build.Hardware, null)) is { } newest && newest.Id != build.Id)
        {
            PatchSql.QueueForFleet(session, newest, now);
        }
    }

    private static List<Build> Same(SqlSession session, Build build)
    {
        using SqlStatement row = session.Query(SameSql, build.Hardware, build.Version, build.Sequence);
        return Rows(row);
    }

    private static long Insert(SqlSession session, Build build, byte[] image)
    {
        using SqlStatement row = session.Query("""
            INSERT INTO ota_firmware (hw, version, sequence, image_size, sha256, native_checksum, assemblies, notes, uploaded_by,
                uploaded_at, image)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
            """,
            build.Hardware, build.Version, build.Sequence, build.Size, build.Sha256, (long)build.NativeChecksum, build.Assemblies,
            build.Notes, build.UploadedBy, build.UploadedAt, image);
        row.Read();
        return row.Int64(0);
    }

    private static List<Build> Rows(SqlStatement row)
    {
        List<Build> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row));
        }

        return rows;
    }

    private static Build Row(SqlStatement row) => new(
        row.Int64(0), row.Text(1), row.Text(2), row.Int32(3), row.Int32(4), row.Text(5), (uint)row.Int64(6), row.Text(7),
        row.TextOrNull(8), row.Text(9), row.Int64(10), row.Int32(11) != 0, row.Int64OrNull(12));
}
