using JamBox.Backend.Ota.Rollouts;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>The roll-outs decide.</summary>
internal sealed class RolloutReleases : IReleaseSource
{
    /// <inheritdoc/>
    public ReleaseChoice Choose(SqlSession session, OtaReport report, long now) => RolloutChooser.Choose(session, report, now);

    /// <inheritdoc/>
    public ReleaseStanding StandingOf(SqlSession session, OtaAttempt attempt, long now) =>
        RolloutChooser.StandingOf(session, attempt.RolloutId, attempt.DeviceId, now) switch
        {
            Standing.Running => ReleaseStanding.Offered,
            Standing.Paused => ReleaseStanding.Paused,
            _ => ReleaseStanding.Withdrawn,
        };

    /// <inheritdoc/>
    public void Settle(SqlSession session, OtaAttempt attempt, long now) => RolloutProgress.Settle(session, attempt, now);
}
