using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>How gateways stand, as people see it.</summary>
internal static class DeploymentStates
{
    private const string RunColumns = """
        u.status, u.step, u.progress, u.attempt, u.error, u.notice_at, u.started_at, u.updated_at, u.ended_at, u.result, u.log, u.modules,
        u.deployment_id, u.version
        """;

    /// <summary>Behind devices: those whose turn has come with roll-out $3 of $1, and those that have taken it up.</summary>
    private static readonly string s_thoseOfDeployment = $"""
        LEFT JOIN deployment_gateways s ON s.device_id = d.device_id
        LEFT JOIN deployment_rollout_gateways g ON g.device_id = d.device_id AND g.rollout_id = $3
        LEFT JOIN deployment_runs u ON u.id = (
            SELECT max(v.id) FROM deployment_runs v WHERE v.device_id = d.device_id AND v.deployment_id = $1)
        WHERE d.kind = 'gateway' AND d.is_demo = 0 AND (g.rollout_id IS NOT NULL OR u.id IS NOT NULL)
            AND {Caller.ScopeSql("d.device_id", "$2")}
        """;

    private static readonly string s_ofDeployment = $"""
        SELECT d.device_id, t.name, p.name, d.place_id, g.stage, s.current_id, s.current_version, s.previous_id, s.previous_version,
            s.agent_version, s.seen_at, {RunColumns}
        FROM devices d
        LEFT JOIN things t ON t.device_id = d.device_id
        LEFT JOIN places p ON p.id = d.place_id
        {s_thoseOfDeployment}
            AND ($4 IS NULL OR d.device_id = $4)
        ORDER BY d.device_id
        """;

    private static readonly string s_count = $"""
        SELECT count(*),
            coalesce(sum(CASE WHEN u.result = 'completed' OR (u.id IS NULL AND s.current_id = $1) THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN u.id IS NOT NULL AND u.result IS NULL THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN u.result = 'failed' THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN s.current_id = $1 AND d.retired_at IS NULL THEN 1 ELSE 0 END), 0)
        FROM devices d
        {s_thoseOfDeployment}
        """;

    private static readonly string s_gateways = $"""
        SELECT d.device_id, t.name, p.name, d.place_id, CAST(NULL AS INTEGER), s.current_id, s.current_version, s.previous_id,
            s.previous_version, s.agent_version, s.seen_at, {RunColumns}
        FROM devices d
        LEFT JOIN things t ON t.device_id = d.device_id
        LEFT JOIN places p ON p.id = d.place_id
        LEFT JOIN deployment_gateways s ON s.device_id = d.device_id
        LEFT JOIN deployment_runs u ON u.id = (SELECT max(v.id) FROM deployment_runs v WHERE v.device_id = d.device_id)
        WHERE d.kind = 'gateway' AND d.is_demo = 0 AND d.retired_at IS NULL AND d.device_id > $1 AND {Caller.ScopeSql("d.device_id", "$2")}
            AND ($3 IS NULL OR d.place_id = $3) AND ($4 IS NULL OR d.device_id = $4)
        ORDER BY d.device_id LIMIT $5
        """;

    private static readonly string s_history = HistorySql("deployment_runs u", "u.id < $1", "u.id");

    /// <summary>By the index of modules: those of one are few among all runs.</summary>
    private static readonly string s_historyOfModule = HistorySql(
        "deployment_run_modules m JOIN deployment_runs u ON u.id = m.run_id", "m.hostname_key = $7 AND m.run_id < $1", "m.run_id");

    /// <summary>The gateways of a deployment: those whose turn has come, and those that have taken it up.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="sight">Only those that somebody sees; null = all.</param>
    /// <param name="gateway">This one alone, with its log; null = all, without.</param>
    public static IReadOnlyList<GatewayState> Of(
        SqlSession session, string deploymentId, DeploymentSight? sight, string? gateway = null)
    {
        Dictionary<string, string> types = Types(session);
        List<GatewayState> rows = [];
        using SqlStatement row = session.Query(s_ofDeployment, deploymentId, sight?.Scope, NewestOf(session, deploymentId, sight), gateway);
        while (row.Read())
        {
            rows.Add(Read(row, types, hasLog: gateway is not null));
        }

        return rows;
    }

    /// <summary>All gateways, each with the last that it did.</summary>
    public static List<GatewayState> Gateways(
        SqlSession session, (string After, string? Scope, long? PlaceId, string? Gateway, int Limit) wanted)
    {
        Dictionary<string, string> types = Types(session);
        List<GatewayState> rows = [];
        using SqlStatement row = session.Query(
            s_gateways, wanted.After, wanted.Scope, wanted.PlaceId, wanted.Gateway, wanted.Limit);
        while (row.Read())
        {
            rows.Add(Read(row, types, hasLog: wanted.Gateway is not null));
        }

        return rows;
    }

    /// <summary>What was done where, the newest first; while a gateway stood at a place of somebody's.</summary>
    public static List<DeploymentRunRow> History(SqlSession session, HistoryFilter wanted)
    {
        Dictionary<string, string> types = Types(session);
        List<DeploymentRunRow> rows = [];
        using SqlStatement row = wanted.Module is { } module
            ? session.Query(
                s_historyOfModule, wanted.Before, wanted.Gateway, wanted.DeploymentId, wanted.Result, wanted.Scope, wanted.Limit,
                ModuleSql.Key(module))
            : session.Query(
                s_history, wanted.Before, wanted.Gateway, wanted.DeploymentId, wanted.Result, wanted.Scope, wanted.Limit);
        while (row.Read())
        {
            const int Run = 7;
            DateTime started = row.Time(Run + 6);
            DateTime? ended = row.TimeOrNull(Run + 8);
            rows.Add(new DeploymentRunRow(
                row.Int64(0), row.Text(1), row.TextOrNull(2), row.TextOrNull(3), row.Int64OrNull(4), row.Text(Run + 12), row.TextOrNull(5),
                row.Text(Run + 13), row.Text(Run), row.TextOrNull(Run + 1), row.TextOrNull(Run + 9), started, ended,
                ended is { } end ? (long)(end - started).TotalSeconds : null, row.TextOrNull(Run + 4), row.Int32(Run + 3),
                row.TextOrNull(6), row.TextOrNull(Run + 10), Modules(row.TextOrNull(Run + 11), types)));
        }

        return rows;
    }

    /// <summary>The gateways of a deployment, counted.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="sight">Only those that somebody sees; null = all.</param>
    public static DeploymentCounts CountOf(SqlSession session, string deploymentId, DeploymentSight? sight)
    {
        using SqlStatement row = session.Query(s_count, deploymentId, sight?.Scope, NewestOf(session, deploymentId, sight));
        row.Read();
        (int all, int completed, int running, int failed) = (row.Int32(0), row.Int32(1), row.Int32(2), row.Int32(3));
        return new DeploymentCounts(all, completed, running, failed, all - completed - running - failed, row.Int32(4));
    }

    /// <summary>The number of the roll-out that somebody sees of a deployment; 0 = there is none.</summary>
    private static long NewestOf(SqlSession session, string deploymentId, DeploymentSight? sight) =>
        DeploymentRollouts.Newest(session, deploymentId, sight)?.Id ?? 0;

    private static string HistorySql(string from, string which, string order) => $"""
        SELECT u.id, u.device_id, t.name, p.name, d.place_id, u.from_version, u.said_by, {RunColumns}
        FROM {from}
        JOIN devices d ON d.device_id = u.device_id
        LEFT JOIN things t ON t.device_id = u.device_id
        LEFT JOIN places p ON p.id = d.place_id
        WHERE {which} AND ($2 IS NULL OR u.device_id = $2) AND ($3 IS NULL OR u.deployment_id = $3) AND ($4 IS NULL OR u.result = $4)
            AND {Caller.ScopeAtSql("u.device_id", "u.started_at", "$5")}
        ORDER BY {order} DESC LIMIT $6
        """;

    /// <summary>A log has up to 16 KB: a list of hundreds would be too much for a phone, which asks anew with each event.</summary>
    private static GatewayState Read(SqlStatement row, Dictionary<string, string> types, bool hasLog)
    {
        const int Run = 11;
        return new GatewayState(
            row.Text(0), row.TextOrNull(1), row.TextOrNull(2), row.Int64OrNull(3), row.Int32OrNull(4),
            Named(row.TextOrNull(Run + 12), row.TextOrNull(Run + 13)), row.TextOrNull(Run), row.TextOrNull(Run + 1),
            row.TextOrNull(Run + 9), row.Int32OrNull(Run + 2), row.Int32OrNull(Run + 3), row.TextOrNull(Run + 4),
            row.Int64(Run + 5) > 0 ? row.Time(Run + 5) : null, row.TimeOrNull(Run + 6), row.TimeOrNull(Run + 7), row.TimeOrNull(Run + 8),
            Named(row.TextOrNull(5), row.TextOrNull(6)), Named(row.TextOrNull(7), row.TextOrNull(8)), row.TextOrNull(9), row.TimeOrNull(10),
            hasLog ? row.TextOrNull(Run + 10) : null, Modules(row.TextOrNull(Run + 11), types));
    }

    private static NamedDeployment? Named(string? id, string? version) => id is null ? null : new NamedDeployment(id, version);

    private static List<ModuleState> Modules(string? json, Dictionary<string, string> types) =>
        json is null ? [] :
        [
            .. JsonSerializer.Deserialize(json, GatewayJson.Default.IReadOnlyListModuleWord)!.Select(word => new ModuleState(
                word.Hostname, word.Type, word.Type is null ? null : types.GetValueOrDefault(word.Type, word.Type), word.Name, word.Status,
                word.Before, word.After, word.Expected, word.Percent, word.Error, word.Ms)),
        ];

    private static Dictionary<string, string> Types(SqlSession session) =>
        ModuleSql.Types(session, 0).ToDictionary(static one => one.Type, static one => one.DisplayName, StringComparer.Ordinal);
}

/// <summary>Which rows of the history are asked for; null = all.</summary>
internal sealed record HistoryFilter(
    long Before, string? Gateway, string? Module, string? DeploymentId, string? Result, string? Scope, int Limit);

/// <summary>Who needs a package.</summary>
internal static class DeploymentUse
{
    /// <summary>A gateway that has said nothing for longer is not at it any more, ms.</summary>
    private const long StaleMs = 7 * 24 * 60 * 60 * 1000L;

    /// <summary>Who is at it; null = nobody.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The package.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static string? Of(SqlSession session, string deploymentId, long now)
    {
        using (SqlStatement row = session.Query(
            "SELECT state FROM deployment_rollouts WHERE deployment_id = $1 AND state IN ('rolling', 'paused') LIMIT 1", deploymentId))
        {
            if (row.Read())
            {
                return $"Its roll-out is {row.Text(0)}: stop it first";
            }
        }

        using SqlStatement under = session.Query(
            """
            SELECT device_id, status FROM deployment_runs WHERE deployment_id = $1 AND result IS NULL AND updated_at > $2
            ORDER BY device_id LIMIT 1
            """, deploymentId, now - StaleMs);
        return under.Read() ? $"Gateway {under.Text(0)} is at it ({under.Text(1)}): wait until it has ended" : null;
    }

    /// <summary>The packages that somebody runs, or ran before, or is told of.</summary>
    public static HashSet<string> InUse(SqlSession session)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        using (SqlStatement row = session.Query(
            """
            SELECT g.current_id FROM deployment_gateways g JOIN devices d ON d.device_id = g.device_id
            WHERE g.current_id IS NOT NULL AND d.retired_at IS NULL
            UNION SELECT g.previous_id FROM deployment_gateways g JOIN devices d ON d.device_id = g.device_id
            WHERE g.previous_id IS NOT NULL AND d.retired_at IS NULL
            UNION SELECT deployment_id FROM deployment_rollouts WHERE state IN ('rolling', 'paused')
            UNION SELECT deployment_id FROM deployment_runs WHERE result IS NULL
            """))
        {
            while (row.Read())
            {
                ids.Add(row.Text(0));
            }
        }

        ids.UnionWith(DeploymentNotices.Topics(session, 0).Select(static topic => topic.Notice?.Package.Id).OfType<string>());
        return ids;
    }
}
