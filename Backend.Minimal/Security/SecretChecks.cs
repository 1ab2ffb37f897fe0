using System.Diagnostics;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Security;

/// <summary>
/// Checks secrets whose hashes are slow on purpose, for people who are not signed in yet. One at a time and with low priority, so that
/// strangers cost one processor at most and devices go first; and a no comes a fixed time after the question, so that it says nothing
/// about whether there was a hash to compare with.
/// </summary>
internal sealed class SecretChecks : IDisposable
{
    /// <summary>Those who may wait for their turn; the next one is refused.</summary>
    private const int MaxWaiting = 32;

    /// <summary>When a no is said: later than a derivation and a commit take on a slow disk.</summary>
    private static readonly TimeSpan s_noAfter = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _waiting;

    /// <summary>Checks.</summary>
    /// <param name="askedAt">When the question came, by <see cref="Stopwatch.GetTimestamp"/>: real time, whatever the backend's clock
    /// says.</param>
    /// <param name="state">What the check needs.</param>
    /// <param name="check">The check. It must do the same work when there is nothing to compare with.</param>
    /// <param name="whenWrong">What is noted of a no, within the time that it takes anyway; null = nothing.</param>
    /// <returns>Whether it is right; null when too many wait.</returns>
    public async Task<bool?> CheckAsync<TState>(long askedAt, TState state, Func<TState, bool> check, Func<Task>? whenWrong = null)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        bool right;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            right = await LowPriority.RunAsync(() => check(state)).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
            Interlocked.Decrement(ref _waiting);
        }

        if (!right && whenWrong is not null)
        {
            await whenWrong().ConfigureAwait(false);
        }

        TimeSpan left = right ? TimeSpan.Zero : s_noAfter - Stopwatch.GetElapsedTime(askedAt);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left).ConfigureAwait(false);
        }

        return right;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}
