namespace JamBox.Backend.Insights.Estimation;

/// <summary>How busy it is against the usual: what can be said without any count.</summary>
/// <param name="Ratio">Level divided by the usual one: 1.33 = a third busier.</param>
/// <param name="Weeks">From how many earlier weeks the usual is.</param>
/// <param name="IsUsual">Within what these weeks differ among themselves, or within 10 %.</param>
internal readonly record struct Activity(double Ratio, int Weeks, bool IsUsual)
{
    /// <summary>Earlier weeks that are needed.</summary>
    public const int LeastWeeks = 2;

    /// <summary>
    /// Compares a level (devices a minute above the baseline, <see cref="PlaceSignal.Level"/> of <see cref="SignalGate.Far"/>, the mean
    /// over an hour, a day so far …) with the same hours of the same weekday in earlier weeks; null = too few of them, or they heard nothing.
    /// </summary>
    public static Activity? Compare(double level, IReadOnlyList<double> earlier) => throw new NotImplementedException();
}
