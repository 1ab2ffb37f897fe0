using System.Security.Cryptography;
using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public sealed class Sha256
{
    public const int HashSize = 32;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public Sha256()
    {
        Reset();
    }

    public void Reset()
    {
        _ = BoardHost.Current;
        Span<byte> unused = stackalloc byte[HashSize];
        _hash.GetHashAndReset(unused);
    }

    public void Update(byte[] buffer, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (count < 0 || offset < 0 || offset > buffer.Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(count));
        }

        _ = BoardHost.Current;
        _hash.AppendData(buffer, offset, count);
    }

    public void Finish(byte[] hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        if (hash.Length < HashSize)
        {
            throw new ArgumentException("the buffer is too short");
        }

        _ = BoardHost.Current;
        _hash.GetHashAndReset(hash);
    }
}

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

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class HardwareRandom
{
    public static void Fill(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        BoardHost.Current.FillRandom(buffer);
    }
}
