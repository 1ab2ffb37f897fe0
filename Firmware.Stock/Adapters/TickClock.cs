using System;
using System.Threading;
using JamBox.Ports;

namespace JamBox.Stock.Adapters;

/// <summary>Uptime from the CLR: milliseconds since the chip started, 64 bits.</summary>
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
