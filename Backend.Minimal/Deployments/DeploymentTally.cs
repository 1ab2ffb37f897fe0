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

    private const string GatewaysSql = """
        SELECT g.device_id, g.stage, s.seen_at, s.current_id,
            (SELECT u.result FROM deployment_runs u
                WHERE u.device_id = g.device_id AND u.deployment_id = $2 AND u.notice_at > $3 ORDER BY u.notice_at DESC LIMIT 1),
            (SELECT u.status FROM deployment_runs u
                WHERE u.device_id = g.device_id AND u.deployment_id = $2 AND u.notice_at > $3 ORDER BY u.notice_at DESC LIMIT 1)
        FROM deployment_rollout_gateways g
        JOIN devices d ON d.device_id = g.device_id AND d.kind = 'gateway' AND d.status = 'active'
        LEFT JOIN deployment_gateways s ON s.device_id = g.device_id
        WHERE g.rollout_id = $1
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
    public static DeploymentTally Of(SqlSession session, DeploymentRollout rollout, long now)
    {
        DeploymentTally tally = new();
        HashSet<string> others = DeploymentNotices.ToldOther(session, rollout.Id, rollout.NoticeFrom);
        using SqlStatement row = session.Query(GatewaysSql, rollout.Id, rollout.DeploymentId, rollout.NoticeFrom);
        while (row.Read())
        {
            GatewayStanding standing =
                row.TextOrNull(4) == DeploymentStatus.Failed ? GatewayStanding.Failed
                : row.TextOrNull(4) == DeploymentStatus.Completed || row.TextOrNull(3) == rollout.DeploymentId ? GatewayStanding.Completed
                : row.IsNull(5) || row.TextOrNull(4) is not null ? GatewayStanding.Waiting
                : GatewayStanding.Running;
            bool isAway = others.Contains(row.Text(0))
                || (now - rollout.StageAt > AwayMs && (row.Int64OrNull(2) ?? 0) <= rollout.StageAt);
            tally.Gateways.Add((row.Text(0), row.Int32(1), standing, isAway));
        }

        return tally;
    }

    private int Count(GatewayStanding standing) => Gateways.Count(one => one.Standing == standing);
}
