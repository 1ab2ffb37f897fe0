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
    public static Baseline Find(BoxSignal signal, DateTimeZone zone, Func<long, bool>? isClosed) => throw new NotImplementedException();
}
