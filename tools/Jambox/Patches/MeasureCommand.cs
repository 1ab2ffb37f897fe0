using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using JamBox.Backend.Ota.Patching;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;

namespace JamBox.Bench.Patches;

/// <summary><c>patch measure</c>.</summary>
internal static class MeasureCommand
{
    private const double ApplyBytes = 100 * 1024;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> from = PatchOptions.From();
        Argument<string> to = PatchOptions.To();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand("measure", "Make the patch in every profile, and apply each with both appliers: sizes, seconds, memory.", "jambox patch measure old.bin new.bin") { from, to, json };
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
        FirmwareRun run = FirmwareRun.Apply(image, patch, wanted.Length);
        bool isRight = error == PatchError.None && made.AsSpan().SequenceEqual(wanted) && run.Image.AsSpan().SequenceEqual(wanted);
        using var self = Process.GetCurrentProcess();
        return new Measurement(
            profile.ToString(), image.Length, wanted.Length, patch.Length, seconds, self.PeakWorkingSet64 >> 20,
            error.ToString(), run.Result.ToString(), run.Milliseconds * ApplyBytes / Math.Max(1, wanted.Length), isRight);
    }

    private static string Line(Measurement m) => string.Create(
        CultureInfo.InvariantCulture,
        $"{m.Profile} {m.FromSize:N0} -> {m.ToSize:N0}: {m.Size:N0} bytes in {m.Seconds:f1} s, peak {m.PeakMegabytes} MB; server {m.Server}, firmware {m.Firmware} {m.MsPer100Kb:f2} ms per 100 KB{(m.IsRight ? string.Empty : "  WRONG IMAGE")}");

    private static object Object(Measurement m) => new
    {
        profile = m.Profile, from_size = m.FromSize, to_size = m.ToSize, size = m.Size, seconds = m.Seconds, peak_mb = m.PeakMegabytes, server = m.Server, firmware = m.Firmware, ms_per_100_kb = m.MsPer100Kb, is_right = m.IsRight,
    };
}
