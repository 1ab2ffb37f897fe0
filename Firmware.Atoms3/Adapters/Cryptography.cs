using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>The native SHA-256 and ECDSA.</summary>
internal sealed class Cryptography : ICryptography
{
    // There while something is being hashed.
    private Sha256 _sha;

    /// <inheritdoc/>
    public void BeginHash()
    {
        _sha = new Sha256();
    }

    /// <inheritdoc/>
    public void AddToHash(byte[] buffer, int offset, int count)
    {
        _sha ??= new Sha256();
        _sha.Update(buffer, offset, count);
    }

    /// <inheritdoc/>
    public void EndHash(byte[] hash)
    {
        _sha ??= new Sha256();
        _sha.Finish(hash);
        _sha = null;
    }

    /// <inheritdoc/>
    public bool VerifySignature(byte[] publicKey, byte[] hash, byte[] signature)
    {
        return EcdsaP256.Verify(publicKey, hash, signature);
    }
}
