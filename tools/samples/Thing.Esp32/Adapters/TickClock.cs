using System;
using System.Threading;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>The runtime's clock.</summary>
internal sealed class TickClock : IClock
{
    /// <inheritdoc/>
    public long UptimeMs => Environment.TickCount64;

    /// <inheritdoc/>
    public void Sleep(int milliseconds)
    {
        Thread.Sleep(milliseconds);
    }
}
