using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Ota.Patching;

namespace JamBox.Bench.Patches;

/// <summary><c>patch apply</c>.</summary>
internal static class ApplyCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> from = PatchOptions.From();
        Argument<string> path = PatchOptions.Patch();
        var to = new Argument<string>("TO") { Description = "File of the new image, written over if it is there." };
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand("apply", "Apply a patch, as the server does to see that what it made gives the image again.",
                "jambox patch apply old.bin new.patch made.bin") { from, path, to, json };
        command.SetAction(parsed => Run(
            terminal, PatchOptions.Image(parsed.GetRequiredValue(from)), PatchOptions.Read(parsed.GetRequiredValue(path)),
            parsed.GetRequiredValue(to), parsed.GetValue(json)));
        return command;
    }

    private static int Run(BenchTerminal terminal, byte[] image, byte[] patch, string to, bool isJson)
    {
        PatchError error = PatchApplier.Apply(image, patch, int.MaxValue, out byte[] made);
        if (error != PatchError.None)
        {
            throw new BenchException($"the patch is refused: {error}", ExitCode.Refused);
        }

        PatchOptions.Write(to, made);
        if (isJson)
        {
            terminal.Json(new { image = to, size = made.Length, sha256 = PatchOptions.Hash(made) });
        }
        else
        {
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{to}: {made.Length:N0} bytes, SHA-256 {PatchOptions.Hash(made)}"));
        }

        return ExitCode.Done;
    }
}
