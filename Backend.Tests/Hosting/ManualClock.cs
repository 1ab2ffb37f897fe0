namespace JamBox.Backend.Tests.Hosting;

/// <summary>A clock that stands still until a test moves it.</summary>
public sealed class ManualClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 1, 29, 10, 0, 0, TimeSpan.Zero);

    private long _utcTicks = Start.Ticks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _utcTicks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _utcTicks, by.Ticks);

    public void Set(DateTimeOffset time) => Interlocked.Exchange(ref _utcTicks, time.UtcTicks);
}
