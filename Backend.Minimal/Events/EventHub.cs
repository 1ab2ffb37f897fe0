using JamBox.Backend.Storage;

namespace JamBox.Backend.Events;

/// <summary>
/// Looks into the storage for all listeners of this process, four times a second and only while there are any: so they hear what any
/// process
/// stored, and the path of a reading costs nothing for it. What is new is read and written down once, however many listen.
/// </summary>
internal sealed class EventHub(Store store, TimeProvider clock, ILogger<EventHub> logger) : IDisposable
{
    /// <summary>Turns in which nothing but new rows are looked for, between two in which the states of devices are compared too.</summary>
    public const int TurnsPerSecond = 4;

    /// <summary>Rows of a kind in a turn: four times this many come in a second, and 200 are asked for.</summary>
    private const int MaxPerTurn = 1000;

    /// <summary>Looks at most, before the first turn gives up until the next: two seconds in all.</summary>
    private const int MaxFirstLooks = 100;

    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(1000d / TurnsPerSecond);
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly List<EventSubscription> _subscriptions = [];
    private readonly CancellationTokenSource _disposed = new();
    private Dictionary<string, string> _states = [];
    private EventPosition? _position;
    private bool _isRunning;
    private volatile int _listeners;

    /// <summary>Whether anybody listens; a moment old.</summary>
    public bool HasListeners => _listeners > 0;

    /// <summary>Begins to listen.</summary>
    /// <param name="all">Whether the listener hears everything; one who does not is only told how far it may look.</param>
    /// <param name="hears">Whether it hears what happens at a place (null = nowhere), of what is told at once.</param>
    /// <param name="cancel">Set when it has gone.</param>
    /// <returns>What it hears from now on; to be disposed.</returns>
    public async Task<EventSubscription> SubscribeAsync(bool all, Func<long?, bool> hears, CancellationToken cancel)
    {
        EventSubscription subscription = new(all, Remove, hears);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
            _subscriptions.Add(subscription);
            _listeners = _subscriptions.Count;
            if (_isRunning && _position is { } known)
            {
                subscription.Start(known);
            }
            else if (!_isRunning)
            {
                _isRunning = true;
                _position = null;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        try
        {
            await subscription.Started.WaitAsync(cancel).ConfigureAwait(false);
            return subscription;
        }
        catch
        {
            subscription.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private void Remove(EventSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
            _listeners = _subscriptions.Count;
        }
    }

    /// <summary>Tells what this process has just heard to those who may hear it; never waits for them.</summary>
    /// <param name="told">The event; its position is of no account.</param>
    /// <param name="placeId">Where it happened; null = nowhere.</param>
    public void Tell(LiveEvent told, long? placeId)
    {
        lock (_lock)
        {
            foreach (EventSubscription subscription in _subscriptions)
            {
                subscription.Tell(told, placeId);
            }
        }
    }

    private async Task RunAsync()
    {
        CancellationToken end = _disposed.Token;
        EventHorizon horizon = new(store);
        using PeriodicTimer timer = new(s_turn, clock);
        try
        {
            int turn = 0;
            do
            {
                await TryTurnAsync(horizon, withStates: turn % TurnsPerSecond == 0, end).ConfigureAwait(false);
                turn++;
            }
            while (GoesOn() && await timer.WaitForNextTickAsync(end).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The process ends, and the streams with it.
        }
    }

    private bool GoesOn()
    {
        lock (_lock)
        {
            return _isRunning = _subscriptions.Count > 0;
        }
    }

    private async Task TryTurnAsync(EventHorizon horizon, bool withStates, CancellationToken end)
    {
        try
        {
            await TurnAsync(horizon, withStates, end).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A storage that is away for a while ends no stream: what comes meanwhile is told afterwards.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.LogDebug(failure, "Listening failed; the next turn is in {Turn}", s_turn);
        }
    }

    private async Task TurnAsync(EventHorizon horizon, bool withStates, CancellationToken end)
    {
        if (await LookAsync(horizon, end).ConfigureAwait(false) is not { } until)
        {
            return;
        }

        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (_position is not { } from)
        {
            _states = await store.ReadAsync(((string?)null, now), EventSql.States).ConfigureAwait(false);
            Publish([], until);
            return;
        }

        List<LiveEvent> events = [];
        EventPosition at = from;
        if (from != until)
        {
            (events, at) = await store.ReadAsync((from, until, (string?)null, MaxPerTurn), EventSql.Gather).ConfigureAwait(false);
        }

        if (withStates)
        {
            Dictionary<string, string> states = await store.ReadAsync(((string?)null, now), EventSql.States).ConfigureAwait(false);
            events.AddRange(EventSql.Compare(_states, states, at));
        }

        Publish(events, at);
    }

    /// <summary>
    /// Who begins to listen waits for the writers that are under way, and not for a turn: in real time, for a clock that somebody moves by
    /// hand stands still until the listener has begun.
    /// </summary>
    private async Task<EventPosition?> LookAsync(EventHorizon horizon, CancellationToken end)
    {
        EventPosition? until = await horizon.LookAsync().ConfigureAwait(false);
        for (int look = 0; look < MaxFirstLooks && until is null && _position is null; look++)
        {
            await Task.Delay(s_firstLook, end).ConfigureAwait(false);
            until = await horizon.LookAsync().ConfigureAwait(false);
        }

        return until;
    }

    private void Publish(IReadOnlyList<LiveEvent> events, EventPosition at)
    {
        lock (_lock)
        {
            bool isFirst = _position is null;
            _position = at;
            foreach (EventSubscription subscription in _subscriptions)
            {
                if (isFirst)
                {
                    subscription.Start(at);
                }
                else
                {
                    subscription.Add(events, at);
                }
            }
        }
    }
}
