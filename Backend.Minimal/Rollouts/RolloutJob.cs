using JamBox.Backend.Insights;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>Once a minute: roll-outs whose time has come, whose stage is complete, or into which a box has come back. Any process may do it.</summary>
internal sealed class RolloutJob : IJob
{
    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the job.</summary>
    public RolloutJob(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (long id in await _store.ReadAsync(now, FindDue).ConfigureAwait(false))
        {
            await _store.WriteAsync((id, now), RolloutSteps.Look).ConfigureAwait(false);
        }
    }

    /// <summary>Most of the time nothing is due: then nothing is written.</summary>
    private static List<long> FindDue(SqlSession session, long now) =>
        [.. RolloutSql.InMotion(session).Where(rollout => RolloutSteps.IsDue(session, rollout, now)).Select(static rollout => rollout.Id)];
}
