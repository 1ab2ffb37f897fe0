using JamBox.Backend.Storage;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>A clock that stands still until a test moves it; timers fire on the thread that does, each at its time.</summary>
public sealed class ManualClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 1, 29, 10, 0, 0, TimeSpan.Zero);

    private readonly List<ManualTimer> _timers = [];
    private long _utcTicks = Start.Ticks;

    // By how much the clock on the wall was set back in all: what measures time (timestamps, timers) does not notice.
    private long _setBackTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _utcTicks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _utcTicks) + Interlocked.Read(ref _setBackTicks);

    public void Advance(TimeSpan by) => Set(GetUtcNow() + by);

    public void Set(DateTimeOffset time)
    {
        long before = Interlocked.Read(ref _utcTicks);
        Interlocked.Add(ref _setBackTicks, Math.Max(0, before - time.UtcTicks));
        Interlocked.Exchange(ref _utcTicks, Math.Min(before, time.UtcTicks));

        // A jump over a year fires each timer once: jobs do what has gathered, however long it was.
        long until = time.UtcTicks + Interlocked.Read(ref _setBackTicks);
        foreach (ManualTimer timer in Due(until))
        {
            Interlocked.Exchange(
                ref _utcTicks, Math.Max(timer.DueTicks - Interlocked.Read(ref _setBackTicks), Interlocked.Read(ref _utcTicks)));
            timer.Fire(until);
        }

        Interlocked.Exchange(ref _utcTicks, time.UtcTicks);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        lock (_timers)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    internal void Remove(ManualTimer timer)
    {
        lock (_timers)
        {
            _timers.Remove(timer);
        }
    }

    private ManualTimer[] Due(long untilTicks)
    {
        lock (_timers)
        {
            return [.. _timers.Where(timer => timer.DueTicks <= untilTicks).OrderBy(static timer => timer.DueTicks)];
        }
    }
}

/// <summary>A timer of <see cref="ManualClock"/>.</summary>
public sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;

    public long DueTicks { get; private set; } = long.MaxValue;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        DueTicks = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.GetTimestamp() + dueTime.Ticks;
        return true;
    }

    public void Fire(long nowTicks)
    {
        DueTicks = _period > TimeSpan.Zero ? nowTicks + _period.Ticks : long.MaxValue;
        callback(state);
    }

    public void Dispose() => clock.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
