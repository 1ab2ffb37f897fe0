using System.Globalization;
using JamBox.Twin.Captures;

namespace JamBox.Twin.Tests.Captures;

public class CaptureCalendarTests
{
    private const long MsPerHour = 3_600_000;

    [Theory]
    [InlineData("1969-12-31T23:59:59")]
    [InlineData("1970-01-01T00:00:03")]
    [InlineData("2000-02-29T12:34:56")]
    [InlineData("2019-12-31T23:59:59")]
    [InlineData("2106-02-07T06:28:15")]
    [InlineData("0001-01-01T00:00:00")]
    [InlineData("9999-12-31T23:59:59")]
    public void YearsThatABoxDoesNotKnowAreMovedByWholeWeeks(string text)
    {
        long utcMs = Ms(text);
        long moved = new CaptureCalendar([CaptureCalendar.HourOf(utcMs)]).ToRun(utcMs);
        Assert.InRange(moved, Ms("2020-01-08T00:00:00"), Ms("2060-01-08T00:00:00"));
        Assert.Equal(0, (moved - utcMs) % (7 * 24 * MsPerHour));
    }

    [Theory]
    [InlineData("2020-01-08T00:00:00")]
    [InlineData("2023-03-16T10:04:36")]
    [InlineData("2038-01-19T03:14:08")]
    [InlineData("2059-12-31T23:59:59")]
    public void KnownYearsStayWhatTheyAre(string text)
    {
        long utcMs = Ms(text);
        CaptureCalendar calendar = new([CaptureCalendar.HourOf(utcMs)]);
        Assert.Equal((utcMs, 0L, 0), (calendar.ToRun(utcMs), calendar.ShiftedWeeks, calendar.ShortenedGaps));
    }

    /// <summary>A sniffer that learns the time in mid-capture: from 3 s after 1970 to the minute that it is.</summary>
    [Fact]
    public void ALongGapKeepsTheMinuteAndTheHourOfTheDay()
    {
        long first = Ms("1970-01-01T00:00:03");
        long later = Ms("2023-03-16T10:04:36");
        CaptureCalendar calendar = new([CaptureCalendar.HourOf(first), CaptureCalendar.HourOf(later)]);
        long gap = calendar.ToRun(later) - calendar.ToRun(first);
        Assert.InRange(gap, MsPerHour, 26 * MsPerHour);
        Assert.Equal((later - first) % (24 * MsPerHour), gap % (24 * MsPerHour));
        Assert.Equal(1, calendar.ShortenedGaps);
    }

    [Fact]
    public void AWeekIsNoLongGap()
    {
        long first = CaptureCalendar.HourOf(Ms("2023-03-16T10:00:00"));
        CaptureCalendar calendar = new([first, first + 168, first + 168 + 169]);
        Assert.Equal(1, calendar.ShortenedGaps);
        Assert.Equal((first + 168) * MsPerHour, calendar.ToRun((first + 168) * MsPerHour));
        Assert.Equal((first + 168 + 25) * MsPerHour, calendar.ToRun((first + 168 + 169) * MsPerHour));
    }

    [Fact]
    public void OrderAndMinutesSurviveAnyHours()
    {
        JamBox.Twin.Time.SeededRandom random = new(20_230_316);
        SortedSet<long> hours = [];
        for (int i = 0; i < 500; i++)
        {
            hours.Add((long)(random.NextUInt64() % 80_000_000) - 17_000_000);
        }

        CaptureCalendar calendar = new(hours);
        long last = long.MinValue;
        foreach (long hour in hours)
        {
            long run = calendar.ToRun((hour * MsPerHour) + 123_456);
            Assert.Equal(123_456, run % MsPerHour);
            Assert.True(last == long.MinValue || run - last is >= MsPerHour and <= 168 * MsPerHour, $"hour {hour}");
            last = run;
        }
    }

    private static long Ms(string text)
    {
        return DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
    }
}
