using System.Text;

using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.CommandLine;

/// <summary>Packages for tests: real ones, signed by a real key.</summary>
internal static class PackageWorld
{
    /// <summary>The key that tests trust.</summary>
    public static ReleaseKey Key { get; } = ReleaseKey.Create();

    /// <summary>The same as a member of the configuration.</summary>
    public static string Trust { get; } = $",\"trustedKeys\":[\"{Key.Public.Hex}\"]";

    /// <summary>Makes a package.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="deploy">The lines of its deploy.sh.</param>
    /// <param name="key">Who signs it; null = the key that tests trust.</param>
    public static byte[] Make(string version, string deploy, ReleaseKey? key = null)
    {
        PackageBuilder builder = new(version, new DateTimeOffset(2026, 11, 28, 9, 0, 0, TimeSpan.Zero));
        builder.AddBytes("deploy.sh", Encoding.UTF8.GetBytes("#!/bin/sh\n" + deploy + "\n"), isExecutable: true);
        builder.AddBytes("version.txt", Encoding.UTF8.GetBytes(version), isExecutable: false);
        using MemoryStream zip = new();
        builder.Write(zip, key ?? Key);
        return zip.ToArray();
    }
}
