using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// What silence says. A box that has the new image, or everything to make it, is expected to be heard: when it is not, the release may
/// have killed it, and it counts as failed from then on. One word of it, or one reading, and it is what it was before: nothing is stored.
/// A box that still runs the old image is not judged here; a stage only stops waiting for it (<see cref="RolloutBox.IsLeftBehind"/>).
/// </summary>
internal static class BoxJudge
{
    /// <summary>Why: it speaks, but the image that stood ready is not what it runs.</summary>
    public const string NotInstalled = "not_installed";

    /// <summary>Why: it speaks, but no reading of the new version comes.</summary>
    public const string NoReadings = "no_readings";

    /// <summary>Why a box is excluded that is no longer in use.</summary>
    public const string Retired = "retired";

    /// <summary>The shortest silence that counts, ms: boot copies, three boots and an attach take their time at any interval.</summary>
    private const long LeastMs = 60 * 60 * 1000L;

    /// <summary>How long a box may be silent once it has the new image, ms.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="box">The box.</param>
    public static long PatienceMs(Rollout rollout, RolloutBox box) => Math.Max(LeastMs, rollout.SilentIntervals * box.ReportIntervalMs);

    /// <summary>Judges a box.</summary>
    /// <param name="box">As its attempt says.</param>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>The same, or silent, rolled back, unhealthy, or excluded when it is retired.</returns>
    public static RolloutBox Judge(RolloutBox box, Rollout rollout, long now)
    {
        if (box.WentBack && box.State == AttemptState.Confirmed)
        {
            return box with { State = AttemptState.RolledBack, Why = "previous" };
        }

        if (box.RetiredAt is not null)
        {
            return JudgeRetired(box);
        }

        if (!HasAll(box))
        {
            return box;
        }

        // What it does when all is over and it had proved the release is another story.
        long at = box.ProvedAt is not null && rollout.EndedAt is { } end ? Math.Min(now, end) : now;
        return FindSilence(box, rollout, at) is { } why ? box with { State = BoxState.Silent, Why = why }
            : box.State == AttemptState.Confirmed
                && box.Unhealthy is not null ? box with { State = BoxState.Unhealthy, Why = box.Unhealthy }
            : box;
    }

    /// <summary>
    /// What a retired box had shown stands: a proof, a failure, that it did worse. It shows nothing more: it is neither waited for nor
    /// silent.
    /// </summary>
    private static RolloutBox JudgeRetired(RolloutBox box) =>
        box.State is AttemptState.Failed or AttemptState.RolledBack or BoxState.Excluded ? box
        : box.State == AttemptState.Confirmed && box.Unhealthy is not null ? box with { State = BoxState.Unhealthy, Why = box.Unhealthy }
        : box.ProvedAt is not null && BoxState.RunsIt(box.State) ? box
        : box with { State = BoxState.Excluded, Why = Retired };

    private static string? FindSilence(RolloutBox box, Rollout rollout, long at)
    {
        long patience = PatienceMs(rollout, box);
        long since = Math.Max(box.EndedAt ?? box.ChangedAt ?? 0, rollout.AwakeAt ?? 0);
        if (at - Math.Max(box.LastSeenAt ?? 0, since) > patience)
        {
            return box.State;
        }

        return box.State switch
        {
            AttemptState.Staged when at - since > patience => NotInstalled,
            // Readings are known up to the last look at them only.
            // (Things send none.)
            AttemptState.Trial or AttemptState.Confirmed
                when !rollout.IsOfThings && box.MeasuredAt - Math.Max(box.ReadingAt ?? 0, since) > patience => NoReadings,
            _ => null,
        };
    }

    /// <summary>Whether it has all that makes the new image: it may have installed it without a word.</summary>
    private static bool HasAll(RolloutBox box) => box.State switch
    {
        AttemptState.Downloading => box.ChunkCount > 0 && box.Chunks == box.ChunkCount,
        AttemptState.Verifying or AttemptState.Applying or AttemptState.Staged or AttemptState.Trial or AttemptState.Confirmed => true,
        _ => false,
    };
}
