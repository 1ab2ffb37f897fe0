using JamBox.Deployments;

namespace JamBox.Tests.Deployments;

/// <summary>Which paths a package may have.</summary>
public sealed class PackagePathTests
{
    [Theory]
    [InlineData("deploy.sh")]
    [InlineData("firmware/wired/relay-4/firmware.bin")]
    [InlineData("a b/c..d/.hidden/x")]
    [InlineData("Übersicht/写真.txt")]
    [InlineData("console/com10/auxiliary.txt")]
    [InlineData("\ud83d\ude00/smile")]
    public void A_file_may_be_called(string path) => Assert.Null(PackagePath.FindFault(path));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/etc/passwd", "not relative")]
    [InlineData("../x", "..")]
    [InlineData("a/../../x", "..")]
    [InlineData("./x", ". in it")]
    [InlineData("a//b", "empty part")]
    [InlineData("a/", "empty part")]
    [InlineData("a\\b", "\\ in it")]
    [InlineData("C:x", ": in it")]
    [InlineData("a?b", "? in it")]
    [InlineData("a\nb", "control character")]
    [InlineData("a\u0085b", "control character")]
    [InlineData("a/b.", "dot or a space")]
    [InlineData("a /b", "dot or a space")]
    [InlineData("...", "dot or a space")]
    [InlineData("nul", "device")]
    [InlineData("a/Com1.txt", "device")]
    [InlineData("a/NUL .x.y/b", "device")]
    [InlineData("lpt\u00b2", "device")]
    public void A_file_may_not_be_called(string path, string fault) =>
        Assert.Contains(fault, PackagePath.FindFault(path), StringComparison.Ordinal);

    [Fact]
    public void Paths_have_bounds()
    {
        Assert.Null(PackagePath.FindFault(new string('a', 100)));
        Assert.NotNull(PackagePath.FindFault(new string('a', 101)));
        string part = new string('a', 79) + "/";
        Assert.Null(PackagePath.FindFault(part + part + new string('b', 80)));
        Assert.NotNull(PackagePath.FindFault(part + part + new string('b', 81)));

        // 86 characters of three bytes each are more than a file system of Linux takes.
        Assert.Null(PackagePath.FindFault(new string('写', 85)));
        Assert.NotNull(PackagePath.FindFault(new string('写', 86)));
        Assert.NotNull(PackagePath.FindFault("half\ud83d"));
        Assert.NotNull(PackagePath.FindFault("half\ude00"));
    }

    [Fact]
    public void A_shown_path_moves_no_cursor()
    {
        string shown = PackagePath.Shown("\u001b[2J\u202e" + new string('x', 500));
        Assert.StartsWith("?[2J?xxx", shown, StringComparison.Ordinal);
        Assert.Equal(81, shown.Length);
    }

    [Fact]
    public void Paths_are_compared_with_each_other()
    {
        PackagePathSet paths = new();
        Assert.Null(paths.AddFile("a/b/c"));
        Assert.Null(paths.AddFile("a/b/d"));
        Assert.Null(paths.AddFolder("a/b"));
        Assert.Null(paths.AddFolder("a/b"));
        Assert.Contains("twice", paths.AddFile("A/b/C"), StringComparison.Ordinal);
        Assert.Contains("a file and a folder", paths.AddFile("a/B"), StringComparison.Ordinal);
        Assert.Contains("is a file", paths.AddFile("a/b/C/x"), StringComparison.Ordinal);
        Assert.Contains("a file and a folder", paths.AddFolder("a/b/D"), StringComparison.Ordinal);
        Assert.Null(paths.AddFolder("empty"));
        Assert.Contains("a file and a folder", paths.AddFile("EMPTY"), StringComparison.Ordinal);
    }
}
