using JamBox.Backend.Insights.Calibration;

namespace JamBox.Backend.Insights.Watch;

/// <summary>
/// Finds a level that changed for other reasons than people. Fewer people (rain, holidays) are fewer in everything: Wi-Fi, Bluetooth, each
/// zone, but not at night. So what is watched is what people do not change: Wi-Fi against Bluetooth, the share of the inner zones, and day
/// and night together.
/// </summary>
internal static class LevelWatch
{
    /// <summary>Open days in a row that must all be odd, to the same side.</summary>
    private const int Days = 5;

    /// <summary>Open days that the usual is of: at least, and at most.</summary>
    private const int LeastUsual = 10;

    private const int MostUsual = 28;

    /// <summary>Device-minutes of Bluetooth, and of Wi-Fi, below which a day says nothing about their relation.</summary>
    private const long LeastDeviceMinutes = 50;

    /// <summary>Device-minutes a quarter below which a night says nothing.</summary>
    private const double LeastNight = 4;

    /// <summary>How many times the usual spread between days a change must be.</summary>
    private const double Spreads = 4;

    /// <summary>The same where two measures must change together.</summary>
    private const double SpreadsOfBoth = 3;

    /// <summary>Days of a name that make a usual of their own.</summary>
    private const int LeastOfWeekday = 3;

    /// <summary>How many times the night a day must be, that people can be heard in it.</summary>
    private const double LeastPeople = 1.5;

    /// <summary>A spread is at least this, as a logarithm: a quiet month promises nothing.</summary>
    private const double LeastSpread = 0.05;

    /// <summary>Judges a box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="usualBefore">The usual is of days before this moment; null = before the days that are judged.</param>
    public static CountingVerdict Judge(WatchedBox box, long? usualBefore = null)
    {
        Change relation = Find(box, usualBefore, Relation, Math.Log(1.6), Spreads);
        Change share = Find(box, usualBefore, Share, 0.9, Spreads);
        Change level = Both(
            Find(box, usualBefore, static day => LevelOf(day.Open), Math.Log(2), SpreadsOfBoth),
            Find(box, usualBefore, static day => LevelOf(day.Night), Math.Log(2), SpreadsOfBoth));
        if (relation.Direction != 0)
        {
            return Of(relation, "it hears more Wi-Fi against Bluetooth than before: telephones behave otherwise since an update of their "
                + "makers, or its Bluetooth is weaker", "it hears less Wi-Fi against Bluetooth than before: telephones behave otherwise "
                + "since an update of their makers, or its Wi-Fi is weaker");
        }

        if (share.Direction != 0)
        {
            return Of(share, "it hears telephones nearer than before: was it moved or turned?",
                "it hears telephones farther away than before: was it moved or turned, or something put before it?");
        }

        if (level.Direction != 0)
        {
            return Of(level, "it counts far more than before, at night too: was it moved, or do telephones behave otherwise?",
                "it counts far less than before, at night too: look at its antenna, and at what was put before it");
        }

        Change[] all = [relation, share, level];
        return all.Any(static change => change.IsMixed) || !all.Any(static change => change.IsKnown)
            ? CountingVerdict.Unknown
            : CountingVerdict.Fine;
    }

    private static CountingVerdict Of(Change change, string up, string down) => CountingVerdict.Of(new CountingFault(
        CountingFault.LevelChanged, change.Since, StaleReason.Level, change.Direction > 0 ? up : down));

    private static Change Find(
        WatchedBox box, long? usualBefore, Func<WatchedDay, double?> measure, double least, double spreads)
    {
        Measured[] days = [.. box.Days.Select(day => (Day: day, Value: measure(day))).Where(static day => day.Value is not null)
            .Select(static day => new Measured(day.Day.Day.DayOfWeek, day.Day.StartAt, day.Value!.Value))];
        if (days.Length < Days)
        {
            return default;
        }

        Measured[] last = days[^Days..];
        long end = Math.Min(usualBefore ?? long.MaxValue, last[0].StartAt);
        Measured[] usual = [.. days.Where(day => day.StartAt < end).TakeLast(MostUsual)];
        if (usual.Length < LeastUsual)
        {
            return default;
        }

        // Saturdays against Saturdays, where there are enough of them.
        double median = Robust.Median([.. usual.Select(static day => day.Value)])!.Value;
        Dictionary<DayOfWeek, double> weekdays = usual.GroupBy(static day => day.Weekday)
            .Where(static same => same.Count() >= LeastOfWeekday)
            .ToDictionary(static same => same.Key, static same => Robust.Median([.. same.Select(static day => day.Value)])!.Value);
        double Off(Measured day) => day.Value - weekdays.GetValueOrDefault(day.Weekday, median);
        double limit = Math.Max(least, spreads * Math.Max(LeastSpread, Robust.Spread([.. usual.Select(Off)], 0)));
        int direction = last.All(day => Off(day) > limit) ? 1 : last.All(day => Off(day) < -limit) ? -1 : 0;
        return new Change(
            IsKnown: true, direction == 0 && last.Any(day => Math.Abs(Off(day)) > limit), direction, last[0].StartAt, median);
    }

    /// <summary>A change of day and night alike. Where nights are quiet, they say nothing.</summary>
    private static Change Both(Change day, Change night) =>
        !day.IsKnown || !night.IsKnown || night.Usual < Math.Log(LeastNight) ? default
        : day.Direction == night.Direction ? day
        : day with { IsMixed = day.IsMixed || day.Direction != 0, Direction = 0 };

    /// <summary>A day, measured.</summary>
    private readonly record struct Measured(DayOfWeek Weekday, long StartAt, double Value);

    /// <summary>How the last days differ from the usual.</summary>
    /// <param name="IsKnown">Whether there is enough to say.</param>
    /// <param name="IsMixed">Whether some days are odd and some are not.</param>
    /// <param name="Direction">1 = all are above, −1 = all are below, 0 = neither.</param>
    /// <param name="Since">When the first of them began, milliseconds since 1970.</param>
    /// <param name="Usual">The usual.</param>
    private readonly record struct Change(bool IsKnown, bool IsMixed, int Direction, long Since, double Usual);

    /// <summary>Wi-Fi against Bluetooth, as a logarithm.</summary>
    private static double? Relation(WatchedDay day) => HasPeople(day) && day.Open is { BluetoothSum: >= LeastDeviceMinutes } open
        ? Math.Log((open.WifiSum + 1.0) / open.BluetoothSum)
        : null;

    /// <summary>The inner zones against the outer one, as a logarithm.</summary>
    private static double? Share(WatchedDay day) => HasPeople(day) && day.Open is { WifiSum: >= LeastDeviceMinutes } open
        ? Math.Log((open.InsideSum + 1.0) / (open.WifiSum - open.InsideSum + 1.0))
        : null;

    /// <summary>
    /// Whether people were there: those who live nearby are another mixture, and all that is heard when a place is closed for a week.
    /// </summary>
    private static bool HasPeople(WatchedDay day) =>
        day.Open is not null && (day.Night is null || day.Open.Level >= LeastPeople * day.Night.Level);

    /// <summary>The level, as a logarithm.</summary>
    private static double? LevelOf(WatchedPart? part) => part is null ? null : Math.Log(Math.Max(part.Level, 0.1));
}
