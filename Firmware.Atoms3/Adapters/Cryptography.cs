using System;
using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>The native SHA-256 and ECDSA, and HMAC made of the former.</summary>
internal sealed class Cryptography : ICryptography
{
    private const int BlockSize = 64;
    private const int InnerPad = 0x36;
    private const int OuterPad = 0x5C;

    // There while something is being hashed.
    private Sha256 _sha;

    // Made with the first MAC and kept: every answer needs them, and must not depend on what the heap has left.
    private Sha256 _mac;
    private byte[] _block;

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
    public void BeginMac(byte[] key)
    {
        _mac ??= new Sha256();
        _block ??= new byte[BlockSize];
        if (key.Length == 0 || key.Length > BlockSize)
        {
            throw new ArgumentException("the key of a MAC has 1 to 64 bytes");
        }

        // RFC 2104: the key filled up with zeros, every byte changed with the pad.
        Array.Clear(_block, 0, BlockSize);
        Array.Copy(key, _block, key.Length);
        Change(InnerPad);
        _mac.Reset();
        _mac.Update(_block, 0, BlockSize);
    }

    /// <inheritdoc/>
    public void AddToMac(byte[] buffer, int offset, int count)
    {
        _mac.Update(buffer, offset, count);
    }

    /// <inheritdoc/>
    public void EndMac(byte[] mac)
    {
        _mac.Finish(mac);
        Change(InnerPad ^ OuterPad);
        _mac.Update(_block, 0, BlockSize);
        _mac.Update(mac, 0, Sha256.HashSize);
        _mac.Finish(mac);
    }

    /// <inheritdoc/>
    public bool VerifySignature(byte[] publicKey, byte[] hash, byte[] signature)
    {
        return EcdsaP256.Verify(publicKey, hash, signature);
    }

    private void Change(int pad)
    {
        for (int i = 0; i < BlockSize; i++)
        {
            _block[i] = (byte)(_block[i] ^ pad);
        }
    }
}
