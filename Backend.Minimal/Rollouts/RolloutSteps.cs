using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Patches;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// The steps of a roll-out: draft → (scheduled →) canary → rolling → done, with paused, aborted and stopped aside. Each is one
/// transaction that holds the roll-out's row, so that several processes and a restart take each step once.
/// </summary>
internal static class RolloutSteps
{
    /// <summary>Starts a draft, at once or when its time comes.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">Which, whether releases need a signature, who says so, and when (milliseconds since 1970).</param>
    public static StepResult Start(SqlSession session, (long Id, bool AllowUnsigned, string Who, long Now) wanted)
    {
        if (RolloutSql.Find(session, wanted.Id) is not { } found)
        {
            return StepResult.Unknown;
        }

        RolloutSql.LockHardware(session, found.Hardware);
        Rollout rollout = RolloutSql.Find(session, wanted.Id)!;
        if (rollout.State != RolloutState.Draft)
        {
            return StepResult.Conflict($"The roll-out is {rollout.State}: only a draft can be started");
        }

        if (!rollout.IsSigned && !wanted.AllowUnsigned)
        {
            return StepResult.Conflict(string.Create(CultureInfo.InvariantCulture,
                $"Release {rollout.Version} is not signed: sign it on the bench and PUT /api/ota/firmware/{rollout.BuildId}/manifest, or set Ota:AllowUnsigned=true"));
        }

        if (FindRival(session, rollout) is { } rival)
        {
            return StepResult.Conflict(rival.IsOfThings
                ? string.Create(CultureInfo.InvariantCulture,
                    $"Roll-out {rival.Id} of {rival.Version} is {rival.State} for the same things: abort it first, or start a higher version")
                : string.Create(CultureInfo.InvariantCulture,
                    $"Roll-out {rival.Id} of {rival.Version} (sequence {rival.Sequence}) is {rival.State} on the same hardware: abort it first, or start a release of a higher sequence"));
        }

        if (rollout.StartAt > wanted.Now)
        {
            Change(session, "schedule", rollout, rollout with { State = RolloutState.Scheduled }, wanted.Who, wanted.Now);
        }
        else
        {
            Begin(session, rollout, wanted.Who, wanted.Now);
        }

        return StepResult.Done;
    }

    /// <summary>Goes on to the next stage, or from the last one to done, whatever the boxes are at.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">Which, the stage that the operator believes it is in (null = does not say), who, and when.</param>
    public static StepResult Advance(SqlSession session, (long Id, int? From, string Who, long Now) wanted)
    {
        if (RolloutSql.Lock(session, wanted.Id) is not { } rollout)
        {
            return StepResult.Unknown;
        }

        if (!RolloutState.IsRunning(rollout.State))
        {
            return StepResult.Conflict(
                $"The roll-out is {rollout.State}: " + (
                    rollout.State == RolloutState.Paused ? "resume it first" : "only one in canary or rolling can go on"));
        }

        if (wanted.From is { } from && from != rollout.Stage)
        {
            return StepResult.Conflict(string.Create(CultureInfo.InvariantCulture, $"The roll-out is in stage {rollout.Stage} already"));
        }

        Next(session, rollout, wanted.Who, wanted.Now);
        return StepResult.Done;
    }

    /// <summary>Holds a roll-out. Once more changes nothing.</summary>
    public static StepResult Pause(SqlSession session, (long Id, string Who, long Now) wanted)
    {
        if (RolloutSql.Lock(session, wanted.Id) is not { } rollout)
        {
            return StepResult.Unknown;
        }

        if (RolloutState.IsRunning(rollout.State))
        {
            Change(
                session, "pause", rollout, rollout with { State = RolloutState.Paused, Reason = $"paused by {wanted.Who}" }, wanted.Who,
                wanted.Now);
            return StepResult.Done;
        }

        return rollout.State == RolloutState.Paused
            ? StepResult.Done
            : StepResult.Conflict($"The roll-out is {rollout.State}: only one in canary or rolling can be paused");
    }

    /// <summary>Lets a paused roll-out go on where it was. Once more changes nothing.</summary>
    public static StepResult Resume(SqlSession session, (long Id, string Who, long Now) wanted)
    {
        if (RolloutSql.Lock(session, wanted.Id) is not { } rollout)
        {
            return StepResult.Unknown;
        }

        if (rollout.State == RolloutState.Paused)
        {
            Rollout after = rollout with { State = RolloutState.OfStage(rollout.Stage!.Value), Reason = null, ResumedAt = wanted.Now };
            Change(session, "resume", rollout, after, wanted.Who, wanted.Now);
            RolloutStages.Fill(session, after, wanted.Now);
            return StepResult.Done;
        }

        return RolloutState.IsRunning(rollout.State)
            ? StepResult.Done
            : StepResult.Conflict($"The roll-out is {rollout.State}: only a paused one can be resumed");
    }

    /// <summary>Ends a roll-out for good; what is under way is taken back. Once more changes nothing.</summary>
    public static StepResult Abort(SqlSession session, (long Id, string Who, long Now) wanted)
    {
        if (RolloutSql.Lock(session, wanted.Id) is not { } rollout)
        {
            return StepResult.Unknown;
        }

        if (rollout.State == RolloutState.Stopped)
        {
            return StepResult.Conflict("The roll-out has stopped already: nothing of it is offered");
        }

        if (rollout.State != RolloutState.Aborted)
        {
            End(session, rollout, RolloutState.Aborted, "abort", $"aborted by {wanted.Who}", wanted.Who, wanted.Now);
        }

        return StepResult.Done;
    }

    /// <summary>Stops a roll-out whose failures have passed what is borne.</summary>
    /// <returns>Whether it did.</returns>
    public static bool Judge(SqlSession session, long id, long now)
    {
        if (RolloutSql.Lock(session, id) is not { } rollout
            || !(RolloutState.IsActive(rollout.State) || rollout.State == RolloutState.Done))
        {
            return false;
        }

        if (new RolloutTally(rollout, RolloutBoxSql.All(session, rollout, now), now).FindStop() is not { } stop)
        {
            return false;
        }

        RolloutNotes.Alarm(
            session,
            End(session, rollout with { Cause = stop.Cause }, RolloutState.Stopped, "stop", stop.Reason, RolloutNotes.Server, now), now);
        return true;
    }

    /// <summary>Stops a roll-out that has not ended, for a reason that lies outside of it.</summary>
    /// <returns>Whether it did.</returns>
    public static bool Stop(SqlSession session, long id, string cause, string reason, long now)
    {
        if (RolloutSql.Lock(session, id) is not { } rollout
            || !(RolloutState.IsActive(rollout.State) || rollout.State == RolloutState.Scheduled))
        {
            return false;
        }

        RolloutNotes.Alarm(
            session, End(session, rollout with { Cause = cause }, RolloutState.Stopped, "stop", reason, RolloutNotes.Server, now), now);
        return true;
    }

    /// <summary>Whether <see cref="Look"/> would do something: then it is worth a transaction.</summary>
    public static bool IsDue(SqlSession session, Rollout rollout, long now) => LookAt(session, rollout, now) != Finding.Nothing;

    /// <summary>Does what time has brought: starts, fills, goes on, ends, stops. Doing it twice does it once.</summary>
    /// <returns>Whether something was done.</returns>
    public static bool Look(SqlSession session, (long Id, long Now) wanted)
    {
        if (RolloutSql.Lock(session, wanted.Id) is not { } rollout)
        {
            return false;
        }

        switch (LookAt(session, rollout, wanted.Now))
        {
            case Finding.ItsTime:
                Begin(session, rollout, RolloutNotes.Server, wanted.Now);
                return true;
            case Finding.TooManyFailures:
                return Judge(session, rollout.Id, wanted.Now);
            case Finding.BoxesMissing:
                return RolloutStages.Fill(session, rollout, wanted.Now) > 0;
            case Finding.Complete:
                Next(session, rollout, RolloutNotes.Server, wanted.Now);
                return true;
            default:
                return false;
        }
    }

    private static Finding LookAt(SqlSession session, Rollout rollout, long now)
    {
        if (!RolloutState.IsRunning(rollout.State) && rollout.State != RolloutState.Done)
        {
            return rollout.State == RolloutState.Scheduled && rollout.StartAt <= now ? Finding.ItsTime : Finding.Nothing;
        }

        List<RolloutStage> stages = RolloutSql.Stages(session, rollout.Id);
        List<RolloutBox> boxes = RolloutBoxSql.All(session, rollout, now);
        RolloutTally tally = new(rollout, boxes, now);
        if (rollout.State == RolloutState.Done)
        {
            // A box that comes late may fail late.
            return tally.FindStop() is not null ? Finding.TooManyFailures : Finding.Nothing;
        }

        return tally.FindStop() is not null ? Finding.TooManyFailures
            : RolloutStages.Choose(rollout, stages, boxes, now).Count > 0 ? Finding.BoxesMissing
            : tally.IsComplete && tally.FindHold(rollout.Stage == stages.Count - 1) is null ? Finding.Complete
            : Finding.Nothing;
    }

    /// <summary>A roll-out of the same hardware that stands in the way of this one.</summary>
    private static Rollout? FindRival(SqlSession session, Rollout rollout) =>
        RolloutSql.Rivals(session, rollout).Find(
            other => other.State == RolloutState.Done ? other.IsAfter(rollout) : !rollout.IsAfter(other));

    private static void Begin(SqlSession session, Rollout rollout, string who, long now)
    {
        Rollout after = rollout with { State = RolloutState.Canary, Stage = 0, StageAt = now, StartedAt = now, Reason = null };
        Change(session, "start", rollout, after, who, now);
        RolloutBoxSql.EnrolFleet(session, after);
        RolloutStages.Fill(session, after, now);
        if (after.BuildId is { } build)
        {
            // Boxes may have told of versions since the upload: their patches are made before they ask.
            PatchSql.QueueForFleet(session, BuildSql.Find(session, build)!, now);
        }

        RolloutNotes.EndAlarms(session, after, now);
        string reason = string.Create(CultureInfo.InvariantCulture, $"superseded by roll-out {after.Id} of {after.Version}");
        foreach (Rollout older in RolloutSql.Rivals(session, after)
            .Where(other => other.State != RolloutState.Done && after.IsAfter(other)))
        {
            End(session, RolloutSql.Lock(session, older.Id)!, RolloutState.Aborted, "abort", reason, who, now);
        }
    }

    private static void Next(SqlSession session, Rollout rollout, string who, long now)
    {
        int next = rollout.Stage!.Value + 1;
        if (next == RolloutSql.Stages(session, rollout.Id).Count)
        {
            End(session, rollout, RolloutState.Done, "done", null, who, now);
            return;
        }

        Rollout after = rollout with { State = RolloutState.OfStage(next), Stage = next, StageAt = now };
        Change(session, "advance", rollout, after, who, now);
        RolloutStages.Fill(session, after, now);
    }

    private static Rollout End(SqlSession session, Rollout rollout, string state, string action, string? reason, string who, long now)
    {
        Rollout after = rollout with { State = state, Reason = reason, EndedAt = now };
        Change(session, action, rollout, after, who, now);
        return after;
    }

    private static void Change(SqlSession session, string action, Rollout before, Rollout after, string who, long now)
    {
        RolloutSql.Save(session, after);
        RolloutNotes.Note(session, action, before, after, who, now);
    }

    /// <summary>What a look at a roll-out shows.</summary>
    private enum Finding
    {
        Nothing,
        ItsTime,
        TooManyFailures,
        BoxesMissing,
        Complete,
    }
}

/// <summary>What came of an operator's wish.</summary>
/// <param name="Status">0 = it is done; else the HTTP status of the refusal.</param>
/// <param name="Error">What is wrong, and what to do.</param>
internal readonly record struct StepResult(int Status, string Error)
{
    /// <summary>Done.</summary>
    public static StepResult Done => new(0, "");

    /// <summary>No such roll-out, or none of the caller's.</summary>
    public static StepResult Unknown => new(StatusCodes.Status404NotFound, "No such roll-out");

    /// <summary>Not in its present state.</summary>
    public static StepResult Conflict(string error) => new(StatusCodes.Status409Conflict, error);
}
