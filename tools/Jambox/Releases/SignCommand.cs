using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Releases;

/// <summary><c>release sign</c>.</summary>
internal static class SignCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> path = ReleaseOptions.Image();
        Option<string> version = ReleaseOptions.Version();
        Option<long?> sequence = ReleaseOptions.Sequence();
        Option<string> hardware = ReleaseOptions.Hardware();
        Option<string> key = ReleaseOptions.Key();
        var file = new Option<string?>("--out")
        {
            Description = "File of the manifest, written over if it is there. Default: the image's name with .manifest.",
            HelpName = "FILE",
        };
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "sign",
            "Make the signed manifest of a release, 148 bytes. 'release publish' does it too: this is for a bench that is not connected.",
            "jambox release sign Firmware.Atoms3.bin --version 6.1.0 --key release.key")
        {
            path, version, sequence, hardware, key, file, json,
        };
        command.SetAction(parsed =>
        {
            string imagePath = parsed.GetRequiredValue(path);
            var image = ImageFile.Load(imagePath);
            ReleaseManifest manifest = ReleaseOptions.Describe(
                terminal, image, parsed.GetRequiredValue(version), parsed.GetValue(sequence), parsed.GetRequiredValue(hardware));
            using ReleaseKey signer = ReleaseOptions.LoadKey(terminal, parsed.GetRequiredValue(key));
            return Run(
                terminal, manifest.Sign(signer), parsed.GetValue(file) ?? Path.ChangeExtension(imagePath, ".manifest"), signer.Public,
                parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(BenchTerminal terminal, ReleaseManifest manifest, string path, PublicKey key, bool isJson)
    {
        try
        {
            File.WriteAllBytes(path, manifest.ToBytes());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"--out {path}: {e.Message}", ExitCode.BadInput);
        }

        if (isJson)
        {
            terminal.Json(new
            {
                manifest = path, version = manifest.Version, seq = manifest.Sequence, hw = manifest.HardwareId, size = manifest.ImageSize,
                sha256 = Convert.ToHexStringLower(manifest.ImageSha256), public_key = key.Hex,
            });
            return ExitCode.Done;
        }

        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {manifest.Version} (sequence {manifest.Sequence}) for {manifest.HardwareId}, image of {manifest.ImageSize:N0} bytes, native checksum {manifest.NativeChecksum:x8}"));
        terminal.Line($"signed with the key {key.Hex[..16]}…");
        return ExitCode.Done;
    }
}
