using System.Threading;
using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>Uptime from the chip's own 64-bit timer: the clock that the native ring stamps its records with.</summary>
internal sealed class BoardClock : IClock
{
    /// <inheritdoc/>
    public long UptimeMs => MonotonicClock.Microseconds / 1000;

    /// <inheritdoc/>
    public void Sleep(int milliseconds)
    {
        Thread.Sleep(milliseconds);
    }
}
