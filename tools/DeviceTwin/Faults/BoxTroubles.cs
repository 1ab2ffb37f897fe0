using JamBox.Board;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
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

/// <summary>
/// Sectors of flash go bad, for good: a repair would be a wonder, so <see cref="FaultInjector.Stop"/> does not mend them and what waits is
/// sent all the same. Not in <c>deploy</c> and <c>boot</c>: what runs has no copy of itself, and where the trial boots cannot be counted
/// no image is taken
/// back. Such a box is one for the bench.
/// </summary>
internal sealed class FlashTroubles(FaultSite site, FaultCounts counts)
{
    /// <summary>A quarter of a partition at most: more is a chip to be replaced.</summary>
    private const int MostBadShare = 4;

    /// <summary>The sector in use, or one of the next few: a sector that is never written to may be as bad as it likes.</summary>
    private const int SectorsAhead = 3;

    // The log is written to all the time, the others by an update only.
    private const double LogChance = 0.6;

    /// <summary>Makes a sector go bad.</summary>
    /// <param name="kind">In which way.</param>
    /// <param name="random">Of which partition, and which.</param>
    public void Happen(FaultKind kind, SeededRandom random)
    {
        if (site.Chip is not { } chip)
        {
            return;
        }

        // What lies in previous may be the only way back: it takes nothing new, but gives what it has.
        bool isUnreadable = kind == FaultKind.FlashReadFails;
        SimulatedFlash[] others = isUnreadable ? [chip.Patch, chip.Stage, chip.Boot] : [chip.Patch, chip.Stage, chip.Previous, chip.Boot, chip.Deploy];
        SimulatedFlash partition = random.Chance(LogChance) ? chip.Log : others[random.Between(0, others.Length - 1)];
        int sectors = partition.Length / SimulatedFlash.BytesASector;
        int sector = (partition.LastSector + random.Between(0, SectorsAhead)) % sectors;
        if ((!partition.IsBad(sector) && partition.BadSectors >= sectors / MostBadShare) || (partition == chip.Deploy && !IsAtRest(chip)))
        {
            return;
        }

        counts.Add(kind);
        partition.GoBad(sector, partition == chip.Deploy ? SectorFaults.IgnoresWrites | SectorFaults.IgnoresErases : kind switch
        {
            FaultKind.FlashWriteIgnored => SectorFaults.IgnoresWrites,
            FaultKind.FlashEraseIgnored => SectorFaults.IgnoresErases,
            _ => SectorFaults.RefusesReads,
        });
    }

    // Of what runs there is one copy at its place: a sector that loses what it holds is the end of the box, whoever wrote the firmware. One
    // that takes nothing new is not, as long as it holds what it should.
    private static bool IsAtRest(BoxFlash chip)
    {
        chip.Boot.IsLookedAt = true;
        BootResult result = BootCopies.Model.Read(chip, out BootEntry entry);
        chip.Boot.IsLookedAt = false;
        return result == BootResult.Ok
            && entry.State is BootState.None or BootState.Confirmed or BootState.RolledBack or BootState.Refused;
    }
}

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
