using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// What the roll-outs of a line of things mean for those that no roll-out has come to. From the first roll-out on, be it a draft, a
/// release is offered by roll-outs only; what was uploaded before it and is older goes on being everybody's.
/// </summary>
internal static class ThingLineSql
{
    private const string Counts = "r.product IS NOT NULL AND (r.started_at IS NOT NULL OR r.state IN ('draft', 'scheduled'))";

    private const string BeforeSql = $"""
        SELECT max(f.version_key) FROM firmware_releases f WHERE f.product = $1 AND f.platform = $2 AND f.env = $3
            AND f.version_key < (SELECT min(r.order_key) FROM ota_rollouts r WHERE r.hw = $4 AND {Counts})
        """;

    /// <summary>Of a roll-out that is done, for all things, with a last stage of all of them.</summary>
    private const string ThroughSql = """
        SELECT max(r.order_key) FROM ota_rollouts r WHERE r.hw = $1 AND r.state = 'done'
            AND NOT EXISTS (SELECT 1 FROM ota_rollout_places p WHERE p.rollout_id = r.id)
            AND NOT EXISTS (SELECT 1 FROM ota_rollout_tags t WHERE t.rollout_id = r.id)
            AND EXISTS (SELECT 1 FROM ota_rollout_stages s WHERE s.rollout_id = r.id AND s.percent = 100)
        """;

    /// <summary>The lines in which releases are offered by roll-outs.</summary>
    public static HashSet<string> Rolled(SqlSession session)
    {
        HashSet<string> lines = [];
        using SqlStatement row = session.Query($"SELECT DISTINCT r.hw FROM ota_rollouts r WHERE {Counts}");
        while (row.Read())
        {
            lines.Add(row.Text(0));
        }

        return lines;
    }

    /// <summary>Whether releases of a line are offered by roll-outs.</summary>
    public static bool IsRolled(SqlSession session, ThingLine line)
    {
        using SqlStatement row = session.Query($"SELECT 1 FROM ota_rollouts r WHERE r.hw = $1 AND {Counts} LIMIT 1", line.Key);
        return row.Read();
    }

    /// <summary>The newest release that was everybody's before roll-outs began; null = there was none.</summary>
    public static Release? Before(SqlSession session, ThingLine line) => OfKey(session, line, BeforeKey(session, line));

    /// <summary>
    /// The newest release that is through: what a device gets that nobody knows, and that no stage can be told of. null = none is.
    /// </summary>
    public static Release? Through(SqlSession session, ThingLine line)
    {
        string? done = Text(session.Query(ThroughSql, line.Key));
        string? before = BeforeKey(session, line);
        return OfKey(session, line, string.CompareOrdinal(done, before) > 0 ? done : before);
    }

    /// <summary>The release of an order; null when there is none.</summary>
    public static Release? OfKey(SqlSession session, ThingLine line, string? key) => key is null
        ? null
        : ReleaseSql.OfVersion(session, line.Product, line.Platform, line.Environment, new ReleaseVersion(key, key));

    /// <summary>The roll-outs that bring a release or may yet bring it: it is kept for them.</summary>
    public static List<(long RolloutId, string Line, string OrderKey)> InUse(SqlSession session)
    {
        List<(long RolloutId, string Line, string OrderKey)> uses = [];
        using SqlStatement row = session.Query("""
            SELECT id, hw, order_key FROM ota_rollouts WHERE product IS NOT NULL AND state NOT IN ('aborted', 'stopped') ORDER BY id DESC
            """);
        while (row.Read())
        {
            uses.Add((row.Int64(0), row.Text(1), row.Text(2)));
        }

        return uses;
    }

    private static string? BeforeKey(SqlSession session, ThingLine line) =>
        Text(session.Query(BeforeSql, line.Product, line.Platform, line.Environment, line.Key));

    private static string? Text(SqlStatement query)
    {
        using SqlStatement row = query;
        return row.Read() ? row.TextOrNull(0) : null;
    }
}
