using System.Security.Cryptography;
using JamBox.Ota.Images;
using JamBox.Ota.Signing;
using JamBox.Tests.Ota.Images;

namespace JamBox.Tests.Ota.Signing;

/// <summary>The layout of the manifest byte by byte, and its signature.</summary>
public sealed class ReleaseManifestTests
{
    private static readonly DeploymentImage s_image = DeploymentImage.Read(ImageBuilder.Firmware());

    [Fact]
    public void TheLayoutIsTheOneThatBoxesRead()
    {
        ReleaseManifest manifest = ReleaseManifest.Of(s_image, "6.1.0+rc-1", 0x01020304, "atoms3-nb1") with
        {
            ImageSize = 0x000F6A2B,
            ImageSha256 = [.. Enumerable.Range(0xA0, 32).Select(i => (byte)i)],
            Signature = [.. Enumerable.Range(1, 64).Select(i => (byte)i)],
        };
        const string Expected =
            "4a424d46" + "0100" + "5400" // "JBMF", format 1, 84 bytes are signed
            + "61746f6d73332d6e6231000000000000" // "atoms3-nb1"
            + "cdab3412" // native checksum 0x1234ABCD
            + "04030201" // sequence 0x01020304
            + "362e312e302b72632d31000000000000" // "6.1.0+rc-1"
            + "2b6a0f00" // size 0x000F6A2B
            + "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
            + "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
            + "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40";
        Assert.Equal(Expected, Convert.ToHexStringLower(manifest.ToBytes()));
    }

    [Fact]
    public void ABoxAcceptsTheSignature()
    {
        using var key = ReleaseKey.Create();
        byte[] bytes = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1").Sign(key).ToBytes();
        Assert.Equal(148, bytes.Length);

        // As the box does it, with nothing of the tool's code: SHA-256 of bytes 0 to 83, r and s of 32 bytes, key X and Y of 32.
        byte[] raw = Convert.FromHexString(key.Public.Hex);
        using var box = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = raw[..32], Y = raw[32..] },
        });
        byte[] hash = SHA256.HashData(bytes.AsSpan(0, 84));
        Assert.True(box.VerifyHash(hash, bytes[84..148], DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public void EverySignedBitAndEveryBitOfTheSignatureCounts()
    {
        using var key = ReleaseKey.Create();
        ReleaseManifest manifest = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1").Sign(key);
        byte[] good = manifest.ToBytes();
        Assert.True(manifest.IsSignedBy(key.Public));
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IsAccepted(bad, key.Public), $"bit {bit} was turned, and nobody saw it");
        }
    }

    [Fact]
    public void AnotherKeyDoesNotFit()
    {
        using var key = ReleaseKey.Create();
        using var other = ReleaseKey.Create();
        ReleaseManifest manifest = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1");
        Assert.False(manifest.IsSigned);
        Assert.False(manifest.IsSignedBy(key.Public));
        Assert.True(manifest.Sign(key).IsSigned);
        Assert.False(manifest.Sign(key).IsSignedBy(other.Public));
    }

    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        using var key = ReleaseKey.Create();
        byte[] bytes = ReleaseManifest.Of(s_image, "123456789012345", int.MaxValue, "abcdefghijklmno").Sign(key).ToBytes();
        var parsed = ReleaseManifest.Parse(bytes);
        Assert.Equal(bytes, parsed.ToBytes());
        Assert.Null(parsed.FindDifference(s_image));
        Assert.Equal(("123456789012345", int.MaxValue, "abcdefghijklmno"), (parsed.Version, parsed.Sequence, parsed.HardwareId));
        Assert.Equal(bytes, ReleaseManifest.Parse([.. bytes, .. new byte[72]]).ToBytes());
    }

    [Theory]
    [InlineData("", 1, "hw", "--version")]
    [InlineData("1234567890123456", 1, "hw", "--version")]
    [InlineData("6 0", 1, "hw", "--version")]
    [InlineData("6.1.ä", 1, "hw", "--version")]
    [InlineData("6.1.0", 0, "hw", "--seq")]
    [InlineData("6.1.0", 2147483648, "hw", "--seq")]
    [InlineData("6.1.0", 1, "", "--hw")]
    [InlineData("6.1.0", 1, "1234567890123456", "--hw")]
    [InlineData("6.1.0", 1, "a b", "--hw")]
    public void ValuesOutOfTheirLimitsAreRefused(string version, long sequence, string hardware, string named)
    {
        var refusal = Assert.Throws<ManifestException>(() => ReleaseManifest.Of(s_image, version, sequence, hardware));
        Assert.StartsWith(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheServersPartSaysHowToGetThere()
    {
        byte[] release = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1").ToBytes();
        byte[] patchHash = SHA256.HashData("patch"u8);
        byte[] baseHash = SHA256.HashData("base"u8);
        byte[] whole = ReleaseManifest.ForPatch(release, 'L', 1025, patchHash, baseHash);
        Assert.Equal(220, whole.Length);
        Assert.Equal(release, whole[..148]);
        Assert.Equal([(byte)'L', 0, 3, 0, 1, 4, 0, 0], whole[148..156]);
        Assert.Equal([.. patchHash, .. baseHash], whole[156..]);
        byte[] full = ReleaseManifest.ForPatch(release, 'H', 1024, patchHash, []);
        Assert.Equal([(byte)'H', 1, 2, 0, 0, 4, 0, 0], full[148..156]);
        Assert.Equal(new byte[32], full[188..]);
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
        byte[] bytes = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1").ToBytes();
        bytes[at] = 0xA0;
        Assert.Contains(fault, Assert.Throws<ManifestException>(() => ReleaseManifest.Parse(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherImageIsNoticed()
    {
        ReleaseManifest manifest = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1");
        Assert.Contains(
            "bytes", manifest.FindDifference(DeploymentImage.Read(ImageBuilder.Firmware(codeBytes: 4004))), StringComparison.Ordinal);
        Assert.Contains("SHA-256", manifest.FindDifference(DeploymentImage.Read(ImageBuilder.Firmware(seed: 2))), StringComparison.Ordinal);
        Assert.Contains("native checksum", (manifest with { NativeChecksum = 1 }).FindDifference(s_image), StringComparison.Ordinal);
    }

    [Fact]
    public void NoiseIsRefusedOrReadExactly()
    {
        const int Seed = 20261123;
        const int Rounds = 100_000;
        var random = new Random(Seed);
        byte[] good = ReleaseManifest.Of(s_image, "6.1.0", 60100, "atoms3-nb1").ToBytes();
        int taken = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bytes = random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            try
            {
                // What is taken must say again just what it said: nothing may hide between the fields.
                Assert.Equal(bytes, ReleaseManifest.Parse(bytes).ToBytes());
                taken++;
            }
            catch (ManifestException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"round {round} of seed {Seed}: {e}");
            }
        }

        Assert.InRange(taken, 1, Rounds - 1);
    }

    private static bool IsAccepted(byte[] bytes, PublicKey key)
    {
        try
        {
            return ReleaseManifest.Parse(bytes).IsSignedBy(key);
        }
        catch (ManifestException)
        {
            return false;
        }
    }
}
