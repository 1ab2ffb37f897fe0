using System.Text;

using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Tests.Deployments;

/// <summary>Packages that tests begin with.</summary>
internal static class TestPackages
{
    public static readonly DateTimeOffset Made = new(2026, 11, 28, 18, 0, 0, TimeSpan.Zero);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static PackageBuilder Builder(string version = "1.2.3")
    {
        PackageBuilder builder = new(version, Made);
        builder.AddBytes("deploy.sh", Text("#!/bin/sh\necho deployed\n"), isExecutable: true);
        builder.AddBytes("firmware/versions.json", Text("{\"wired\":{\"relay\":\"2.0.1\"}}"), isExecutable: false);
        builder.AddBytes("firmware/wired/relay/firmware.bin", Noise(70_000), isExecutable: false);
        builder.AddBytes("share/Übersicht.txt", Text(new string('x', 5000)), isExecutable: false);
        return builder;
    }

    public static byte[] Signed(ReleaseKey key, string version = "1.2.3")
    {
        using MemoryStream zip = new();
        Builder(version).Write(zip, key);
        return zip.ToArray();
    }

    public static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public static PackageContents Inspect(byte[] zip, PackageLimits? limits = null) =>
        PackageInspector.Inspect(new MemoryStream(zip, writable: false), limits);

    /// <summary>What an inspection says.</summary>
    public static string Refusal(byte[] zip, PackageLimits? limits = null) =>
        Assert.Throws<PackageException>(() => Inspect(zip, limits)).Message;

    public static byte[] ReadAll(PackageContents contents, string path)
    {
        using Stream stream = contents.OpenRead(contents.Files.Single(file => file.Path == path));
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
