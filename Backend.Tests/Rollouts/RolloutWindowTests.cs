using JamBox.Backend.Rollouts;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>Times of the day, over midnight and over the change of the clocks.</summary>
public sealed class RolloutWindowTests
{
    [Theory]
    [InlineData("22:00", "05:00", "UTC", "2026-01-29T21:59:59Z", false)]
    [InlineData("22:00", "05:00", "UTC", "2026-01-29T22:00:00Z", true)]
    [InlineData("22:00", "05:00", "UTC", "2026-01-30T00:00:00Z", true)]
    [InlineData("22:00", "05:00", "UTC", "2026-01-30T04:59:59Z", true)]
    [InlineData("22:00", "05:00", "UTC", "2026-01-30T05:00:00Z", false)]
    [InlineData("08:30", "08:31", "UTC", "2026-01-30T08:30:59Z", true)]
    [InlineData("08:30", "08:31", "UTC", "2026-01-30T08:31:00Z", false)]
    [InlineData("00:00", "23:59", "UTC", "2026-01-30T23:59:30Z", false)]
    [InlineData("02:00", "04:00", "Europe/Berlin", "2026-01-30T01:00:00Z", true)]
    [InlineData("02:00", "04:00", "Europe/Berlin", "2026-01-30T03:00:00Z", false)]
    [InlineData("02:00", "04:00", "Europe/Berlin", "2026-07-30T00:00:00Z", true)]
    [InlineData("02:00", "04:00", "Europe/Berlin", "2026-07-30T02:00:00Z", false)]
    [InlineData("02:00", "03:00", "Europe/Berlin", "2026-03-29T01:00:00Z", false)]
    [InlineData("22:00", "06:00", "Asia/Kathmandu", "2026-01-30T16:14:59Z", false)]
    [InlineData("22:00", "06:00", "Asia/Kathmandu", "2026-01-30T16:15:00Z", true)]
    public void ItIsOpenByTheClocksOfItsZone(string from, string to, string zone, string time, bool isOpen)
    {
        RolloutWindow window = new(RolloutWindow.Minute(from), RolloutWindow.Minute(to), zone);
        Assert.Equal(isOpen, window.IsOpen(DateTimeOffset.Parse(time).ToUnixTimeMilliseconds()));
        Assert.Equal((from, to), (RolloutWindow.Text(window.FromMinute), RolloutWindow.Text(window.ToMinute)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("24:00")]
    [InlineData("12:60")]
    [InlineData("1:00")]
    [InlineData("12.00")]
    [InlineData("-1:00")]
    [InlineData("12:000")]
    [InlineData("١٢:٠٠")]
    public void WhatIsNoTimeIsNone(string? text) => Assert.Equal(-1, RolloutWindow.Minute(text));
}
