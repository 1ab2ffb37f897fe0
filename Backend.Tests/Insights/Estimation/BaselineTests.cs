using JamBox.Backend.Insights.Estimation;

using NodaTime;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>What is heard when nobody is there.</summary>
public sealed class BaselineTests
{
    [Fact]
    public void ItIsWhatIsHeardWhileClosed()
    {
        Baseline baseline = Baseline.Find(new SimulatedPlace(1).Signal, DateTimeZone.Utc, SimulatedPlace.IsClosed);

        // 291 of 300 seconds were listened to, in each of which what was heard is counted: 2 devices and a little, at the 75 % quantile.
        Assert.InRange(baseline.Far, SimulatedPlace.OwnDevices, SimulatedPlace.OwnDevices * 1.3);
        Assert.InRange(baseline.HalfFar, baseline.Near, baseline.Far);
        Assert.False(baseline.IsGuessed);
        Assert.InRange(baseline.DriftPerWeek, -0.1, 0.1);
    }

    [Fact]
    public void WithoutOpeningHoursTheQuietOnesAreFound()
    {
        Baseline baseline = Baseline.Find(new SimulatedPlace(2).Signal, DateTimeZone.Utc, isClosed: null);

        Assert.True(baseline.IsGuessed);
        Assert.True(baseline.QuietFromHour is >= 20 or <= 4, $"quiet from {baseline.QuietFromHour}");
        Assert.InRange(baseline.Far, SimulatedPlace.OwnDevices, SimulatedPlace.OwnDevices * 1.3);
    }

    [Fact]
    public void QuietHoursAreThoseOfThePlacesClock()
    {
        Baseline baseline = Baseline.Find(new SimulatedPlace(2).Signal, DateTimeZone.ForOffset(Offset.FromHours(-12)), isClosed: null);

        Assert.InRange(baseline.QuietFromHour, 8, 16);
    }

    [Fact]
    public void AnHourOfDataIsNone()
    {
        BoxSignal signal = BoxSignal.Of("a", new SimulatedPlace(3, days: 1).Intervals, SimulatedPlace.FirstMs, SimulatedPlace.At(0, 1));

        Assert.Equal(Baseline.None, Baseline.Find(signal, DateTimeZone.Utc, SimulatedPlace.IsClosed));
        Assert.Equal(Baseline.None, Baseline.Find(signal, DateTimeZone.Utc, isClosed: null));
    }

    [Fact]
    public void ANewDeviceIsSeenInTheDrift()
    {
        SimulatedPlace place = new(4);
        BoxSignal signal = BoxSignal.Of(
            "a",
            place.Intervals.Select((period, index) => period with { Far = period.Far + (index / 288) }),
            SimulatedPlace.FirstMs,
            place.EndMs);

        // A device-minute more in five minutes each day: 0.2 devices a minute a day.
        Assert.InRange(Baseline.Find(signal, DateTimeZone.Utc, SimulatedPlace.IsClosed).DriftPerWeek, 1.2, 1.7);
    }

    [Theory]
    [InlineData(9, 15)]
    [InlineData(9, 25)]
    [InlineData(5, 25)]
    [InlineData(0, 6)]
    public void OfPartOfADayNoHoursAreQuiet(int from, int until)
    {
        // On from nine: six hours of customers, or until one o'clock at night; from five; a night alone.
        SimulatedPlace place = new(5, days: 2);
        BoxSignal signal = BoxSignal.Of("a", place.Intervals, SimulatedPlace.At(0, from), SimulatedPlace.At(0, until));

        Assert.Equal(Baseline.None, Baseline.Find(signal, DateTimeZone.Utc, isClosed: null));
    }

    [Fact]
    public void AfterTheFirstNightTheyAreFound()
    {
        SimulatedPlace place = new(6, days: 2);
        BoxSignal signal = BoxSignal.Of("a", place.Intervals, SimulatedPlace.At(0, 9), SimulatedPlace.At(1, 5));
        Baseline baseline = Baseline.Find(signal, DateTimeZone.Utc, isClosed: null);

        Assert.InRange(baseline.Far, SimulatedPlace.OwnDevices * 0.8, SimulatedPlace.OwnDevices * 1.3);
        Assert.True(baseline.QuietFromHour is >= 20 or <= 4, $"quiet from {baseline.QuietFromHour}");
    }
}
