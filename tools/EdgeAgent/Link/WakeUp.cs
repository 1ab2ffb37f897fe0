namespace JamBox.Edge.Link;

/// <summary>A wait that somebody can end early.</summary>
internal sealed class WakeUp
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _woken = New();

    /// <summary>Ends the wait; the next one, when nobody waits now.</summary>
    public void Set()
    {
        lock (_lock)
        {
            _woken.TrySetResult();
        }
    }

    /// <summary>Waits.</summary>
    /// <param name="most">For how long.</param>
    /// <param name="clock">Measures it.</param>
    /// <param name="cancel">Ends it with an exception.</param>
    public async Task WaitAsync(TimeSpan most, TimeProvider clock, CancellationToken cancel)
    {
        Task woken;
        lock (_lock)
        {
            woken = _woken.Task;
        }

        try
        {
            await woken.WaitAsync(most, clock, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nobody has.
        }

        lock (_lock)
        {
            if (_woken.Task.IsCompleted)
            {
                _woken = New();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
