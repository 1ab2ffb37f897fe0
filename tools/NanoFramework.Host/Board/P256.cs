using System.Security.Cryptography;

namespace JamBox.Board;

/// <summary>Checks signatures as the board's native part does, with .NET's own arithmetic.</summary>
public static class P256
{
    /// <summary>Checks a signature over a SHA-256.</summary>
    /// <param name="publicKey">X, then Y, big-endian, 32 bytes each.</param>
    /// <param name="hash">The SHA-256.</param>
    /// <param name="signature">r, then s, big-endian, 32 bytes each.</param>
    /// <returns><c>true</c> only for a good signature by that key; <c>false</c> too for a point off the curve.</returns>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        try
        {
            var point = new ECPoint { X = publicKey[..32].ToArray(), Y = publicKey[32..].ToArray() };
            using ECDsa key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
            return key.VerifyHash(hash, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
