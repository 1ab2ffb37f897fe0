using System.Globalization;

using JamBox.Backend.Readings;

namespace JamBox.Backend.Insights;

/// <summary>Days and hours of a place: by its own clock, with 23 or 25 hours when that is changed.</summary>
internal static class PlaceDay
{
    /// <summary>The zone of an IANA id; UTC when this machine does not know it (any more).</summary>
    public static TimeZoneInfo Zone(string id) => TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>The day that it is at a place.</summary>
    public static DateOnly Today(TimeZoneInfo zone, DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

    /// <summary>When a day begins, milliseconds since 1970. Where the clock jumps over midnight, it begins after the jump.</summary>
    public static long Start(TimeZoneInfo zone, DateOnly day)
    {
        DateTime midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        // A midnight that comes twice begins the day when it comes first: with the greater offset.
        TimeSpan offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUnixTimeMilliseconds();
    }

    /// <summary>The name of the hour that a moment falls into at a place: <c>2026-01-29 14:00</c>.</summary>
    public static string Hour(TimeZoneInfo zone, long timeMs) =>
        TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(timeMs), zone).ToString("yyyy-MM-dd HH':00'", CultureInfo.InvariantCulture);

    /// <summary>The starts of the hours between two moments: at each full hour of the place's clock, and where that clock is changed.</summary>
    public static List<long> Hours(TimeZoneInfo zone, long start, long end)
    {
        const long QuarterMs = Readings.QuarterHourSums.QuarterMs;
        List<long> hours = [];
        string last = "";
        TimeSpan lastOffset = TimeSpan.MinValue;
        for (long at = start; at < end; at += QuarterMs)
        {
            string hour = Hour(zone, at);
            TimeSpan offset = zone.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(at));
            if (hour != last || offset != lastOffset)
            {
                hours.Add(at);
                (last, lastOffset) = (hour, offset);
            }
        }

        return hours;
    }
}
