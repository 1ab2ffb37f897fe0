namespace JamBox.Boot;

/// <summary>
/// The flash of a box as the boot copies use it: <c>jb_flash</c> of <c>jb_boot.h</c>. They ask only for what lies within a region.
/// </summary>
public interface IBootFlash
{
    /// <summary>Gets the bytes that are erased together: a power of two, 256…65,536.</summary>
    int SectorBytes { get; }

    /// <summary>Gets the length of a region.</summary>
    /// <param name="region">Which.</param>
    /// <returns>Bytes, a multiple of <see cref="SectorBytes"/>.</returns>
    int RegionBytes(BootRegion region);

    /// <summary>Reads bytes.</summary>
    /// <param name="region">Where.</param>
    /// <param name="address">First byte, from the start of the region.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    bool Read(BootRegion region, int address, Span<byte> buffer);

    /// <summary>Writes bytes, which only clears bits.</summary>
    /// <param name="region">Where.</param>
    /// <param name="address">First byte, from the start of the region.</param>
    /// <param name="bytes">What.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    bool Write(BootRegion region, int address, ReadOnlySpan<byte> bytes);

    /// <summary>Erases one sector to 0xFF.</summary>
    /// <param name="region">Where.</param>
    /// <param name="address">Its first byte.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    bool Erase(BootRegion region, int address);

    /// <summary>Feeds the boot watchdog.</summary>
    void Feed();
}

/// <summary>Regions of the flash as the boot copies see them; the numbers are those of <c>jb_boot.h</c>.</summary>
public enum BootRegion
{
    /// <summary>What runs.</summary>
    Deploy = 0,

    /// <summary>What is to run.</summary>
    Stage = 1,

    /// <summary>What ran before.</summary>
    Previous = 2,

    /// <summary>Records and journals.</summary>
    Boot = 3,
}
