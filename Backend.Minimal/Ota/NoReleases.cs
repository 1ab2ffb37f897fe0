using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>Where there are no roll-outs: nobody is offered anything.</summary>
internal sealed class NoReleases : IReleaseSource
{
    /// <inheritdoc/>
    public ReleaseChoice Choose(SqlSession session, OtaReport report, long now) => ReleaseChoice.No("no_release");

    /// <inheritdoc/>
    public ReleaseStanding StandingOf(SqlSession session, OtaAttempt attempt, long now) => ReleaseStanding.Withdrawn;

    /// <inheritdoc/>
    public void Settle(SqlSession session, OtaAttempt attempt, long now)
    {
        // Nobody counts.
    }
}
