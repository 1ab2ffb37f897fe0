using JamBox.Backend.Storage;

namespace JamBox.Backend.Tests.Hosting;

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
