using System.Diagnostics;

namespace JamBox.Twin.Run;

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
