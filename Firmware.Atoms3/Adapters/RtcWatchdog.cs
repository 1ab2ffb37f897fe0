using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>The watchdog of the chip's RTC. It works without the CLR, so it also ends a CLR that hangs or waits for a debugger.</summary>
internal sealed class RtcWatchdog : IWatchdog
{
    /// <inheritdoc/>
    public void Start(int timeoutMs)
    {
        Watchdog.Start(timeoutMs);
    }

    /// <inheritdoc/>
    public void Feed()
    {
        Watchdog.Feed();
    }
}
