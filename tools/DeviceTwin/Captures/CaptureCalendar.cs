namespace JamBox.Twin.Captures;

/// <summary>
/// Maps the time of captures onto the time of a run, whole hours at a time, so that minutes, five minutes and hours stay what they are. Two
/// things change: a capture of years that a box does not take for real (a sniffer without a clock counts from 1970) is moved by whole
/// weeks, and gaps in which nothing was captured for more than a week are shortened to a day or less, keeping the hour of the day: between
/// a stamp of 1970 and one of today lie half a million hours in which a box would report that nobody is there.
/// </summary>
internal sealed class CaptureCalendar
{
    private const long MsPerHour = 3_600_000;
    private const long HoursPerDay = 24;
    private const long HoursPerWeek = 7 * HoursPerDay;

    // The last minute of one hour and the first of the next but one lie an hour apart: long enough for every stay to end.
    private const long LeastHours = 2;

    // A box takes what the backend says of the years 2020 to 2067 for the time; a run must begin and end within.
    private static readonly long s_earliestHour = HourOf(new DateTimeOffset(2020, 1, 8, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds());
    private static readonly long s_latestHour = HourOf(new DateTimeOffset(2060, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds());

    private readonly long[] _fromHours;
    private readonly long[] _shifts;

    /// <param name="hours">The hours since 1970 in which something was captured, oldest first.</param>
    public CaptureCalendar(IEnumerable<long> hours)
    {
        List<long> from = [];
        List<long> shifts = [];
        long last = 0;
        foreach (long hour in hours)
        {
            if (from.Count == 0)
            {
                ShiftedWeeks = WeeksToKnownYears(hour);
                from.Add(long.MinValue);
                shifts.Add(ShiftedWeeks * HoursPerWeek);
            }
            else if (hour - last > HoursPerWeek)
            {
                ShortenedGaps++;
                from.Add(hour);
                shifts.Add(shifts[^1] - (hour - last - Shortened(hour - last)));
            }

            last = hour;
        }

        _fromHours = [.. from];
        _shifts = [.. shifts];
    }

    /// <summary>Gets by how many weeks everything is moved: positive = later.</summary>
    public long ShiftedWeeks { get; }

    /// <summary>Gets how many gaps were shortened.</summary>
    public int ShortenedGaps { get; }

    /// <summary>Gives the hour that a time lies in.</summary>
    /// <param name="utcMs">Milliseconds since 1970.</param>
    /// <returns>Hours since 1970.</returns>
    public static long HourOf(long utcMs)
    {
        (long hour, long rest) = Math.DivRem(utcMs, MsPerHour);
        return rest < 0 ? hour - 1 : hour;
    }

    /// <summary>Maps a time.</summary>
    /// <param name="utcMs">As in the capture, ms since 1970.</param>
    /// <returns>As in the run, ms since 1970.</returns>
    public long ToRun(long utcMs)
    {
        int at = Array.BinarySearch(_fromHours, HourOf(utcMs));
        return utcMs + (_shifts[at >= 0 ? at : ~at - 1] * MsPerHour);
    }

    // To the same hour of the day.
    private static long Shortened(long hours)
    {
        long rest = hours % HoursPerDay;
        return rest < LeastHours ? rest + HoursPerDay : rest;
    }

    private static long WeeksToKnownYears(long hour)
    {
        return hour < s_earliestHour
            ? (s_earliestHour - hour + HoursPerWeek - 1) / HoursPerWeek
            : hour > s_latestHour ? -((hour - s_latestHour + HoursPerWeek - 1) / HoursPerWeek) : 0;
    }
}
