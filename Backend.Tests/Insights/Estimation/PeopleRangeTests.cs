using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>What is said of a range, and of activity.</summary>
public sealed class PeopleRangeTests
{
    [Theory]
    [InlineData(0, 0.2, 0, 1)]
    [InlineData(23, 86, 20, 90)]
    [InlineData(137, 1_020, 100, 2_000)]
    [InlineData(100, 200, 100, 200)]
    public void WithoutCountsItIsRough(double low, double high, long saidLow, long saidHigh) =>
        Assert.Equal((saidLow, saidHigh), new PeopleRange(low, (low + high) / 2, high).Rough());

    [Theory]
    [InlineData(3.7, 12.2, 3, 13)]
    [InlineData(141.3, 187, 140, 190)]
    [InlineData(1_449, 1_501, 1_400, 1_600)]
    [InlineData(0, 0, 0, 0)]
    [InlineData(29.999999999999, 30.000000000001, 30, 30)]
    public void WithCountsTheEndsAreRoundedOutward(double low, double high, long saidLow, long saidHigh) =>
        Assert.Equal((saidLow, saidHigh), new PeopleRange(low, (low + high) / 2, high).Shown());

    [Fact]
    public void StaffIsSubtractedDownToNobody() =>
        Assert.Equal(new PeopleRange(0, 1, 4), new PeopleRange(2, 4, 7).Less(3));

    [Fact]
    public void AThirdBusierThanUsual()
    {
        Activity activity = Activity.Compare(4, [3, 2.9, 3.1, 3])!.Value;

        Assert.Equal(4 / 3.0, activity.Ratio, 9);
        Assert.False(activity.IsUsual);
    }

    [Fact]
    public void WhatTheWeeksDifferIsUsual() => Assert.True(Activity.Compare(4, [2, 3, 4.1, 3])!.Value.IsUsual);

    [Fact]
    public void ATenthIsUsualHoweverEvenTheWeeksWere() => Assert.True(Activity.Compare(3.25, [3, 3, 3])!.Value.IsUsual);

    [Fact]
    public void OneWeekIsNoUsual() => Assert.Null(Activity.Compare(4, [3]));

    [Fact]
    public void NothingHeardIsNoUsual() => Assert.Null(Activity.Compare(4, [0, 0, 0]));
}
