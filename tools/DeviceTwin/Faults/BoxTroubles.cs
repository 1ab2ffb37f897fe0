using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>What happens to the box itself: its power, its firmware's health, its button, its orders.</summary>
internal sealed class BoxTroubles(FaultSite site, FaultCounts counts)
{
    private const int ShortestOutageMs = 100;
    private const int LongestOutageMs = 20 * 60_000;
    private const int PressMs = 300;

    /// <summary>An update asks for four blocks.</summary>
    private const int MostBlocksLeft = 3;

    /// <summary>Makes it happen.</summary>
    /// <param name="kind">What.</param>
    /// <param name="random">How.</param>
    public void Happen(FaultKind kind, SeededRandom random)
    {
        PowerSwitch power = site.Power;
        switch (kind)
        {
            case FaultKind.PowerLost:
                counts.Add(kind);
                DrawOutage(random);
                power.Cut();
                break;
            case FaultKind.PowerLostInFlash when !power.IsArmed:
                DrawOutage(random);
                power.CutIn(random.Between(1, 4));
                break;
            case FaultKind.PowerLostInFlash:
                break;
            case FaultKind.BoxHangs:
                counts.Add(kind);
                power.IsHanging = true;
                break;
            case FaultKind.HeapFull:
                counts.Add(kind);
                site.Heap.Fill(random.Between(0, MostBlocksLeft));
                break;
            case FaultKind.Button:
                counts.Add(kind);
                site.Buttons.IsMainPressed = true;
                site.Clock.After(PressMs, () => site.Buttons.IsMainPressed = false);
                break;
            case FaultKind.Command when site.Operator is { } commander:
                counts.Add(kind, commander.QueueCommand(random) ? 1 : 0);
                break;
            case FaultKind.Configuration when site.Operator is { } configurer:
                counts.Add(kind, configurer.ChangeConfiguration(random) ? 1 : 0);
                break;
            default:
                break;
        }
    }

    /// <summary>Power stays from now on.</summary>
    public void Stop() => site.Power.Restore();

    private void DrawOutage(SeededRandom random)
    {
        site.Power.OutageMs = ModemTroubles.Spell(random, ShortestOutageMs, LongestOutageMs);
        site.Power.SparesModem = random.Chance(0.25);
    }
}
