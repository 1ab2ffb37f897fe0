using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Ota;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Ota;

/// <summary>The manifest's layout, its signature, and what is refused.</summary>
public sealed class ManifestTests(ITestOutputHelper output)
{
    private static readonly byte[] s_hash = SHA256.HashData("image"u8);

    [Fact]
    public void TheLayoutIsTheOneThatDevicesRead()
    {
        byte[] bytes = Sample().ToBytes();
        Assert.Equal(148, bytes.Length);
        Assert.Equal("JBMF\u0001\0\u0054\0atoms3-nb1\0\0\0\0\0\0", Encoding.ASCII.GetString(bytes, 0, 24));
        Assert.Equal(0x1A2B3C4Du, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(24)));
        Assert.Equal(60100, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(28)));
        Assert.Equal("6.1.0\0\0\0\0\0\0\0\0\0\0\0", Encoding.ASCII.GetString(bytes, 32, 16));
        Assert.Equal(70_000, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(48)));
        Assert.Equal(s_hash, bytes[52..84]);
        Assert.Equal(new byte[64], bytes[84..]);

        byte[] patchHash = SHA256.HashData("patch"u8);
        byte[] baseHash = SHA256.HashData("base"u8);
        byte[] whole = Manifest.ForPatch(bytes, 'L', 1025, patchHash, baseHash);
        Assert.Equal(220, whole.Length);
        Assert.Equal(bytes, whole[..148]);
        Assert.Equal([(byte)'L', 0, 3, 0, 1, 4, 0, 0], whole[148..156]);
        Assert.Equal([.. patchHash, .. baseHash], whole[156..]);
        byte[] full = Manifest.ForPatch(bytes, 'H', 1024, patchHash, []);
        Assert.Equal([(byte)'H', 1, 2, 0, 0, 4, 0, 0], full[148..156]);
        Assert.Equal(new byte[32], full[188..]);
    }

    [Fact]
    public void OnlyTheRightKeyAndTheRightBytesVerify()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] bytes = Signed(Sample(), key);
        Assert.True(Manifest.Read(bytes, out _)!.IsSignedBy(PublicKey(key)));
        Assert.False(Manifest.Read(bytes, out _)!.IsSignedBy(PublicKey(other)));
        Assert.False(Sample().IsSignedBy(PublicKey(key)));
        foreach (int at in (int[])[10, 25, 29, 35, 50, 60, 90, 147])
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            Assert.True(Manifest.Read(changed, out _)?.IsSignedBy(PublicKey(key)) != true, $"A change at byte {at} is not seen.");
        }
    }

    [Theory]
    [InlineData(0, "begin with JBMF")]
    [InlineData(4, "format")]
    [InlineData(6, "84 bytes")]
    [InlineData(23, "hardware id")]
    [InlineData(47, "version")]
    [InlineData(31, "sequence")]
    [InlineData(51, "partition")]
    public void WhatIsNoManifestIsRefusedByName(int at, string fault)
    {
        byte[] bytes = Sample().ToBytes();
        bytes[at] = 0xA0;
        Assert.Null(Manifest.Read(bytes, out string? said));
        Assert.Contains(fault, said, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyBytesAreReadOrRefused()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_MANIFEST_SEED") ?? "20261121");
        output.WriteLine($"Again with: JAMBOX_MANIFEST_SEED={seed} dotnet test Backend.Tests --filter AnyBytesAreReadOrRefused");
        Random random = new(seed);
        int read = 0;
        for (int round = 0; round < 200_000; round++)
        {
            byte[] bytes = Sample().ToBytes();
            for (int i = random.Next(4); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            byte[] cut = random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            Manifest? manifest = Manifest.Read(cut, out string? fault);
            Assert.True(manifest is null == (fault is not null), $"Round {round} of seed {seed}.");
            if (manifest is not null)
            {
                // What was accepted is what is written again, byte for byte: nothing hides in it.
                read++;
                Assert.True(manifest.ToBytes().AsSpan().SequenceEqual(cut), $"Round {round} of seed {seed}.");
            }
        }

        Assert.InRange(read, 20_000, 180_000);
    }

    internal static byte[] Signed(Manifest manifest, ECDsa key)
    {
        byte[] bytes = manifest.ToBytes();
        key.SignData(bytes.AsSpan(0, 84), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).CopyTo(bytes, 84);
        return bytes;
    }

    internal static byte[] PublicKey(ECDsa key)
    {
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return [.. point.X!, .. point.Y!];
    }

    private static Manifest Sample() => new()
    {
        Hardware = "atoms3-nb1",
        NativeChecksum = 0x1A2B3C4D,
        Sequence = 60100,
        Version = "6.1.0",
        ImageSize = 70_000,
        ImageSha256 = s_hash,
    };
}
