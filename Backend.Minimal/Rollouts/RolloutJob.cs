using JamBox.Backend.Insights;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// Once a minute: roll-outs whose time has come, whose stage is complete, or into which a box has come back; and boxes that have yet to
/// prove a release, or have fallen silent. Any process may do it.
/// </summary>
internal sealed class RolloutJob : IJob
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly Attention _attention;

    /// <summary>Makes the job.</summary>
    public RolloutJob(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
        _attention = new Attention(clock);
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        long since = _attention.Since(now);
        foreach (Rollout seen in await _store.ReadAsync(now, RolloutSql.InMotion).ConfigureAwait(false))
        {
            Rollout rollout = seen;
            if (rollout.State != RolloutState.Scheduled)
            {
                if (since > (rollout.AwakeAt ?? 0))
                {
                    await _store.WriteAsync((rollout.Id, since), RolloutSql.SetAwake).ConfigureAwait(false);
                    rollout = rollout with { AwakeAt = since };
                }

                List<RolloutBox> changed = await _store.ReadAsync((rollout, now), RolloutWatch.FindChanges).ConfigureAwait(false);
                if (changed.Count > 0)
                {
                    await _store.WriteAsync((rollout, changed, now), RolloutWatch.Keep).ConfigureAwait(false);
                }
            }

            if (await _store.ReadAsync((rollout, now), IsDue).ConfigureAwait(false))
            {
                await _store.WriteAsync((rollout.Id, now), RolloutSteps.Look).ConfigureAwait(false);
            }
        }

        // Only now: a look that failed, because the storage was away, was none.
        _attention.Looked(now);
    }

    private static bool IsDue(SqlSession session, (Rollout Rollout, long Now) asked) =>
        RolloutSteps.IsDue(session, asked.Rollout, asked.Now);
}

/// <summary>
/// Since when this server has been listening without a break. While it was down, stood still, could not write, or while its clock jumped,
/// every box was silent: that says nothing about the boxes.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class Attention(TimeProvider clock)
{
    /// <summary>A longer time between two looks is a break, ms.</summary>
    public const long BreakMs = 30 * 60 * 1000L;

    /// <summary>A wall clock that differs more from the time that has passed has jumped, ms.</summary>
    private const long JumpMs = 60_000;

    private long _since = clock.GetUtcNow().ToUnixTimeMilliseconds();
    private long _lookedAt = clock.GetUtcNow().ToUnixTimeMilliseconds();
    private long _stamp = clock.GetTimestamp();
    private long _newStamp;

    /// <summary>Since when. The look begins.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public long Since(long now)
    {
        _newStamp = clock.GetTimestamp();
        double passedMs = clock.GetElapsedTime(_stamp).TotalMilliseconds;
        if (Math.Abs(now - _lookedAt - passedMs) > JumpMs || passedMs > BreakMs)
        {
            _since = now;
        }

        return _since;
    }

    /// <summary>Notes a look that succeeded.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public void Looked(long now)
    {
        _lookedAt = now;
        _stamp = _newStamp;
    }
}
