using System.Globalization;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>
/// The steps of a roll-out of a deployment: rolling, stage by stage, until it is done; paused and stopped aside. Each is one transaction
/// that holds the roll-out's row, so that several processes and a restart take each step once.
/// </summary>
internal static class DeploymentRollouts
{
    private static readonly Refusal s_othersRollout = Refusal.Conflict(
        "A roll-out of this deployment goes on at places that are not yours, and this one would end it: wait for it, or tell a gateway "
        + "of yours alone");

    private static readonly Refusal s_notPublished = Refusal.Conflict("This deployment was never published: publish it first");

    /// <summary>Begins to bring a deployment to its gateways.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="targets">Where to; nowhere does nothing.</param>
    /// <param name="by">Who says so, and where that may do so, as <see cref="Security.Caller.Scope"/>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>Why nothing was done; null = it was.</returns>
    public static Refusal? Publish(
        SqlSession session, string deploymentId, DeploymentTargets targets, (string Who, string? Scope) by, long now)
    {
        if (targets.IsNone)
        {
            return null;
        }

        // First, so that it cannot be deleted meanwhile.
        long from = DeploymentNotices.Hold(session);
        if (DeploymentSql.Find(session, deploymentId) is not { } package)
        {
            return GatewayText.NoDeployment;
        }

        if (targets.FindFault(session) is { } fault)
        {
            return new Refusal(StatusCodes.Status400BadRequest, fault);
        }

        DeploymentSight? sight = DeploymentSight.Of(session, by.Scope);
        List<DeploymentRollout> followed =
            [.. DeploymentRolloutSql.Active(session, 0).Where(older => IsFollowed(older, package.Id, targets))];
        if (followed.Exists(older => !older.Targets.IsWithin(sight)))
        {
            return s_othersRollout;
        }

        foreach (DeploymentRollout older in followed)
        {
            Follow(session, DeploymentRolloutSql.Lock(session, older.Id)!, package.Version, now);
        }

        // Whoever acts at some places has seen to what stopped there, and to nothing else.
        bool isTheirs = DeploymentRolloutSql.AllOf(session, package.Id).TrueForAll(
            older => older.Targets.IsWithin(sight) || !DeploymentNotes.IsAlarmOf(session, older));
        DeploymentRollout rollout = new()
        {
            Id = 0, DeploymentId = package.Id, Version = package.Version, Targets = targets, State = DeploymentRolloutState.Rolling,
            Stage = 0, StageAt = now, StartedBy = by.Who, StartedAt = now, NoticeFrom = from,
        };
        rollout = rollout with { Id = DeploymentRolloutSql.Insert(session, rollout) };
        DeploymentNotes.Note(session, "publish", null, rollout, by.Who, now);
        if (isTheirs)
        {
            DeploymentNotes.EndAlarm(session, rollout.DeploymentId, now);
        }

        Fill(session, rollout, now);
        return null;
    }

    /// <summary>Holds it. Once more changes nothing.</summary>
    public static Refusal? Pause(SqlSession session, (string DeploymentId, string Who, string? Scope, long Now) wanted)
    {
        if (Lock(session, wanted.DeploymentId, wanted.Scope) is not { } rollout)
        {
            return s_notPublished;
        }

        if (rollout.State == DeploymentRolloutState.Rolling)
        {
            Change(
                session, "pause", rollout,
                rollout with { State = DeploymentRolloutState.Paused, OverAt = null, Reason = $"paused by {wanted.Who}" }, wanted.Who,
                wanted.Now);
            return null;
        }

        return rollout.State == DeploymentRolloutState.Paused ? null : Is(rollout, "only one that is rolling can be paused");
    }

    /// <summary>Lets it go on where it was. Once more changes nothing.</summary>
    public static Refusal? Resume(SqlSession session, (string DeploymentId, string Who, string? Scope, long Now) wanted)
    {
        if (Lock(session, wanted.DeploymentId, wanted.Scope) is not { } rollout)
        {
            return s_notPublished;
        }

        if (rollout.State == DeploymentRolloutState.Paused)
        {
            DeploymentRollout after = rollout with { State = DeploymentRolloutState.Rolling, Reason = null, StageAt = wanted.Now };
            Change(session, "resume", rollout, after, wanted.Who, wanted.Now);
            Fill(session, after, wanted.Now);
            return null;
        }

        return rollout.State == DeploymentRolloutState.Rolling
            ? null
            : Is(rollout, "only one that is paused can be resumed; publish it again instead");
    }

    /// <summary>Goes on to the next stage, or from the last one to done, whatever the gateways are at.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">Which; the stage that the operator believes it is in, null = does not say; who, and when.</param>
    public static Refusal? Advance(SqlSession session, (string DeploymentId, int? From, string Who, string? Scope, long Now) wanted)
    {
        if (Lock(session, wanted.DeploymentId, wanted.Scope) is not { } rollout)
        {
            return s_notPublished;
        }

        if (rollout.State != DeploymentRolloutState.Rolling)
        {
            return Is(rollout, rollout.State == DeploymentRolloutState.Paused ? "resume it first" : "only one that is rolling can go on");
        }

        if (wanted.From is { } from && from != rollout.Stage)
        {
            return Refusal.Conflict(string.Create(CultureInfo.InvariantCulture, $"The roll-out is in stage {rollout.Stage} already"));
        }

        Next(session, rollout, wanted.Who, wanted.Now);
        return null;
    }

    /// <summary>
    /// Ends it; who has not begun is told no more of it, and what was said before counts again. One that has ended is taken back so, with
    /// all that the same deployment was published by before: each of them would be said again. Once more changes nothing.
    /// </summary>
    public static Refusal? Stop(SqlSession session, (string DeploymentId, string Who, string? Scope, long Now) wanted)
    {
        if (Lock(session, wanted.DeploymentId, wanted.Scope) is not { } newest)
        {
            return s_notPublished;
        }

        DeploymentSight? sight = DeploymentSight.Of(session, wanted.Scope);
        List<DeploymentRollout> ended = newest.IsActive
            ? [newest]
            : DeploymentRolloutSql.AllOf(session, wanted.DeploymentId).FindAll(one => IsStanding(one, sight));
        foreach (DeploymentRollout seen in ended)
        {
            DeploymentRollout rollout = DeploymentRolloutSql.Lock(session, seen.Id)!;
            End(session, rollout, DeploymentRolloutState.Stopped, "stop", $"stopped by {wanted.Who}", wanted.Who, wanted.Now);
        }

        DeploymentIntake.EndAlarms(session, wanted.DeploymentId, wanted.Scope, wanted.Now);
        return null;
    }

    /// <summary>Tells one gateway alone: back to an older package, or once more to one that it could not deploy.</summary>
    public static Refusal? Deploy(SqlSession session, (string Gateway, string DeploymentId, string Who, long Now) wanted)
    {
        DeploymentNotices.Hold(session);
        if (DeploymentSql.Find(session, wanted.DeploymentId) is not { } package)
        {
            return GatewayText.NoDeployment;
        }

        using (SqlStatement row = session.Query(
            "SELECT 1 FROM devices WHERE device_id = $1 AND kind = 'gateway' AND status = 'active' AND is_demo = 0", wanted.Gateway))
        {
            if (!row.Read())
            {
                return GatewayText.Unknown;
            }
        }

        string? before = DeploymentNotices.Newest(session, wanted.Gateway) is { } told ? $"{told.Package.Version} {told.Package.Id}" : null;
        DeploymentNotices.Say(session, wanted.Gateway, package.Id, null, wanted.Who, wanted.Now);
        Security.Audit.Note(
            session, wanted.Who, "deployment.gateway", wanted.Gateway, before, $"{package.Version} {package.Id}", wanted.Now);
        DeploymentNotes.Tell(session, package.Id, wanted.Gateway, null, null, wanted.Now);
        return null;
    }

    /// <summary>Takes everything back that was said of a package, before it goes.</summary>
    public static void Withdraw(SqlSession session, string deploymentId, string who, long now)
    {
        DeploymentNotices.Hold(session);
        foreach (DeploymentRollout seen in DeploymentRolloutSql.AllOf(session, deploymentId).Where(static one => one.IsActive))
        {
            DeploymentRollout rollout = DeploymentRolloutSql.Lock(session, seen.Id)!;
            End(session, rollout, DeploymentRolloutState.Stopped, "stop", $"the package was deleted by {who}", who, now);
        }

        DeploymentNotices.Withdraw(session, deploymentId, now);
        DeploymentNotes.EndAlarm(session, deploymentId, now);
        DeploymentIntake.EndAlarms(session, deploymentId, null, now);
    }

    /// <summary>Does what time and gateways have brought: fills, goes on, ends, stops. Doing it twice does it once.</summary>
    /// <returns>Whether something was done.</returns>
    public static bool Look(SqlSession session, (long Id, long Now) wanted)
    {
        DeploymentNotices.Hold(session);
        if (DeploymentRolloutSql.Lock(session, wanted.Id) is not { State: DeploymentRolloutState.Rolling } rollout)
        {
            return false;
        }

        bool isFilled = Fill(session, rollout, wanted.Now);
        DeploymentTally tally = DeploymentTally.Of(session, rollout, wanted.Now);
        if (FindStop(rollout, tally) is { } reason)
        {
            End(session, rollout, DeploymentRolloutState.Stopped, "stop", reason, DeploymentNotes.Server, wanted.Now);
            DeploymentNotes.Alarm(session, rollout, reason, wanted.Now);
            return true;
        }

        if (tally.IsUnderWay || tally.Completed == 0)
        {
            if (rollout.OverAt is not null)
            {
                DeploymentRolloutSql.Update(session, rollout with { OverAt = null });
            }

            return isFilled;
        }

        long over = rollout.OverAt ?? wanted.Now;
        if (rollout.IsLast || wanted.Now >= over + WaitMs(rollout))
        {
            Next(session, rollout, DeploymentNotes.Server, wanted.Now);
            return true;
        }

        if (rollout.OverAt is null)
        {
            DeploymentRolloutSql.Update(session, rollout with { OverAt = over });
            DeploymentNotes.Tell(session, rollout.DeploymentId, null, null, null, wanted.Now);
        }

        return isFilled || rollout.OverAt is null;
    }

    /// <summary>Whether <see cref="Look"/> may do something: then it is worth a transaction.</summary>
    public static bool IsDue(SqlSession session, (DeploymentRollout Rollout, long Now) asked)
    {
        (DeploymentRollout rollout, long now) = asked;
        if (rollout.State != DeploymentRolloutState.Rolling)
        {
            return false;
        }

        DeploymentTally tally = DeploymentTally.Of(session, rollout, now);
        return Choose(session, rollout).Count > 0
            || FindStop(rollout, tally) is not null
            || (tally.IsUnderWay || tally.Completed == 0
                ? rollout.OverAt is not null
                : rollout.IsLast || rollout.OverAt is null || now >= rollout.OverAt + WaitMs(rollout));
    }

    /// <summary>
    /// The newest of a deployment, as people see it; null = it was never published. Who sees some places sees that which has to do with
    /// them, and of it only what is there.
    /// </summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="sight">What somebody sees; null = all.</param>
    public static RolloutOfDeployment? Of(SqlSession session, string deploymentId, DeploymentSight? sight)
    {
        List<DeploymentRollout> all = DeploymentRolloutSql.AllOf(session, deploymentId);
        if (all.FindLast(one => one.Targets.Touches(sight)) is not { } rollout)
        {
            return null;
        }

        DeploymentTally tally = DeploymentTally.ForPeople(session, rollout, sight?.Scope);
        return new RolloutOfDeployment(
            rollout.State, rollout.Targets.ToView(sight), !rollout.Targets.IsWithin(sight),
            all.Exists(one => one.Id != rollout.Id && IsStanding(one, sight)), rollout.IsStaged ? rollout.Stage : null,
            [
                .. rollout.Targets.Percents.Select((percent, stage) => new StageOfRollout(
                    percent, tally.Gateways.Count(one => one.Stage == stage), Count(tally, stage, GatewayStanding.Completed),
                    Count(tally, stage, GatewayStanding.Failed))),
            ],
            rollout.Targets.WaitMinutes, rollout.Targets.MaxFailures, rollout.Reason, Time(NextAt(rollout)), rollout.StartedBy,
            Time(rollout.StartedAt)!.Value, Time(rollout.EndedAt));
    }

    private static int Count(DeploymentTally tally, int stage, GatewayStanding standing) =>
        tally.Gateways.Count(one => one.Stage == stage && one.Standing == standing);

    private static DateTime? Time(long? ms) => ms is { } at ? DateTime.UnixEpoch.AddMilliseconds(at) : null;

    /// <summary>When the next stage begins, if nothing happens; null = nobody knows.</summary>
    public static long? NextAt(DeploymentRollout rollout) =>
        rollout.State == DeploymentRolloutState.Rolling && !rollout.IsLast ? rollout.OverAt + WaitMs(rollout) : null;

    /// <summary>The newest of a deployment that has to do with somebody's places; null = there is none.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="sight">What somebody sees; null = all.</param>
    public static DeploymentRollout? Newest(SqlSession session, string deploymentId, DeploymentSight? sight) => sight is null
        ? DeploymentRolloutSql.NewestOf(session, deploymentId)
        : DeploymentRolloutSql.AllOf(session, deploymentId).FindLast(one => one.Targets.Touches(sight));

    /// <summary>Whether all gateways of the newest are somebody's; true, too, where there is none.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="sight">What somebody sees; null = all.</param>
    public static bool IsWithin(SqlSession session, string deploymentId, DeploymentSight? sight) =>
        Newest(session, deploymentId, sight)?.Targets.IsWithin(sight) != false;

    /// <summary>Whether what it said counts still, and somebody may take it back.</summary>
    private static bool IsStanding(DeploymentRollout rollout, DeploymentSight? sight) =>
        rollout.State != DeploymentRolloutState.Stopped && rollout.Targets.Touches(sight) && rollout.Targets.IsWithin(sight);

    /// <summary>The clock of notices first, as all do: two processes must not wait for each other.</summary>
    private static DeploymentRollout? Lock(SqlSession session, string deploymentId, string? scope)
    {
        DeploymentNotices.Hold(session);
        return Newest(session, deploymentId, DeploymentSight.Of(session, scope)) is { } newest
            ? DeploymentRolloutSql.Lock(session, newest.Id)
            : null;
    }

    private static Refusal Is(DeploymentRollout rollout, string what) => Refusal.Conflict($"The roll-out is {rollout.State}: {what}");

    private static long WaitMs(DeploymentRollout rollout) => rollout.Targets.WaitMinutes * 60_000L;

    /// <summary>Whether a new roll-out takes the place of one that goes on: one for all does, and another of the same deployment.</summary>
    private static bool IsFollowed(DeploymentRollout older, string deploymentId, DeploymentTargets targets) =>
        targets.IsAll || older.DeploymentId == deploymentId;

    /// <summary>
    /// One that has told everybody is done, so that what it said can be said again when its successor is taken back. What is held stays
    /// held: it is stopped.
    /// </summary>
    private static void Follow(SqlSession session, DeploymentRollout older, string version, long now) => End(
        session, older,
        older.State == DeploymentRolloutState.Paused || (older.IsStaged && !older.IsForEverybody)
            ? DeploymentRolloutState.Stopped
            : DeploymentRolloutState.Done,
        "followed", $"followed by {version}", DeploymentNotes.Server, now);

    private static string? FindStop(DeploymentRollout rollout, DeploymentTally tally) =>
        rollout.Targets.MaxFailures is not { } most ? null
        : tally.Failed > most
            ? string.Create(
                CultureInfo.InvariantCulture, $"{tally.Failed} of {tally.Gateways.Count} gateways failed: more than maxFailures {most}")
        : tally.Failed > 0 && tally.Completed == 0 && !tally.IsUnderWay
            ? string.Create(CultureInfo.InvariantCulture, $"none of the gateways that took it up came through: {tally.Failed} failed")
        : null;

    private static void Next(SqlSession session, DeploymentRollout rollout, string who, long now)
    {
        if (rollout.IsLast)
        {
            End(session, rollout, DeploymentRolloutState.Done, "done", null, who, now);
            return;
        }

        DeploymentRollout after = rollout with { Stage = rollout.Stage + 1, StageAt = now, OverAt = null };
        Change(session, "advance", rollout, after, who, now);
        Fill(session, after, now);
    }

    private static void End(
        SqlSession session, DeploymentRollout rollout, string state, string action, string? reason, string who, long now) =>
        Change(
            session, action, rollout, rollout with { State = state, Reason = reason, EndedAt = now, OverAt = null }, who, now);

    private static void Change(SqlSession session, string action, DeploymentRollout before, DeploymentRollout after, string who, long now)
    {
        DeploymentRolloutSql.Update(session, after);
        DeploymentNotes.Note(session, action, before, after, who, now);
    }

    /// <summary>Tells those whose turn has come and who were not told.</summary>
    /// <returns>Whether there were any.</returns>
    private static bool Fill(SqlSession session, DeploymentRollout rollout, long now)
    {
        bool isNew = false;
        if (rollout.IsForEverybody && !IsSaidToAll(session, rollout.Id))
        {
            DeploymentNotices.Say(
                session, DeploymentNotices.Everybody, rollout.DeploymentId, rollout.Id, rollout.StartedBy, now);
            if (rollout.IsStaged)
            {
                DeploymentNotices.SayOthersAgain(session, rollout.Id, rollout.NoticeFrom, now);
            }

            isNew = true;
        }

        foreach (string gateway in Choose(session, rollout))
        {
            session.Execute(
                "INSERT INTO deployment_rollout_gateways (rollout_id, device_id, stage) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                rollout.Id, gateway, rollout.Stage);
            if (!rollout.IsForEverybody)
            {
                DeploymentNotices.Say(session, gateway, rollout.DeploymentId, rollout.Id, rollout.StartedBy, now);
            }

            isNew = true;
        }

        return isNew;
    }

    private static bool IsSaidToAll(SqlSession session, long rolloutId)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM deployment_notices WHERE rollout_id = $1 AND device_id = '' LIMIT 1", rolloutId);
        return row.Read();
    }

    private static List<string> Choose(SqlSession session, DeploymentRollout rollout)
    {
        List<string> meant = rollout.Targets.Find(session, rollout.DeploymentId);
        Dictionary<string, int> told = DeploymentRolloutSql.Gateways(session, rollout.Id);
        int due = (int)Math.Ceiling(meant.Count * rollout.Percents[rollout.Stage] / 100.0);
        int missing = due - meant.Count(told.ContainsKey);
        if (missing <= 0)
        {
            return [];
        }

        HashSet<string> others = DeploymentNotices.ToldOther(session, rollout.Id, rollout.NoticeFrom);
        return [.. meant.Where(gateway => !told.ContainsKey(gateway) && !others.Contains(gateway)).Take(missing)];
    }
}
