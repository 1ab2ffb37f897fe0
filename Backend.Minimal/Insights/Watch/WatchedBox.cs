using NodaTime;

namespace JamBox.Backend.Insights.Watch;

/// <summary>What a box heard in a quarter of an hour.</summary>
/// <param name="StartAt">When it began, milliseconds since 1970.</param>
/// <param name="Probes">Probe requests.</param>
/// <param name="Inside">Device-minutes in the three inner zones: those that people are estimated from.</param>
/// <param name="Remote">Device-minutes in the outer zone.</param>
/// <param name="Bluetooth">Device-minutes of Bluetooth.</param>
/// <param name="ListenedSeconds">How long it listened, 0 to 900.</param>
internal readonly record struct WatchedQuarter(long StartAt, long Probes, long Inside, long Remote, long Bluetooth, long ListenedSeconds)
{
    /// <summary>A quarter of an hour, ms.</summary>
    public const long LengthMs = 15 * 60 * 1000L;

    /// <summary>Whether it was listened to for half of it at least: else its counts say nothing.</summary>
    public bool IsHeard => ListenedSeconds >= 450;

    /// <summary>Device-minutes of Wi-Fi.</summary>
    public long Wifi => Inside + Remote;
}

/// <summary>A box at a place, with what it heard while it stood there: what the watch judges.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Zone">The place's zone.</param>
/// <param name="HoursKnown">Whether somebody said when the place is open; if not, quiet hours are found from the data.</param>
/// <param name="IsOpen">Whether the place is open between two moments.</param>
/// <param name="IsQuiet">Whether nobody is to be expected between two moments: closed, and not just before or after.</param>
/// <param name="Quarters">What it heard, oldest first, without those in which nothing came.</param>
/// <param name="Now">Milliseconds since 1970.</param>
internal sealed record WatchedBox(
    string DeviceId, DateTimeZone Zone, bool HoursKnown, Func<long, long, bool> IsOpen, Func<long, long, bool> IsQuiet,
    IReadOnlyList<WatchedQuarter> Quarters, long Now)
{
    /// <summary>Quarters that make a day or a night worth judging.</summary>
    private const int LeastQuarters = 8;

    /// <summary>Length of the quiet time that is looked for, hours.</summary>
    private const int QuietHours = 4;

    private List<WatchedDay>? _days;
    private int? _quietHour;

    /// <summary>The days by the place's clock, oldest first; a night belongs to the day in whose morning it ends.</summary>
    public IReadOnlyList<WatchedDay> Days => _days ??= MakeDays();

    /// <summary>Whether a quarter is one in which the place is open.</summary>
    public bool IsOpenIn(in WatchedQuarter quarter) =>
        HoursKnown ? IsOpen(quarter.StartAt, quarter.StartAt + WatchedQuarter.LengthMs) : !IsQuietIn(quarter);

    /// <summary>Whether a quarter is one in which nobody is to be expected.</summary>
    public bool IsQuietIn(in WatchedQuarter quarter)
    {
        if (HoursKnown)
        {
            return IsQuiet(quarter.StartAt, quarter.StartAt + WatchedQuarter.LengthMs);
        }

        int hour = HourOf(quarter.StartAt);
        return (hour - (_quietHour ??= FindQuietHour()) + 24) % 24 < QuietHours;
    }

    /// <summary>The hour of the day at a moment, by the place's clock.</summary>
    public int HourOf(long at) => Instant.FromUnixTimeMilliseconds(at).InZone(Zone).Hour;

    /// <summary>The day at a moment, by the place's clock.</summary>
    public DateOnly DayOf(long at) => PlaceDay.Today(Zone, DateTimeOffset.FromUnixTimeMilliseconds(at));

    /// <summary>The first of the four hours in which least is heard, as the median day has it.</summary>
    private int FindQuietHour()
    {
        double[] median = new double[24];
        ILookup<int, long> hours = Quarters.Where(static quarter => quarter.IsHeard)
            .ToLookup(quarter => HourOf(quarter.StartAt), static quarter => quarter.Wifi);
        for (int hour = 0; hour < 24; hour++)
        {
            median[hour] = Robust.Median([.. hours[hour].Select(static wifi => (double)wifi)]) ?? double.MaxValue / 24;
        }

        return Enumerable.Range(0, 24).MinBy(first => Enumerable.Range(first, QuietHours).Sum(hour => median[hour % 24]));
    }

    private List<WatchedDay> MakeDays()
    {
        SortedDictionary<DateOnly, (List<WatchedQuarter> Open, List<WatchedQuarter> Night)> days = [];
        foreach (WatchedQuarter quarter in Quarters)
        {
            bool open = IsOpenIn(quarter);
            if (!quarter.IsHeard || (!open && !IsQuietIn(quarter)))
            {
                continue;
            }

            // A night that begins before midnight goes with the morning after it.
            DateOnly day = DayOf(quarter.StartAt + (open || HourOf(quarter.StartAt) < 12 ? 0 : 12 * 3_600_000L));
            if (!days.TryGetValue(day, out (List<WatchedQuarter> Open, List<WatchedQuarter> Night) parts))
            {
                days.Add(day, parts = ([], []));
            }

            (open ? parts.Open : parts.Night).Add(quarter);
        }

        return [.. days.Select(day => new WatchedDay(
            day.Key, PlaceDay.Start(Zone, day.Key), Part(day.Value.Open), Part(day.Value.Night)))];
    }

    private static WatchedPart? Part(List<WatchedQuarter> quarters) => quarters.Count < LeastQuarters ? null : new WatchedPart(
        quarters.Average(static quarter => (double)quarter.Wifi), Robust.Median([.. quarters.Select(static q => (double)q.Inside)])!.Value,
        quarters.Sum(static quarter => quarter.Inside), quarters.Sum(static quarter => quarter.Wifi),
        quarters.Sum(static quarter => quarter.Bluetooth));
}

/// <summary>A day of a box: its open hours, and the night that ends in it. Null = too little was listened to.</summary>
internal sealed record WatchedDay(DateOnly Day, long StartAt, WatchedPart? Open, WatchedPart? Night);

/// <summary>The open hours of a day, or a night.</summary>
/// <param name="Level">Device-minutes of Wi-Fi a quarter, the mean.</param>
/// <param name="Inside">Device-minutes in the inner zones a quarter, the median: a delivery at night does not count.</param>
/// <param name="InsideSum">Device-minutes in the inner zones.</param>
/// <param name="WifiSum">Device-minutes of Wi-Fi.</param>
/// <param name="BluetoothSum">Device-minutes of Bluetooth.</param>
internal sealed record WatchedPart(double Level, double Inside, long InsideSum, long WifiSum, long BluetoothSum);

/// <summary>Statistics that a few odd days do not move.</summary>
internal static class Robust
{
    /// <summary>The median; null of nothing.</summary>
    public static double? Median(double[] values)
    {
        if (values.Length == 0)
        {
            return null;
        }

        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>How far values lie from their median as a rule: as a standard deviation, were they normal.</summary>
    public static double Spread(double[] values, double median) =>
        1.4826 * (Median([.. values.Select(value => Math.Abs(value - median))]) ?? 0);
}
