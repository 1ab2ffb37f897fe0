namespace JamBox.Backend.Readings;

/// <summary>
/// What is derived when figures are read, never stored. With U = unique_count, A = ble_apple, B = ble_unique, all of the same reading
/// or the same sum: ble_apple_pct = round(100 × A / B), ble_other_pct = 100 − ble_apple_pct, estimated_apple =
/// round(U × ble_apple_pct / 100), estimated_other = U − estimated_apple; all four are 0 when B = 0. round is half up. Wi-Fi alone
/// cannot tell makers apart (addresses are random), BLE can: so its share is applied to the Wi-Fi count.
/// </summary>
internal static class Estimates
{
    /// <summary>Share of Apple in BLE, per cent.</summary>
    public static int ApplePct(long bleApple, long bleUnique) => bleUnique > 0 ? (int)Round(100 * bleApple, bleUnique) : 0;

    /// <summary>Share of the others, per cent.</summary>
    public static int OtherPct(long bleApple, long bleUnique) => bleUnique > 0 ? 100 - ApplePct(bleApple, bleUnique) : 0;

    /// <summary>Apple devices among those counted by Wi-Fi.</summary>
    public static long Apple(long unique, long bleApple, long bleUnique) =>
        bleUnique > 0 ? Round(unique * ApplePct(bleApple, bleUnique), 100) : 0;

    /// <summary>The others.</summary>
    public static long Other(long unique, long bleApple, long bleUnique) => bleUnique > 0 ? unique - Apple(unique, bleApple, bleUnique) : 0;

    /// <summary>DEGRADED, CATCHING UP or OK.</summary>
    public static string Quality(bool isDegraded, int cacheDepth) => isDegraded ? "DEGRADED" : cacheDepth > 0 ? "CATCHING UP" : "OK";

    /// <summary>The marks of a reading.</summary>
    public static IReadOnlyList<string> Badges(int ageSeconds, int overflow, int sendFailures, int cacheDepth)
    {
        List<string> badges = [ageSeconds > 0 ? "CACHED" : "LIVE"];
        if (overflow > 0)
        {
            badges.Add("OF");
        }

        if (sendFailures > 1)
        {
            badges.Add("RETRY");
        }

        if (cacheDepth > 0)
        {
            badges.Add("QUEUE");
        }

        return badges;
    }

    /// <summary>A mean, rounded half up; null of nothing.</summary>
    public static int? Mean(long sum, long count) => count == 0 ? null : (int)Math.Floor(((double)sum / count) + 0.5);

    private static long Round(long dividend, long divisor) => ((2 * dividend) + divisor) / (2 * divisor);
}
