using System.Globalization;
using JamBox.Readings;
using JamBox.Twin.Radio;
using Xunit.Abstractions;

namespace JamBox.Twin.Tests.Radio;

/// <summary>The crowd of a shop as a box counts it, held against what a real room showed.</summary>
public sealed class CountedCrowdTests(ITestOutputHelper output)
{
    private const long Seed = 1;
    private const int SlotsADay = 288;

    private static readonly DateTimeOffset s_monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly Lazy<IReadOnlyList<CountedPeople>> s_week = new(() => CountedCrowd.Run(Seed, new CrowdOptions(), s_monday, 7));

    [Fact]
    public void EveryFiveMinutesHaveTheirReading()
    {
        IReadOnlyList<CountedPeople> week = s_week.Value;
        Assert.Equal(7 * SlotsADay, week.Count);
        for (int i = 0; i < week.Count; i++)
        {
            Assert.Equal(s_monday.ToUnixTimeMilliseconds() + (i * PeopleTruth.SlotMs), week[i].People.StartUtcMs);
            Assert.Equal(i + 1, week[i].Reading[ReadingField.Number]);
            Assert.InRange(week[i].Reading[ReadingField.ListenSeconds], 285, 295);
        }
    }

    [Fact]
    public void TheSameSeedIsTheSameDay()
    {
        IReadOnlyList<CountedPeople> first = CountedCrowd.Run(7, new CrowdOptions(), s_monday, 0.5);
        IReadOnlyList<CountedPeople> second = CountedCrowd.Run(7, new CrowdOptions(), s_monday, 0.5);
        IReadOnlyList<CountedPeople> other = CountedCrowd.Run(8, new CrowdOptions(), s_monday, 0.5);
        Assert.Equal(first.Select(Words), second.Select(Words));
        Assert.NotEqual(first.Select(Words), other.Select(Words));
    }

    /// <summary>
    /// In the room of Brno (2022 and 2023, counts of five minutes, people counted) nine people made 24 device-minutes nearer than the zone
    /// "remote", sixteen made 52; nobody made 3.
    /// </summary>
    [Fact]
    public void PeopleAreHeardAsInARealRoom()
    {
        foreach (IGrouping<int, CountedPeople> group in s_week.Value
            .GroupBy(row => (int)Math.Round(row.People.Present)).OrderBy(group => group.Key))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Key,3} people, {group.Count(),4} slots: u {group.Average(row => row.Reading[ReadingField.Unique]):0.0} inside {group.Average(Nearer):0.0} ble_u {group.Average(row => row.Reading[ReadingField.BleUnique]):0.0} apple {group.Average(row => row.Reading[ReadingField.BleApple]):0.0} baa {group.Average(row => row.Reading[ReadingField.BleAppleInUse]):0.0}"));
        }

        Assert.InRange(Between(0, 0.01), 1, 6);
        Assert.InRange(Between(7, 11), 16, 34);
        Assert.InRange(Between(14, 18), 34, 62);
    }

    /// <summary>Who came and left is who was there: arrivals, stays and the mean of a slot are one and the same truth.</summary>
    [Fact]
    public void ThePeopleInsideAddUp()
    {
        PeopleTruth truth = new();
        truth.Add(0, 60_000, isStaff: false);
        truth.Add(240_000, 660_000, isStaff: false);
        truth.Add(0, long.MaxValue, isStaff: true);
        Assert.Equal(
            [new PeopleSlot(0, 1 + 0.2 + 0.2, 1, 2), new PeopleSlot(300_000, 2, 1, 0), new PeopleSlot(600_000, 1.2, 1, 0)],
            truth.Slots(0, 900_000));
        Assert.Equal((2, 1, 2, 2), (truth.At(0), truth.At(60_000), truth.At(240_000), truth.At(659_999)));
        Assert.Equal((2, 1), (truth.Arrivals(0, 900_000), truth.Arrivals(1, 900_000)));
        Assert.Equal((240_000, 2), truth.Most(60_000, 900_000));
    }

    [Fact]
    public void AShopHasItsHours()
    {
        int[] byHour = new int[24];
        foreach (CountedPeople row in s_week.Value)
        {
            byHour[DateTimeOffset.FromUnixTimeMilliseconds(row.People.StartUtcMs).Hour] += row.People.Arrivals;
        }

        Assert.Equal(0, byHour[..9].Sum() + byHour[19..].Sum());
        Assert.True(byHour[12] > byHour[10] && byHour[12] > byHour[15] && byHour[17] > byHour[15], string.Join(' ', byHour));
        Assert.All(s_week.Value.Skip(6 * SlotsADay), row => Assert.Equal((0, 0), (row.People.Present, row.People.Arrivals)));
        Assert.All(
            s_week.Value.Where(row => row.People.Present > 0),
            row => Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(row.People.StartUtcMs).Hour, 8, 19));
    }

    private static double Between(double least, double most) =>
        s_week.Value.Where(row => row.People.Present >= least && row.People.Present < most).Average(Nearer);

    private static double Nearer(CountedPeople row) =>
        row.Reading[ReadingField.Zone] + row.Reading[ReadingField.Zone + 1] + row.Reading[ReadingField.Zone + 2];

    private static string Words(CountedPeople row) => $"{row.People} {string.Join(' ', row.Reading)}";
}
