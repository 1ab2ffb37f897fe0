using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>ECDSA on the curve P-256 (secp256r1): checking signatures only. The private key is never on a box.</summary>
public static class EcdsaP256
{
    /// <summary>Bytes per public key: X, then Y, big-endian, 32 each.</summary>
    public const int PublicKeySize = 64;

    /// <summary>Bytes per signature: r, then s, big-endian, 32 each.</summary>
    public const int SignatureSize = 64;

    /// <summary>Checks a signature over a SHA-256. Takes some 200 ms and 6 KB of native heap while it lasts.</summary>
    /// <param name="publicKey"><see cref="PublicKeySize"/> bytes.</param>
    /// <param name="hash">SHA-256 of what was signed, <see cref="Sha256.HashSize"/> bytes.</param>
    /// <param name="signature"><see cref="SignatureSize"/> bytes.</param>
    /// <returns><c>true</c> only for a good signature by that key; <c>false</c> too for a point off the curve or when memory is
    /// short.</returns>
    /// <exception cref="ArgumentNullException">An array is <c>null</c>.</exception>
    /// <exception cref="ArgumentException">An array is not of the length said.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Verify(byte[] publicKey, byte[] hash, byte[] signature);
}
