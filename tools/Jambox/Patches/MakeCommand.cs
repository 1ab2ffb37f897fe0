using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Ota.Patching;

namespace JamBox.Bench.Patches;

/// <summary><c>patch make</c>.</summary>
internal static class MakeCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> from = PatchOptions.From();
        Argument<string> to = PatchOptions.To();
        Argument<string> path = PatchOptions.Patch();
        var profile = new Option<PatchProfile>("--profile")
        {
            Description =
                "R: L with references numbered anew, the smallest. L: LZMA. "
                + "H: heatshrink, less RAM. E: heatshrink 8/7 with esp header, which esp_delta_ota takes too.",
            DefaultValueFactory = _ => PatchProfile.L,
            HelpName = "R|L|H|E",
        };
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand("make", "Make the patch that leads from one image to another.",
                "jambox patch make old.bin new.bin new.patch --profile L") { from, to, path, profile, json };
        command.SetAction(async (parsed, stop) =>
        {
            byte[] image = PatchOptions.Image(parsed.GetRequiredValue(from));
            byte[] wanted = PatchOptions.Image(parsed.GetRequiredValue(to));
            byte[] patch = await PatchOptions.MakeAsync(image, wanted, parsed.GetRequiredValue(profile), stop).ConfigureAwait(false);
            PatchOptions.Write(parsed.GetRequiredValue(path), patch);
            if (parsed.GetValue(json))
            {
                terminal.Json(new
                {
                    patch = parsed.GetRequiredValue(path),
                    profile = parsed.GetRequiredValue(profile).ToString(),
                    size = patch.Length,
                    from_size = image.Length,
                    to_size = wanted.Length,
                });
            }
            else
            {
                terminal.Line(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{parsed.GetRequiredValue(path)}: {patch.Length:N0} bytes, from {image.Length:N0} to {wanted.Length:N0}"));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
