namespace JamBox.Twin.Time;

/// <summary>
/// The backend's clock in virtual time: it shows the time of the exchange in progress and stands still between exchanges. Timers fire
/// on the thread that advances it, each at its own virtual time, before the exchange begins.
/// </summary>
internal sealed class VirtualTimeProvider : TimeProvider
{
    // A timer that fires every millisecond must not cost a virtual day 86 million calls: so many are caught up with, the rest skipped.
    private const int MaxCatchUps = 1_000;

    private readonly Lock _gate = new();
    private readonly List<VirtualTimer> _timers = [];
    private long _utcMs;
    private long _errorMs;
    private long _sequence;

    /// <param name="utcMs">True UTC at the start, ms since 1970.</param>
    public VirtualTimeProvider(long utcMs)
    {
        _utcMs = utcMs;
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Gets the time shown, ms since 1970.</summary>
    public long UtcNowMs => Volatile.Read(ref _utcMs);

    /// <summary>Gets or sets how far the clock on the wall is wrong, ms. What measures time (timestamps, timers) does not notice.</summary>
    public long ErrorMs
    {
        get => Volatile.Read(ref _errorMs);
        set => Volatile.Write(ref _errorMs, value);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        return DateTimeOffset.FromUnixTimeMilliseconds(UtcNowMs + ErrorMs);
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        return UtcNowMs * TimeSpan.TicksPerMillisecond;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        VirtualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the time forward and fires what is due. An earlier time than the present one changes nothing.</summary>
    /// <param name="utcMs">True UTC, ms since 1970.</param>
    public void AdvanceTo(long utcMs)
    {
        while (TakeDue(utcMs) is { } timer)
        {
            timer.Fire();
        }

        lock (_gate)
        {
            Volatile.Write(ref _utcMs, Math.Max(_utcMs, utcMs));
        }
    }

    /// <summary>Enters a timer, or takes it out.</summary>
    /// <param name="timer">Which.</param>
    /// <param name="dueMs">In how many ms; negative = never.</param>
    /// <param name="periodMs">And then every so many ms; 0 or negative = once.</param>
    internal void Schedule(VirtualTimer timer, long dueMs, long periodMs)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (dueMs >= 0)
            {
                timer.DueUtcMs = _utcMs + dueMs;
                timer.PeriodMs = periodMs;
                timer.Sequence = _sequence++;
                _timers.Add(timer);
            }
        }
    }

    private VirtualTimer? TakeDue(long utcMs)
    {
        lock (_gate)
        {
            VirtualTimer? first = null;
            foreach (VirtualTimer timer in _timers)
            {
                if (timer.DueUtcMs <= utcMs && (first is null || timer.IsBefore(first)))
                {
                    first = timer;
                }
            }

            if (first is null)
            {
                return null;
            }

            Volatile.Write(ref _utcMs, Math.Max(_utcMs, first.DueUtcMs));
            Rearm(first, utcMs);
            return first;
        }
    }

    private void Rearm(VirtualTimer timer, long utcMs)
    {
        if (timer.PeriodMs <= 0)
        {
            _timers.Remove(timer);
            return;
        }

        long behind = (utcMs - timer.DueUtcMs) / timer.PeriodMs;
        timer.DueUtcMs += timer.PeriodMs * Math.Max(1, behind - MaxCatchUps);
        timer.Sequence = _sequence++;
    }
}

/// <summary>A timer of <see cref="VirtualTimeProvider"/>.</summary>
internal sealed class VirtualTimer : ITimer
{
    private readonly VirtualTimeProvider _provider;
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private bool _isDisposed;

    internal VirtualTimer(VirtualTimeProvider provider, TimerCallback callback, object? state)
    {
        _provider = provider;
        _callback = callback;
        _state = state;
    }

    /// <summary>Gets or sets when it fires next. Guarded by the provider's gate, as the next two are.</summary>
    internal long DueUtcMs { get; set; }

    /// <summary>Gets or sets the ms between firings, 0 or less = fires once.</summary>
    internal long PeriodMs { get; set; }

    /// <summary>Gets or sets the order of entry, which decides among timers of the same time.</summary>
    internal long Sequence { get; set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_isDisposed)
        {
            return false;
        }

        _provider.Schedule(this, (long)Math.Ceiling(dueTime.TotalMilliseconds), (long)Math.Ceiling(period.TotalMilliseconds));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _provider.Schedule(this, -1, 0);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal bool IsBefore(VirtualTimer other)
    {
        return DueUtcMs < other.DueUtcMs || (DueUtcMs == other.DueUtcMs && Sequence < other.Sequence);
    }

    internal void Fire()
    {
        if (!_isDisposed)
        {
            _callback(_state);
        }
    }
}
