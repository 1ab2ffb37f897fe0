using System.Security.Cryptography;
using System.Text;

using JamBox.Deployments;
using JamBox.Edge.Engine;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.Engine;

/// <summary>A signed package, and the notice of it.</summary>
public sealed class TestPackage
{
    /// <summary>Signs what gateways of tests trust.</summary>
    public static readonly ReleaseKey Key = ReleaseKey.Create();

    private TestPackage(string id, string version, byte[] bytes, IReadOnlyDictionary<string, byte[]> files)
    {
        Id = id;
        Version = version;
        Bytes = bytes;
        Files = files;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    public string Id { get; }

    public string Version { get; }

    public byte[] Bytes { get; }

    public string Sha256 { get; }

    /// <summary>What is in it, by path.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>
    /// Brings "app.txt" into the gateway's system (a folder beside the agent's), as deployments do, and asks whether it is there.
    /// </summary>
    /// <param name="version">Its version.</param>
    /// <param name="deploy">What deploy.sh does besides, before its end.</param>
    /// <param name="health">What health.sh does besides.</param>
    /// <param name="more">Other files.</param>
    /// <param name="key">Signs it; the usual one unless said.</param>
    /// <param name="id">Of the deployment; made of the version unless said.</param>
    public static TestPackage Make(
        string version, string deploy = "", string health = "", IReadOnlyDictionary<string, byte[]>? more = null, ReleaseKey? key = null,
        string? id = null)
    {
        byte[] big = new byte[30_000];
        new Random(version.Length + version.Sum(static c => c)).NextBytes(big);
        Dictionary<string, byte[]> files = new()
        {
            ["app.txt"] = Encoding.UTF8.GetBytes($"application {version}\n"),
            ["data/table.bin"] = big,
            ["data/empty.txt"] = [],
            ["deploy.sh"] = Encoding.UTF8.GetBytes(
                $$"""
                #!/bin/sh
                set -e
                system="$JAMBOX_FOLDER/../system"
                mkdir -p "$system"
                echo "$JAMBOX_VERSION $JAMBOX_ROLLBACK $JAMBOX_PREVIOUS" >> "$system/log"
                cp app.txt "$system/app.new"
                mv "$system/app.new" "$system/app.txt"
                echo "deployed $JAMBOX_VERSION"
                {{deploy}}
                """),
            ["health.sh"] = Encoding.UTF8.GetBytes($"#!/bin/sh\ncmp app.txt \"$JAMBOX_FOLDER/../system/app.txt\" || exit 1\n{health}\n"),
        };
        foreach ((string path, byte[] bytes) in more ?? new Dictionary<string, byte[]>())
        {
            files[path] = bytes;
        }

        PackageBuilder builder = new(version, DateTimeOffset.UnixEpoch.AddYears(56));
        foreach ((string path, byte[] bytes) in files)
        {
            bool isProgram = path.EndsWith(".sh", StringComparison.Ordinal) || path.StartsWith("agent/linux", StringComparison.Ordinal);
            builder.AddBytes(path, bytes, isProgram);
        }

        using MemoryStream zip = new();
        builder.Write(zip, key ?? Key);
        return new TestPackage(id ?? $"d-{version.Replace('.', '-')}", version, zip.ToArray(), files);
    }

    /// <summary>A package of bytes that were made otherwise.</summary>
    public static TestPackage Of(string id, string version, byte[] bytes) => new(id, version, bytes, new Dictionary<string, byte[]>());

    /// <summary>The server's notice.</summary>
    /// <param name="minute">When it was published: minutes after the beginning.</param>
    public Notice Notice(int minute)
    {
        DateTimeOffset at = new DateTimeOffset(2026, 11, 28, 18, 0, 0, TimeSpan.Zero).AddMinutes(minute);
        return new Notice(
            Id, Version, "package.zip", Bytes.Length, Sha256, $"/api/deployment-download/{Id}",
            at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"), at);
    }
}
