namespace JamBox.Backend.Insights.Estimation;

/// <summary>Over which time the level is taken: from so long before the end of a slot to so long after it.</summary>
/// <param name="BackMinutes">Minutes before the end of the slot, 5 to 60, a multiple of 5.</param>
/// <param name="AheadMinutes">Minutes after it, 0 to 60, a multiple of 5.</param>
internal readonly record struct SignalWindow(int BackMinutes, int AheadMinutes)
{
    /// <summary>The longest that it reaches back, or ahead.</summary>
    public const int MostMinutes = 60;
}

/// <summary>One monotone shape: people = <see cref="Scale"/> · max(0, level − <see cref="Offset"/>)^<see cref="Power"/>.</summary>
/// <param name="Gate">Which device-minutes.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Offset">
/// Devices a minute above the baseline that are no people of this place: who passes by outside in the daytime. 0 to 100.
/// </param>
/// <param name="Power">0.2 to 1.5.</param>
/// <param name="Scale">People at one device a minute above the offset, > 0 up to 1,000,000.</param>
/// <param name="ScaleError">Standard deviation of the scale's natural logarithm, 0 to 5: 0.1 = known to a tenth.</param>
/// <param name="Weight">Its part in the mixture, 0 to 1; those of a curve add up to 1.</param>
internal readonly record struct ModelShape(
    SignalGate Gate, SignalWindow Window, double Offset, double Power, double Scale, double ScaleError, double Weight);

/// <summary>
/// Errors at one height of the curve, in units of <see cref="ModelError.Spread"/>: from residuals of counts that the fit did not see.
/// </summary>
/// <param name="From">From so many estimated people on, to the next band.</param>
/// <param name="Low">Lower quantile (<see cref="ErrorBands.Tail"/>) of (true − estimated), −20 to 0.</param>
/// <param name="High">Upper quantile, 0 to 20.</param>
/// <param name="Mean">Mean, between the two: what is added where estimates are summed.</param>
internal readonly record struct ErrorBand(double From, double Low, double High, double Mean);

/// <summary>How far off estimates are.</summary>
internal static class ModelError
{
    /// <summary>Half an 80 % range in standard deviations of a normal distribution.</summary>
    public const double Normal80 = 1.2816;

    /// <summary>
    /// How errors grow with the number of people: a constant (somebody sits in a corner), a square root (chance), a share (phones a
    /// person).
    /// The three numbers are of the size that the residuals of <see cref="PeoplePrior"/> have; what is left is in the bands.
    /// </summary>
    public static double Spread(double people) => 0.6 + (0.5 * Math.Sqrt(Math.Max(0, people))) + (0.08 * Math.Max(0, people));
}

/// <summary>A curve from level to people: a mixture of monotone shapes, and so monotone, with its errors.</summary>
internal sealed class ModelCurve
{
    /// <summary>Shapes that are kept; those beyond have next to no weight.</summary>
    public const int MostShapes = 48;

    /// <summary>Bands of errors.</summary>
    public const int MostBands = 8;

    private readonly ModelShape[] _shapes;

    /// <summary>The root of each shape's scale, and half its power: the root of its people in one step.</summary>
    private readonly (double Scale, double Power)[] _roots;

    /// <summary>Makes a curve.</summary>
    public ModelCurve(IEnumerable<ModelShape> shapes, IReadOnlyList<ErrorBand> bands)
    {
        // Neighbours share window, gate and offset, so that a level and its logarithm are taken once.
        _shapes =
        [
            .. shapes.OrderBy(shape => shape.Window.BackMinutes).ThenBy(shape => shape.Window.AheadMinutes)
                .ThenBy(shape => shape.Gate).ThenBy(shape => shape.Offset).ThenBy(shape => shape.Power),
        ];
        _roots = [.. _shapes.Select(static shape => (Math.Sqrt(shape.Scale), shape.Power / 2))];
        Bands = bands;
    }

    /// <summary>The mixture.</summary>
    public IReadOnlyList<ModelShape> Shapes => _shapes;

    /// <summary>Errors by height, rising; the first begins at 0.</summary>
    public IReadOnlyList<ErrorBand> Bands { get; }

    /// <summary>The band of a height.</summary>
    public ErrorBand Band(double people)
    {
        ErrorBand found = Bands[0];
        for (int index = 1; index < Bands.Count && Bands[index].From <= people; index++)
        {
            found = Bands[index];
        }

        return found;
    }

    /// <summary>
    /// People in a slot by the curve, and how far the curve itself may be off (standard deviation, people): the same way all day. Null
    /// where nothing was heard in the window.
    /// </summary>
    public (double People, double CurveError)? Estimate(PlaceSignal place, long slotMs)
    {
        double root = 0;
        double second = 0;
        double weight = 0;
        SignalWindow window = default;
        SignalGate gate = default;
        double offset = double.NaN;
        double? level = null;
        double logarithm = 0;
        for (int index = 0; index < _shapes.Length; index++)
        {
            ref readonly ModelShape shape = ref _shapes[index];
            if (shape.Window != window || shape.Gate != gate)
            {
                (window, gate, offset) = (shape.Window, shape.Gate, double.NaN);
                level = place.Level(gate, From(slotMs, window), To(slotMs, window));
            }

            if (level is null)
            {
                continue;
            }

            if (shape.Offset != offset)
            {
                offset = shape.Offset;
                logarithm = Math.Log(Math.Max(0, level.Value - offset));
            }

            weight += shape.Weight;
            if (double.IsNegativeInfinity(logarithm))
            {
                // Nothing above the offset: nobody.
                continue;
            }

            double people = _roots[index].Scale * Math.Exp(_roots[index].Power * logarithm);
            root += shape.Weight * people;
            people *= people;
            second += shape.Weight * people * people * (1 + (shape.ScaleError * shape.ScaleError));
        }

        if (weight <= 0)
        {
            return null;
        }

        // The mean of the roots squared lies between mean and median: the shapes' disagreement is skewed.
        double value = root * root / (weight * weight);
        return (value, Math.Sqrt(Math.Max(0, (second / weight) - (value * value))));
    }

    /// <summary>Begin of a window.</summary>
    public static long From(long slotMs, SignalWindow window) => slotMs + BoxSignal.SlotMs - (window.BackMinutes * 60_000L);

    /// <summary>End of a window.</summary>
    public static long To(long slotMs, SignalWindow window) => slotMs + BoxSignal.SlotMs + (window.AheadMinutes * 60_000L);
}
