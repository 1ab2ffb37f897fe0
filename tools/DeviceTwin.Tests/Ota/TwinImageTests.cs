using JamBox.Ota.Images;
using JamBox.Ota.Patching;
using JamBox.Twin.Ota;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Tests.Ota;

/// <summary>Twin images are found, read and changed as real ones are.</summary>
public sealed class TwinImageTests
{
    private static readonly TwinFirmware s_first = new("6.0.0", 60_000);
    private static readonly TwinFirmware s_second = new("6.1.0", 60_100, TwinBehaviour.Hangs);

    [Theory]
    [InlineData(2_048)]
    [InlineData(12_000)]
    [InlineData(96 * 1024)]
    public void SaysWhatItIs(int bytes)
    {
        byte[] image = TwinImage.Build(s_second, bytes);
        Assert.InRange(image.Length, bytes / 2, bytes * 3 / 2);
        Assert.Equal(0, image.Length % 4);
        byte[] deploy = new byte[image.Length + 5_000];
        deploy.AsSpan().Fill(0xFF);
        image.CopyTo(deploy, 0);
        Assert.Equal(image.Length, TwinImage.Length(deploy));
        Assert.Equal(s_second, TwinImage.Read(deploy));
        Assert.Equal(image, TwinImage.Build(s_second, bytes));
    }

    /// <summary>A byte that is wrong anywhere ends the chain before its assembly: the box would have nothing whole to boot from.</summary>
    [Fact]
    public void ADamagedByteIsNoticed()
    {
        byte[] image = TwinImage.Build(s_first, 4_096);
        for (int at = 0; at < image.Length; at += 7)
        {
            image[at] ^= 0x10;
            Assert.True(TwinImage.Length(image) < image.Length, $"byte {at}");
            image[at] ^= 0x10;
        }

        Assert.Equal(image.Length, TwinImage.Length(image));
        Assert.Equal(0, TwinImage.Length(new byte[200]));
    }

    /// <summary>Two releases of one seed are alike: a patch is a fraction of the image, but not nothing.</summary>
    [Fact]
    public void ReleasesDifferAsReleasesDo()
    {
        const int Bytes = 24 * 1024;
        byte[] first = TwinImage.Build(s_first, Bytes);
        byte[] second = TwinImage.Build(s_second, Bytes);
        byte[] patch = PatchMaker.Make(first, second, PatchProfile.L);
        Assert.InRange(patch.Length, first.Length / 60, first.Length / 8);
        byte[] other = TwinImage.Build(s_first, Bytes, seed: 2);
        Assert.True(PatchMaker.Make(first, other, PatchProfile.L).Length > 4 * patch.Length);
    }

    /// <summary>The backend walks an image by rules of its own.</summary>
    [Fact]
    public void TheBackendTakesThem()
    {
        DeploymentImage read = DeploymentImage.Read(TwinImage.Build(s_first));
        Assert.Equal(0, read.TrailingBytes);
        Assert.Equal(TwinImage.NativeChecksum, read.NativeChecksum);
        Assert.Equal(4, read.Assemblies.Count);
    }

    [Fact]
    public void SmallOnesFitIntoTheTinyFlash()
    {
        foreach (TwinFirmware firmware in new[] { s_first, s_second })
        {
            Assert.True(TwinImage.Build(firmware, 8_192).Length <= FlashSizes.Tiny.Image);
        }
    }
}
