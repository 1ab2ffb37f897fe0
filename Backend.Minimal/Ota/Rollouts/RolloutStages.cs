using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>Who may have the release: stages only grow, and a share is exact among the boxes that are known when it is taken.</summary>
internal static class RolloutStages
{
    /// <summary>Brings the boxes of the present stage in: those that it or a stage before names, and as many others as its share asks for.</summary>
    /// <param name="session">The connection, in a transaction that holds the roll-out.</param>
    /// <param name="rollout">The roll-out, in a stage.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>How many came in.</returns>
    public static int Fill(SqlSession session, Rollout rollout, long now)
    {
        List<RolloutBox> chosen = Choose(rollout, RolloutSql.Stages(session, rollout.Id), RolloutBoxSql.All(session, rollout), now);
        RolloutBoxSql.Stage(session, rollout.Id, rollout.Stage!.Value, chosen, now);
        return chosen.Count;
    }

    /// <summary>Who is missing in the present stage.</summary>
    /// <param name="rollout">The roll-out, in a stage.</param>
    /// <param name="stages">Its stages.</param>
    /// <param name="boxes">Its boxes, in the order of the queue.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static List<RolloutBox> Choose(Rollout rollout, List<RolloutStage> stages, List<RolloutBox> boxes, long now)
    {
        int stage = rollout.Stage!.Value;
        RolloutTally tally = new(rollout, boxes, now);
        List<RolloutBox> chosen = [.. boxes.Where(box => box.Stage is null && box.Listed <= stage && box.State != BoxState.Excluded)];
        // One that was named and came to the release by itself is in the stage, and so in the share, from now on.
        int eligible = tally.Eligible + chosen.Count(static box => !box.IsEligible);
        int wanted = LastShare(stages, stage) is { } percent ? RolloutTally.Share(eligible, percent) : 0;
        int missing = wanted - tally.InStage - chosen.Count;
        if (missing > 0)
        {
            chosen.AddRange(boxes.Where(box => box.Stage is null && !(box.Listed <= stage) && box.IsEligible).Take(missing));
        }

        return chosen;
    }

    /// <summary>The share that holds in a stage: its own, or that of the latest stage before it that has one; null = none yet.</summary>
    private static int? LastShare(List<RolloutStage> stages, int stage) => stages.Take(stage + 1).LastOrDefault(static s => s.Percent is not null)?.Percent;
}
