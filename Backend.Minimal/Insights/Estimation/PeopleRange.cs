namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// A number of people (or visitors, or person-hours) with its 80 % range: of 100 such ranges about 80 hold the true number.
/// </summary>
/// <param name="Low">Lower end, ≥ 0.</param>
/// <param name="Value">Best guess, between the ends.</param>
/// <param name="High">Upper end.</param>
internal readonly record struct PeopleRange(double Low, double Value, double High)
{
    /// <summary>The share of ranges that are meant to hold the truth.</summary>
    public const double Nominal = 0.8;

    /// <summary>All three times a factor ≥ 0 (a stay, hours, a share).</summary>
    public PeopleRange Times(double factor) => new(Low * factor, Value * factor, High * factor);

    /// <summary>All three less a number, never below 0: the usual staff.</summary>
    public PeopleRange Less(double number) => new(Math.Max(0, Low - number), Math.Max(0, Value - number), Math.Max(0, High - number));

    /// <summary>The ends rounded outward to one digit, as they are said without calibration: "very roughly 20–90".</summary>
    public (long Low, long High) Rough() => (Round(Low, 1, Math.Floor), Round(High, 1, Math.Ceiling));

    /// <summary>The ends rounded outward to two digits, as they are shown with calibration.</summary>
    public (long Low, long High) Shown() => (Round(Low, 2, Math.Floor), Round(High, 2, Math.Ceiling));

    /// <summary>Rounds to some leading digits; numbers that have fewer are rounded to whole ones.</summary>
    private static long Round(double number, int digits, Func<double, double> round)
    {
        double step = 1;
        while (number / step >= Math.Pow(10, digits))
        {
            step *= 10;
        }

        // What is a whole number but for the last bits of a sum stays where it is.
        double steps = number / step;
        double whole = Math.Round(steps);
        return (long)((Math.Abs(steps - whole) < 1e-9 ? whole : round(steps)) * step);
    }
}
