using JamBox.Backend.Events;

namespace JamBox.Backend.Tests.Events;

/// <summary>A listener that is slower than what comes.</summary>
public sealed class EventSubscriptionTests
{
    [Fact]
    public async Task OneThatKeepsUpMissesNothing()
    {
        using EventSubscription subscription = Start();
        for (int n = 1; n <= 3 * EventSubscription.MaxWaiting; n++)
        {
            subscription.Add([Reading(n, "JBNB0001")], new EventPosition(n, 0, 0));
            (IReadOnlyList<LiveEvent> events, int leftOut, EventPosition at) = await subscription.TakeAsync(default);
            Assert.Equal(n, Assert.Single(events).At.Reading);
            Assert.Equal((0, n), (leftOut, at.Reading));
        }
    }

    [Fact]
    public async Task OneThatIsSlowHasTheNewestOfEachDeviceAndEverythingElse()
    {
        using EventSubscription subscription = Start();
        subscription.Add([new LiveEvent("alert", "{}", new EventPosition(0, 0, 1), DeviceId: null)], new EventPosition(0, 0, 1));
        int count = 0;
        for (int n = 1; n <= 10 * EventSubscription.MaxWaiting; n++)
        {
            count++;
            subscription.Add([Reading(n, $"JBNB{n % 50:D4}")], new EventPosition(n, 0, 1));
        }

        (IReadOnlyList<LiveEvent> events, int leftOut, EventPosition at) = await subscription.TakeAsync(default);
        Assert.InRange(events.Count, 51, EventSubscription.MaxWaiting);
        Assert.Equal(count + 1, events.Count + leftOut);
        Assert.Equal("alert", events[0].Kind);
        Assert.Equal(50, events.Where(static e => e.Kind == "reading").TakeLast(50).Select(static e => e.DeviceId).Distinct().Count());
        Assert.Equal(count, events[^1].At.Reading);
        Assert.Equal(events.OrderBy(static e => e.At.Reading), events);
        Assert.Equal(count, at.Reading);
    }

    [Fact]
    public async Task AFleetThatIsTooLargeForItFillsNoMemory()
    {
        using EventSubscription subscription = Start();
        for (int n = 1; n <= 4 * EventSubscription.MaxWaiting; n++)
        {
            subscription.Add([Reading(n, $"box {n}")], new EventPosition(n, 0, 0));
        }

        (IReadOnlyList<LiveEvent> events, int leftOut, _) = await subscription.TakeAsync(default);
        Assert.InRange(events.Count, 1, EventSubscription.MaxWaiting);
        Assert.Equal(4 * EventSubscription.MaxWaiting, events.Count + leftOut);
        Assert.Equal($"box {4 * EventSubscription.MaxWaiting}", events[^1].DeviceId);
    }

    private static EventSubscription Start()
    {
        EventSubscription subscription = new(all: true, static _ => { });
        subscription.Start(default);
        return subscription;
    }

    private static LiveEvent Reading(long id, string device) => new("reading", "{}", new EventPosition(id, 0, 0), device);
}
