using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>The watchdog: notes the longest time that the loop stood still, and when it would bite.</summary>
internal sealed class TwinWatchdog(IClock clock) : IWatchdog
{
    private long _fedAtMs;
    private int _timeoutMs;

    /// <summary>The longest time between two feeds in any boot, virtual ms.</summary>
    public long LongestGapMs { get; private set; }

    /// <summary>The uptime at which it bites unless it is fed before; never before it was started.</summary>
    public long BitesAtMs => _timeoutMs == 0 ? long.MaxValue : _fedAtMs + _timeoutMs;

    public void Start(int timeoutMs)
    {
        _timeoutMs = timeoutMs;
        _fedAtMs = clock.UptimeMs;
    }

    public void Feed()
    {
        long now = clock.UptimeMs;
        LongestGapMs = Math.Max(LongestGapMs, now - _fedAtMs);
        _fedAtMs = now;
    }

    /// <summary>The box restarts: it is off until it is started.</summary>
    public void Reset() => _timeoutMs = 0;
}
