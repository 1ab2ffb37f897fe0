using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>A partition of the chip's flash, by name.</summary>
internal sealed class FlashPartition : IFlashRegion
{
    private readonly FlashRegion _region;

    /// <param name="name">As in <see cref="FlashRegion"/>; a partition table without it is a fault.</param>
    public FlashPartition(string name)
    {
        _region = new FlashRegion(name);
        Length = _region.Length;
    }

    /// <inheritdoc/>
    public int Length { get; }

    /// <inheritdoc/>
    public int SectorSize => FlashRegion.SectorSize;

    /// <inheritdoc/>
    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        return _region.Read(address, buffer, offset, count);
    }

    /// <inheritdoc/>
    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        return _region.Write(address, buffer, offset, count);
    }

    /// <inheritdoc/>
    public bool EraseSector(int address)
    {
        return _region.Erase(address, FlashRegion.SectorSize);
    }
}
