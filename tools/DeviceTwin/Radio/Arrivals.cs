using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>How many come when: by the hour of UTC and by the day of the week, 1 on the mean over a week.</summary>
internal sealed class DayProfile
{
    private const int MsPerHour = 3_600_000;
    private const int OpensAtHour = 9;
    private const int ClosesAtHour = 19;
    private const int LastLeavesMs = 10 * 60_000;

    // The street: quiet at night, two peaks.
    private static readonly double[] s_street =
    [
        0.10, 0.08, 0.06, 0.06, 0.08, 0.15, 0.35, 0.70, 1.20, 1.60, 1.90, 2.10,
        2.20, 2.00, 1.80, 1.80, 2.00, 2.30, 2.10, 1.50, 0.80, 0.50, 0.30, 0.20,
    ];

    // The shop: open from 9 to 19, a peak at lunch and one after work.
    private static readonly double[] s_shop =
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0.60, 0.90, 1.30, 1.80, 1.60, 1.00, 0.90, 1.10, 1.50, 1.00, 0, 0, 0, 0, 0,
    ];

    // From Sunday on.
    private static readonly double[] s_streetWeek = [0.75, 1.00, 1.00, 1.00, 1.05, 1.10, 1.10];
    private static readonly double[] s_shopWeek = [0, 0.99, 0.99, 1.05, 1.17, 1.34, 1.46];
    private static readonly double[] s_even = [.. Enumerable.Repeat(1.0, 24)];
    private static readonly double[] s_evenWeek = [.. Enumerable.Repeat(1.0, 7)];

    private readonly double[] _hours;
    private readonly double[] _week;
    private readonly double _mean;

    private DayProfile(double[] hours, double[] week)
    {
        _hours = hours;
        _week = week;
        _mean = hours.Average() * week.Average();
        Peak = hours.Max() * week.Max() / _mean;
    }

    /// <summary>Gets the greatest factor there is.</summary>
    public double Peak { get; }

    /// <summary>Gives the profile of those who walk past.</summary>
    /// <param name="isEven">Always the same.</param>
    /// <returns>The profile.</returns>
    public static DayProfile Street(bool isEven) => isEven ? new(s_even, s_evenWeek) : new(s_street, s_streetWeek);

    /// <summary>Gives the profile of those who come in.</summary>
    /// <param name="isEven">Always the same, and always open.</param>
    /// <returns>The profile.</returns>
    public static DayProfile Shop(bool isEven) => isEven ? new(s_even, s_evenWeek) : new(s_shop, s_shopWeek);

    /// <summary>Tells whether a shop is open on a day.</summary>
    /// <param name="day">Days since 1970.</param>
    /// <returns>Whether it is no Sunday.</returns>
    public static bool IsOpenOn(long day) => s_shopWeek[Weekday(day)] > 0;

    /// <summary>Tells when the last visitor of today has left.</summary>
    /// <param name="utcNowMs">Now, ms since 1970.</param>
    /// <param name="nowMs">Now, world time.</param>
    /// <param name="isEven">It never closes.</param>
    /// <returns>World time.</returns>
    public static long ClosesAtMs(long utcNowMs, long nowMs, bool isEven)
    {
        long midnight = utcNowMs - (utcNowMs % (24L * MsPerHour));
        return isEven ? long.MaxValue : nowMs + midnight + (ClosesAtHour * MsPerHour) + LastLeavesMs - utcNowMs;
    }

    /// <summary>Tells how many come at a moment.</summary>
    /// <param name="utcMs">The moment, ms since 1970.</param>
    /// <returns>A factor of the mean.</returns>
    public double At(long utcMs)
    {
        long hours = utcMs / MsPerHour;
        return _hours[hours % 24] * _week[Weekday(hours / 24)] / _mean;
    }

    // The first day of 1970 was a Thursday.
    private static int Weekday(long day) => (int)((day + 4) % 7);
}

/// <summary>Brings people: a Poisson process whose rate follows a profile.</summary>
internal sealed class ArrivalEmitter : Emitter
{
    private const int MsPerHour = 3_600_000;

    private readonly Action<long> _arrive;
    private readonly DayProfile _profile;
    private readonly double _peakMeanMs;
    private readonly VirtualClock _clock;
    private readonly SeededRandom _random;

    /// <param name="arrive">Told of each arrival, world time.</param>
    /// <param name="profile">How many when.</param>
    /// <param name="perHour">How many an hour, on the mean over a week.</param>
    /// <param name="clock">For the hour of the day.</param>
    /// <param name="random">Where chance comes from.</param>
    public ArrivalEmitter(Action<long> arrive, DayProfile profile, double perHour, VirtualClock clock, SeededRandom random)
    {
        _arrive = arrive;
        _profile = profile;
        _peakMeanMs = MsPerHour / (perHour * profile.Peak);
        _clock = clock;
        _random = random;
    }

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        _arrive(nowMs);
        return Next(nowMs);
    }

    /// <summary>Draws the next arrival: candidates at the peak rate, each taken with the share of the peak that its hour has.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>World time of the next arrival; <see cref="long.MaxValue"/> = nobody comes.</returns>
    public long Next(long nowMs)
    {
        if (double.IsInfinity(_peakMeanMs))
        {
            return long.MaxValue;
        }

        double at = nowMs;
        while (true)
        {
            at += _random.Exponential(_peakMeanMs);
            if (_random.Chance(_profile.At((long)at - nowMs + _clock.UtcNowMs) / _profile.Peak))
            {
                return Math.Max((long)at, nowMs + 1);
            }
        }
    }
}

/// <summary>Brings those who work there: an early and two late shifts, from a quarter of an hour before it opens until one after it closes.</summary>
internal sealed class StaffEmitter : Emitter
{
    private const long MsPerMinute = 60_000;
    private const long MsPerDay = 24 * 60 * MsPerMinute;

    private static readonly (int From, int To)[] s_shifts = [(8 * 60 + 45, 17 * 60), (10 * 60, 19 * 60 + 15), (11 * 60 + 30, 19 * 60 + 15)];

    private readonly Action<long, long> _work;
    private readonly int _count;
    private readonly bool _isEven;
    private readonly VirtualClock _clock;
    private int _next;

    /// <param name="work">Told of each who comes, and until when: world times.</param>
    /// <param name="count">How many work there.</param>
    /// <param name="isEven">They are always there.</param>
    /// <param name="clock">For the time of the day.</param>
    public StaffEmitter(Action<long, long> work, int count, bool isEven, VirtualClock clock)
    {
        _work = work;
        _count = count;
        _isEven = isEven;
        _clock = clock;
    }

    /// <summary>Lets those come whose shift has begun.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>World time of the next; <see cref="long.MaxValue"/> = nobody else comes.</returns>
    public long Begin(long nowMs)
    {
        if (_isEven)
        {
            for (int i = 0; i < _count; i++)
            {
                _work(nowMs, long.MaxValue);
            }
        }

        return _isEven || _count == 0 ? long.MaxValue : Next(nowMs);
    }

    /// <inheritdoc/>
    public override long Act(long nowMs) => Next(nowMs);

    private long Next(long nowMs)
    {
        long utcNowMs = _clock.UtcNowMs;
        long midnight = utcNowMs - (utcNowMs % MsPerDay);
        while (true)
        {
            (int from, int to) = s_shifts[_next % s_shifts.Length];
            long begins = midnight + (from * MsPerMinute);
            if (begins > utcNowMs)
            {
                return nowMs + begins - utcNowMs;
            }

            long ends = midnight + (to * MsPerMinute);
            if (ends > utcNowMs && DayProfile.IsOpenOn(midnight / MsPerDay))
            {
                _work(nowMs, nowMs + ends - utcNowMs);
            }

            if (++_next == _count)
            {
                _next = 0;
                midnight += MsPerDay;
            }
        }
    }
}
