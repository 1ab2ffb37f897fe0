using JamBox.Board;
using JamBox.Readings;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Soak;

/// <summary>
/// Looks into the log partition, past whatever is wrong with its sectors, for what a bad sector explains: its layout (docs/flash.md,
/// "Reading log") is known here a second time, so that the firmware does not judge itself.
/// </summary>
internal static class LoggedReadings
{
    private const int SlotBytes = 128;
    private const int KindAt = 2;
    private const int MagicAt = 3;
    private const int BodyAt = 20;
    private const byte KindReading = 1;
    private const byte Magic = 0xB5;

    /// <summary>Says whether a sector of the log can no longer be read.</summary>
    /// <param name="flash">The log.</param>
    /// <returns>Whether one cannot.</returns>
    public static bool HasUnreadable(SimulatedFlash flash) =>
        Enumerable.Range(0, flash.Length / SimulatedFlash.BytesASector).Any(
            sector => flash.FaultsOf(sector).HasFlag(SectorFaults.RefusesReads));

    /// <summary>Says whether a reading that was done may wait again after a reboot: its mark may not have been kept.</summary>
    /// <param name="flash">The log.</param>
    /// <param name="key">Which reading.</param>
    /// <param name="fate">What became of it before.</param>
    /// <returns>Whether it lies in a sector that takes no writes, or gave way to a reading that bad sectors refused.</returns>
    public static bool MayReturn(SimulatedFlash flash, ReadingKey key, Fate fate) => fate == Fate.Overwritten
        ? flash.BadSectors > 0
        : Sectors(flash, key).Exists(sector => flash.FaultsOf(sector).HasFlag(SectorFaults.IgnoresWrites));

    /// <summary>Says whether a reading that waited may be gone after a reboot.</summary>
    /// <param name="flash">The log.</param>
    /// <param name="key">Which reading.</param>
    /// <returns>Whether there are bad sectors and no other one holds it.</returns>
    public static bool MayBeGone(SimulatedFlash flash, ReadingKey key) =>
        flash.BadSectors > 0 && Sectors(flash, key).TrueForAll(sector => flash.FaultsOf(sector).HasFlag(SectorFaults.RefusesReads));

    /// <summary>Says whether a reading that a running box gave up cannot be read.</summary>
    /// <param name="flash">The log.</param>
    /// <param name="key">Which reading.</param>
    /// <returns>Whether it is there, in sectors that cannot be read.</returns>
    public static bool IsUnreadable(SimulatedFlash flash, ReadingKey key) =>
        flash.BadSectors > 0 && Sectors(flash, key) is { Count: > 0 } sectors
            && sectors.TrueForAll(sector => flash.FaultsOf(sector).HasFlag(SectorFaults.RefusesReads));

    private static List<int> Sectors(SimulatedFlash flash, ReadingKey key)
    {
        byte[] content = flash.Content;
        var body = new byte[SlotBytes];
        var fields = new int[ReadingField.Count];
        var sectors = new List<int>();
        for (int at = 0; at < content.Length; at += SlotBytes)
        {
            if (content[at + MagicAt] == Magic && content[at + KindAt] == KindReading)
            {
                content.AsSpan(at, SlotBytes).CopyTo(body);
                PackedReading.Unpack(body, BodyAt, PackedReading.Size, fields);
                if ((uint)fields[ReadingField.BootId] == key.Boot && fields[ReadingField.Number] == key.Number)
                {
                    sectors.Add(at / SimulatedFlash.BytesASector);
                }
            }
        }

        return sectors;
    }
}
