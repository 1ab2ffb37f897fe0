using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>What goes wrong with the radio itself: it listens and hears nothing, or does not even listen.</summary>
internal sealed class RadioTroubles(FaultSite site, FaultCounts counts)
{
    private static readonly RadioTrouble[] s_troubles = [RadioTrouble.DeafUntilRestart, RadioTrouble.DeafUntilReboot, RadioTrouble.Refuses];

    /// <summary>Makes it go wrong.</summary>
    /// <param name="kind">Which half.</param>
    /// <param name="random">How.</param>
    public void Happen(FaultKind kind, SeededRandom random)
    {
        if (site.Radio is not { } radio)
        {
            return;
        }

        counts.Add(kind);
        RadioTrouble trouble = s_troubles[random.Between(0, s_troubles.Length - 1)];
        if (kind == FaultKind.WifiDeaf)
        {
            radio.WifiTrouble = trouble;
        }
        else
        {
            radio.BleTrouble = trouble;
        }
    }

    /// <summary>It hears again.</summary>
    public void Stop()
    {
        if (site.Radio is { } radio)
        {
            radio.WifiTrouble = RadioTrouble.None;
            radio.BleTrouble = RadioTrouble.None;
        }
    }
}
