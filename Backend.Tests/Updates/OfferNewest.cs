using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Updates;

/// <summary>In place of the roll-outs: every box may have the build of the highest sequence, and a test sets what it will of it.</summary>
internal sealed class OfferNewest : IReleaseSource
{
    public const long Rollout = 7;

    public ReleaseStanding Standing { get; set; } = ReleaseStanding.Offered;

    /// <summary>What the roll-outs were told, in order: device and state.</summary>
    public List<string> Told { get; } = [];

    public ReleaseChoice Choose(SqlSession session, DeviceReport report, long now)
    {
        if (Standing != ReleaseStanding.Offered)
        {
            return ReleaseChoice.No(Standing == ReleaseStanding.Paused ? "paused" : "no_release");
        }

        using SqlStatement row = session.Query("SELECT id FROM ota_firmware WHERE hw = $1 ORDER BY sequence DESC LIMIT 1", report.Hardware);
        return row.Read() ? ReleaseChoice.Of(row.Int64(0), Rollout) : ReleaseChoice.No("no_release");
    }

    public ReleaseStanding StandingOf(SqlSession session, Attempt attempt, long now) => Standing;

    public void Settle(SqlSession session, Attempt attempt, long now)
    {
        lock (Told)
        {
            Told.Add($"{attempt.DeviceId} {attempt.State}{(attempt.Why is null ? "" : $" {attempt.Why}")}");
        }
    }
}
