using JamBox.Backend.Ota;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Ota;

/// <summary>The walk over an image's assemblies.</summary>
public sealed class DeploymentImageTests(ITestOutputHelper output)
{
    [Fact]
    public void AssembliesAreFoundWithTheirNamesAndChecksums()
    {
        DeploymentImage image = DeploymentImage.Read(ImageBuilder.Make(1), out string? fault)!;
        Assert.Null(fault);
        Assert.Equal(
            [new("#813", 0x1549C856), new("JamBox.Interop", 0x1A2B3C4D), new("Firmware.Shared", 0)], image.Assemblies);
        Assert.Equal(0x1A2B3C4Du, image.NativeChecksum);
        Assert.Equal("#813=1549c856 JamBox.Interop=1a2b3c4d Firmware.Shared=00000000", NativeChecksums.Text(image));
    }

    [Fact]
    public void AnImageWithoutInteropNeedsNoCertainNanoClr()
    {
        DeploymentImage image = DeploymentImage.Read(ImageBuilder.Assembly(1, "App", 5, new byte[100]), out _)!;
        Assert.Equal(0u, image.NativeChecksum);
    }

    [Fact]
    public void WhatIsNoChainIsRefusedByName()
    {
        byte[] good = ImageBuilder.Make(1);
        Refused([], "empty");
        Refused(new byte[1000], "no assembly begins here");
        Refused([.. good, 1, 2, 3, 4], $"at byte {good.Length}: no assembly begins here");
        Refused([.. good, .. new byte[200]], "no assembly begins here");
        Refused(good[..^4], "longer than the image");
        Refused(Changed(good, 30), "header's checksum");
        Refused(Changed(good, 1000), "assembly's checksum");
        Refused([.. good, .. ImageBuilder.Assembly(1, "Firmware.Shared", 0, new byte[8])], "twice");
        Refused(ImageBuilder.Assembly(0, "App", 0, new byte[8]), "no name");
        Refused(ImageBuilder.Assembly(1, "A B", 0, new byte[8]), "no name");
        Refused(ImageBuilder.Assembly(900, "App", 0, new byte[8]), "no name");
    }

    [Fact]
    public void ConflictsAreFoundByName()
    {
        Assert.Null(NativeChecksums.FindConflict("A=1 B=2", "A=1 C=3"));
        Assert.Equal("B", NativeChecksums.FindConflict("A=1 B=2", "A=1 B=3 C=3"));
    }

    [Fact]
    public void AnyBytesAreReadOrRefused()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_IMAGE_SEED") ?? "20261121");
        output.WriteLine($"Again with: JAMBOX_IMAGE_SEED={seed} dotnet test Backend.Tests --filter DeploymentImageTests.AnyBytesAreReadOrRefused");
        Random random = new(seed);
        byte[] good = ImageBuilder.Make(seed, kilobytes: 2);
        for (int round = 0; round < 5_000; round++)
        {
            byte[] bytes = [.. good];
            int at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 + random.Next(255));
            byte[] cut = random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            DeploymentImage? image = DeploymentImage.Read(cut, out string? fault);

            // Only what pads an assembly, or an image cut between two of them, can still be whole.
            Assert.True(image is null == (fault is not null), $"Round {round} of seed {seed}.");
            Assert.True(image is null || cut.Length < good.Length || IsPadding(good, at), $"Round {round} of seed {seed}: a change at byte {at} is not seen.");
        }
    }

    private static bool IsPadding(byte[] image, int at)
    {
        byte[] padded = [.. image];
        padded[at] ^= 0x55;
        return DeploymentImage.Read(padded, out _) is not null;
    }

    private static byte[] Changed(byte[] image, int at)
    {
        byte[] changed = [.. image];
        changed[at] ^= 1;
        return changed;
    }

    private static void Refused(byte[] image, string fault)
    {
        Assert.Null(DeploymentImage.Read(image, out string? said));
        Assert.Contains(fault, said, StringComparison.Ordinal);
    }
}
