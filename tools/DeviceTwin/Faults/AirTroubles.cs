using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>More on air than the box has tables for.</summary>
internal sealed class AirTroubles(FaultSite site, FaultCounts counts)
{
    private const int SecondMs = 1_000;

    /// <summary>Makes it happen.</summary>
    /// <param name="kind">What.</param>
    /// <param name="random">How.</param>
    public void Happen(FaultKind kind, SeededRandom random)
    {
        if (site.Crowd() is not { } crowd)
        {
            return;
        }

        counts.Add(kind);
        switch (kind)
        {
            case FaultKind.FloodOfProbes:
                crowd.Flood(perSecond: 2_000, random.Between(5, 40) * SecondMs);
                break;
            case FaultKind.FloodOfDevices:
                int devices = random.Between(1_500, 3_000);
                crowd.Flood(perSecond: devices / 30, random.Between(60, 180) * SecondMs, devices);
                break;
            default:
                crowd.FloodAdverts(perSecond: 300, random.Between(60, 180) * SecondMs, random.Between(300, 1_200));
                break;
        }
    }
}
