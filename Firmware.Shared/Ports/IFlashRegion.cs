namespace JamBox.Ports;

/// <summary>
/// A partition of raw NOR flash. Erasing sets all bits of whole sectors, writing only clears bits; power may fail in the middle of
/// either, and what was being changed is then anything.
/// </summary>
public interface IFlashRegion
{
    /// <summary>Gets the size in bytes, a multiple of <see cref="SectorSize"/>.</summary>
    int Length { get; }

    /// <summary>Gets the bytes that are erased together: 4,096 on the board.</summary>
    int SectorSize { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="address">First byte, from 0.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    bool Read(int address, byte[] buffer, int offset, int count);

    /// <summary>Writes bytes: bits that are 0 in the buffer become 0, the others stay.</summary>
    /// <param name="address">First byte, a multiple of 4.</param>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index to read.</param>
    /// <param name="count">How many bytes, a multiple of 4.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    bool Write(int address, byte[] buffer, int offset, int count);

    /// <summary>Erases the sector that begins at an address.</summary>
    /// <param name="address">A multiple of <see cref="SectorSize"/>.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    bool EraseSector(int address);
}
