using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>
/// A partition of the flash, raw. It is NOR flash: an erase sets a whole sector to 0xFF, a write only turns ones into zeros, and a loss
/// of power in either leaves any mixture. Whatever needs more than that is the caller's. Each call blocks: about 0.1 ms a KB read,
/// 1…3 ms a KB written, 45 ms (at most 400) a sector erased; on both cores nothing runs from flash during a write or an erase.
/// </summary>
public sealed class FlashRegion
{
    /// <summary>Bytes per sector: the unit of <see cref="Erase"/>.</summary>
    public const int SectorSize = 4096;

    // Read by the native side: index into its table of regions.
    private readonly int _region;

    /// <param name="name">
    /// <c>stage</c>, <c>patch</c>, <c>log</c>: all operations. <c>deploy</c>, <c>previous</c>: reading only, because the assemblies run
    /// from the one and the way back is in the other; the boot copies write them. <c>ident</c>: reading only, it is in NVS format.
    /// </param>
    /// <exception cref="ArgumentNullException">The name is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">None of these names.</exception>
    /// <exception cref="InvalidOperationException">The partition table of this box lacks it.</exception>
    public FlashRegion(string name)
    {
        _region = Find(name);
    }

    /// <summary>Gets the length in bytes, a multiple of <see cref="SectorSize"/>.</summary>
    public extern int Length
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="address">Where from, in bytes from the start of the region.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many bytes, 0 or more.</param>
    /// <returns><c>false</c> when the flash refused: the buffer's part is undefined.</returns>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Beyond the region or the buffer.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern bool Read(int address, byte[] buffer, int offset, int count);

    /// <summary>Writes bytes over erased ones: bits that are zero stay zero. Does not read back.</summary>
    /// <param name="address">Where to, in bytes from the start of the region. Any alignment.</param>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index to read.</param>
    /// <param name="count">How many bytes, 0 or more.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Beyond the region or the buffer.</exception>
    /// <exception cref="InvalidOperationException">The region can only be read.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern bool Write(int address, byte[] buffer, int offset, int count);

    /// <summary>
    /// Erases whole sectors to 0xFF. One after the other: feed the watchdog between calls rather than erase much at once.
    /// </summary>
    /// <param name="address">First byte, a multiple of <see cref="SectorSize"/>.</param>
    /// <param name="count">How many bytes, a multiple of <see cref="SectorSize"/>.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Beyond the region, or no multiple.</exception>
    /// <exception cref="InvalidOperationException">The region can only be read.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern bool Erase(int address, int count);

    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int Find(string name);
}
