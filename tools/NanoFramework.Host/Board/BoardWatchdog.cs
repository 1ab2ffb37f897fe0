using System.Diagnostics;

namespace JamBox.Board;

/// <summary>The RTC watchdog. It bites when somebody looks: whoever runs the board asks <see cref="HasExpired"/> now and then.</summary>
public sealed class BoardWatchdog
{
    private long _fedAt;

    /// <summary>Gets the time-out in ms; 0 when it was not started.</summary>
    public int TimeoutMs { get; private set; }

    /// <summary>Gets how often it was fed.</summary>
    public long Feeds { get; private set; }

    /// <summary>Gets a value indicating whether it has been left alone for too long.</summary>
    public bool HasExpired => TimeoutMs > 0 && Stopwatch.GetElapsedTime(Interlocked.Read(ref _fedAt)).TotalMilliseconds > TimeoutMs;

    internal void Start(int timeoutMs)
    {
        Feed();
        TimeoutMs = timeoutMs;
    }

    internal void Feed()
    {
        Interlocked.Exchange(ref _fedAt, Stopwatch.GetTimestamp());
        Feeds++;
    }
}
