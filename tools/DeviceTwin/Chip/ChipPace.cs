using System.Diagnostics;

namespace JamBox.Twin.Chip;

/// <summary>
/// Slows the time of a box down: a factor above real time at first, real time once it has been heard, or when it was not for long, so
/// that a box that nobody answers does not keep a processor busy.
/// </summary>
/// <param name="speed">The factor; infinite = as fast as it goes.</param>
/// <param name="stop">Ends a wait.</param>
internal sealed class ChipPace(double speed, CancellationToken stop)
{
    // A modem in a bad place takes five minutes to give up, twice.
    private const long PatienceMs = 15 * 60_000;
    private const int LongestWaitMs = 60_000;

    private readonly Stopwatch _real = new();
    private long _realTimeFromMs;
    private bool _isRealTime;

    /// <summary>From now on it is real time.</summary>
    public bool IsHeard { get; set; }

    /// <summary>Blocks until real time has caught up.</summary>
    /// <param name="worldMs">World time.</param>
    public void Wait(long worldMs)
    {
        if (!_real.IsRunning)
        {
            _real.Start();
        }

        if (!_isRealTime && (IsHeard || worldMs > PatienceMs))
        {
            _isRealTime = true;
            _realTimeFromMs = worldMs;
            _real.Restart();
        }

        double aheadMs = (_isRealTime ? worldMs - _realTimeFromMs : worldMs / speed) - _real.Elapsed.TotalMilliseconds;
        if (aheadMs >= 1)
        {
            stop.WaitHandle.WaitOne((int)Math.Min(aheadMs, LongestWaitMs));
        }
    }
}
