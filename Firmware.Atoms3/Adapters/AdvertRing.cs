using System;
using System.Threading;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// Records of advertisements on their way from the thread of the events to the loop: one producer, one consumer, no lock. Each of the
/// two counters has one writer; it moves only after the bytes that it stands for are written, or have been copied away.
/// </summary>
internal sealed class AdvertRing
{
    /// <summary>Records that wait at most: 1 KB, and what the loop's longest sleep, 100 ms, brings at 640 a second.</summary>
    public const int Capacity = 64;

    // The counters run on and wrap; as the capacity is a power of two, their low bits are the place.
    private const int Mask = Capacity - 1;

    private readonly byte[] _bytes = new byte[Capacity * RadioRecord.Size];
    private int _written;
    private int _read;
    private int _dropped;

    /// <summary>Gets the records that found the ring full, since boot. Only grows; wraps at 2^31.</summary>
    public int Dropped => _dropped;

    /// <summary>Puts a record in, or counts it as dropped. For the producer.</summary>
    /// <param name="address">48 bits, first byte on air in the highest.</param>
    /// <param name="rssiDbm">Signal strength, 0 when not known.</param>
    /// <param name="timeMs">Uptime, low 32 bits.</param>
    /// <param name="flags">As in <see cref="RadioRecord"/>.</param>
    public void Put(ulong address, int rssiDbm, int timeMs, byte flags)
    {
        int written = _written;
        if (written - Interlocked.CompareExchange(ref _read, 0, 0) >= Capacity)
        {
            _dropped = (_dropped + 1) & 0x7FFFFFFF;
            return;
        }

        byte[] bytes = _bytes;
        int at = (written & Mask) * RadioRecord.Size;
        bytes[at] = (byte)(address >> 40);
        bytes[at + 1] = (byte)(address >> 32);
        bytes[at + 2] = (byte)(address >> 24);
        bytes[at + 3] = (byte)(address >> 16);
        bytes[at + 4] = (byte)(address >> 8);
        bytes[at + 5] = (byte)address;
        bytes[at + RadioRecord.RssiDbm] = (byte)(rssiDbm >= 0 ? 0 : (rssiDbm < -127 ? -127 : rssiDbm));
        bytes[at + RadioRecord.TimeMs] = (byte)timeMs;
        bytes[at + RadioRecord.TimeMs + 1] = (byte)(timeMs >> 8);
        bytes[at + RadioRecord.TimeMs + 2] = (byte)(timeMs >> 16);
        bytes[at + RadioRecord.TimeMs + 3] = (byte)(timeMs >> 24);
        bytes[at + RadioRecord.Flags] = flags;
        Interlocked.Exchange(ref _written, written + 1);
    }

    /// <summary>Takes records out, oldest first. For the consumer.</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many.</returns>
    public int Drain(byte[] records)
    {
        int read = _read;
        int count = Interlocked.CompareExchange(ref _written, 0, 0) - read;
        int room = records.Length / RadioRecord.Size;
        count = count < room ? count : room;
        if (count <= 0)
        {
            return 0;
        }

        int first = read & Mask;
        int beforeWrap = Capacity - first;
        beforeWrap = beforeWrap < count ? beforeWrap : count;
        Array.Copy(_bytes, first * RadioRecord.Size, records, 0, beforeWrap * RadioRecord.Size);
        Array.Copy(_bytes, 0, records, beforeWrap * RadioRecord.Size, (count - beforeWrap) * RadioRecord.Size);
        Interlocked.Exchange(ref _read, read + count);
        return count;
    }
}
