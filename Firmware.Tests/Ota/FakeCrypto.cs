using JamBox.Ports;

namespace JamBox.Tests.Ota;

/// <summary>
/// Cryptography that an interpreter can do by the way: 32 bytes that depend on all that went in, and a signature that is the hash with the
/// key over it. What hashes and signatures are good for is tested where the real ones are.
/// </summary>
internal sealed class FakeCrypto : ICryptography
{
    private uint _state;
    private uint _mac;

    /// <summary>Signatures checked.</summary>
    public int Checks { get; private set; }

    public static byte[] HashOf(byte[] bytes, int offset, int count)
    {
        var crypto = new FakeCrypto();
        var hash = new byte[32];
        crypto.BeginHash();
        crypto.AddToHash(bytes, offset, count);
        crypto.EndHash(hash);
        return hash;
    }

    public void BeginHash()
    {
        _state = 2166136261;
    }

    public void AddToHash(byte[] buffer, int offset, int count)
    {
        uint state = _state;
        for (int i = offset; i < offset + count; i++)
        {
            state = (state ^ buffer[i]) * 16777619;
        }

        _state = state;
    }

    public void EndHash(byte[] hash)
    {
        uint state = _state;
        for (int i = 0; i < 32; i++)
        {
            state = (state * 1664525) + 1013904223;
            hash[i] = (byte)(state >> 24);
        }

        BeginHash();
    }

    /// <summary>The MAC of bytes, as <see cref="EndMac"/> gives it.</summary>
    public static byte[] MacOf(byte[] key, byte[] bytes, int offset, int count)
    {
        var crypto = new FakeCrypto();
        var mac = new byte[32];
        crypto.BeginMac(key);
        crypto.AddToMac(bytes, offset, count);
        crypto.EndMac(mac);
        return mac;
    }

    public void BeginMac(byte[] key)
    {
        _mac = 2166136261;
        AddToMac(key, 0, key.Length);
    }

    public void AddToMac(byte[] buffer, int offset, int count)
    {
        uint state = _mac;
        for (int i = offset; i < offset + count; i++)
        {
            state = (state ^ buffer[i]) * 16777619;
        }

        _mac = state;
    }

    public void EndMac(byte[] mac)
    {
        uint state = _mac;
        for (int i = 0; i < 32; i++)
        {
            state = (state * 1664525) + 1013904223;
            mac[i] = (byte)(state >> 24);
        }
    }

    public bool VerifySignature(byte[] publicKey, byte[] hash, byte[] signature)
    {
        Checks++;
        bool isGood = publicKey.Length == 64 && hash.Length == 32 && signature.Length == 64;
        for (int i = 0; isGood && i < 64; i++)
        {
            isGood = signature[i] == (byte)(hash[i % 32] ^ publicKey[i]);
        }

        return isGood;
    }
}
