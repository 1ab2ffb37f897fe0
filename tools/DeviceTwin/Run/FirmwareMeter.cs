namespace JamBox.Twin.Run;

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
