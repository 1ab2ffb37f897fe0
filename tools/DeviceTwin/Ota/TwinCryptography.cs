using System.Security.Cryptography;
using JamBox.Board;
using JamBox.Ports;
using JamBox.Twin.Run;

namespace JamBox.Twin.Ota;

/// <summary>SHA-256 and signatures by .NET.</summary>
internal sealed class TwinCryptography(FirmwareMeter meter) : ICryptography
{
    private const int HashSize = 32;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Signatures checked so far.</summary>
    public int Verified { get; private set; }

    public void BeginHash()
    {
        Span<byte> forgotten = stackalloc byte[HashSize];
        _hash.GetHashAndReset(forgotten);
    }

    public void AddToHash(byte[] buffer, int offset, int count) => _hash.AppendData(buffer.AsSpan(offset, count));

    public void EndHash(byte[] hash) => _hash.GetHashAndReset(hash.AsSpan(0, HashSize));

    public bool VerifySignature(byte[] publicKey, byte[] hash, byte[] signature)
    {
        bool wasRunning = meter.Pause();
        Verified++;
        bool isGood = P256.Verify(publicKey.AsSpan(0, 64), hash.AsSpan(0, HashSize), signature.AsSpan(0, 64));
        if (wasRunning)
        {
            meter.Resume();
        }

        return isGood;
    }
}
