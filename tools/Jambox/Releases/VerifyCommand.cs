using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;
using JamBox.Ota.Images;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary><c>release verify</c>.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var file = new Argument<string>("MANIFEST")
        {
            Description = "Manifest of a release: the 148 bytes of 'release sign', or the 220 that a box gets.",
        };
        Argument<string> path = ReleaseOptions.Image();
        var key = new Option<string>("--public-key")
        {
            Description = "128 hex digits, as 'release keygen' showed them, or a file with them or a PEM public key.",
            Required = true,
            HelpName = "HEX|FILE",
        };
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "verify",
            "Check manifest, signature and image as a box does. Exit code 0: right.",
            "jambox release verify Firmware.Atoms3.manifest Firmware.Atoms3.bin --public-key 4f2c…")
        {
            file, path, key, json,
        };
        command.SetAction(parsed =>
        {
            ReleaseManifest manifest = Load(parsed.GetRequiredValue(file));
            return Run(
                terminal, manifest, ImageFile.Load(parsed.GetRequiredValue(path)),
                ReleaseOptions.ParsePublicKey(parsed.GetRequiredValue(key)), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(BenchTerminal terminal, ReleaseManifest manifest, DeploymentImage image, PublicKey key, bool isJson)
    {
        string? fault = manifest.FindDifference(image);
        fault ??= !manifest.IsSigned ? "the manifest is not signed" : null;
        fault ??= !manifest.IsSignedBy(key) ? "the signature is wrong: another key made it, or the manifest was changed" : null;
        if (isJson)
        {
            terminal.Json(new
            {
                ok = fault is null, fault, version = manifest.Version, seq = manifest.Sequence, hw = manifest.HardwareId,
                size = manifest.ImageSize, sha256 = Convert.ToHexStringLower(manifest.ImageSha256),
            });
        }

        if (fault is not null)
        {
            throw new ManifestException(fault);
        }

        if (!isJson)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"right: {manifest.Version} (sequence {manifest.Sequence}) for {manifest.HardwareId}, image of {manifest.ImageSize:N0} bytes, native checksum {manifest.NativeChecksum:x8}"));
        }

        return ExitCode.Done;
    }

    private static ReleaseManifest Load(string path)
    {
        try
        {
            return ReleaseManifest.Parse(File.ReadAllBytes(path));
        }
        catch (ManifestException e)
        {
            throw new ManifestException($"{path} is no manifest of a release: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message}", ExitCode.BadInput);
        }
    }
}
