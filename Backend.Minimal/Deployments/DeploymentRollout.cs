using System.Globalization;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>How a roll-out of a deployment stands.</summary>
internal static class DeploymentRolloutState
{
    /// <summary>Gateways are told, stage by stage.</summary>
    public const string Rolling = "rolling";

    /// <summary>Held: nobody who has not begun is told.</summary>
    public const string Paused = "paused";

    /// <summary>Ended before its end, by an operator or by its failures: nobody who has not begun is told.</summary>
    public const string Stopped = "stopped";

    /// <summary>Through all stages, or followed by another one.</summary>
    public const string Done = "done";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Rolling, Paused, Stopped, Done];
}

/// <summary>How a deployment is brought to its gateways.</summary>
internal sealed record DeploymentRollout
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>The deployment.</summary>
    public required string DeploymentId { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Whom it is for, with its stages.</summary>
    public required DeploymentTargets Targets { get; init; }

    /// <summary>One of <see cref="DeploymentRolloutState"/>.</summary>
    public required string State { get; init; }

    /// <summary>The stage, from 0.</summary>
    public required int Stage { get; init; }

    /// <summary>Since when it is in that stage, milliseconds since 1970.</summary>
    public required long StageAt { get; init; }

    /// <summary>Since when nobody of the stage is under way; null = somebody is.</summary>
    public long? OverAt { get; init; }

    /// <summary>Why it is held or has ended.</summary>
    public string? Reason { get; init; }

    /// <summary>Who began it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When.</summary>
    public required long StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public long? EndedAt { get; init; }

    /// <summary>When it began, by the clock of notices.</summary>
    public required long NoticeFrom { get; init; }

    /// <summary>Whether it goes by stages.</summary>
    public bool IsStaged => Targets.Percents.Count > 0;

    /// <summary>Its stages, per cent.</summary>
    public IReadOnlyList<int> Percents => IsStaged ? Targets.Percents : [100];

    /// <summary>Whether it is in its last stage.</summary>
    public bool IsLast => Stage >= Percents.Count - 1;

    /// <summary>Whether it has not ended.</summary>
    public bool IsActive => State is DeploymentRolloutState.Rolling or DeploymentRolloutState.Paused;

    /// <summary>Whether what it says now is for everybody: said once, at the common topic, so that old watchers hear it.</summary>
    public bool IsForEverybody => Targets.IsAll && IsLast;
}

/// <summary>The SQL of roll-outs of deployments.</summary>
internal static class DeploymentRolloutSql
{
    private const string SelectSql = """
        SELECT id, deployment_id, version, targets, percents, wait_ms, max_failures, state, stage, stage_at, over_at, reason, started_by,
            started_at, ended_at, notice_from
        FROM deployment_rollouts
        """ + " ";

    private const long MinuteMs = 60_000;

    /// <summary>Keeps a new one.</summary>
    /// <returns>Its number.</returns>
    public static long Insert(SqlSession session, DeploymentRollout rollout)
    {
        using SqlStatement row = session.Query(
            """
            INSERT INTO deployment_rollouts (deployment_id, version, targets, is_all, percents, wait_ms, max_failures, state, stage,
                stage_at, started_by, started_at, notice_from)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id
            """, rollout.DeploymentId, rollout.Version, rollout.Targets.ToJson(), rollout.Targets.IsAll,
            string.Join(',', rollout.Targets.Percents.Select(static one => one.ToString(CultureInfo.InvariantCulture))),
            rollout.Targets.WaitMinutes * MinuteMs, rollout.Targets.MaxFailures, rollout.State, rollout.Stage, rollout.StageAt,
            rollout.StartedBy, rollout.StartedAt, rollout.NoticeFrom);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>Keeps what has changed of one.</summary>
    public static void Update(SqlSession session, DeploymentRollout rollout) => session.Execute(
        """
        UPDATE deployment_rollouts SET state = $2, stage = $3, stage_at = $4, over_at = $5, reason = $6, ended_at = $7 WHERE id = $1
        """, rollout.Id, rollout.State, rollout.Stage, rollout.StageAt, rollout.OverAt, rollout.Reason, rollout.EndedAt);

    /// <summary>One; null = there is none of that number.</summary>
    public static DeploymentRollout? Find(SqlSession session, long id)
    {
        using SqlStatement row = session.Query(SelectSql + "WHERE id = $1", id);
        return row.Read() ? Read(row) : null;
    }

    /// <summary>One, which nobody else changes until the transaction ends.</summary>
    public static DeploymentRollout? Lock(SqlSession session, long id)
    {
        session.Execute("UPDATE deployment_rollouts SET revision = revision + 1 WHERE id = $1", id);
        return Find(session, id);
    }

    /// <summary>The newest of a deployment; null = it was never published.</summary>
    public static DeploymentRollout? NewestOf(SqlSession session, string deploymentId)
    {
        using SqlStatement row = session.Query(SelectSql + "WHERE deployment_id = $1 ORDER BY id DESC LIMIT 1", deploymentId);
        return row.Read() ? Read(row) : null;
    }

    /// <summary>All of a deployment.</summary>
    public static List<DeploymentRollout> AllOf(SqlSession session, string deploymentId) =>
        List(session.Query(SelectSql + "WHERE deployment_id = $1 ORDER BY id", deploymentId));

    /// <summary>Those that have not ended.</summary>
    public static List<DeploymentRollout> Active(SqlSession session, int unused) =>
        List(session.Query(SelectSql + "WHERE state IN ('rolling', 'paused') ORDER BY id"));

    /// <summary>The gateways whose turn has come, with their stages.</summary>
    public static Dictionary<string, int> Gateways(SqlSession session, long id)
    {
        Dictionary<string, int> stages = new(StringComparer.Ordinal);
        using SqlStatement row = session.Query("SELECT device_id, stage FROM deployment_rollout_gateways WHERE rollout_id = $1", id);
        while (row.Read())
        {
            stages[row.Text(0)] = row.Int32(1);
        }

        return stages;
    }

    /// <summary>Lets what is meant for a place be meant for the one that it was merged into.</summary>
    public static void MovePlace(SqlSession session, long from, long into)
    {
        foreach (DeploymentRollout rollout in Active(session, 0).Where(one => one.Targets.Places.Contains(from)))
        {
            string places = string.Join(',', rollout.Targets.Places.Select(place => place == from ? into : place).Distinct()
                .Select(static place => place.ToString(CultureInfo.InvariantCulture)));
            session.Execute("UPDATE deployment_rollouts SET targets = $2 WHERE id = $1", rollout.Id, $"{{\"places\":[{places}]}}");
        }
    }

    private static List<DeploymentRollout> List(SqlStatement row)
    {
        using (row)
        {
            List<DeploymentRollout> rollouts = [];
            while (row.Read())
            {
                rollouts.Add(Read(row));
            }

            return rollouts;
        }
    }

    private static DeploymentRollout Read(SqlStatement row) => new()
    {
        Id = row.Int64(0),
        DeploymentId = row.Text(1),
        Version = row.Text(2),
        Targets = DeploymentTargets.Stored(row.Text(3), row.Text(4), (int)(row.Int64(5) / MinuteMs), row.Int32OrNull(6)),
        State = row.Text(7),
        Stage = row.Int32(8),
        StageAt = row.Int64(9),
        OverAt = row.Int64OrNull(10),
        Reason = row.TextOrNull(11),
        StartedBy = row.Text(12),
        StartedAt = row.Int64(13),
        EndedAt = row.Int64OrNull(14),
        NoticeFrom = row.Int64(15),
    };
}
