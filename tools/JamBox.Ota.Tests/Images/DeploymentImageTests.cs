using System.Security.Cryptography;
using JamBox.Ota.Images;

namespace JamBox.Tests.Ota.Images;

/// <summary>The walk over .pe assemblies.</summary>
public sealed class DeploymentImageTests
{
    [Fact]
    public void TheChecksumIsTheOneOfNanoClr()
    {
        // CRC-32 with polynomial 0x04C11DB7, most significant bit first, from 0, nothing inverted: its published check value is that of
        // CRC-32/MPEG-2 only when it starts at all ones, so both are held against each other.
        Assert.Equal(0x89A1897Fu, ClrCrc32.Of("123456789"u8));
        Assert.Equal(0x0376E6E7u, ClrCrc32.Of("123456789"u8, 0xFFFFFFFF));
    }

    [Fact]
    public void AnImageIsWalkedToItsEnd()
    {
        byte[] bytes = ImageBuilder.Firmware();
        var image = DeploymentImage.Read(bytes);
        Assert.Equal(["mscorlib", "JamBox.Interop", "Firmware.Atoms3"], image.Assemblies.Select(a => a.Name));
        Assert.Equal(new Version(1, 17, 11, 0), image.Assemblies[0].Version);
        Assert.Equal(0x1549C856u, image.Assemblies[0].NativeChecksum);
        Assert.Equal(0x1234ABCDu, image.NativeChecksum);
        Assert.Equal(bytes, image.Bytes);
        Assert.Equal(SHA256.HashData(bytes), image.Sha256);
        Assert.Equal(image.Assemblies[0].Size, image.Assemblies[1].Offset);
    }

    [Fact]
    public void WithoutOurInteropTheNativeChecksumIsZero() =>
        Assert.Equal(0u, DeploymentImage.Read(ImageBuilder.Assembly("App", 77)).NativeChecksum);

    [Fact]
    public void ANameThatNobodyKnowsIsItsPlaceInTheTableOfNanoClr() =>
        Assert.Equal("#12", DeploymentImage.Read(ImageBuilder.Assembly("", 0, ownStringIndex: 0xFFFF - 12)).Assemblies[0].Name);

    [Theory]
    [InlineData(0xFF, 1)]
    [InlineData(0xFF, 4096)]
    [InlineData(0, 123)]
    public void FillingIsLeftAway(byte filling, int count)
    {
        byte[] bytes = ImageBuilder.Firmware();
        var image = DeploymentImage.Read([.. bytes, .. Enumerable.Repeat(filling, count)]);
        Assert.Equal(bytes, image.Bytes);
        Assert.Equal(count, image.TrailingBytes);
    }

    [Fact]
    public void WhatIsNoImageIsRefusedWithAReason()
    {
        byte[] good = ImageBuilder.Firmware();
        byte[] app = ImageBuilder.Assembly("App", 0);
        Refused([], "does not begin with a .pe assembly");
        Refused([0x7F, .. "ELF"u8, .. new byte[300]], "does not begin with a .pe assembly");
        Refused([.. "NFMRK2\0\0"u8, .. new byte[300]], "NFMRK2");
        Refused([.. good, .. "NFMRK2\0\0"u8, .. new byte[300]], "NFMRK2");
        Refused([.. good, 1, 2, 3], "come 3 bytes that are none");
        Refused(good[..^4], "cut off");
        Refused(Changed(good, 30), "header at byte 0 is damaged");
        Refused(Changed(good, good.Length - 1), "is damaged: its CRC");
        Refused([.. app, .. app], "App is in it twice");
        Refused(ImageBuilder.Seal(Changed(app, 38)), "another nanoCLR");
        Refused(ImageBuilder.Assembly("A\u001b[2J", 0), "no readable name");
        Refused(ImageBuilder.Assembly("A B", 0), "no readable name");
        Refused(ImageBuilder.Assembly("A=B", 0), "no readable name");
        Refused(ImageBuilder.Assembly("", 0), "no readable name");
        Refused(ImageBuilder.Assembly("Big", 0, new byte[DeploymentImage.MaxLength]), "do not fit");
    }

    [Fact]
    public void NoDamagedImageGetsThrough()
    {
        const int Seed = 20261121;
        const int Rounds = 20_000;
        var random = new Random(Seed);
        byte[] good = ImageBuilder.Firmware(codeBytes: 300);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bad = Mutate(good, random);
            try
            {
                var image = DeploymentImage.Read(bad);
                Assert.True(
                    bad.AsSpan().StartsWith(image.Bytes) && image.Assemblies[^1].Offset + image.Assemblies[^1].Size <= image.Bytes.Length
                        && good.AsSpan().StartsWith(image.Bytes),
                    $"round {round} of seed {Seed}: taken, though it is damaged");
            }
            catch (ImageException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"round {round} of seed {Seed}: {e}");
            }
        }
    }

    /// <summary>With the checksums made right again the rest of the reader has to bear it, whatever the header says.</summary>
    [Fact]
    public void AHeaderThatLiesIsBorne()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bad = ImageBuilder.Assembly("App", 5, new byte[40]);
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                bad[random.Next(16, bad.Length)] = (byte)random.Next(256);
            }

            try
            {
                var image = DeploymentImage.Read(ImageBuilder.Seal(bad));
                Assert.InRange(image.Bytes.Length, ImageBuilder.HeaderLength, bad.Length);
                Assert.NotEmpty(image.Assemblies[0].Name);
            }
            catch (ImageException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"round {round} of seed {Seed}: {e}");
            }
        }
    }

    private static void Refused(byte[] bytes, string reason) =>
        Assert.Contains(reason, Assert.Throws<ImageException>(() => DeploymentImage.Read(bytes)).Message, StringComparison.Ordinal);

    private static byte[] Changed(byte[] bytes, int at)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= 0x40;
        return changed;
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] bad = [.. good];
        switch (random.Next(4))
        {
            case 0:
                bad[random.Next(bad.Length)] ^= (byte)random.Next(1, 256);
                return bad;
            case 1:
                return bad[..random.Next(bad.Length)];
            case 2:
                int from = random.Next(bad.Length);
                int count = random.Next(1, bad.Length - from + 1);
                random.NextBytes(bad.AsSpan(from, count));
                return bad;
            default:
                int at = random.Next(bad.Length);
                return [.. bad[..at], (byte)random.Next(256), .. bad[at..]];
        }
    }
}
