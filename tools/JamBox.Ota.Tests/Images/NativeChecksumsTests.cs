using JamBox.Ota.Images;

namespace JamBox.Tests.Ota.Images;

/// <summary>What decides whether a box can go from one image to another over the air.</summary>
public sealed class NativeChecksumsTests
{
    [Fact]
    public void TheTextNamesEveryAssembly() =>
        Assert.Equal(
            "mscorlib=1549c856 JamBox.Interop=1a2b3c4d Firmware.Shared=00000000",
            NativeChecksums.Text(DeploymentImage.Read(ImageBuilder.Make(1))));

    [Fact]
    public void ConflictsAreFoundByName()
    {
        Assert.Null(NativeChecksums.FindConflict("A=1 B=2", "A=1 C=3"));
        Assert.Equal("B", NativeChecksums.FindConflict("A=1 B=2", "A=1 B=3 C=3"));
    }

    [Fact]
    public void TextsOfEarlierServersAreUnderstood()
    {
        Assert.Equal("mscorlib", NativeChecksums.FindConflict("#813=1 B=2", "mscorlib=2 B=2"));
        Assert.Null(NativeChecksums.FindConflict("#813=1 B=2", "mscorlib=1 B=2"));
    }
}
