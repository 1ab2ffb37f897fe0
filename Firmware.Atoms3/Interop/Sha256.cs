using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>SHA-256 (FIPS 180-4) in pieces. No memory beyond the instance's 140 bytes; nothing needs disposing.</summary>
public sealed class Sha256
{
    /// <summary>Bytes per hash.</summary>
    public const int HashSize = 32;

    // Read and written by the native side: jb_sha256 as bytes.
    private readonly byte[] _state = new byte[112];

    /// <summary>A hash that is ready for <see cref="Update"/>.</summary>
    public Sha256()
    {
        Reset();
    }

    /// <summary>Starts again, whatever was hashed before.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern void Reset();

    /// <summary>Takes bytes.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many, 0 or more; 2^61 in all.</param>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Beyond the buffer.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern void Update(byte[] buffer, int offset, int count);

    /// <summary>Writes the hash and starts again.</summary>
    /// <param name="hash">The first <see cref="HashSize"/> bytes are filled.</param>
    /// <exception cref="ArgumentNullException">The buffer is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public extern void Finish(byte[] hash);
}
