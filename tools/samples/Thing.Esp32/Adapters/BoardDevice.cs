using System;
using System.Diagnostics;
using JamBox.Things.Ports;
using nanoFramework.Runtime.Native;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>The chip. On ESP32 the runtime takes each random byte from the chip's generator.</summary>
internal sealed class BoardDevice : IDevice
{
    private readonly Random _random = new Random();

    /// <inheritdoc/>
    public int FreeHeapBytes
    {
        get
        {
            uint free = nanoFramework.Runtime.Native.GC.Run(false);
            int bytes = (int)free;
            return bytes;
        }
    }

    /// <inheritdoc/>
    public void Random(byte[] buffer)
    {
        _random.NextBytes(buffer);
    }

    /// <inheritdoc/>
    public void Restart(string reason)
    {
        Log("restart: " + reason);
        Power.RebootDevice();
    }

    /// <inheritdoc/>
    public void Log(string line)
    {
        Debug.WriteLine(line);
    }
}
