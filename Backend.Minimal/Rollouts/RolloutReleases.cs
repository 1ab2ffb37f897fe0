using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>The roll-outs decide.</summary>
internal sealed class RolloutReleases : IReleaseSource
{
    /// <inheritdoc/>
    public ReleaseChoice Choose(SqlSession session, DeviceReport report, long now) => RolloutChooser.Choose(session, report, now);

    /// <inheritdoc/>
    public ReleaseStanding StandingOf(SqlSession session, Attempt attempt, long now) =>
        RolloutChooser.StandingOf(session, attempt.RolloutId, attempt.DeviceId, now) switch
        {
            Standing.Running => ReleaseStanding.Offered,
            Standing.Paused => ReleaseStanding.Paused,
            _ => ReleaseStanding.Withdrawn,
        };

    /// <inheritdoc/>
    public void Settle(SqlSession session, Attempt attempt, long now) => RolloutProgress.Settle(session, attempt, now);
}

/// <summary>Draws the conclusions from what became of an attempt.</summary>
internal static class RolloutProgress
{
    /// <summary>
    /// To be called after every change of an attempt's state, in its transaction: too many failures stop the roll-out then and there.
    /// Whether a stage is complete is for <see cref="RolloutJob"/> to see. Repeats are harmless.
    /// </summary>
    /// <param name="session">The connection, in a writing transaction.</param>
    /// <param name="attempt">The attempt as it is stored now.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Settle(SqlSession session, Attempt attempt, long now)
    {
        if (attempt.RolloutId is { } id && BoxState.IsFailure(attempt.State) && attempt.Why != AttemptState.Withdrawn)
        {
            RolloutSteps.Judge(session, id, now);
        }
    }
}
