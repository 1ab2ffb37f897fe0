namespace JamBox.Edge.Link;

/// <summary>
/// Waits that double from failure to failure up to a limit. Each lies somewhere in the upper half of its span, so that a thousand gateways
/// that lost the same server do not come back in the same second.
/// </summary>
/// <param name="first">The first one.</param>
/// <param name="most">The longest one.</param>
/// <param name="random">Chance; shared by whoever wants to.</param>
internal sealed class BackOff(TimeSpan first, TimeSpan most, Random random)
{
    private const int MaxDoublings = 20;

    private int _failures;

    /// <summary>Failures since it last worked.</summary>
    public int Failures => _failures;

    /// <summary>It worked.</summary>
    public void Reset() => _failures = 0;

    /// <summary>It failed.</summary>
    /// <returns>How long to wait now.</returns>
    public TimeSpan Next()
    {
        double span = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * (1L << Math.Min(_failures, MaxDoublings)));
        _failures = Math.Min(_failures + 1, MaxDoublings);
        return TimeSpan.FromMilliseconds((span / 2) + (random.NextDouble() * span / 2));
    }

    /// <summary>A span, a fifth longer or shorter.</summary>
    /// <param name="span">The span.</param>
    /// <param name="random">Chance.</param>
    public static TimeSpan Jitter(TimeSpan span, Random random) => span * (0.8 + (0.4 * random.NextDouble()));
}
