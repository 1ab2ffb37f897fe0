using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>The SQL of releases for things.</summary>
internal static class ReleaseSql
{
    private const string SelectSql = """
        SELECT id, product, platform, env, version, version_key, kind, description, project, app_version, idf_version, uploaded_by,
            uploaded_at
        FROM firmware_releases
        """;

    private const string FindSql = SelectSql + " WHERE id = $1";
    private const string ListSql = SelectSql + """
         WHERE ($1 IS NULL OR product = $1) AND ($2 IS NULL OR platform = $2) AND ($3 IS NULL OR env = $3) AND id < $4
        ORDER BY id DESC LIMIT $5
        """;

    private const string NewestSql = SelectSql + """
         WHERE product = $1 AND platform = $2 AND env = $3 ORDER BY version_key DESC LIMIT 1
        """;

    private const string AfterSql = SelectSql + " WHERE id > $1 ORDER BY id LIMIT $2";
    private const string VersionSql = SelectSql + " WHERE product = $1 AND platform = $2 AND env = $3 AND version_key = $4";

    /// <summary>The newest of each product, platform and environment.</summary>
    private const string NewestOfEachSql = SelectSql + """
         r WHERE version_key = (SELECT max(o.version_key) FROM firmware_releases o
            WHERE o.product = r.product AND o.platform = r.platform AND o.env = r.env)
        ORDER BY product, platform, env LIMIT $1
        """;

    /// <summary>A release; null when there is none.</summary>
    public static Release? Find(SqlSession session, long id) => One(session, session.Query(FindSql, id));

    /// <summary>The newest release; null when there is none.</summary>
    public static Release? Newest(SqlSession session, string product, string platform, string environment) =>
        One(session, session.Query(NewestSql, product, platform, environment));

    /// <summary>The release of a version; null when there is none.</summary>
    public static Release? OfVersion(SqlSession session, string product, string platform, string environment, ReleaseVersion version) =>
        One(session, session.Query(VersionSql, product, platform, environment, version.Key));

    /// <summary>Lists releases, the last uploaded first.</summary>
    public static List<Release> List(
        SqlSession session, (string? Product, string? Platform, string? Environment, long Before, int Limit) wanted) =>
        All(session, session.Query(ListSql, wanted.Product, wanted.Platform, wanted.Environment, wanted.Before, wanted.Limit));

    /// <summary>Releases behind one, in the order in which they came.</summary>
    public static List<Release> After(SqlSession session, (long After, int Limit) wanted) =>
        All(session, session.Query(AfterSql, wanted.After, wanted.Limit));

    /// <summary>The newest release of each product, platform and environment.</summary>
    public static List<Release> NewestOfEach(SqlSession session, int limit) => All(session, session.Query(NewestOfEachSql, limit));

    /// <summary>The products that there are releases of.</summary>
    public static List<string> Products(SqlSession session, string platform, string environment)
    {
        using SqlStatement row = session.Query(
            "SELECT DISTINCT product FROM firmware_releases WHERE platform = $1 AND env = $2 ORDER BY product LIMIT 50", platform,
            environment);
        List<string> products = [];
        while (row.Read())
        {
            products.Add(row.Text(0));
        }

        return products;
    }

    /// <summary>Keeps a release whose files are whole.</summary>
    /// <returns>The release, or the one that stands against it: of that version, or a later one.</returns>
    public static (Release? Kept, Release? Conflict) Add(
        SqlSession session, (Release Release, IReadOnlyList<(long Id, string Sha256)> Files, bool MayBeOlder) wanted)
    {
        Release release = wanted.Release;
        Release? conflict = OfVersion(session, release.Product, release.Platform, release.Environment, release.Version)
            ?? (wanted.MayBeOlder ? null : Later(session, release));
        if (conflict is not null)
        {
            return (null, conflict);
        }

        foreach ((long file, string sha256) in wanted.Files)
        {
            FileSql.End(session, file, sha256);
        }

        release = release with { Id = Insert(session, release) };
        foreach (ReleasePart part in release.Parts)
        {
            session.Execute("""
                INSERT INTO firmware_parts (release_id, part, file_id, start_at, size, sha256, address) VALUES ($1, $2, $3, $4, $5, $6, $7)
                """, release.Id, part.Name, part.FileId, part.Start, part.Size, part.Sha256, part.Address);
        }

        Audit.Note(
            session, release.UploadedBy, "firmware.upload", release.Title, null,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{release.App.Sha256} {release.App.Size}"),
            release.UploadedAt);
        return (release, null);
    }

    /// <summary>Removes a release; its files go with the next sweep.</summary>
    public static void Remove(SqlSession session, Release release, string who, long at)
    {
        session.Execute("DELETE FROM firmware_parts WHERE release_id = $1", release.Id);
        session.Execute("DELETE FROM firmware_releases WHERE id = $1", release.Id);
        foreach (long file in release.Parts.Select(static part => part.FileId).Distinct())
        {
            FileSql.Abandon(session, file);
        }

        Audit.Note(session, who, "firmware.remove", release.Title, release.App.Sha256, null, at);
    }

    private static Release? Later(SqlSession session, Release release) =>
        Newest(session, release.Product, release.Platform, release.Environment) is { } newest && newest.Version.IsAfter(release.Version)
            ? newest
            : null;

    private static long Insert(SqlSession session, Release r)
    {
        using SqlStatement row = session.Query("""
            INSERT INTO firmware_releases (product, platform, env, version, version_key, kind, description, project, app_version,
                idf_version,
                uploaded_by, uploaded_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id
            """,
            r.Product, r.Platform, r.Environment, r.Version.Text, r.Version.Key, r.Kind, r.Description, r.Said?.Project, r.Said?.Version,
            r.Said?.IdfVersion, r.UploadedBy, r.UploadedAt);
        row.Read();
        return row.Int64(0);
    }

    private static Release? One(SqlSession session, SqlStatement query) => All(session, query).FirstOrDefault();

    /// <summary>All rows of a query first, then their parts: a connection does one thing at a time.</summary>
    private static List<Release> All(SqlSession session, SqlStatement query)
    {
        List<Release> rows;
        using (query)
        {
            rows = Rows(query);
        }

        return [.. rows.Select(row => WithParts(session, row))];
    }

    private static Release WithParts(SqlSession session, Release release)
    {
        using SqlStatement row = session.Query(
            "SELECT part, file_id, start_at, size, sha256, address FROM firmware_parts WHERE release_id = $1 ORDER BY part", release.Id);
        List<ReleasePart> parts = [];
        while (row.Read())
        {
            parts.Add(new ReleasePart(row.Text(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Text(4), row.Int64(5)));
        }

        return release with { Parts = parts };
    }

    private static List<Release> Rows(SqlStatement row)
    {
        List<Release> rows = [];
        while (row.Read())
        {
            AppDescription? said = row.IsNull(8) ? null : new AppDescription(row.Text(8), row.Text(9), row.Text(10));
            rows.Add(new Release(
                row.Int64(0), row.Text(1), row.Text(2), row.Text(3), new ReleaseVersion(row.Text(4), row.Text(5)), row.Text(6),
                row.TextOrNull(7), said, row.Text(11), row.Int64(12), []));
        }

        return rows;
    }
}
