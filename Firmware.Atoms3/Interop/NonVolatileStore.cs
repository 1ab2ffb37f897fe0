using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>
/// A namespace of the chip's NVS: small values by name that survive a loss of power. NVS appends to flash and levels its wear; a value
/// is replaced as a whole, so that after a loss of power it is the old or the new one. There is no limit on instances beyond NVS's own
/// memory (about 40 native bytes each), and none is ever closed: open each namespace once, at start.
/// </summary>
public sealed class NonVolatileStore
{
    /// <summary>Longest name of a namespace or key, in ASCII characters.</summary>
    public const int MaxNameLength = 15;

    /// <summary>Longest value, in bytes: what this class takes, well below NVS's own limit.</summary>
    public const int MaxValueLength = 1984;

    // Read by the native side.
    private readonly int _handle;

    /// <summary>Opens the namespace, creates it if need be.</summary>
    /// <param name="partition"><c>nvs</c> (settings) or <c>ident</c> (identity, written by provisioning).</param>
    /// <param name="name">The namespace, 1…15 ASCII characters.</param>
    /// <exception cref="ArgumentNullException">A name is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">A name is empty or too long.</exception>
    /// <exception cref="InvalidOperationException">No such partition, or it cannot be read. Nothing was erased.</exception>
    public NonVolatileStore(string partition, string name)
    {
        _handle = Open(partition, name);
    }

    /// <summary>Reads a value: a blob, or a string without its final zero.</summary>
    /// <param name="key">1…15 ASCII characters.</param>
    /// <param name="buffer">Filled from index 0.</param>
    /// <returns>Length of the value in bytes; −1 when there is none, it is of another kind, or it is longer than the buffer.</returns>
    /// <exception cref="ArgumentNullException">The key or the buffer is <c>null</c>.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern int Get(string key, byte[] buffer);

    /// <summary>Sets a value (a blob). It is sure to survive once <see cref="Commit"/> has returned <c>true</c>.</summary>
    /// <param name="key">1…15 ASCII characters.</param>
    /// <param name="buffer">The value, from index 0.</param>
    /// <param name="count">Its length in bytes, 0…<see cref="MaxValueLength"/>; 0 removes the key.</param>
    /// <returns><c>false</c> when NVS refused (full, worn out, name too long): the old value is still there.</returns>
    /// <exception cref="ArgumentNullException">The key or the buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, above the limit, or beyond the buffer.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern bool Set(string key, byte[] buffer, int count);

    /// <summary>Makes sure that what was set is in flash.</summary>
    /// <returns><c>false</c> when the flash refused.</returns>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern bool Commit();

    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int Open(string partition, string name);
}
