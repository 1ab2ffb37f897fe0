using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>What a gateway is told: which package, since when. The newest counts.</summary>
/// <param name="Package">The package.</param>
/// <param name="At">When it was said, milliseconds since 1970.</param>
internal sealed record DeploymentNotice(Deployment Package, long At)
{
    /// <summary>How a moment is written in notices.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>As old watchers read it: these members, in this order.</summary>
    public byte[] ToJson()
    {
        using MemoryStream buffer = new(512);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", Package.Id);
            json.WriteString("version", Package.Version);
            json.WriteString("filename", Package.Filename);
            json.WriteNumber("size", Package.Size);
            json.WriteString("sha256", Package.Sha256);
            json.WriteString("downloadUrl", $"/api/deployment-download/{Package.Id}");
            json.WriteString("timestamp", Time(At));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>A moment as notices write it.</summary>
    public static string Time(long ms) => DateTime.UnixEpoch.AddMilliseconds(ms).ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>The SQL of what gateways are told.</summary>
internal static class DeploymentNotices
{
    /// <summary>In the place of a gateway: all of them.</summary>
    public const string Everybody = "";

    /// <summary>Notices of a gateway that are kept, the newest: one that is taken back makes way for the one before.</summary>
    private const int Kept = 10;

    /// <summary>Those for everybody that are kept.</summary>
    private const int KeptOfAll = 100;

    /// <summary>
    /// Whether a notice <c>n</c> counts: it was not withdrawn, and its roll-out goes on; where that is held or has stopped, only for a
    /// gateway that has begun with it.
    /// </summary>
    private static readonly string s_counts = CountsSql("n", "'paused', 'stopped'");

    /// <summary>Whether a notice is meant still: one that is held is, for it may go on.</summary>
    private static readonly string s_isMeant = CountsSql("n", "'stopped'");

    /// <summary>What counts, and what is held and may count again, the newest of each: one behind the other as they were said.</summary>
    private static readonly string s_others = $"""
        SELECT n.device_id, n.deployment_id, n.rollout_id, n.said_by FROM deployment_notices n
        JOIN deployments p ON p.id = n.deployment_id
        WHERE n.device_id <> '' AND n.at > $1 AND {s_isMeant}
            AND (n.at = (SELECT max(m.at) FROM deployment_notices m WHERE m.device_id = n.device_id AND {CountsSql("m", "'stopped'")})
                OR n.at = (SELECT max(m.at) FROM deployment_notices m WHERE m.device_id = n.device_id
                    AND {CountsSql("m", "'paused', 'stopped'")}))
            AND (n.rollout_id IS NULL OR n.rollout_id <> $2)
        ORDER BY n.at
        """;

    private static readonly string s_toldOther = $"""
        SELECT DISTINCT n.device_id FROM deployment_notices n
        WHERE n.device_id <> '' AND n.at > $1 AND {s_isMeant} AND (n.rollout_id IS NULL OR n.rollout_id <> $2)
        """;

    private static readonly string s_newest = $"""
        SELECT n.at, p.id FROM deployment_notices n JOIN deployments p ON p.id = n.deployment_id
        WHERE (n.device_id = $1 OR n.device_id = $2) AND {s_counts}
        ORDER BY n.at DESC LIMIT 1
        """;

    private static readonly string s_topics = $"""
        SELECT n.device_id, n.at, n.deployment_id FROM deployment_notices n
        JOIN deployments p ON p.id = n.deployment_id
        LEFT JOIN devices d ON d.device_id = n.device_id
        WHERE {s_counts} AND (n.device_id = '' OR (d.kind = 'gateway' AND d.status = 'active' AND d.is_demo = 0))
        ORDER BY n.at DESC
        """;

    /// <summary>Says something.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="gateway">To whom; <see cref="Everybody"/> = to all.</param>
    /// <param name="deploymentId">What.</param>
    /// <param name="rolloutId">For which roll-out; null = somebody means this gateway.</param>
    /// <param name="who">Who says so.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>The timestamp: greater than all before, however the clock was set.</returns>
    public static long Say(SqlSession session, string gateway, string deploymentId, long? rolloutId, string who, long now)
    {
        long at = Tick(session, now);
        session.Execute(
            "INSERT INTO deployment_notices (device_id, deployment_id, at, rollout_id, said_by) VALUES ($1, $2, $3, $4, $5)", gateway,
            deploymentId, at, rolloutId, who);
        Prune(session, gateway);
        return at;
    }

    /// <summary>The newest timestamp. Whoever has it keeps others from publishing until the transaction ends.</summary>
    public static long Hold(SqlSession session)
    {
        using SqlStatement row = session.Query("UPDATE deployment_clock SET at = at WHERE id = 1 RETURNING at");
        row.Read();
        return row.Int64(0);
    }

    private static long Tick(SqlSession session, long now)
    {
        using SqlStatement row = session.Query(
            "UPDATE deployment_clock SET at = CASE WHEN at >= $1 THEN at + 1 ELSE $1 END WHERE id = 1 RETURNING at", now);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>The newest notice for all gateways; null = there is none.</summary>
    public static DeploymentNotice? NewestForAll(SqlSession session) => Newest(session, Everybody);

    /// <summary>The newest notice for a gateway, its own or that for all; null = there is none.</summary>
    public static DeploymentNotice? Newest(SqlSession session, string gateway)
    {
        long at;
        string id;
        using (SqlStatement row = session.Query(s_newest, gateway, Everybody))
        {
            if (!row.Read())
            {
                return null;
            }

            (at, id) = (row.Int64(0), row.Text(1));
        }

        return DeploymentSql.Find(session, id) is { } package ? new DeploymentNotice(package, at) : null;
    }

    /// <summary>
    /// What stands at each topic, the newest first: by gateway, <see cref="Everybody"/> for the common one. Null = nothing, though
    /// something did.
    /// </summary>
    public static List<(string Gateway, DeploymentNotice? Notice)> Topics(SqlSession session, int unused)
    {
        List<(string Gateway, long At, string Id)> newest = [];
        HashSet<string> told = new(StringComparer.Ordinal);
        using (SqlStatement row = session.Query(s_topics))
        {
            while (row.Read())
            {
                if (told.Add(row.Text(0)))
                {
                    newest.Add((row.Text(0), row.Int64(1), row.Text(2)));
                }
            }
        }

        Dictionary<string, Deployment?> packages = new(StringComparer.Ordinal);
        List<(string Gateway, DeploymentNotice? Notice)> topics = [];
        foreach ((string gateway, long at, string id) in newest)
        {
            if (!packages.TryGetValue(id, out Deployment? package))
            {
                packages[id] = package = DeploymentSql.Find(session, id);
            }

            topics.Add((gateway, package is null ? null : new DeploymentNotice(package, at)));
        }

        using (SqlStatement row = session.Query("SELECT DISTINCT device_id FROM deployment_notices"))
        {
            while (row.Read())
            {
                if (told.Add(row.Text(0)))
                {
                    topics.Add((row.Text(0), null));
                }
            }
        }

        return topics;
    }

    /// <summary>Takes back all that was said of a package.</summary>
    /// <returns>Notices that were taken back.</returns>
    public static int Withdraw(SqlSession session, string deploymentId, long now) => session.Execute(
        "UPDATE deployment_notices SET withdrawn_at = $2 WHERE deployment_id = $1 AND withdrawn_at IS NULL", deploymentId, now);

    /// <summary>Says again what gateways were told by somebody else after a roll-out had begun: it is to stay so.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="rolloutId">The roll-out.</param>
    /// <param name="noticeFrom">When it began, by the clock of notices.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void SayOthersAgain(SqlSession session, long rolloutId, long noticeFrom, long now)
    {
        List<(string Gateway, string Id, long? Rollout, string Who)> others = [];
        using (SqlStatement row = session.Query(
            s_others, noticeFrom, rolloutId))
        {
            while (row.Read())
            {
                others.Add((row.Text(0), row.Text(1), row.Int64OrNull(2), row.Text(3)));
            }
        }

        foreach ((string gateway, string id, long? rollout, string who) in others)
        {
            Say(session, gateway, id, rollout, who, now);
        }
    }

    /// <summary>Gateways that were told something else after a roll-out had begun.</summary>
    public static HashSet<string> ToldOther(SqlSession session, long rolloutId, long noticeFrom)
    {
        HashSet<string> gateways = new(StringComparer.Ordinal);
        using SqlStatement row = session.Query(s_toldOther, noticeFrom, rolloutId);
        while (row.Read())
        {
            gateways.Add(row.Text(0));
        }

        return gateways;
    }

    private static string CountsSql(string n, string states) => $"""
        {n}.withdrawn_at IS NULL
            AND (NOT EXISTS (SELECT 1 FROM deployment_rollouts r WHERE r.id = {n}.rollout_id AND r.state IN ({states}))
                OR EXISTS (SELECT 1 FROM deployment_runs u
                    WHERE u.device_id = {n}.device_id AND u.deployment_id = {n}.deployment_id AND u.notice_at = {n}.at))
        """;

    /// <summary>
    /// The newest withdrawn one stays, too: after a restart an outside broker must be told that it has nothing to keep any more.
    /// </summary>
    private static void Prune(SqlSession session, string gateway) => session.Execute(
        """
        DELETE FROM deployment_notices WHERE device_id = $1 AND at <= (
            SELECT at FROM deployment_notices WHERE device_id = $1 ORDER BY at DESC LIMIT 1 OFFSET $2)
        """, gateway, gateway.Length == 0 ? KeptOfAll : Kept);
}
