using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>The partitions of an update and the boot record. The numbers of states and reasons are those in flash, here as there.</summary>
internal sealed class FirmwareSlots : IFirmwareSlots
{
    /// <inheritdoc/>
    public IFlashRegion Deploy { get; } = new FlashPartition("deploy");

    /// <inheritdoc/>
    public IFlashRegion Stage { get; } = new FlashPartition("stage");

    /// <inheritdoc/>
    public IFlashRegion Patch { get; } = new FlashPartition("patch");

    /// <inheritdoc/>
    public SlotState State => (SlotState)(int)BootRecord.State;

    /// <inheritdoc/>
    public SlotReason Reason => (SlotReason)(int)BootRecord.Reason;

    /// <inheritdoc/>
    public int TrialBoots => BootRecord.TrialBoots;

    /// <inheritdoc/>
    public void GetNewHash(byte[] hash)
    {
        BootRecord.GetNewHash(hash);
    }

    /// <inheritdoc/>
    public void GetOldHash(byte[] hash)
    {
        BootRecord.GetOldHash(hash);
    }

    /// <inheritdoc/>
    public bool Install(int newLength, byte[] newHash, int oldLength, byte[] oldHash)
    {
        return BootRecord.Install(newLength, newHash, oldLength, oldHash);
    }

    /// <inheritdoc/>
    public bool Confirm()
    {
        return BootRecord.Confirm();
    }

    /// <inheritdoc/>
    public bool RollBack(SlotReason reason)
    {
        return BootRecord.RollBack((BootReason)(int)reason);
    }
}
