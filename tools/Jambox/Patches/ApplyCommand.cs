using System.CommandLine;
using System.Globalization;
using JamBox.Backend.Ota.Patching;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;

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
        var command = new BenchCommand("apply", "Apply a patch, with the server's code and with the firmware's: both must make the same image.", "jambox patch apply old.bin new.patch made.bin") { from, path, to, json };
        command.SetAction(parsed => Run(
            terminal, PatchOptions.Image(parsed.GetRequiredValue(from)), PatchOptions.Read(parsed.GetRequiredValue(path)), parsed.GetRequiredValue(to), parsed.GetValue(json)));
        return command;
    }

    private static int Run(BenchTerminal terminal, byte[] image, byte[] patch, string to, bool isJson)
    {
        PatchError error = PatchApplier.Apply(image, patch, int.MaxValue, out byte[] made);
        FirmwareRun run = FirmwareRun.Apply(image, patch, int.MaxValue);
        if (error != PatchError.None || run.Result != Ota.PatchResult.Done)
        {
            throw new BenchException($"the patch is refused: the server's code says {error}, the firmware's {run.Result}", ExitCode.Refused);
        }

        if (!run.Image.AsSpan().SequenceEqual(made))
        {
            throw new BenchException("the server's code and the firmware's make different images: please report this with both files", ExitCode.Refused);
        }

        PatchOptions.Write(to, made);
        if (isJson)
        {
            terminal.Json(new { image = to, size = made.Length, sha256 = PatchOptions.Hash(made), firmware_ms = run.Milliseconds });
        }
        else
        {
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{to}: {made.Length:N0} bytes, SHA-256 {PatchOptions.Hash(made)}"));
        }

        return ExitCode.Done;
    }
}
