using JamBox.Backend.Insights.Calibration;

namespace JamBox.Backend.Insights.Watch;

/// <summary>
/// Finds a box that counts at night as by day, and did not before: it was moved, or devices that stay were put near it. Nights are held
/// against nights of before and days of before: so days without people (holidays) are no fault, nor is a place that is busy at night.
/// </summary>
internal static class NightWatch
{
    /// <summary>Nights in a row: one is stock-taking, two a feast.</summary>
    private const int Nights = 3;

    /// <summary>Nights and days that the usual is of: at least, and at most.</summary>
    private const int LeastUsual = 7;

    private const int MostUsual = 28;

    /// <summary>The share of a usual day that is "as by day".</summary>
    private const double AsByDay = 0.5;

    /// <summary>How many times a usual night it must be, and by how many device-minutes a quarter more.</summary>
    private const double TimesUsual = 3;

    private const double LeastMore = 3;

    /// <summary>Judges a box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="usualBefore">The usual is of days before this moment; null = before the nights that are judged.</param>
    public static CountingVerdict Judge(WatchedBox box, long? usualBefore = null)
    {
        WatchedDay[] nights = [.. box.Days.Where(static day => day.Night is not null)];
        if (nights.Length < Nights)
        {
            return CountingVerdict.Unknown;
        }

        long end = Math.Min(usualBefore ?? long.MaxValue, nights[^Nights].StartAt);
        WatchedDay[] before = [.. box.Days.Where(day => day.StartAt < end).TakeLast(MostUsual)];
        double[] usualNights = [.. before.Where(static day => day.Night is not null).Select(static day => day.Night!.Inside)];
        double[] usualDays = [.. before.Where(static day => day.Open is not null).Select(static day => day.Open!.Inside)];
        if (usualNights.Length < LeastUsual || usualDays.Length < LeastUsual)
        {
            return CountingVerdict.Unknown;
        }

        double night = Robust.Median(usualNights)!.Value, day = Robust.Median(usualDays)!.Value;
        bool IsOdd(WatchedDay d) =>
            d.Night!.Inside >= AsByDay * day && d.Night.Inside >= TimesUsual * night && d.Night.Inside >= night + LeastMore;
        WatchedDay[] last = nights[^Nights..];
        if (day < 2 * night || !last.All(IsOdd))
        {
            return last.Any(IsOdd) ? CountingVerdict.Unknown : CountingVerdict.Fine;
        }

        return CountingVerdict.Of(new CountingFault(
            CountingFault.NightCounts, last[0].StartAt, StaleReason.Nights,
            "was it moved, or were devices put near it that stay on, such as a printer or a television?"));
    }
}
