namespace JamBox.Edge.Tests.Engine;

/// <summary>A clock on which every wait is over at once: whoever waits finds it that much later.</summary>
public sealed class JumpingClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 11, 28, 18, 0, 0, TimeSpan.Zero).Ticks;

    /// <summary>How often somebody waited.</summary>
    public int Waits { get; private set; }

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            Waits++;
            Interlocked.Add(ref _ticks, dueTime.Ticks);
        }

        TimeSpan due = dueTime >= TimeSpan.Zero ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
        return new Timer(callback, state, due, Timeout.InfiniteTimeSpan);
    }
}
