using System.Diagnostics;
using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>
/// The clock that the firmware sees: the virtual one, with a look at the box whenever it sleeps. Between two sleeps no reading can be
/// both closed and sent, so that none escapes. Here too the box loses its power, and its watchdog bites.
/// </summary>
internal sealed class ObservedClock(IClock clock, TwinWatchdog watchdog, PowerSwitch power, FirmwareMeter meter) : IClock
{
    // A loop that asks for the time so often without ever sleeping will never sleep.
    private const int MostLooks = 20_000_000;

    private int _looks;

    /// <summary>Called before each sleep.</summary>
    public Action? Sleeping { get; set; }

    public long UptimeMs
    {
        get
        {
            if (++_looks > MostLooks)
            {
                throw new InvalidOperationException("the firmware spins: it asks for the time again and again without ever sleeping");
            }

            return clock.UptimeMs;
        }
    }

    public void Sleep(int milliseconds)
    {
        meter.Pause();
        _looks = 0;
        Sleeping?.Invoke();
        long now = clock.UptimeMs;
        long leftMs = Math.Max(watchdog.BitesAtMs - now, 0);
        bool isBitten = milliseconds > leftMs || (power.IsHanging && watchdog.BitesAtMs != long.MaxValue);
        clock.Sleep(isBitten ? (int)Math.Min(leftMs, int.MaxValue) : milliseconds);
        if (power.IsCut)
        {
            throw PowerSwitch.Die("power lost");
        }

        if (isBitten)
        {
            throw new BoxDiedException(BoxDiedException.Watchdog, "the loop stood still for too long");
        }

        meter.Resume();
    }
}

/// <summary>
/// Adds up what the firmware allocates, and nothing of what the twin around it does: it runs while the firmware's code runs and is
/// paused in every port that may allocate.
/// </summary>
internal sealed class FirmwareMeter
{
    private long _since;
    private bool _isRunning;

    /// <summary>Bytes allocated by the firmware so far.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>The firmware's code goes on.</summary>
    public void Resume()
    {
        _isRunning = true;
        _since = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>Code of the twin runs.</summary>
    /// <returns>Whether the firmware's code was running.</returns>
    public bool Pause()
    {
        bool wasRunning = _isRunning;
        if (wasRunning)
        {
            AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - _since;
            _isRunning = false;
        }

        return wasRunning;
    }
}

/// <summary>Slows virtual time down to a factor of real time.</summary>
internal sealed class Pacer(double factor, CancellationToken stop)
{
    private readonly Stopwatch _real = Stopwatch.StartNew();

    /// <summary>Blocks until real time has caught up.</summary>
    /// <param name="virtualMs">World time.</param>
    public void Pace(long virtualMs)
    {
        double aheadMs = (virtualMs / factor) - _real.Elapsed.TotalMilliseconds;
        if (aheadMs >= 1)
        {
            stop.WaitHandle.WaitOne((int)Math.Min(aheadMs, 60_000));
        }
    }
}
