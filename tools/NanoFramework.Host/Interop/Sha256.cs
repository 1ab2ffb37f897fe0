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
