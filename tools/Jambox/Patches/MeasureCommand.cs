using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Ota.Patching;

namespace JamBox.Bench.Patches;

/// <summary><c>patch measure</c>.</summary>
internal static class MeasureCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> from = PatchOptions.From();
        Argument<string> to = PatchOptions.To();
        Option<bool> json = ReleaseOptions.Json();
        var command =
            new BenchCommand("measure", "Make the patch in every profile, and apply each: sizes, seconds, memory.",
                "jambox patch measure old.bin new.bin") { from, to, json };
        command.SetAction(async (parsed, stop) =>
        {
            byte[] image = PatchOptions.Image(parsed.GetRequiredValue(from));
            byte[] wanted = PatchOptions.Image(parsed.GetRequiredValue(to));
            List<Measurement> all = [];
            foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
            {
                all.Add(await MeasureAsync(image, wanted, profile, stop).ConfigureAwait(false));
                if (!parsed.GetValue(json))
                {
                    terminal.Line(Line(all[^1]));
                }
            }

            if (parsed.GetValue(json))
            {
                terminal.Json(all.Select(Object));
            }

            return all.TrueForAll(static one => one.IsRight)
                ? ExitCode.Done
                : throw new BenchException("an image is wrong: please report this with both files", ExitCode.Refused);
        });
        return command;
    }

    private static async Task<Measurement> MeasureAsync(byte[] image, byte[] wanted, PatchProfile profile, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        byte[] patch = await PatchOptions.MakeAsync(image, wanted, profile, stop).ConfigureAwait(false);
        double seconds = watch.Elapsed.TotalSeconds;
        PatchError error = PatchApplier.Apply(image, patch, wanted.Length, out byte[] made);
        bool isRight = error == PatchError.None && made.AsSpan().SequenceEqual(wanted);
        using var self = Process.GetCurrentProcess();
        return new Measurement(
            profile.ToString(), image.Length, wanted.Length, patch.Length, seconds, self.PeakWorkingSet64 >> 20,
            error.ToString(), isRight);
    }

    private static string Line(Measurement m) => string.Create(
        CultureInfo.InvariantCulture,
        $"{m.Profile} {m.FromSize:N0} -> {m.ToSize:N0}: {m.Size:N0} bytes in {m.Seconds:f1} s, peak {m.PeakMegabytes} MB; applied: {m.Result}{(m.IsRight ? string.Empty : "  WRONG IMAGE")}");

    private static object Object(Measurement m) => new
    {
        profile = m.Profile, from_size = m.FromSize, to_size = m.ToSize, size = m.Size, seconds = m.Seconds, peak_mb = m.PeakMegabytes,
        result = m.Result, is_right = m.IsRight,
    };

    /// <summary>What making and applying a patch took.</summary>
    /// <param name="Profile">R, L, H or E.</param>
    /// <param name="FromSize">Length of the base, bytes.</param>
    /// <param name="ToSize">Length of the image, bytes.</param>
    /// <param name="Size">Length of the patch, bytes.</param>
    /// <param name="Seconds">To make it.</param>
    /// <param name="PeakMegabytes">The process's largest working set so far, MB.</param>
    /// <param name="Result">How applying it ended.</param>
    /// <param name="IsRight">Whether that gave the image.</param>
    private sealed record Measurement(
        string Profile, int FromSize, int ToSize, int Size, double Seconds, long PeakMegabytes, string Result, bool IsRight);
}
