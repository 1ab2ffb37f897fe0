using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// Looks after the boxes of a roll-out that have the release: compares each with itself before, finds when it has proved the release, and
/// tells listeners of what no attempt tells: a box that is silent, unhealthy, blocked, or proved.
/// </summary>
internal static class RolloutWatch
{
    /// <summary>How often a box is compared that has yet to prove the release, ms.</summary>
    private const long MeasureMs = 5 * 60 * 1000L;

    /// <summary>How often one is that has proved it, ms.</summary>
    private const long MeasureAgainMs = 60 * 60 * 1000L;

    /// <summary>
    /// Boxes that are compared in one look, those first that were not for longest: each costs milliseconds when it has years behind it.
    /// </summary>
    private const int MaxMeasured = 50;

    /// <summary>Boxes that are written in one transaction: nobody else waits long for it.</summary>
    private const int MaxBoxes = 200;

    /// <summary>Finds which boxes have changed, in a read: most of the time nothing has, and nothing is written.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="asked">The roll-out and the time.</param>
    public static List<RolloutBox> FindChanges(SqlSession session, (Rollout Rollout, long Now) asked)
    {
        (Rollout rollout, long now) = asked;
        List<RolloutBox> changed = [];
        int measured = 0;
        foreach (RolloutBox box in RolloutBoxSql.All(session, rollout, now).Where(static box => box.Stage is not null)
            .OrderBy(static box => box.MeasuredAt ?? 0))
        {
            bool isDue = IsDue(rollout, box, now) && measured++ < MaxMeasured;
            RolloutBox after = isDue ? Measure(session, rollout, box, now) : box;
            after = after with { Told = Text(after) };
            if (after.Told != (box.Told ?? "") || after.MeasuredAt != box.MeasuredAt)
            {
                changed.Add(after);
                if (changed.Count == MaxBoxes)
                {
                    break;
                }
            }
        }

        return changed;
    }

    /// <summary>Keeps what has changed, and tells listeners.</summary>
    public static int Keep(SqlSession session, (Rollout Rollout, List<RolloutBox> Boxes, long Now) wanted)
    {
        Dictionary<string, string?> told = wanted.Boxes.ToDictionary(
            static box => box.DeviceId, box => RolloutBoxSql.One(session, wanted.Rollout, box.DeviceId, wanted.Now)?.Told);
        RolloutBoxSql.SaveWatched(session, wanted.Rollout.Id, wanted.Boxes);
        foreach (RolloutBox box in wanted.Boxes)
        {
            // Another process may have told it already.
            if (box.Told is { Length: > 0 } text && text != told[box.DeviceId])
            {
                RolloutNotes.TellBox(session, wanted.Rollout, box, text, wanted.Now);
            }
        }

        return wanted.Boxes.Count;
    }

    private static bool IsDue(Rollout rollout, RolloutBox box, long now)
    {
        // A box that was silent, or worse than before, is looked at again: it may have come back.
        bool runsIt = box.EndedAt is not null && box.State is AttemptState.Confirmed or BoxState.Unhealthy or BoxState.Silent;
        bool isTrial = box.State is AttemptState.Trial || (box.State == BoxState.Silent && box.EndedAt is null);
        long pause = box.ProvedAt is null || box.State is BoxState.Silent or BoxState.Unhealthy ? MeasureMs : MeasureAgainMs;
        return (runsIt || isTrial || box.HasToProve(rollout)) && !(now - box.MeasuredAt < pause && now >= box.MeasuredAt);
    }

    private static RolloutBox Measure(SqlSession session, Rollout rollout, RolloutBox box, long now)
    {
        long since = BoxHealthSql.Since(box, now);
        if (box.State == AttemptState.Trial || (box.State == BoxState.Silent && box.EndedAt is null))
        {
            long? lastAt = BoxHealthSql.LastReadingAt(session, box.DeviceId, rollout.Version, box.ChangedAt ?? now);
            return Judged(rollout, box with { MeasuredAt = now, ReadingAt = lastAt }, now);
        }

        if (rollout.IsOfThings)
        {
            BoxHealth thing = BoxHealth.OfThing(
                rollout.Gate, ThingHealthSql.Gather(session, rollout, box, now), BoxJudge.PatienceMs(rollout, box), now - since);
            return Measured(rollout, box, thing, box.LastSeenAt, now);
        }

        BoxFigures figures = BoxHealthSql.Gather(session, rollout, box, now);
        BoxHealth health = BoxHealth.Of(rollout.Gate, figures, BoxJudge.PatienceMs(rollout, box), now - since);
        return Measured(rollout, box, health, figures.ReadingAt, now);
    }

    private static RolloutBox Measured(Rollout rollout, RolloutBox box, BoxHealth health, long? heardAt, long now) =>
        Judged(rollout, box with
        {
            MeasuredAt = now,
            ReadingAt = heardAt,
            Health = JsonSerializer.Serialize(health, RolloutJson.Default.BoxHealth),
            Unhealthy = health.Unhealthy,
            ProvedAt = box.ProvedAt ?? (health.Unhealthy is null && health.WaitsFor is null ? now : null),
        }, now);

    /// <summary>The state anew, from what the attempt says and was measured just now.</summary>
    private static RolloutBox Judged(Rollout rollout, RolloutBox box, long now) =>
        box.AttemptWord is { } state ? BoxJudge.Judge(box with { State = state, Why = box.AttemptWhy }, rollout, now) : box;

    private static string Text(RolloutBox box) => box.State switch
    {
        BoxState.Silent or BoxState.Unhealthy or BoxState.Blocked => $"{box.State}: {box.Why}",
        AttemptState.Confirmed or BoxState.Current when box.ProvedAt is not null => "proved",
        _ => "",
    };
}
