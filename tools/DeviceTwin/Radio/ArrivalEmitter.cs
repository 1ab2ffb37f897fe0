using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>Brings people: a Poisson process whose rate follows the day of a shop, by the hour of UTC.</summary>
internal sealed class ArrivalEmitter : Emitter
{
    private const int MsPerHour = 3_600_000;

    private static readonly double[] s_day =
    [
        0.10, 0.08, 0.06, 0.06, 0.08, 0.15, 0.35, 0.70, 1.20, 1.60, 1.90, 2.10,
        2.20, 2.00, 1.80, 1.80, 2.00, 2.30, 2.10, 1.50, 0.80, 0.50, 0.30, 0.20,
    ];

    private static readonly double s_mean = s_day.Average();
    private static readonly double s_peak = s_day.Max();

    private readonly Crowd _crowd;
    private readonly CrowdOptions _options;
    private readonly VirtualClock _clock;
    private readonly SeededRandom _random;

    /// <summary>Initializes a new instance of the <see cref="ArrivalEmitter"/> class.</summary>
    /// <param name="crowd">Told of each person.</param>
    /// <param name="options">How many come.</param>
    /// <param name="clock">For the hour of the day.</param>
    /// <param name="random">Where chance comes from.</param>
    public ArrivalEmitter(Crowd crowd, CrowdOptions options, VirtualClock clock, SeededRandom random)
    {
        _crowd = crowd;
        _options = options;
        _clock = clock;
        _random = random;
    }

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        _crowd.Arrive(nowMs);
        return Next(nowMs);
    }

    /// <summary>Draws the next arrival: candidates at the peak rate, each taken with the share of the peak that its hour has.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>World time of the next arrival.</returns>
    public long Next(long nowMs)
    {
        double peakFactor = _options.IsEven ? 1 : s_peak / s_mean;
        double meanMs = MsPerHour / (_options.PeoplePerHour * peakFactor);
        double at = nowMs;
        while (true)
        {
            at += _random.Exponential(meanMs);
            long utcHour = ((long)at - nowMs + _clock.UtcNowMs) / MsPerHour;
            if (_options.IsEven || _random.Chance(s_day[utcHour % 24] / s_peak))
            {
                return Math.Max((long)at, nowMs + 1);
            }
        }
    }
}
