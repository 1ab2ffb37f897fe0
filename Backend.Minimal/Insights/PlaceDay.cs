using System.Globalization;

using JamBox.Backend.Readings;

using NodaTime;
using NodaTime.TimeZones;

namespace JamBox.Backend.Insights;

/// <summary>Days and hours of a place: by its own clock, with 23 or 25 hours when that is changed.</summary>
internal static class PlaceDay
{
    /// <summary>The zone of an IANA id; UTC when it is none (any more).</summary>
    public static DateTimeZone Zone(string id) => Zones.Of(id);

    /// <summary>The day that it is at a place.</summary>
    public static DateOnly Today(DateTimeZone zone, DateTimeOffset now) => Instant.FromDateTimeOffset(now).InZone(zone).Date.ToDateOnly();

    /// <summary>
    /// When a day begins, milliseconds since 1970. Where the clock jumps over midnight, it begins after the jump; a midnight that comes
    /// twice begins the day when it comes first; a day that a place never had begins, and ends, with the next one.
    /// </summary>
    public static long Start(DateTimeZone zone, DateOnly day)
    {
        return At(zone, day, 0);
    }

    /// <summary>
    /// When the clock of a place shows a time, milliseconds since 1970: the first time where it does twice, after the jump where it never
    /// does.
    /// </summary>
    /// <param name="zone">The zone.</param>
    /// <param name="day">The day.</param>
    /// <param name="minute">Minutes after midnight, 0 to 1,439.</param>
    public static long At(DateTimeZone zone, DateOnly day, int minute)
    {
        ZoneLocalMapping time = zone.MapLocal(LocalDate.FromDateOnly(day).AtMidnight().PlusMinutes(minute));
        Instant at = time.Count == 0 ? time.LateInterval.Start : time.First().ToInstant();
        return at.ToUnixTimeMilliseconds();
    }

    /// <summary>The name of the hour that a moment falls into at a place: <c>2026-01-29 14:00</c>.</summary>
    public static string Hour(DateTimeZone zone, long timeMs) =>
        Instant.FromUnixTimeMilliseconds(timeMs).InZone(zone).ToDateTimeUnspecified().ToString(
            "yyyy-MM-dd HH':00'", CultureInfo.InvariantCulture);

    /// <summary>The name of a moment at a place: <c>2026-01-29 14:15</c>.</summary>
    public static string Minute(DateTimeZone zone, long timeMs) =>
        Instant.FromUnixTimeMilliseconds(timeMs).InZone(zone).ToDateTimeUnspecified().ToString(
            "yyyy-MM-dd HH':'mm", CultureInfo.InvariantCulture);

    /// <summary>
    /// The starts of the hours between two moments: at each full hour of the place's clock, and where that clock is changed.
    /// </summary>
    public static List<long> Hours(DateTimeZone zone, long start, long end)
    {
        const long QuarterMs = QuarterHourSums.QuarterMs;
        List<long> hours = [];
        long lastHour = long.MinValue;
        Offset lastOffset = Offset.MinValue;
        for (long at = start; at < end; at += QuarterMs)
        {
            Offset offset = zone.GetUtcOffset(Instant.FromUnixTimeMilliseconds(at));
            long hour = Math.DivRem(at + (offset.Seconds * 1000L), 3_600_000).Quotient;
            if (hour != lastHour || offset != lastOffset)
            {
                hours.Add(at);
                (lastHour, lastOffset) = (hour, offset);
            }
        }

        return hours;
    }
}
