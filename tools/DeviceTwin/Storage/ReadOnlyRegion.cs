using JamBox.Ports;

namespace JamBox.Twin.Storage;

/// <summary>A partition that the firmware may only read: whoever changes it is in error, and the run ends.</summary>
internal sealed class ReadOnlyRegion(SimulatedFlash flash) : IFlashRegion
{
    public int Length => flash.Length;

    public int SectorSize => flash.SectorSize;

    public bool Read(int address, byte[] buffer, int offset, int count) => flash.Read(address, buffer, offset, count);

    public bool Write(int address, byte[] buffer, int offset, int count) => throw new InvalidOperationException($"the firmware writes at {address} of a region that it may only read");

    public bool EraseSector(int address) => throw new InvalidOperationException($"the firmware erases at {address} of a region that it may only read");
}
