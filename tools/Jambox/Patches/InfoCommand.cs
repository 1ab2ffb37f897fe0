using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;

namespace JamBox.Bench.Patches;

/// <summary><c>patch info</c>.</summary>
internal static class InfoCommand
{
    private const int ChunkBytes = 512;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> path = PatchOptions.Patch();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand("info", "Say what the header of a patch says.", "jambox patch info new.patch") { path, json };
        command.SetAction(parsed =>
        {
            byte[] patch = PatchOptions.Read(parsed.GetRequiredValue(path));
            PatchHeader header = PatchHeader.Read(patch);
            int chunks = (patch.Length + ChunkBytes - 1) / ChunkBytes;
            if (parsed.GetValue(json))
            {
                terminal.Json(new
                {
                    size = patch.Length, chunks, sha256 = PatchOptions.Hash(patch), compression = header.Compression,
                    image_size = header.ImageSize, base_sha256 = header.BaseSha256,
                });
                return ExitCode.Done;
            }

            terminal.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{header.Compression}, {patch.Length:N0} bytes in {chunks} chunks, for an image of {header.ImageSize:N0} bytes"));
            terminal.Line($"SHA-256 {PatchOptions.Hash(patch)}");
            if (header.BaseSha256 is not null)
            {
                terminal.Line($"esp header: from the image with SHA-256 {header.BaseSha256}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
