using NodaTime;

namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What a box hears when nobody is there: televisions, printers, neighbours. The 75 % quantile of its 15-minute means while the place is
/// closed, in devices a minute, by gate.
/// </summary>
/// <param name="Far">Of the gate <see cref="SignalGate.Far"/>, devices a minute, 0 to 2,000.</param>
/// <param name="HalfFar">Of <see cref="SignalGate.HalfFar"/>.</param>
/// <param name="Near">Of <see cref="SignalGate.Near"/>.</param>
/// <param name="Samples">From how many quarters of an hour; 0 = none could be found, and nothing is subtracted.</param>
/// <param name="IsGuessed">True = the quiet hours were found from the data: the place has no opening hours.</param>
/// <param name="QuietFromHour">First quiet hour of the day (0 to 23) when guessed.</param>
/// <param name="DriftPerWeek">Change a week of the gate <see cref="SignalGate.Far"/>, devices a minute, over the time looked at.</param>
internal readonly record struct Baseline(
    double Far, double HalfFar, double Near, int Samples, bool IsGuessed, int QuietFromHour, double DriftPerWeek)
{
    /// <summary>The quantile.</summary>
    public const double Quantile = 0.75;

    /// <summary>Hours of the day that are taken for quiet where a place has no opening hours: the four in a row with the least.</summary>
    public const int GuessedHours = 4;

    /// <summary>The most devices a minute that the box can count.</summary>
    public const double MostLevel = 2_000;

    /// <summary>Quarters of an hour that are needed: two hours.</summary>
    public const int LeastSamples = 8;

    /// <summary>
    /// Hours of the day that must have been heard before quiet ones are looked for, those of the night among them: of a box that was on
    /// for an afternoon the quietest hours are busy ones.
    /// </summary>
    public const int LeastHours = 20;

    /// <summary>The night: from one o'clock, so many hours.</summary>
    private const int NightFrom = 1;

    private const int NightHours = 4;

    private const int MostDriftDays = 60;

    /// <summary>Nothing is known, nothing is subtracted.</summary>
    public static Baseline None => default;

    /// <summary>The level of a gate, devices a minute.</summary>
    public double Of(SignalGate gate) => gate switch
    {
        SignalGate.Far => Far,
        SignalGate.HalfFar => HalfFar,
        _ => Near,
    };

    /// <summary>Finds the baseline from a signal (some weeks of it).</summary>
    /// <param name="signal">What the box heard.</param>
    /// <param name="zone">The place's time zone.</param>
    /// <param name="isClosed">
    /// Whether the place is closed during the quarter of an hour that begins then (half an hour after closing is best left out by the
    /// caller); null = it has no opening hours, the quiet hours are found.
    /// </param>
    public static Baseline Find(BoxSignal signal, DateTimeZone zone, Func<long, bool>? isClosed)
    {
        List<Quarter> quarters = Quarters(signal, zone);
        int quietFrom = 0;
        if (isClosed is null)
        {
            if (QuietHours(quarters) is not int hour)
            {
                return None;
            }

            quietFrom = hour;
            quarters.RemoveAll(quarter => ((quarter.Hour - hour + 24) % 24) >= GuessedHours);
        }
        else
        {
            quarters.RemoveAll(quarter => !isClosed(quarter.StartMs));
        }

        if (quarters.Count < LeastSamples)
        {
            return None;
        }

        return new Baseline(
            Level(quarters, SignalGate.Far),
            Level(quarters, SignalGate.HalfFar),
            Level(quarters, SignalGate.Near),
            quarters.Count,
            isClosed is null,
            quietFrom,
            Drift(quarters));
    }

    private static List<Quarter> Quarters(BoxSignal signal, DateTimeZone zone)
    {
        const long QuarterMs = 3 * BoxSignal.SlotMs;
        List<Quarter> quarters = [];
        long first = (signal.FromMs + QuarterMs - 1) / QuarterMs * QuarterMs;
        for (long startMs = first; startMs + QuarterMs <= signal.ToMs; startMs += QuarterMs)
        {
            long endMs = startMs + QuarterMs;
            if (signal.Coverage(startMs, endMs) >= PlaceSignal.LeastCoverage)
            {
                LocalDateTime time = Instant.FromUnixTimeMilliseconds(startMs).InZone(zone).LocalDateTime;
                quarters.Add(new Quarter(
                    startMs,
                    time.Hour,
                    time.Date.ToDateOnly().DayNumber,
                    [.. Enumerable.Range(0, SignalGates.Count).Select(gate => signal.Rate((SignalGate)gate, startMs, endMs) ?? 0)]));
            }
        }

        return quarters;
    }

    /// <summary>First of the hours in a row whose medians are least; null where most of a whole day has not been heard.</summary>
    private static int? QuietHours(List<Quarter> quarters)
    {
        double?[] medians = new double?[24];
        foreach (IGrouping<int, Quarter> hour in quarters.GroupBy(quarter => quarter.Hour))
        {
            medians[hour.Key] = Quantiles.Of([.. hour.Select(quarter => quarter.Rates[(int)SignalGate.Far])], 0.5);
        }

        if (medians.Count(static median => median is not null) < LeastHours
            || medians.AsSpan(NightFrom, NightHours).Contains(null))
        {
            return null;
        }

        int? best = null;
        double least = double.MaxValue;
        for (int from = 0; from < 24; from++)
        {
            double? sum = Enumerable.Range(from, GuessedHours).Sum(hour => medians[hour % 24] ?? double.PositiveInfinity);
            if (sum < least)
            {
                (best, least) = (from, sum.Value);
            }
        }

        return best;
    }

    private static double Level(List<Quarter> quarters, SignalGate gate) =>
        Math.Min(MostLevel, Quantiles.Of([.. quarters.Select(quarter => quarter.Rates[(int)gate])], Quantile));

    /// <summary>Median of the slopes between all pairs of days (Theil and Sen), so that one odd night is no drift.</summary>
    private static double Drift(List<Quarter> quarters)
    {
        (int Day, double Level)[] days =
        [
            .. quarters.GroupBy(quarter => quarter.Day)
                .Where(day => day.Count() >= LeastSamples)
                .Select(day => (day.Key, Level([.. day], SignalGate.Far)))
                .OrderBy(day => day.Key)
                .TakeLast(MostDriftDays),
        ];
        List<double> slopes = [];
        for (int first = 0; first < days.Length; first++)
        {
            for (int second = first + 1; second < days.Length; second++)
            {
                slopes.Add((days[second].Level - days[first].Level) / (days[second].Day - days[first].Day));
            }
        }

        return slopes.Count < 10 ? 0 : Math.Clamp(7 * Quantiles.Of(slopes, 0.5), -MostLevel, MostLevel);
    }

    private readonly record struct Quarter(long StartMs, int Hour, int Day, double[] Rates);
}
