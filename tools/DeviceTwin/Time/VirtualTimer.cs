namespace JamBox.Twin.Time;

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
