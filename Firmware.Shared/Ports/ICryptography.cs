namespace JamBox.Ports;

/// <summary>
/// SHA-256 in pieces, one at a time; beside it an HMAC in pieces, one at a time too; and the check of ECDSA signatures. The box signs
/// nothing.
/// </summary>
public interface ICryptography
{
    /// <summary>Begins a hash; one that was under way is forgotten.</summary>
    void BeginHash();

    /// <summary>Takes bytes.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many, 0 or more.</param>
    void AddToHash(byte[] buffer, int offset, int count);

    /// <summary>Writes the SHA-256 of all bytes since <see cref="BeginHash"/>.</summary>
    /// <param name="hash">The first 32 bytes are filled.</param>
    void EndHash(byte[] hash);

    /// <summary>Begins an HMAC-SHA-256; one that was under way is forgotten. The hash that is under way is left alone.</summary>
    /// <param name="key">The key, 1…64 bytes.</param>
    void BeginMac(byte[] key);

    /// <summary>Takes bytes.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many, 0 or more.</param>
    void AddToMac(byte[] buffer, int offset, int count);

    /// <summary>Writes the HMAC of all bytes since <see cref="BeginMac"/>.</summary>
    /// <param name="mac">The first 32 bytes are filled.</param>
    void EndMac(byte[] mac);

    /// <summary>Checks a signature, ECDSA P-256. It leaves what is under way alone. On the board it takes some 200 ms.</summary>
    /// <param name="publicKey">X, then Y, big-endian, 64 bytes.</param>
    /// <param name="hash">SHA-256 of what was signed, 32 bytes.</param>
    /// <param name="signature">r, then s, big-endian, 64 bytes.</param>
    /// <returns><c>true</c> only for a good signature by that key; <c>false</c> too for a point that is not on the curve.</returns>
    bool VerifySignature(byte[] publicKey, byte[] hash, byte[] signature);
}
