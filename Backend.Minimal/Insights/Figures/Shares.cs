namespace JamBox.Backend.Insights.Figures;

/// <summary>Shares of few devices, with their error.</summary>
internal static class Shares
{
    /// <summary>80 % of a normal distribution lie within so many standard deviations.</summary>
    private const double Normal80 = 1.2815515655446004;

    /// <summary>A share with Wilson's interval (1927), which is right for small numbers too and never leaves 0…1.</summary>
    /// <param name="part">Of them, 0 to <paramref name="whole"/>.</param>
    /// <param name="whole">All.</param>
    /// <param name="devices">How many devices these counts stand for, at least 1: device-minutes of one device say the same.</param>
    /// <returns>Null when there is nothing.</returns>
    public static Share? Of(long part, long whole, double devices)
    {
        if (whole <= 0)
        {
            return null;
        }

        double share = Math.Clamp((double)part / whole, 0, 1);
        double n = Math.Max(1, Math.Min(devices, whole));
        double z2 = Normal80 * Normal80;
        double middle = (share + (z2 / (2 * n))) / (1 + (z2 / n));
        double half = Normal80 / (1 + (z2 / n)) * Math.Sqrt((share * (1 - share) / n) + (z2 / (4 * n * n)));
        return new Share(Math.Max(0, middle - half), share, Math.Min(1, middle + half), (long)Math.Round(n));
    }
}
