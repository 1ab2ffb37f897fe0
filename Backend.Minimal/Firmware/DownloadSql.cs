using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>A download that is to be noted; from where it comes the storage knows.</summary>
/// <param name="At">Milliseconds since 1970.</param>
/// <param name="Who">Name of the key, address of the user, or the device.</param>
/// <param name="Via">key, user, device, link or alias.</param>
/// <param name="Release">What was fetched.</param>
/// <param name="Part">Which part of it.</param>
/// <param name="Agent">With what.</param>
internal sealed record Download(long At, string Who, string Via, Release Release, string Part, string? Agent)
{
    private const int MaxAgentChars = 200;

    /// <summary>Notes a request that asks for the beginning; one for the rest, or for the headers alone, is none.</summary>
    public static async Task NoteAsync(
        HttpContext http, Store store, TimeProvider clock, string who, string via, Release release, string part)
    {
        if (FileAnswer.IsFromStart(http.Request) && !HttpMethods.IsHead(http.Request.Method))
        {
            string agent = string.Concat(
                http.Request.Headers.UserAgent.ToString().Where(static c => !char.IsControl(c)).Take(MaxAgentChars));
            Download download = new(
                clock.GetUtcNow().ToUnixTimeMilliseconds(), who, via, release, part, agent.Length == 0 ? null : agent);
            await store.WriteAsync(download, DownloadSql.Note).ConfigureAwait(false);
        }
    }
}

/// <summary>The SQL of the list of downloads.</summary>
internal static class DownloadSql
{
    /// <summary>Notes a download.</summary>
    public static int Note(SqlSession session, Download d) => session.Execute("""
        INSERT INTO firmware_downloads (at, who, via, product, platform, env, version, part, address, agent)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        d.At, d.Who, d.Via, d.Release.Product, d.Release.Platform, d.Release.Environment, d.Release.Version.Text, d.Part, session.Origin,
        d.Agent);

    /// <summary>Lists downloads, newest first.</summary>
    public static List<DownloadRow> List(
        SqlSession session, (string? Who, string? Product, string? Platform, long Before, int Limit) wanted)
    {
        using SqlStatement row = session.Query("""
            SELECT id, at, who, via, product, platform, env, version, part, address, agent FROM firmware_downloads
            WHERE ($1 IS NULL OR who = $1) AND ($2 IS NULL OR product = $2) AND ($3 IS NULL OR platform = $3) AND id < $4
            ORDER BY id DESC LIMIT $5
            """, wanted.Who, wanted.Product, wanted.Platform, wanted.Before, wanted.Limit);
        List<DownloadRow> rows = [];
        while (row.Read())
        {
            rows.Add(new DownloadRow(
                row.Int64(0), row.Time(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7), row.Text(8),
                row.TextOrNull(9), row.TextOrNull(10)));
        }

        return rows;
    }
}
