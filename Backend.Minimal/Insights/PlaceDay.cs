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
        return At(zone, day, 0);
    }

    /// <summary>When the clock of a place shows a time, milliseconds since 1970: the first time where it does twice, after the jump where it never does.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="day">The day.</param>
    /// <param name="minute">Minutes after midnight, 0 to 1,439.</param>
    public static long At(TimeZoneInfo zone, DateOnly day, int minute)
    {
        DateTime local = day.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15 - (local.Minute % 15));
        }

        // A time that comes twice comes first with the greater offset.
        TimeSpan offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUnixTimeMilliseconds();
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
