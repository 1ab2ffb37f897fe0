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
