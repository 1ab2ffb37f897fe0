namespace JamBox.Backend.Insights.Estimation;

/// <summary>How busy it is against the usual: what can be said without any count.</summary>
/// <param name="Ratio">Level divided by the usual one: 1.33 = a third busier.</param>
/// <param name="Weeks">From how many earlier weeks the usual is.</param>
/// <param name="IsUsual">Within what these weeks differ among themselves, or within 10 %.</param>
internal readonly record struct Activity(double Ratio, int Weeks, bool IsUsual)
{
    /// <summary>Earlier weeks that are needed.</summary>
    public const int LeastWeeks = 2;

    /// <summary>Differences up to this share are "about as usual" whatever the weeks did.</summary>
    public const double AboutAsUsual = 0.1;

    /// <summary>
    /// Compares a level (devices a minute above the baseline, <see cref="PlaceSignal.Level"/> of <see cref="SignalGate.Far"/>, the mean
    /// over an hour, a day so far …) with the same hours of the same weekday in earlier weeks; null = too few of them, or they heard
    /// nothing.
    /// </summary>
    public static Activity? Compare(double level, IReadOnlyList<double> earlier)
    {
        if (earlier.Count < LeastWeeks)
        {
            return null;
        }

        double usual = Quantiles.Of(earlier, 0.5);
        if (usual <= 0)
        {
            return null;
        }

        double ratio = level / usual;
        double low = Math.Min(1 - AboutAsUsual, earlier.Min() / usual);
        double high = Math.Max(1 + AboutAsUsual, earlier.Max() / usual);
        return new Activity(ratio, earlier.Count, ratio >= low && ratio <= high);
    }
}
