using System.Security.Cryptography;
using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class EcdsaP256
{
    public const int PublicKeySize = 64;

    public const int SignatureSize = 64;

    public static bool Verify(byte[] publicKey, byte[] hash, byte[] signature)
    {
        Check(publicKey, PublicKeySize);
        Check(hash, Sha256.HashSize);
        Check(signature, SignatureSize);
        _ = BoardHost.Current;
        return P256.Verify(publicKey, hash, signature);
    }

    private static void Check(byte[] bytes, int length)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (bytes.Length != length)
        {
            throw new ArgumentException($"{length} bytes, not {bytes.Length}");
        }
    }
}
