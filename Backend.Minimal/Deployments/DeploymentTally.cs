using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>How a gateway stands in a roll-out.</summary>
internal enum GatewayStanding
{
    /// <summary>It has said nothing of it yet.</summary>
    Waiting,

    /// <summary>It is at it.</summary>
    Running,

    /// <summary>It runs it.</summary>
    Completed,

    /// <summary>It could not.</summary>
    Failed,
}

/// <summary>The gateways of a roll-out, counted.</summary>
internal sealed class DeploymentTally
{
    /// <summary>
    /// A gateway that has not begun so long after its turn came, and has not been heard of since, holds nobody up, ms. Nor does one that
    /// was told something else meanwhile.
    /// </summary>
    public const long AwayMs = 15 * 60 * 1000L;

    private static readonly string s_gateways = $"""
        SELECT g.device_id, g.stage, s.seen_at, s.current_id,
            (SELECT u.result FROM deployment_runs u
                WHERE u.device_id = g.device_id AND u.deployment_id = $2 AND u.notice_at > $3 ORDER BY u.notice_at DESC LIMIT 1),
            (SELECT u.status FROM deployment_runs u
                WHERE u.device_id = g.device_id AND u.deployment_id = $2 AND u.notice_at > $3 ORDER BY u.notice_at DESC LIMIT 1),
            (SELECT u.result FROM deployment_runs u WHERE u.device_id = g.device_id AND u.deployment_id = $2 ORDER BY u.id DESC LIMIT 1)
        FROM deployment_rollout_gateways g
        JOIN devices d ON d.device_id = g.device_id AND d.kind = 'gateway' AND d.status = 'active'
        LEFT JOIN deployment_gateways s ON s.device_id = g.device_id
        WHERE g.rollout_id = $1 AND {Caller.ScopeSql("d.device_id", "$4")}
        """;

    /// <summary>Each gateway, with its stage.</summary>
    public List<(string Gateway, int Stage, GatewayStanding Standing, bool IsAway)> Gateways { get; } = [];

    /// <summary>Those that run it.</summary>
    public int Completed => Count(GatewayStanding.Completed);

    /// <summary>Those that could not.</summary>
    public int Failed => Count(GatewayStanding.Failed);

    /// <summary>Those that are at it.</summary>
    public int Running => Count(GatewayStanding.Running);

    /// <summary>Those that have said nothing of it yet.</summary>
    public int Waiting => Count(GatewayStanding.Waiting);

    /// <summary>Whether somebody is still to be waited for: at it, or there and about to begin.</summary>
    public bool IsUnderWay => Gateways.Exists(static one =>
        one.Standing == GatewayStanding.Running || (one.Standing == GatewayStanding.Waiting && !one.IsAway));

    /// <summary>Counts.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rollout">Whose gateways.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static DeploymentTally Of(SqlSession session, DeploymentRollout rollout, long now) =>
        Of(session, rollout, now, null, DeploymentNotices.ToldOther(session, rollout.Id, rollout.NoticeFrom));

    /// <summary>Counts for people: who holds up whom nobody asks.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rollout">Whose gateways.</param>
    /// <param name="scope">Only those at places of somebody's; null = all.</param>
    public static DeploymentTally ForPeople(SqlSession session, DeploymentRollout rollout, string? scope) =>
        Of(session, rollout, rollout.StageAt, scope, []);

    private static DeploymentTally Of(
        SqlSession session, DeploymentRollout rollout, long now, string? scope, HashSet<string> others)
    {
        DeploymentTally tally = new();
        using SqlStatement row = session.Query(s_gateways, rollout.Id, rollout.DeploymentId, rollout.NoticeFrom, scope);
        while (row.Read())
        {
            GatewayStanding standing = (row.TextOrNull(4), row.TextOrNull(5)) switch
            {
                (DeploymentStatus.Failed, _) => GatewayStanding.Failed,
                (DeploymentStatus.Completed, _) => GatewayStanding.Completed,
                (null, not null) => GatewayStanding.Running,

                // What it runs has nothing left to do, unless that did not end well: then it is about to try again.
                _ when row.TextOrNull(3) == rollout.DeploymentId && row.TextOrNull(6) != DeploymentStatus.Failed =>
                    GatewayStanding.Completed,
                _ => GatewayStanding.Waiting,
            };
            bool isAway = others.Contains(row.Text(0))
                || (now - rollout.StageAt > AwayMs && (row.Int64OrNull(2) ?? 0) <= rollout.StageAt);
            tally.Gateways.Add((row.Text(0), row.Int32(1), standing, isAway));
        }

        return tally;
    }

    private int Count(GatewayStanding standing) => Gateways.Count(one => one.Standing == standing);
}
