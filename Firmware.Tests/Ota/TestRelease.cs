using System;
using JamBox.Ota;
using JamBox.Storage;

namespace JamBox.Tests.Ota;

/// <summary>A release as the backend has it: image, patch, manifest. The patch is heatshrink of literals only, one record.</summary>
internal sealed class TestRelease
{
    /// <summary>The board.</summary>
    public const string Hardware = "atoms3-nb1";

    private readonly byte[] _key;
    private int _bits;
    private int _length;

    /// <summary>Makes one.</summary>
    /// <param name="key">The key that it is signed with, 64 bytes.</param>
    /// <param name="image">The new image.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="from">The base; <c>null</c> for a full image.</param>
    /// <param name="native">Native checksum.</param>
    public TestRelease(byte[] key, byte[] image, int sequence, byte[] from, int native)
    {
        _key = key;
        Patch = MakePatch(from == null ? new byte[0] : from, image);
        Manifest = new byte[220];
        Put(0, "JBMF");
        Manifest[4] = 1;
        Manifest[6] = 84;
        Put(8, Hardware);
        ByteOrder.WriteInt(Manifest, 24, native);
        ByteOrder.WriteInt(Manifest, 28, sequence);
        Version = "6.0." + sequence.ToString();
        Put(32, Version);
        ByteOrder.WriteInt(Manifest, 48, image.Length);
        Array.Copy(FakeCrypto.HashOf(image, 0, image.Length), 0, Manifest, 52, 32);
        Manifest[148] = (byte)'H';
        Manifest[149] = (byte)(from == null ? 1 : 0);
        SetPatch(Patch);
        if (from != null)
        {
            Array.Copy(FakeCrypto.HashOf(from, 0, from.Length), 0, Manifest, 188, 32);
        }

        Sign();
    }

    public string Version { get; }

    public byte[] Patch { get; private set; }

    public byte[] Manifest { get; }

    public int Chunks => (Patch.Length + 511) / 512;

    /// <summary>Signs what the manifest says by now.</summary>
    public void Sign()
    {
        byte[] hash = FakeCrypto.HashOf(Manifest, 0, 84);
        for (int i = 0; i < 64; i++)
        {
            Manifest[84 + i] = (byte)(hash[i % 32] ^ _key[i]);
        }
    }

    /// <summary>Names another hardware id, and signs that.</summary>
    public void SignForAnotherBoard()
    {
        Manifest[8] ^= 1;
        Sign();
    }

    /// <summary>Puts another patch in its place; the manifest says what it is.</summary>
    public void SetPatch(byte[] patch)
    {
        Patch = patch;
        Manifest[150] = (byte)Chunks;
        Manifest[151] = (byte)(Chunks >> 8);
        ByteOrder.WriteInt(Manifest, 152, patch.Length);
        Array.Copy(FakeCrypto.HashOf(patch, 0, patch.Length), 0, Manifest, 156, 32);
    }

    private void Put(int at, string text)
    {
        byte[] bytes = JamBox.Text.Ascii.Bytes(text);
        Array.Copy(bytes, 0, Manifest, at, bytes.Length);
    }

    private byte[] MakePatch(byte[] from, byte[] image)
    {
        var patch = new byte[(image.Length * 9 / 8) + 40];
        _length = 0;
        _bits = 0;
        int same = from.Length < image.Length ? from.Length : image.Length;
        Number(patch, image.Length, 4);
        patch[_length] = 0x77;
        _bits = (_length + 1) * 8;
        Literal(patch, 0);
        NumberLiteral(patch, same);
        for (int i = 0; i < same; i++)
        {
            Literal(patch, (byte)(image[i] - from[i]));
        }

        NumberLiteral(patch, image.Length - same);
        for (int i = same; i < image.Length; i++)
        {
            Literal(patch, image[i]);
        }

        Literal(patch, 0);
        var trimmed = new byte[(_bits + 7) / 8];
        Array.Copy(patch, trimmed, trimmed.Length);
        return trimmed;
    }

    private void Number(byte[] patch, int value, int kind)
    {
        patch[0] = (byte)kind;
        patch[1] = (byte)((value & 0x3F) | (value > 0x3F ? 0x80 : 0));
        _length = 2;
        for (value >>= 6; value != 0; value >>= 7)
        {
            patch[_length++] = (byte)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        }
    }

    private void NumberLiteral(byte[] patch, int value)
    {
        Literal(patch, (byte)((value & 0x3F) | (value > 0x3F ? 0x80 : 0)));
        for (value >>= 6; value != 0; value >>= 7)
        {
            Literal(patch, (byte)((value & 0x7F) | (value > 0x7F ? 0x80 : 0)));
        }
    }

    private void Literal(byte[] patch, byte value)
    {
        int bits = (0x100 | value) << (7 - (_bits % 8));
        int at = _bits / 8;
        patch[at] |= (byte)(bits >> 8);
        patch[at + 1] = (byte)bits;
        _bits += 9;
    }
}
