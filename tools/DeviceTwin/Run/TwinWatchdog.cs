using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>The watchdog: notes the longest time that the loop stood still.</summary>
internal sealed class TwinWatchdog(IClock clock) : IWatchdog
{
    private long _fedAtMs;
    private int _timeoutMs;

    /// <summary>The longest time between two feeds, virtual ms.</summary>
    public long LongestGapMs { get; private set; }

    /// <summary>Whether it would have reset the box.</summary>
    public bool HasBitten => _timeoutMs > 0 && LongestGapMs > _timeoutMs;

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
}
