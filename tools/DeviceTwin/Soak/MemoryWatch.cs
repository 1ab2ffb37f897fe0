using System.Reflection;
using JamBox.App;
using JamBox.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// The heap is flat: after warm-up the firmware keeps no more than it did, and allocates little (texts of the log, mostly).
/// </summary>
internal sealed class MemoryWatch(VirtualClock clock, DeviceRun device, Problems problems) : IBoxWatch
{
    /// <summary>
    /// Bytes per virtual day that the firmware may allocate after warm-up, as .NET counts them (a text of n characters is 22 + 2n). A line
    /// of state a minute is by far the most: 1,440 lines, each put together from a dozen pieces. Trouble adds lines of its own.
    /// </summary>
    public const long MostAllocatedADay = 2 * 1024 * 1024;

    /// <summary>
    /// Bytes that a fault may cost beyond that: its lines, and what is done again because of it. Faults come by the hour in some worlds, and
    /// the hours without them are none that such a world has: what one hour took says nothing of a day.
    /// </summary>
    public const int MostAllocatedAFault = 4 * 1024;

    /// <summary>Bytes that an update may take and give back, beyond that: the buffers of its image, made as often as they may be.</summary>
    public const int MostAllocatedAnUpdate = 64 * 1024;

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

    /// <summary>How many things have gone wrong so far; <c>null</c> = none does.</summary>
    public Func<long>? Faults { get; set; }

    /// <summary>Bytes allocated after warm-up, in all boots.</summary>
    public long Allocated => _allocated;

    /// <summary>Bytes that may have been, in the time that was measured and with what went wrong.</summary>
    public long MostAllocated => MostAllocatedIn(_measuredMs, Faults?.Invoke() ?? 0);

    /// <summary>Bytes allocated a day after warm-up.</summary>
    public double AllocatedADay => _measuredMs < MeasurableMs ? 0 : _allocated * MsADay / _measuredMs;

    /// <summary>Bytes that the firmware keeps, as a board would count them.</summary>
    public long Kept { get; private set; }

    /// <summary>Says how much may be allocated: by the time, by what went wrong, and for an update. Nothing is extrapolated.</summary>
    /// <param name="measuredMs">For how long, ms.</param>
    /// <param name="faults">How many things went wrong.</param>
    /// <returns>Bytes.</returns>
    public static long MostAllocatedIn(double measuredMs, long faults) =>
        (long)(MostAllocatedADay * measuredMs / MsADay) + (faults * MostAllocatedAFault) + MostAllocatedAnUpdate;

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
        if (_measuredMs >= MeasurableMs && Allocated > MostAllocated)
        {
            problems.Add(
                clock.NowMs,
                FormattableString.Invariant(
                    $"the firmware allocated {Allocated:N0} bytes in {_measuredMs / MeasurableMs:N1} h, {MostAllocated:N0} at most are right"));
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

/// <summary>
/// Adds up what an object of the firmware keeps alive, as a board would see it: objects of the firmware's own types, arrays and texts that
/// are reachable from it. What grows from day to day here is a leak. The memory of an update that is being made is left out: it is given
/// back.
/// </summary>
internal sealed class HeapWalker
{
    private const int ObjectBytes = 12;
    private const int FieldBytes = 12;

    private readonly Assembly _own;
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _open = new();

    private HeapWalker(Assembly own)
    {
        _own = own;
    }

    /// <summary>Adds up.</summary>
    /// <param name="root">The object.</param>
    /// <returns>Objects and bytes.</returns>
    public static (int Objects, long Bytes) Walk(object root) => new HeapWalker(root.GetType().Assembly).WalkFrom(root);

    private (int Objects, long Bytes) WalkFrom(object root)
    {
        long bytes = 0;
        Reach(root);
        while (_open.TryPop(out object? item))
        {
            bytes += ObjectBytes + SizeOf(item);
        }

        return (_seen.Count, bytes);
    }

    private long SizeOf(object item)
    {
        if (item is string text)
        {
            return text.Length;
        }

        if (item is Array array)
        {
            return SizeOf(array);
        }

        long bytes = 0;
        for (Type? type = item.GetType(); type != null && type != typeof(object); type = type.BaseType)
        {
            foreach (
                FieldInfo field in type.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                bytes += FieldBytes;
                Reach(field.GetValue(item));
            }
        }

        return bytes;
    }

    private long SizeOf(Array array)
    {
        if (array.GetType().GetElementType()!.IsPrimitive)
        {
            return Buffer.ByteLength(array);
        }

        foreach (object? element in array)
        {
            Reach(element);
        }

        return array.Length * FieldBytes;
    }

    // What stands behind the ports is the twin's.
    private void Reach(object? item)
    {
        bool isOurs = item is string or Array || (
            item != null && !item.GetType().IsValueType && item.GetType().Assembly == _own && item is not (Delegate or Installer));
        if (isOurs && _seen.Add(item!))
        {
            _open.Push(item!);
        }
    }
}
