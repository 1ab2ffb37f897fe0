using System.Threading;
using JamBox.Ports;
using nanoFramework.Runtime.Native;

namespace JamBox.Stock.Adapters;

/// <summary>
/// A watchdog in managed code, because the stock image has no other: a thread that reboots the box when the loop stands still. It ends a
/// loop that waits for ever; it cannot end a CLR that hangs, or waits for a debugger.
/// </summary>
internal sealed class LoopWatchdog : IWatchdog
{
    private const int CheckMs = 10000;

    private readonly IClock _clock;
    private int _timeoutMs;
    private long _fedMs;

    /// <summary>It does not run yet.</summary>
    /// <param name="clock">Uptime.</param>
    public LoopWatchdog(IClock clock)
    {
        _clock = clock;
    }

    /// <inheritdoc/>
    public void Start(int timeoutMs)
    {
        Feed();
        bool isNew = _timeoutMs == 0;
        _timeoutMs = timeoutMs;
        if (isNew)
        {
            new Thread(Watch).Start();
        }
    }

    /// <inheritdoc/>
    public void Feed()
    {
        _fedMs = _clock.UptimeMs;
    }

    private void Watch()
    {
        int pause = _timeoutMs < CheckMs ? _timeoutMs : CheckMs;
        while (_clock.UptimeMs - _fedMs < _timeoutMs)
        {
            Thread.Sleep(pause);
        }

        // Nothing else: whatever the loop hangs in, the file system included, must not hold this up.
        Power.RebootDevice();
    }
}
