using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Time;

public class ExchangeOrderTests
{
    [Fact]
    public void ExchangesHappenInTheOrderOfTheWorldWhateverTheScheduling()
    {
        List<(long Utc, int Device)> first = RunWorld(spinSeed: 1);
        List<(long Utc, int Device)> second = RunWorld(spinSeed: 2);
        Assert.Equal(first, second);
        Assert.Equal(first.Order(), first);
        Assert.Equal(6 * 200, first.Count);
    }

    [Fact]
    public void TiesGoToTheLowerNumber()
    {
        ExchangeOrder order = new();
        ExchangeSeat[] seats = [order.Join(0, 0), order.Join(1, 0), order.Join(2, 0)];
        List<int> log = [];
        Thread[] threads = [.. seats.Select(seat => new Thread(() =>
        {
            for (int t = 100; t <= 1_000; t += 100)
            {
                seat.Exchange(t, () => log.Add(seat.Index));
            }

            seat.Leave();
        }))];
        foreach (Thread thread in threads.Reverse())
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            Assert.True(thread.Join(TimeSpan.FromSeconds(120)));
        }

        Assert.Equal(Enumerable.Repeat<int[]>([0, 1, 2], 10).SelectMany(x => x), log);
    }

    [Fact]
    public void StopEndsTheWaiting()
    {
        ExchangeOrder order = new();
        ExchangeSeat waiter = order.Join(0, 0);
        order.Join(1, 0);
        Exception? seen = null;
        Thread thread = new(() => seen = Record.Exception(() => waiter.Exchange(50, () => { })));
        thread.Start();
        order.Stop();
        Assert.True(thread.Join(TimeSpan.FromSeconds(120)));
        Assert.IsType<OperationCanceledException>(seen);
        Assert.Throws<OperationCanceledException>(() => waiter.Exchange(60, () => { }));
    }

    [Fact]
    public void TheBackendsClockShowsTheTimeOfTheExchange()
    {
        VirtualTimeProvider time = new(1_000);
        ExchangeSeat seat = new ExchangeOrder(time).Join(0, 1_000);
        long shown = 0;
        seat.Exchange(4_321, () => shown = time.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(4_321, shown);
    }

    private static List<(long Utc, int Device)> RunWorld(int spinSeed)
    {
        const int Devices = 6;
        VirtualTimeProvider time = new(0);
        ExchangeOrder order = new(time);
        List<(long Utc, int Device)> log = [];
        VirtualClock[] clocks = [.. Enumerable.Range(0, Devices).Select(i => new VirtualClock(i * 10) { Seat = order.Join(i, i * 10) })];
        Thread[] threads = [.. Enumerable.Range(0, Devices).Select(i => new Thread(() => RunDevice(clocks[i], i, spinSeed, time, log)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            Assert.True(thread.Join(TimeSpan.FromSeconds(120)));
        }

        return log;
    }

    private static void RunDevice(VirtualClock clock, int device, int spinSeed, VirtualTimeProvider time, List<(long Utc, int Device)> log)
    {
        SeededRandom world = new(device);
        SeededRandom scheduling = SeededRandom.For(spinSeed, $"spin{device}");
        int left = 200;
        void Exchange()
        {
            // The list is shared without a lock: that exchanges never overlap is what is tested.
            clock.Seat!.Exchange(clock.UtcNowMs, () => log.Add((time.UtcNowMs, device)));
            if (--left > 0)
            {
                clock.After(world.Between(0, 400), Exchange);
            }
        }

        clock.After(world.Between(0, 400), Exchange);
        while (left > 0)
        {
            clock.Sleep(world.Between(1, 20));
            Thread.SpinWait(scheduling.Between(0, 200));
        }

        clock.Seat!.Leave();
    }
}
