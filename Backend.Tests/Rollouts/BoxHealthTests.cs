using JamBox.Backend.Rollouts;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>How a box is compared with itself before: each measure at its limit, and what is waited for.</summary>
public sealed class BoxHealthTests
{
    private const long HourMs = 3_600_000;

    private static readonly BoxFigures s_sound = new()
    {
        Readings = 24, Hours = 2, DueAnHour = 12, ReadingsAnHourBefore = 12, Heartbeats = 1, HeartbeatsBefore = 7, Heap = 100_000,
        HeapBefore = 100_000,
        Resets = 0, ResetsADayBefore = 0, SendFailures = 0, SendFailuresBefore = 0, WifiCounts = 300, WifiCountsBefore = 300,
        BleCounts = 300, BleCountsBefore = 300, CountsAhead = 3600,
    };

    [Fact]
    public void ABoxThatDoesAsBeforeHasNothingAgainstIt() => Assert.Null(Verdict(s_sound));

    [Fact]
    public void EveryMeasureHasItsLimit()
    {
        foreach ((string name, BoxFigures at, BoxFigures beyond) in new[]
        {
            ("readings", s_sound with { Readings = 12 }, s_sound with { Readings = 11 }),
            ("heap", s_sound with { Heap = 50_000 }, s_sound with { Heap = 49_999 }),
            ("resets", s_sound with { Resets = 3 }, s_sound with { Resets = 4 }),
            ("resets", s_sound with { ResetsADayBefore = 12, Resets = 4 }, s_sound with { ResetsADayBefore = 12, Resets = 5 }),
            ("send_failures", s_sound with { SendFailures = 3 }, s_sound with { SendFailures = 3.1 }),
            (
                "send_failures", s_sound with { SendFailuresBefore = 2, SendFailures = 5 },
                s_sound with { SendFailuresBefore = 2, SendFailures = 5.1 }),
            ("wifi_counts", s_sound with { WifiCounts = 60 }, s_sound with { WifiCounts = 59 }),
            ("ble_counts", s_sound with { BleCounts = 60 }, s_sound with { BleCounts = 0 }),
        })
        {
            Assert.Null(Of(at).Unhealthy);
            Assert.Equal(name, Of(beyond).Unhealthy);
        }
    }

    [Fact]
    public void ZeroTakesAMeasureOut()
    {
        HealthGate none = new() { MinReadingsPercent = 0, MinHeapPercent = 0, MaxResets = 0, MaxSendFailures = 0, MinCountsPercent = 0 };
        BoxFigures dead =
            s_sound with { Readings = 3, Hours = 100, Heap = 1, Resets = 900, SendFailures = 900, WifiCounts = 0, BleCounts = 0 };
        Assert.Null(BoxHealth.Of(none, dead, HourMs, 2 * HourMs).Unhealthy);
        Assert.Equal("readings, heap, resets, send_failures, wifi_counts, ble_counts", Of(dead).Unhealthy);
    }

    [Fact]
    public void AnIntervalThatWasMadeLongerIsNoFault()
    {
        BoxFigures slow = s_sound with { DueAnHour = 1, Readings = 3, Hours = 3 };
        Assert.Null(Of(slow).Unhealthy);
        Assert.Equal("readings", Of(slow with { Hours = 7 }).Unhealthy);
    }

    [Fact]
    public void ItWaitsForReadingsForAHeartbeatAndForPeople()
    {
        Assert.Equal("readings", Of(s_sound with { Readings = 2, Hours = 0.1 }).WaitsFor);
        Assert.Equal("heartbeat", Of(s_sound with { Heartbeats = 0 }).WaitsFor);
        Assert.Equal("heartbeat", Of(s_sound with { Heartbeats = 0 }, sinceMs: 5 * HourMs).Unhealthy);
        Assert.Null(Of(s_sound with { Heartbeats = 0, HeartbeatsBefore = 0 }).WaitsFor);

        // By night nobody passes: that nobody was counted says nothing until somebody should have been.
        BoxFigures night = s_sound with { WifiCounts = 0, WifiCountsBefore = 3, BleCounts = 0, BleCountsBefore = 2 };
        Assert.Equal(("wifi_counts", (string?)null), (Of(night).WaitsFor, Of(night).Unhealthy));
        Assert.Null(Of(night, sinceMs: 24 * HourMs).WaitsFor);
        Assert.Null(Of(night with { BleCountsBefore = 50, BleCounts = 50 }).WaitsFor);

        // Where never anybody passes there is nothing to wait for.
        Assert.Null(Of(night with { CountsAhead = 49 }).WaitsFor);
    }

    [Fact]
    public void ABoxWithoutAPastIsMeasuredByWhatIsDue()
    {
        BoxFigures young = s_sound with
        {
            ReadingsAnHourBefore = null, HeartbeatsBefore = 0, HeapBefore = null, SendFailuresBefore = null, WifiCountsBefore = null,
            BleCountsBefore = null, CountsAhead = null,
            WifiCounts = 0, BleCounts = 0,
        };
        Assert.Equal(((string?)null, (string?)null), (Of(young).Unhealthy, Of(young).WaitsFor));
        Assert.Equal("readings", Of(young with { Readings = 5 }).Unhealthy);
    }

    private static string? Verdict(BoxFigures figures) => Of(figures).Unhealthy ?? Of(figures).WaitsFor;

    private static BoxHealth Of(BoxFigures figures, long sinceMs = 2 * HourMs) =>
        BoxHealth.Of(new HealthGate(), figures, 2 * HourMs, sinceMs);
}
