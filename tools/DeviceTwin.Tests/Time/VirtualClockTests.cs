using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Time;

public class VirtualClockTests
{
    [Fact]
    public void SleepRunsWhatIsDueInOrderOfTimeThenEntry()
    {
        VirtualClock clock = new(1_000_000);
        List<string> log = [];
        clock.At(20, () => log.Add($"c{clock.NowMs}"));
        clock.At(10, () => log.Add($"a{clock.NowMs}"));
        clock.At(20, () => log.Add($"d{clock.NowMs}"));
        clock.At(15, () => clock.After(0, () => log.Add($"b{clock.NowMs}")));
        clock.At(21, () => log.Add("late"));
        clock.Sleep(20);
        Assert.Equal(["a10", "b15", "c20", "d20"], log);
        Assert.Equal(20, clock.NowMs);
        Assert.Equal(1_000_020, clock.UtcNowMs);
    }

    [Fact]
    public void AnEventInThePastRunsAtTheNextSleep()
    {
        VirtualClock clock = new(0);
        clock.Sleep(100);
        long ranAt = -1;
        clock.At(50, () => ranAt = clock.NowMs);
        clock.Sleep(1);
        Assert.Equal(100, ranAt);
    }

    [Fact]
    public void ManyRandomEventsRunInOrder()
    {
        VirtualClock clock = new(0);
        SeededRandom random = new(1);
        List<(long Time, int Entry)> ran = [];
        for (int i = 0; i < 2_000; i++)
        {
            int entry = i;
            clock.At(random.Between(0, 300), () => ran.Add((clock.NowMs, entry)));
        }

        while (clock.NowMs < 300)
        {
            clock.Sleep(random.Between(1, 20));
        }

        Assert.Equal(2_000, ran.Count);
        Assert.Equal(ran.Order(), ran);
    }

    [Fact]
    public void ARebootStartsUptimeAnewAndKeepsTheWorldGoing()
    {
        VirtualClock clock = new(5_000, uptimeAtStartMs: 1L << 33);
        Assert.Equal(1L << 33, clock.UptimeMs);
        clock.Sleep(700);
        clock.MarkBoot();
        Assert.Equal(0, clock.UptimeMs);
        Assert.Equal(5_700, clock.UtcAtBootMs);
        clock.Sleep(30);
        Assert.Equal(30, clock.UptimeMs);
        Assert.Equal(730, clock.NowMs);
    }

    [Fact]
    public void AnEventMustNotSleep()
    {
        VirtualClock clock = new(0);
        clock.At(5, () => clock.Sleep(1));
        Assert.Throws<InvalidOperationException>(() => clock.Sleep(10));
        clock.Sleep(10);
        Assert.Equal(15, clock.NowMs);
    }

    [Fact]
    public void PaceHearsOfEveryAdvance()
    {
        VirtualClock clock = new(0);
        List<long> paced = [];
        clock.Pace = paced.Add;
        clock.At(7, () => { });
        clock.Sleep(5);
        clock.Sleep(5);
        Assert.Equal([5, 7, 10], paced);
    }

    [Fact]
    public void ADayOfShortSleepsNeedsNoMemory()
    {
        VirtualClock clock = new(0) { Seat = new ExchangeOrder().Join(0, 0) };
        clock.Sleep(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5_000_000; i++)
        {
            clock.Sleep(10);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }
}
