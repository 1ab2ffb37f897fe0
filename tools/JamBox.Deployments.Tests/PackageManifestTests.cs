using System.Text;

using JamBox.Deployments;

namespace JamBox.Tests.Deployments;

/// <summary>The list of a package.</summary>
public sealed class PackageManifestTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Good =
        $$"""{"format":1,"version":"1.2.3","made":"2026-11-28T18:00:00Z","files":[{"path":"a","size":0,"sha256":"{{Hash}}","executable":true}]}""";

    [Fact]
    public void It_is_written_as_it_stands_in_the_document()
    {
        PackageManifest manifest = new("1.2.3", TestPackages.Made, [new PackageFile("a", 0, Hash, true)]);
        Assert.Equal(Good, Encoding.UTF8.GetString(manifest.ToBytes()));
        PackageManifest read = PackageManifest.Read(manifest.ToBytes());
        Assert.Equal((manifest.Version, manifest.Made, manifest.Files.Single()), (read.Version, read.Made, read.Files.Single()));
    }

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", "newer tool")]
    [InlineData("\"format\":1,", "", "lacks")]
    [InlineData("\"format\":1,", "\"format\":1,\"format\":1,", "twice")]
    [InlineData("\"format\":1,", "\"format\":1,\"extra\":1,", "extra")]
    [InlineData("\"1.2.3\"", "\"a b\"", "1 to 40 characters")]
    [InlineData("\"1.2.3\"", "7", "no text as version")]
    [InlineData("2026-11-28T18:00:00Z", "2026-11-28", "no time")]
    [InlineData("\"path\":\"a\"", "\"path\":\"../a\"", "..")]
    [InlineData("\"path\":\"a\"", "\"path\":\"deployment.sig\"", "cannot list itself")]
    [InlineData("\"size\":0", "\"size\":-1", "whole number")]
    [InlineData("\"size\":0", "\"size\":1.5", "whole number")]
    [InlineData("\"size\":0", "\"size\":4294967297", "whole number")]
    [InlineData("\"size\":0,", "", "lacks path")]
    [InlineData("e3b0", "E3B0", "lower hex")]
    [InlineData("e3b0", "", "64")]
    [InlineData("\"executable\":true", "\"executable\":\"yes\"", "no JSON")]
    [InlineData("\"files\":[", "\"files\":[7,", "no object as a file")]
    [InlineData("]}", "]}x", "no JSON")]
    [InlineData("]}", "]", "no JSON")]
    public void What_is_wrong_is_named(string from, string to, string fault)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        byte[] json = Encoding.UTF8.GetBytes(Good.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(fault, Assert.Throws<PackageException>(() => PackageManifest.Read(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_sorted_and_come_once()
    {
        string[] wrong = ["b,a", "a,a", "a,A", "a,a/b"];
        foreach (string names in wrong)
        {
            PackageManifest manifest = new(
                "1", TestPackages.Made, [.. names.Split(',').Select(static name => new PackageFile(name, 0, Hash, false))]);
            Assert.Throws<PackageException>(() => PackageManifest.Read(manifest.ToBytes()));
        }

        // Ordinal: upper case is before lower case.
        PackageManifest sorted = new(
            "1", TestPackages.Made, [.. new[] { "B", "a", "a-b" }.Select(static name => new PackageFile(name, 0, Hash, false))]);
        Assert.Equal(3, PackageManifest.Read(sorted.ToBytes()).Files.Count);
    }

    [Fact]
    public void Versions_are_plain()
    {
        Assert.True(PackageVersion.IsValid("2026-11-28_build+7.rc1"));
        Assert.All(["", "-1", ".1", "1 2", "1/2", "ü", new string('1', 41)], static text => Assert.False(PackageVersion.IsValid(text)));
    }

    [Fact]
    public void Versions_of_modules_are_read_both_ways()
    {
        FirmwareVersions versions = FirmwareVersions.Read(
            "{\"wired\":{\"relay\":\"1.0\"},\"wireless\":{\"relay\":\"2.0\"},\"meter\":\"3.0\"}"u8);
        Assert.Equal("1.0", versions.Find("wired", "relay"));
        Assert.Equal("2.0", versions.Find("wireless", "relay"));
        Assert.Equal("3.0", versions.Find("wireless", "meter"));
        Assert.Null(versions.Find("wired", "door"));
        Assert.Equal([("", "meter", "3.0"), ("wired", "relay", "1.0"), ("wireless", "relay", "2.0")], versions.All());
        Assert.All(
            ["[]", "{", "{\"a\":1}", "{\"other\":{\"a\":\"1\"}}", "{\"a/b\":\"1\"}", "{\"a\":\"\"}", "{\"a\":\"1\",\"a\":\"2\"}", "{} {}"],
            static json => Assert.Throws<PackageException>(() => FirmwareVersions.Read(Encoding.UTF8.GetBytes(json))));
    }
}
