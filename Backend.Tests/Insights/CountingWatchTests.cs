using JamBox.Backend.Insights.Watch;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Insights;

/// <summary>What the watch of the counting finds, how soon, and what it leaves alone.</summary>
public sealed class CountingWatchTests(ITestOutputHelper output)
{
    /// <summary>A Wednesday after ten weeks, in which everything begins.</summary>
    private const int Day = 72;

    private const int Seeds = 3;

    public static TheoryData<string> Ordinary =>
    [
        "usual", "holiday", "two holidays", "rainy week", "closed day", "box off", "school holidays", "closed for two weeks", "sale",
        "stock-taking at night",
    ];

    /// <summary>What happens, what it is found to be, the hour at which it begins, and hours until it must be found.</summary>
    public static TheoryData<string, string, int, int> Faults => new()
    {
        { "antenna off at noon", CountingFault.NoCounts, 12, 3 },
        { "wifi dead at noon", CountingFault.NoCounts, 12, 3 },
        { "deaf over night", CountingFault.NoCounts, 0, 12 },
        { "printer", CountingFault.NightCounts, 0, (3 * 24) + 7 },
        { "phones probe less", CountingFault.LevelChanged, 0, (6 * 24) + 7 },
        { "moved to the window", CountingFault.LevelChanged, 0, (6 * 24) + 7 },
        { "antenna weak", CountingFault.LevelChanged, 0, (8 * 24) + 7 },
    };

    /// <summary>
    /// Nothing of what happens in a year of a shop is a fault: looked at each morning and each half hour of the days around it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Ordinary))]
    public void WhatIsOrdinaryRaisesNothing(string what)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (bool hoursKnown in new[] { true, false })
            {
                SyntheticBox box = Make(what, seed, hoursKnown);
                for (int day = Day - 2; day < Day + 32; day++)
                {
                    foreach (int hour in day < Day + 4 ? new[] { 7, 11, 14, 17, 19 } : [7, 18])
                    {
                        WatchedBox seen = box.Until(day, hour).Box();
                        CountingFault? fault = Judge(seen, daily: hour == 7);
                        Assert.True(fault is null, $"{what}, seed {seed}, hours known: {hoursKnown}, day {day - Day}, {hour}:00: {fault}");
                    }
                }
            }
        }
    }

    /// <summary>Whether hours are known or not, a fault is found within its delay, and not before it is there.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public void AFaultIsFoundWithinItsDelay(string what, string type, int begin, int hours)
    {
        int latest = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (bool hoursKnown in new[] { true, false })
            {
                SyntheticBox box = Make(what, seed, hoursKnown);
                int? found = null;
                for (int hour = -48; found is null && hour <= 24 * 14; hour++)
                {
                    WatchedBox seen = box.Until(Day, begin + hour).Box();
                    CountingFault? fault = Judge(seen, daily: (begin + hour + 48) % 24 == 7);
                    if (fault is not null)
                    {
                        Assert.Equal(type, fault.Type);
                        Assert.InRange(fault.Since, SyntheticBox.At(Day, begin - 4), SyntheticBox.At(Day, begin + 48));
                        found = hour;
                    }
                }

                Assert.True(found >= 0 && found <= hours, $"{what}, seed {seed}, hours known: {hoursKnown}: found after {found} h");
                latest = Math.Max(latest, found!.Value);
            }
        }

        output.WriteLine($"{what}: found within {latest} h");
    }

    [Fact]
    public void ANewBoxThatNeverHeardAnythingIsFoundAfterThreeOpenDays()
    {
        SyntheticBox box = new(1) { Wifi = static (_, _) => 0 };
        Assert.Null(Judge(box.Until(1, 20).Box(), daily: false));
        Assert.Equal(CountingFault.NoCounts, Judge(box.Until(2, 20).Box(), daily: false)?.Type);
    }

    [Fact]
    public void WhatIsOverIsFineAgainAndABoxThatIsOffIsNeither()
    {
        SyntheticBox box = new(1) { Static = static day => day is >= Day and < Day + 6 ? 60 : 0, IsOn = static (day, _) => day < Day + 14 };
        WatchedBox seen = box.Until(Day + 5, 7).Box();
        CountingFault fault = NightWatch.Judge(seen).Fault!;
        Assert.Equal(CountingFault.NightCounts, fault.Type);
        long before = fault.Since;
        Assert.Equal(CountingVerdict.Unknown, NightWatch.Judge(box.Until(Day + 7, 7).Box(), before));
        Assert.Equal(CountingVerdict.Fine, NightWatch.Judge(box.Until(Day + 10, 7).Box(), before));
        Assert.Equal(CountingVerdict.Unknown, NightWatch.Judge(new SyntheticBox(1).Until(5, 7).Box()));
        Assert.Equal(CountingVerdict.Unknown, LevelWatch.Judge(new SyntheticBox(1).Until(5, 7).Box()));
        Assert.Equal(CountingVerdict.Unknown, DeafWatch.Judge(new SyntheticBox(1).Until(0).Box()));
    }

    private static CountingFault? Judge(WatchedBox box, bool daily) =>
        DeafWatch.Judge(box).Fault ?? (daily ? NightWatch.Judge(box).Fault ?? LevelWatch.Judge(box).Fault : null);

    private static SyntheticBox Make(string what, int seed, bool hoursKnown)
    {
        static bool After(int day, int hour) => day > Day || (day == Day && hour >= 12);
        return what switch
        {
            "holiday" => new(seed) { HoursKnown = hoursKnown, People = static day => day == Day ? 0 : 1 },
            "two holidays" => new(seed) { HoursKnown = hoursKnown, Nearby = 0.02, People = static day => day is Day or Day + 1 ? 0 : 1 },
            "rainy week" => new(seed) { HoursKnown = hoursKnown, People = static day => day is >= Day and < Day + 7 ? 0.45 : 1 },
            "closed day" => new(seed) { HoursKnown = hoursKnown, Nearby = 0, People = static day => day == Day ? 0 : 1 },
            "box off" => new(seed) { HoursKnown = hoursKnown, IsOn = static (day, _) => day is < Day or >= Day + 6 },
            "school holidays" => new(seed) { HoursKnown = hoursKnown, People = static day => day is >= Day and < Day + 14 ? 0.3 : 1 },
            "closed for two weeks" => new(seed) { HoursKnown = hoursKnown, People = static day => day is >= Day and < Day + 14 ? 0 : 1 },
            "sale" => new(seed) { HoursKnown = hoursKnown, People = static day => day is >= Day and < Day + 6 ? 3 : 1 },
            "stock-taking at night" => new(seed) { HoursKnown = hoursKnown, Static = static day => day is Day or Day + 1 ? 60 : 0 },
            "antenna off at noon" => new(seed)
            {
                HoursKnown = hoursKnown, Wifi = static (day, hour) => After(day, hour) ? 0 : 1,
                Bluetooth = static (day, hour) => After(day, hour) ? 0 : 1,
            },
            "wifi dead at noon" => new(seed)
            {
                HoursKnown = hoursKnown,
                Nearby = 0.02,
                Wifi = static (day, hour) => After(day, hour) ? 0 : 1,
            },
            "deaf over night" => new(seed) { HoursKnown = hoursKnown, Wifi = static (day, _) => day >= Day ? 0 : 1 },
            "printer" => new(seed) { HoursKnown = hoursKnown, Static = static day => day >= Day ? 60 : 0 },
            "phones probe less" => new(seed) { HoursKnown = hoursKnown, Wifi = static (day, _) => day >= Day ? 0.4 : 1 },
            "moved to the window" => new(seed) { HoursKnown = hoursKnown, Inside = static day => day >= Day ? 0.2 : 0.55 },
            "antenna weak" => new(seed)
            {
                HoursKnown = hoursKnown, Nearby = 12, Wifi = static (day, _) => day >= Day ? 0.25 : 1,
                Bluetooth = static (day, _) => day >= Day ? 0.25 : 1,
            },
            _ => new(seed) { HoursKnown = hoursKnown },
        };
    }
}
