using JamBox.Ports;

namespace JamBox.Twin.Time;

/// <summary>
/// The time of one box and of the world around it. It stands still except in <see cref="Sleep"/>, which moves it and runs what is due
/// on the way, on the caller's thread. World time (<see cref="NowMs"/>) goes on over reboots of the box; uptime begins anew.
/// </summary>
internal sealed class VirtualClock : IClock
{
    private const int PublishEveryMs = 100;

    private readonly EventQueue _events = new();
    private readonly long _utcAtStartMs;
    private long _nowMs;
    private long _bootedAtMs;

    // Below this time there is nothing to run and nothing to tell: Sleep is then an addition and a comparison.
    private long _quietUntilMs = long.MaxValue;
    private long _publishAtMs = long.MaxValue;
    private ExchangeSeat? _seat;
    private Action<long>? _pace;
    private bool _isRunningEvents;

    /// <summary>Standing at world time 0.</summary>
    /// <param name="utcAtStartMs">True UTC at world time 0, ms since 1970.</param>
    /// <param name="uptimeAtStartMs">Uptime at world time 0; other than 0 to try what happens beyond 49 days.</param>
    public VirtualClock(long utcAtStartMs, long uptimeAtStartMs = 0)
    {
        _utcAtStartMs = utcAtStartMs;
        _bootedAtMs = -uptimeAtStartMs;
    }

    /// <summary>Gets the world time in ms since the start of the simulation.</summary>
    public long NowMs => _nowMs;

    /// <inheritdoc/>
    public long UptimeMs => _nowMs - _bootedAtMs;

    /// <summary>Gets the true UTC in ms since 1970.</summary>
    public long UtcNowMs => _utcAtStartMs + _nowMs;

    /// <summary>Gets the true UTC at uptime 0 of the present boot, ms since 1970.</summary>
    public long UtcAtBootMs => _utcAtStartMs + _bootedAtMs;

    /// <summary>Gets or sets the place in the order of exchanges, which is kept informed of the progress of this clock.</summary>
    public ExchangeSeat? Seat
    {
        get => _seat;
        set
        {
            _seat = value;
            _publishAtMs = value is null ? long.MaxValue : _nowMs;
            _quietUntilMs = Math.Min(_quietUntilMs, _publishAtMs);
        }
    }

    /// <summary>Gets or sets what is called with the world time whenever it advances: it may block, to slow the world down.</summary>
    public Action<long>? Pace
    {
        get => _pace;
        set
        {
            _pace = value;
            _quietUntilMs = long.MinValue;
        }
    }

    /// <summary>The box restarts now: uptime is 0.</summary>
    public void MarkBoot()
    {
        _bootedAtMs = _nowMs;
    }

    /// <inheritdoc/>
    public void Sleep(int milliseconds)
    {
        if (milliseconds < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(milliseconds));
        }

        long target = _nowMs + milliseconds;
        if (target < _quietUntilMs)
        {
            _nowMs = target;
            return;
        }

        AdvanceTo(target);
    }

    /// <summary>Enters an event. Events of the same time run in the order in which they were entered.</summary>
    /// <param name="timeMs">World time; what is in the past runs at the next advance.</param>
    /// <param name="callback">Runs on the thread that sleeps; it must not sleep itself.</param>
    public void At(long timeMs, Action callback)
    {
        long due = Math.Max(timeMs, _nowMs);
        _events.Add(due, callback);
        _quietUntilMs = Math.Min(_quietUntilMs, due);
    }

    /// <summary>Enters an event relative to now.</summary>
    /// <param name="delayMs">In how many ms.</param>
    /// <param name="callback">As in <see cref="At"/>.</param>
    public void After(long delayMs, Action callback)
    {
        At(_nowMs + delayMs, callback);
    }

    private void AdvanceTo(long target)
    {
        if (_isRunningEvents)
        {
            throw new InvalidOperationException("An event of the virtual clock must not sleep.");
        }

        _isRunningEvents = true;
        try
        {
            while (_events.NextTimeMs <= target)
            {
                Action callback = _events.TakeFirst(out long due);
                MoveTo(due);
                callback();
            }

            MoveTo(target);
        }
        finally
        {
            _isRunningEvents = false;
            _quietUntilMs = _pace is null ? Math.Min(_events.NextTimeMs, _publishAtMs) : long.MinValue;
        }
    }

    private void MoveTo(long timeMs)
    {
        _nowMs = timeMs;
        _pace?.Invoke(timeMs);
        if (timeMs >= _publishAtMs)
        {
            _seat!.Publish(UtcNowMs);
            _publishAtMs = timeMs + PublishEveryMs;
        }
    }
}
