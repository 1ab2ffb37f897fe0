namespace JamBox.Backend.Storage;

/// <summary>
/// Lets many who come at once ask the storage a few at a time: a fleet that fetches firmware waits here, and does not fill the queue in
/// which everybody else's questions stand.
/// </summary>
internal sealed class StorageTurns : IDisposable
{
    /// <summary>Questions that may be asked at the same time: a sixteenth of those that may wait for the storage.</summary>
    private const int AtOnce = 64;

    /// <summary>Whoever has not had a turn by then is told to come again.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turns = new(AtOnce, AtOnce);

    /// <summary>Asks when it is one's turn.</summary>
    /// <param name="state">What the question needs.</param>
    /// <param name="ask">The question.</param>
    /// <exception cref="StorageBusyException">There was no turn in time.</exception>
    public async Task<TResult> AskAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> ask)
    {
        // Real time, whatever the backend's clock says: it bounds how long a connection is held.
        if (!await _turns.WaitAsync(s_patience).ConfigureAwait(false))
        {
            throw new StorageBusyException();
        }

        try
        {
            return await ask(state).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();
}
