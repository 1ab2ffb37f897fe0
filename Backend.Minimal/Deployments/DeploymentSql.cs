using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>A package that gateways may be told of.</summary>
/// <param name="Id">A UUID in small letters.</param>
/// <param name="Number">Grows in the order in which they came.</param>
/// <param name="Version">Its version.</param>
/// <param name="Filename">The name of its file.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
internal sealed record Deployment(string Id, long Number, string Version, string Filename, long Size, string Sha256)
{
    /// <summary>release, other or none: whose signature it had when it came.</summary>
    public required string Signed { get; init; }

    /// <summary>The id of the key that signed it; null = none did.</summary>
    public string? KeyId { get; init; }

    /// <summary>Files in it.</summary>
    public int Files { get; init; }

    /// <summary>Bytes of its files, unpacked.</summary>
    public long UnpackedSize { get; init; }

    /// <summary>When it came, milliseconds since 1970.</summary>
    public long UploadedAt { get; init; }

    /// <summary>Name of the key, or address of the user.</summary>
    public required string UploadedBy { get; init; }

    /// <summary>Where it is fetched.</summary>
    public string DownloadUrl => $"/api/deployment-download/{Id}";
}

/// <summary>The SQL of packages.</summary>
internal static class DeploymentSql
{
    private const string SelectSql = """
        SELECT id, number, version, filename, size, sha256, signed, key_id, files, unpacked_size, uploaded_at, uploaded_by
        FROM deployments
        """;

    /// <summary>A package; null = there is none of that id.</summary>
    public static Deployment? Find(SqlSession session, string id)
    {
        using SqlStatement row = session.Query(SelectSql + " WHERE id = $1", id);
        return row.Read() ? Read(row) : null;
    }

    /// <summary>Packages, the last uploaded first.</summary>
    public static List<Deployment> List(SqlSession session, (long Before, int Limit) wanted) =>
        All(session.Query(SelectSql + " WHERE number < $1 ORDER BY number DESC LIMIT $2", wanted.Before, wanted.Limit));

    /// <summary>Packages, the first uploaded first.</summary>
    public static List<Deployment> Oldest(SqlSession session, int limit) =>
        All(session.Query(SelectSql + " ORDER BY number LIMIT $1", limit));

    /// <summary>Packages behind the newest so many, the first uploaded first.</summary>
    public static List<Deployment> BehindNewest(SqlSession session, (int Keep, int Limit) wanted) => All(session.Query(
        SelectSql + " WHERE number < (SELECT min(number) FROM (SELECT number FROM deployments ORDER BY number DESC LIMIT $1) newest)"
        + " ORDER BY number LIMIT $2", wanted.Keep, wanted.Limit));

    /// <summary>Bytes of all packages.</summary>
    public static long UsedBytes(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM deployments");
        row.Read();
        return row.Int64(0);
    }

    /// <summary>Whether there is such a package.</summary>
    public static bool Exists(SqlSession session, string id)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM deployments WHERE id = $1", id);
        return row.Read();
    }

    /// <summary>Keeps a package whose file is whole.</summary>
    public static void Add(SqlSession session, Deployment d)
    {
        // One after the other, for the number.
        DeploymentNotices.Hold(session);
        session.Execute("""
            INSERT INTO deployments (id, number, version, filename, size, sha256, signed, key_id, files, unpacked_size, uploaded_at,
                uploaded_by)
            VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM deployments), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, d.Id, d.Version, d.Filename, d.Size, d.Sha256, d.Signed, d.KeyId, d.Files, d.UnpackedSize, d.UploadedAt, d.UploadedBy);
        Audit.Note(
            session, d.UploadedBy, "deployment.upload", d.Id, null,
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{d.Version} {d.Filename} {d.Size} {d.Sha256} signed: {d.Signed}"),
            d.UploadedAt);
    }

    /// <summary>Forgets a package; its file goes after that.</summary>
    public static void Remove(SqlSession session, Deployment deployment, string who, long at)
    {
        session.Execute("DELETE FROM deployments WHERE id = $1", deployment.Id);
        Audit.Note(session, who, "deployment.remove", deployment.Id, $"{deployment.Version} {deployment.Filename}", null, at);
    }

    private static List<Deployment> All(SqlStatement query)
    {
        using (query)
        {
            List<Deployment> rows = [];
            while (query.Read())
            {
                rows.Add(Read(query));
            }

            return rows;
        }
    }

    private static Deployment Read(SqlStatement row) =>
        new(row.Text(0), row.Int64(1), row.Text(2), row.Text(3), row.Int64(4), row.Text(5))
        {
            Signed = row.Text(6),
            KeyId = row.TextOrNull(7),
            Files = row.Int32(8),
            UnpackedSize = row.Int64(9),
            UploadedAt = row.Int64(10),
            UploadedBy = row.Text(11),
        };
}
