using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>
/// Every 10 s: roll-outs of deployments whose stage is over, into which a gateway has come, or that have failed too often. Any process may
/// do it.
/// </summary>
internal sealed class DeploymentRolloutJob : IJob
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly DeploymentNews _news;

    /// <summary>Makes the job.</summary>
    public DeploymentRolloutJob(Store store, TimeProvider clock, DeploymentNews news)
    {
        _store = store;
        _clock = clock;
        _news = news;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        bool isAny = false;
        foreach (DeploymentRollout rollout in await _store.ReadAsync(0, DeploymentRolloutSql.Active).ConfigureAwait(false))
        {
            if (await _store.ReadAsync((rollout, now), DeploymentRollouts.IsDue).ConfigureAwait(false))
            {
                isAny |= await _store.WriteAsync((rollout.Id, now), DeploymentRollouts.Look).ConfigureAwait(false);
            }
        }

        if (isAny)
        {
            _news.Wake();
        }
    }
}
