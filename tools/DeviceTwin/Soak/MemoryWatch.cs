using JamBox.App;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>The heap is flat: after warm-up the firmware keeps no more than it did, and allocates little (texts of the log, mostly).</summary>
internal sealed class MemoryWatch(VirtualClock clock, DeviceRun device, Problems problems) : IBoxWatch
{
    /// <summary>
    /// Bytes per virtual day that the firmware may allocate after warm-up, as .NET counts them (a text of n characters is 22 + 2n). A line of
    /// state a minute is by far the most: 1,440 lines, each put together from a dozen pieces. Trouble adds lines of its own.
    /// </summary>
    public const long MostAllocatedADay = 2 * 1024 * 1024;

    /// <summary>Bytes that what is kept may grow by: a list of channels may become longer.</summary>
    public const int MostGrowth = 512;

    private const long WarmUpMs = 600_000;
    private const long MeasurableMs = 3_600_000;
    private const double MsADay = 86_400_000;

    private Box? _box;
    private bool _isWarm;
    private long _warmSinceMs;
    private long _allocatedBefore;
    private long _keptBefore;
    private long _allocated;
    private double _measuredMs;

    /// <summary>Bytes allocated a day after warm-up.</summary>
    public double AllocatedADay => _measuredMs < MeasurableMs ? 0 : _allocated * MsADay / _measuredMs;

    /// <summary>Bytes that the firmware keeps, as a board would count them.</summary>
    public long Kept { get; private set; }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        _box = box;
        _isWarm = false;
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
        if (!_isWarm && clock.UptimeMs >= WarmUpMs && _box!.UplinkState.AcceptedReadings > 0)
        {
            _isWarm = true;
            _warmSinceMs = clock.NowMs;
            _allocatedBefore = device.AllocatedBytes;
            _keptBefore = HeapWalker.Walk(_box).Bytes;
        }
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death) => Settle();

    /// <summary>The world ends.</summary>
    public void Finish()
    {
        Settle();
        if (AllocatedADay > MostAllocatedADay)
        {
            problems.Add(clock.NowMs, FormattableString.Invariant($"the firmware allocates {AllocatedADay:N0} bytes per day"));
        }
    }

    private void Settle()
    {
        if (!_isWarm)
        {
            return;
        }

        _isWarm = false;
        _allocated += device.AllocatedBytes - _allocatedBefore;
        _measuredMs += clock.NowMs - _warmSinceMs;
        Kept = HeapWalker.Walk(_box!).Bytes;
        if (Kept > _keptBefore + MostGrowth)
        {
            problems.Add(clock.NowMs, $"the firmware keeps {Kept} bytes, {Kept - _keptBefore} more than after warm-up");
        }
    }
}
