namespace JamBox.Backend.Events;

/// <summary>
/// What one listener has not fetched yet. One that is slower than what comes does not hold up the others, nor fill the memory: of the
/// readings
/// and heartbeats that wait for it only the newest of each device are kept, and it is told how many were left out.
/// </summary>
internal sealed class EventSubscription(bool all, Action<EventSubscription> remove, Func<long?, bool>? hears = null) : IDisposable
{
    /// <summary>Events that may wait: ten seconds of the liveliest fleet that is asked for.</summary>
    public const int MaxWaiting = 2000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<EventPosition> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _turned = new(0, 1);
    private List<LiveEvent> _waiting = [];
    private List<LiveEvent> _told = [];
    private EventPosition _at;
    private int _leftOut;

    /// <summary>Ends with the position from which on this listener hears everything.</summary>
    public Task<EventPosition> Started => _started.Task;

    /// <summary>Begins.</summary>
    /// <param name="at">What came before is not heard here.</param>
    public void Start(EventPosition at)
    {
        lock (_lock)
        {
            _at = at;
        }

        _started.TrySetResult(at);
    }

    /// <summary>Takes what is new; never waits for the listener.</summary>
    public void Add(IReadOnlyList<LiveEvent> events, EventPosition at)
    {
        lock (_lock)
        {
            _at = at;
            if (all)
            {
                _waiting.AddRange(events);
            }

            if (_waiting.Count > MaxWaiting)
            {
                Coalesce(ref _waiting);
            }

            if (_turned.CurrentCount == 0)
            {
                _turned.Release();
            }
        }
    }

    /// <summary>Takes what is told at once, if the listener may hear it; never waits for the listener.</summary>
    /// <param name="told">The event.</param>
    /// <param name="placeId">Where it happened.</param>
    public void Tell(LiveEvent told, long? placeId)
    {
        if (!(hears?.Invoke(placeId) ?? all))
        {
            return;
        }

        lock (_lock)
        {
            _told.Add(told);
            if (_told.Count > MaxWaiting)
            {
                Coalesce(ref _told);
            }
        }
    }

    /// <summary>Takes what was told at once since the last time, in its order.</summary>
    public IReadOnlyList<LiveEvent> TakeTold()
    {
        lock (_lock)
        {
            List<LiveEvent> told = _told;
            _told = [];
            return told;
        }
    }

    /// <summary>Waits for the next turn, and takes what has gathered: nothing, most of the time.</summary>
    /// <returns>The events, how many were left out before them, and the position after them.</returns>
    public async Task<(IReadOnlyList<LiveEvent> Events, int LeftOut, EventPosition At)> TakeAsync(CancellationToken cancel)
    {
        await _turned.WaitAsync(cancel).ConfigureAwait(false);
        lock (_lock)
        {
            List<LiveEvent> events = _waiting;
            int leftOut = _leftOut;
            _waiting = [];
            _leftOut = 0;
            return (events, leftOut, _at);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        remove(this);
        _started.TrySetCanceled();
    }

    private void Coalesce(ref List<LiveEvent> waiting)
    {
        int before = waiting.Count;
        HashSet<(string Kind, string Device)> newer = [];
        List<LiveEvent> kept = [];
        for (int i = waiting.Count - 1; i >= 0 && kept.Count < MaxWaiting / 2; i--)
        {
            LiveEvent one = waiting[i];
            if (one.DeviceId is null || newer.Add((one.Kind, one.DeviceId)))
            {
                kept.Add(one);
            }
        }

        kept.Reverse();
        waiting = kept;
        _leftOut += before - kept.Count;
    }
}
