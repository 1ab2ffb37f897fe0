using System.Text.Json;

using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>
/// Takes what gateways say of deployments, whichever way it comes: all that follows from a word is one transaction. The same word is taken
/// once; one that was said before the newest changes nothing but the history.
/// </summary>
internal static class DeploymentIntake
{
    /// <summary>Words of one run that are known, at most; a deployment has some dozens.</summary>
    private const int MaxWords = 500;

    /// <summary>A clock of a gateway that is further ahead is wrong, ms: what it says orders nothing.</summary>
    private const long MaxAheadMs = 10 * 60 * 1000L;

    private const long DayMs = 24 * 60 * 60 * 1000L;

    /// <summary>Who had a run done that nobody here has told the gateway.</summary>
    public const string ByItself = "gateway";

    /// <summary>Times a day that a gateway may go back by itself and be followed as such: nobody does that so often by hand.</summary>
    private const int MaxOwnRuns = 10;

    private static readonly string s_illBy = $"""
        SELECT u.device_id FROM deployment_runs u JOIN deployment_gateways s ON s.device_id = u.device_id
        WHERE u.deployment_id = $1 AND u.result = 'failed' AND (s.current_id IS NULL OR s.current_id <> $1)
            AND u.id = (SELECT max(v.id) FROM deployment_runs v WHERE v.device_id = u.device_id)
            AND {Caller.ScopeSql("u.device_id", "$2")}
        """;

    private const string RunSql = """
        SELECT id, notice_at, version, rollout_id, from_id, from_version, status, step, progress, attempt, error, log, modules, seq,
            said_at, started_at, ended_at, result
        FROM deployment_runs
        """ + " ";

    /// <summary>Takes a word.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="said">Whose, what, and when it came (milliseconds since 1970).</param>
    /// <returns>Why it was not taken; null = it was, or had been before.</returns>
    public static Refusal? Take(SqlSession session, (string Gateway, DeploymentWord Word, long Now) said)
    {
        (string gateway, DeploymentWord word, long now) = said;
        if (DeploymentStatus.IsEnd(word.Status))
        {
            // In the order of those who stop or delete: the clock first, alerts after it.
            DeploymentNotices.Hold(session);
        }

        Deployment? package = DeploymentSql.Find(session, word.DeploymentId);
        See(session, gateway, now);
        if (IsRepeat(session, gateway, word))
        {
            return null;
        }

        (long noticeAt, long? rolloutId, string? who) = FindNotice(session, gateway, word);
        (Run? run, bool isOwn) = Find(session, gateway, word, noticeAt, now);
        if ((run?.Version ?? package?.Version ?? VersionOf(session, gateway, word.DeploymentId)) is not { } version)
        {
            return GatewayText.NoDeployment;
        }

        if (isOwn)
        {
            // Nobody here said it: somebody went back at the gateway itself.
            (noticeAt, rolloutId, who) = (word.NoticeAt!.Value, null, ByItself);
        }

        long? saidAt = word.SaidAt > now + MaxAheadMs ? null : word.SaidAt;
        bool isFirst = run is null;
        run ??= Begin(
            session, gateway, word, version, (noticeAt, rolloutId, who), StartOf(saidAt, isOwn ? 0 : noticeAt, now));
        if (!IsNew(session, gateway, run, word, now))
        {
            return null;
        }

        GatewayNow before = NowOf(session, gateway);
        if (isFirst || IsLater(word.Seq, saidAt, run.Seq, run.SaidAt))
        {
            Run after = Apply(run, word, saidAt, now);
            Keep(session, after, now);
            RunModules.Keep(session, run.Id, word.Modules);
            bool isTold = isFirst || after.Status != run.Status || after.Progress / 10 != run.Progress / 10 || after.Modules != run.Modules
                || after.Error != run.Error || after.Log != run.Log;
            if (isTold)
            {
                DeploymentNotes.Tell(session, word.DeploymentId, gateway, after.Status, after.Progress, now);
            }

            ModuleSql.See(session, gateway, word.Modules, saidAt ?? now);
            if (IsLater(word.Seq, saidAt, before.Seq, before.SaidAt))
            {
                KeepNow(session, gateway, before, word, saidAt, now);
                Alarm(session, gateway, word, after, now);
            }

            if (run.RolloutId is { } rollout && after.Result is not null && after.Result != run.Result)
            {
                DeploymentRollouts.Look(session, (rollout, now));
            }
        }

        return null;
    }

    /// <summary>Notes that a gateway is there.</summary>
    public static int See(SqlSession session, string gateway, long now) => session.Execute(
        """
        INSERT INTO deployment_gateways (device_id, seen_at) VALUES ($1, $2)
        ON CONFLICT (device_id) DO UPDATE SET seen_at = excluded.seen_at
        """, gateway, now);

    /// <summary>Ends what a gateway was at: it is retired.</summary>
    public static void Retire(SqlSession session, string gateway, long now)
    {
        session.Execute(
            """
            UPDATE deployment_runs SET status = 'removed', result = 'removed', ended_at = $2, updated_at = $2,
                error = 'The gateway was retired'
            WHERE device_id = $1 AND result IS NULL
            """, gateway, now);
    }

    /// <summary>Closes the alerts of gateways that could not deploy what is taken back, and run what they ran before.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="scope">Only those at places of somebody's; null = all.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void EndAlarms(SqlSession session, string deploymentId, string? scope, long now)
    {
        List<string> gateways = [];
        using (SqlStatement row = session.Query(
            s_illBy, deploymentId, scope))
        {
            while (row.Read())
            {
                gateways.Add(row.Text(0));
            }
        }

        foreach (string gateway in gateways)
        {
            AlertSql.Clear(session, gateway, AlertType.DeploymentFailed, null, now);
        }
    }

    private static bool IsRepeat(SqlSession session, string gateway, DeploymentWord word)
    {
        if (word.SaidAt is not { } saidAt)
        {
            return false;
        }

        using SqlStatement row = session.Query(
            """
            SELECT 1 FROM deployment_runs u JOIN deployment_words w ON w.run_id = u.id
            WHERE u.device_id = $1 AND u.deployment_id = $2 AND w.status = $3 AND w.said_at = $4
            """, gateway, word.DeploymentId, word.Status, saidAt);
        return row.Read();
    }

    /// <summary>When a run began: not before it was told, whatever the clock of the gateway says.</summary>
    private static long StartOf(long? saidAt, long noticeAt, long now) =>
        Math.Clamp(saidAt ?? now, Math.Min(noticeAt > 0 ? noticeAt : now - DayMs, now), now);

    /// <summary>
    /// Whether a word was said after another one. The gateway's own count says it; where that began anew, as on a new disk, its clock does;
    /// and of those that say neither the order in which they come.
    /// </summary>
    private static bool IsLater(long? seq, long? saidAt, long? seqBefore, long? saidBefore) =>
        seq is { } number && seqBefore is { } last
            ? number > last || (number < last && saidAt > saidBefore)
            : saidAt is null || saidBefore is null || saidAt >= saidBefore;

    private static (long At, long? Rollout, string? Who) FindNotice(SqlSession session, string gateway, DeploymentWord word)
    {
        using SqlStatement row = session.Query(
            """
            SELECT at, rollout_id, said_by FROM deployment_notices
            WHERE (device_id = $1 OR device_id = '') AND deployment_id = $2 AND ($3 IS NULL OR at = $3) ORDER BY at DESC LIMIT 1
            """, gateway, word.DeploymentId, word.NoticeAt);
        return row.Read() ? (row.Int64(0), row.Int64OrNull(1), row.Text(2)) : (0, null, null);
    }

    /// <summary>
    /// Who names no notice goes on with what is under way, or means the newest. One that names a notice which is long forgotten means what
    /// it did then; one that names a notice which was never said, and newer than all that it did, did it by itself.
    /// </summary>
    private static (Run? Run, bool IsOwn) Find(
        SqlSession session, string gateway, DeploymentWord word, long noticeAt, long now)
    {
        if (word.NoticeAt is { } named)
        {
            Run? exact = One(session.Query(
                RunSql + "WHERE device_id = $1 AND deployment_id = $2 AND notice_at = $3", gateway, word.DeploymentId, named));
            if (exact is not null || noticeAt > 0)
            {
                return (exact, false);
            }
        }

        Run? newest = One(session.Query(
            RunSql + """
                WHERE device_id = $1 AND deployment_id = $2
                ORDER BY CASE WHEN result IS NULL THEN 0 WHEN notice_at = $3 THEN 1 ELSE 2 END, id DESC LIMIT 1
                """,
            gateway, word.DeploymentId, noticeAt));
        if (newest is { Result: not null } && word.NoticeAt > newest.NoticeAt && OwnRuns(session, gateway, now - DayMs) < MaxOwnRuns)
        {
            return (null, true);
        }

        return (newest is null || noticeAt == 0 || newest.Result is null || newest.NoticeAt >= noticeAt ? newest : null, false);
    }

    private static long OwnRuns(SqlSession session, string gateway, long since)
    {
        using SqlStatement row = session.Query(
            "SELECT count(*) FROM deployment_runs WHERE device_id = $1 AND said_by = $2 AND updated_at > $3", gateway, ByItself, since);
        row.Read();
        return row.Int64(0);
    }

    private static Run Begin(
        SqlSession session, string gateway, DeploymentWord word, string version, (long At, long? Rollout, string? Who) notice,
        long startedAt)
    {
        GatewayNow now = NowOf(session, gateway);
        using SqlStatement row = session.Query(
            """
            INSERT INTO deployment_runs (device_id, deployment_id, notice_at, version, rollout_id, said_by, from_id, from_version,
                status, attempt, started_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)
            RETURNING id
            """, gateway, word.DeploymentId, notice.At, version, notice.Rollout, notice.Who, now.CurrentId, now.CurrentVersion,
            word.Status, startedAt);
        row.Read();
        return new Run
        {
            Id = row.Int64(0), NoticeAt = notice.At, RolloutId = notice.Rollout, Version = version, Status = word.Status,
            Attempt = 1, StartedAt = startedAt,
        };
    }

    /// <summary>Whether a word was not taken before.</summary>
    private static bool IsNew(SqlSession session, string gateway, Run run, DeploymentWord word, long now)
    {
        if (word.SaidAt is not { } saidAt)
        {
            return true;
        }

        using (SqlStatement row = session.Query(
            "SELECT count(*) FROM deployment_words WHERE run_id = $1", run.Id))
        {
            row.Read();
            if (row.Int64(0) >= MaxWords)
            {
                // Then by its place in the order alone.
                return IsLater(word.Seq, saidAt, run.Seq, run.SaidAt + 1);
            }
        }

        return session.Execute(
            """
            INSERT INTO deployment_words (run_id, device_id, status, said_at, came_at, progress) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """, run.Id, gateway, word.Status, saidAt, now, word.Progress) > 0;
    }

    private static Run Apply(Run run, DeploymentWord word, long? saidAt, long now)
    {
        bool isEnd = DeploymentStatus.IsEnd(word.Status);
        bool isAgain = run.Result == DeploymentStatus.Failed && !isEnd;
        return run with
        {
            Status = word.Status,
            Step = isEnd ? run.Step : word.Status,
            Progress = word.Progress ?? (word.Status == run.Status ? run.Progress : null),
            Attempt = word.Attempt ?? (isAgain ? run.Attempt + 1 : run.Attempt),
            Error = word.Status == DeploymentStatus.Failed ? word.Error ?? "The gateway gave no reason" : word.Error,
            Log = word.Log ?? run.Log,
            Modules = word.Modules is { } modules
                ? JsonSerializer.Serialize(modules, GatewayJson.Default.IReadOnlyListModuleWord)
                : run.Modules,
            Seq = word.Seq ?? run.Seq,
            SaidAt = saidAt ?? run.SaidAt,
            EndedAt = isEnd ? Math.Max(Math.Min(saidAt ?? now, now), run.StartedAt) : null,
            Result = isEnd ? word.Status : null,
        };
    }

    private static void Keep(SqlSession session, Run run, long now) => session.Execute(
        """
        UPDATE deployment_runs SET status = $2, step = $3, progress = $4, attempt = $5, error = $6, log = $7, modules = $8, seq = $9,
            said_at = $10, ended_at = $11, result = $12, updated_at = $13
        WHERE id = $1
        """, run.Id, run.Status, run.Step, run.Progress, run.Attempt, run.Error, run.Log, run.Modules, run.Seq, run.SaidAt, run.EndedAt,
        run.Result, now);

    private static GatewayNow NowOf(SqlSession session, string gateway)
    {
        using SqlStatement row = session.Query(
            "SELECT seq, said_at, current_id, current_version, previous_id FROM deployment_gateways WHERE device_id = $1", gateway);
        return row.Read()
            ? new GatewayNow(row.Int64OrNull(0), row.Int64OrNull(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4))
            : new GatewayNow(null, null, null, null, null);
    }

    /// <summary>Old watchers do not say what they run: it is what they have completed.</summary>
    private static void KeepNow(SqlSession session, string gateway, GatewayNow before, DeploymentWord word, long? saidAt, long now)
    {
        string? current = word.Current ?? (word.Status == DeploymentStatus.Completed ? word.DeploymentId : before.CurrentId);
        string? previous = word.Previous ?? (current != before.CurrentId ? before.CurrentId : before.PreviousId);
        session.Execute(
            """
            UPDATE deployment_gateways SET seq = coalesce($2, seq), said_at = coalesce($3, said_at), reported_at = $4,
                agent_version = coalesce($5, agent_version), current_id = $6, current_version = $7, previous_id = $8, previous_version = $9
            WHERE device_id = $1
            """, gateway, word.Seq, saidAt, now, word.AgentVersion, current, VersionOf(session, gateway, current), previous,
            VersionOf(session, gateway, previous));
    }

    private static string? VersionOf(SqlSession session, string gateway, string? deploymentId)
    {
        if (deploymentId is null)
        {
            return null;
        }

        using SqlStatement row = session.Query(
            """
            SELECT version FROM deployments WHERE id = $1
            UNION ALL SELECT version FROM deployment_runs WHERE device_id = $2 AND deployment_id = $1 LIMIT 1
            """, deploymentId, gateway);
        return row.Read() ? row.Text(0) : null;
    }

    private static void Alarm(SqlSession session, string gateway, DeploymentWord word, Run run, long now)
    {
        if (word.Status == DeploymentStatus.Failed)
        {
            // One version that fails again is told once; another one is news.
            string what = $"{gateway} could not deploy {run.Version}: ";
            if (AlertSql.OpenMessage(session, gateway, AlertType.DeploymentFailed) is { } open
                && !open.StartsWith(what, StringComparison.Ordinal))
            {
                AlertSql.Clear(session, gateway, AlertType.DeploymentFailed, null, now);
            }

            AlertSql.Raise(session, gateway, AlertType.DeploymentFailed, what + run.Error, now);
        }
        else if (word.Status == DeploymentStatus.Completed)
        {
            AlertSql.Clear(session, gateway, AlertType.DeploymentFailed, $"{gateway} runs {run.Version}", now);
        }
    }

    private static Run? One(SqlStatement row)
    {
        using (row)
        {
            return !row.Read() ? null : new Run
            {
                Id = row.Int64(0),
                NoticeAt = row.Int64(1),
                Version = row.Text(2),
                RolloutId = row.Int64OrNull(3),
                Status = row.Text(6),
                Step = row.TextOrNull(7),
                Progress = row.Int32OrNull(8),
                Attempt = row.Int32(9),
                Error = row.TextOrNull(10),
                Log = row.TextOrNull(11),
                Modules = row.TextOrNull(12),
                Seq = row.Int64OrNull(13),
                SaidAt = row.Int64OrNull(14),
                StartedAt = row.Int64(15),
                EndedAt = row.Int64OrNull(16),
                Result = row.TextOrNull(17),
            };
        }
    }

    private sealed record Run
    {
        public required long Id { get; init; }

        public required long NoticeAt { get; init; }

        public required string Version { get; init; }

        public long? RolloutId { get; init; }

        public required string Status { get; init; }

        public string? Step { get; init; }

        public int? Progress { get; init; }

        public required int Attempt { get; init; }

        public string? Error { get; init; }

        public string? Log { get; init; }

        public string? Modules { get; init; }

        public long? Seq { get; init; }

        public long? SaidAt { get; init; }

        public required long StartedAt { get; init; }

        public long? EndedAt { get; init; }

        public string? Result { get; init; }
    }

    private sealed record GatewayNow(long? Seq, long? SaidAt, string? CurrentId, string? CurrentVersion, string? PreviousId);
}
