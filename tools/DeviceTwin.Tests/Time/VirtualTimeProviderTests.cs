using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Time;

public class VirtualTimeProviderTests
{
    [Fact]
    public void TimeNeverGoesBack()
    {
        VirtualTimeProvider time = new(10_000);
        time.AdvanceTo(12_000);
        time.AdvanceTo(11_000);
        Assert.Equal(12_000, time.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(TimeSpan.FromSeconds(2), time.GetElapsedTime(10_000 * TimeSpan.TicksPerMillisecond));
    }

    [Fact]
    public void TimersFireAtTheirOwnTimeInOrder()
    {
        VirtualTimeProvider time = new(0);
        List<string> log = [];
        using ITimer every = time.CreateTimer(
            _ => log.Add($"every {time.UtcNowMs}"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        using ITimer once = time.CreateTimer(
            _ => log.Add($"once {time.UtcNowMs}"), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        time.AdvanceTo(5_500);
        Assert.Equal(["every 1000", "once 3000", "every 3000", "every 5000"], log);
    }

    [Fact]
    public void ADisposedOrChangedTimerObeys()
    {
        VirtualTimeProvider time = new(0);
        int fired = 0;
        ITimer timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Assert.True(timer.Change(TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan));
        time.AdvanceTo(9_999);
        Assert.Equal(0, fired);
        time.AdvanceTo(20_000);
        Assert.Equal(1, fired);
        timer.Dispose();
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
        time.AdvanceTo(30_000);
        Assert.Equal(1, fired);
    }

    [Fact]
    public async Task TaskDelayWaitsForVirtualTime()
    {
        VirtualTimeProvider time = new(0);
        Task delay = Task.Delay(TimeSpan.FromMinutes(1), time);
        time.AdvanceTo(59_999);
        Assert.False(delay.IsCompleted);
        time.AdvanceTo(60_000);
        await delay;
    }

    [Fact]
    public void AFastTimerIsNotCaughtUpWithForever()
    {
        VirtualTimeProvider time = new(0);
        int fired = 0;
        using ITimer timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        time.AdvanceTo(86_400_000);
        Assert.InRange(fired, 1, 1_100);
    }
}
