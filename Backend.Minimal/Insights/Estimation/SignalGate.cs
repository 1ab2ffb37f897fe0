namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// Which device-minutes count as "inside": a weighted sum of the zones as configured. Remote counts nowhere: it is the street and the
/// neighbours.
/// </summary>
internal enum SignalGate
{
    /// <summary>Immediate + near + far.</summary>
    Far = 0,

    /// <summary>Immediate + near + half of far.</summary>
    HalfFar = 1,

    /// <summary>Immediate + near.</summary>
    Near = 2,
}

/// <summary>What a gate lets through.</summary>
internal static class SignalGates
{
    /// <summary>Number of gates; they are 0 to this − 1.</summary>
    public const int Count = 3;

    /// <summary>Device-minutes that pass.</summary>
    public static double Sum(SignalGate gate, in BoxPeriod period) => period.Immediate + period.Near + (FarShare(gate) * period.Far);

    /// <summary>The part of the far zone that passes.</summary>
    public static double FarShare(SignalGate gate) => gate switch
    {
        SignalGate.Far => 1,
        SignalGate.HalfFar => 0.5,
        _ => 0,
    };
}
