using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>nanoFramework has no call that writes an ESP32's own image: what is fetched can be checked, not installed.</summary>
internal sealed class NoSlot : IFirmwareSlot
{
    /// <inheritdoc/>
    public bool CanReplace => false;

    /// <inheritdoc/>
    public bool Begin(int sizeBytes)
    {
        return false;
    }

    /// <inheritdoc/>
    public bool Write(byte[] buffer, int count)
    {
        return false;
    }

    /// <inheritdoc/>
    public bool Activate()
    {
        return false;
    }
}
