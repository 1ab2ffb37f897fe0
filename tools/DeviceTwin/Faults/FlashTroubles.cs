using JamBox.Board;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>
/// Sectors of flash go bad, for good: a repair would be a wonder, so <see cref="FaultInjector.Stop"/> does not mend them and what waits is sent
/// all the same. Not in <c>deploy</c> and <c>boot</c>: what runs has no copy of itself, and where the trial boots cannot be counted no image is taken
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
        SimulatedFlash[] others = kind == FaultKind.FlashReadFails ? [chip.Patch, chip.Stage] : [chip.Patch, chip.Stage, chip.Previous];
        SimulatedFlash partition = random.Chance(LogChance) ? chip.Log : others[random.Between(0, others.Length - 1)];
        int sectors = partition.Length / SimulatedFlash.BytesASector;
        int sector = (partition.LastSector + random.Between(0, SectorsAhead)) % sectors;
        if (!partition.IsBad(sector) && partition.BadSectors >= sectors / MostBadShare)
        {
            return;
        }

        counts.Add(kind);
        partition.GoBad(sector, kind switch
        {
            FaultKind.FlashWriteIgnored => SectorFaults.IgnoresWrites,
            FaultKind.FlashEraseIgnored => SectorFaults.IgnoresErases,
            _ => SectorFaults.RefusesReads,
        });
    }
}
