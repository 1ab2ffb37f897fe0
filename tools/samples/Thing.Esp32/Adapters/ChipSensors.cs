using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>What the bare board can measure: its heap. Put your sensors here, one key each.</summary>
internal sealed class ChipSensors : ISensors
{
    private readonly IDevice _device;

    /// <param name="device">The chip.</param>
    public ChipSensors(IDevice device)
    {
        _device = device;
    }

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public string KeyOf(int index)
    {
        return "heap_kb";
    }

    /// <inheritdoc/>
    public bool TryRead(int index, out double value)
    {
        value = _device.FreeHeapBytes / 1024.0;
        return true;
    }
}
