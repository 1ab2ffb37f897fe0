using System.Diagnostics;
using System.Globalization;

using JamBox.Ota.Patch;
using JamBox.Ota.Patching;

using FirmwareApplier = JamBox.Ota.Patch.PatchApplier;
using ServerApplier = JamBox.Ota.Patching.PatchApplier;

namespace JamBox.Benchmarks;

/// <summary>
/// The table of patch sizes in docs/ota.md: pairs of deployment images in every profile. A figure is printed only when server and firmware
/// have both made the image again from the patch, bit by bit.
/// </summary>
internal static class PatchTable
{
    private const int StepBytes = 512;

    /// <summary>Prints it.</summary>
    /// <param name="files">Base, new image, base, new image…</param>
    /// <returns>0; 2 when files are missing, 1 when an image was not made again.</returns>
    public static int Print(string[] files)
    {
        if (files.Length == 0 || files.Length % 2 != 0 || Array.Exists(files, static file => !File.Exists(file)))
        {
            Console.Error.WriteLine("usage: patches OLD.bin NEW.bin [OLD.bin NEW.bin ...]: each must be there");
            return 2;
        }

        PatchProfile[] profiles = [PatchProfile.E, PatchProfile.H, PatchProfile.L, PatchProfile.R];
        Console.WriteLine($"buffers of the firmware's applier, shared by all profiles: {FirmwareApplier.TableBytes} bytes");
        Console.WriteLine("| pair | image | E | H | L | R | R of L | CPU, R of L |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        double sum = 0;
        for (int i = 0; i < files.Length; i += 2)
        {
            byte[] from = File.ReadAllBytes(files[i]);
            byte[] to = File.ReadAllBytes(files[i + 1]);
            var sizes = new int[profiles.Length];
            var times = new double[profiles.Length];
            for (int k = 0; k < profiles.Length; k++)
            {
                TimeSpan before = Process.GetCurrentProcess().UserProcessorTime;
                byte[] patch = PatchMaker.Make(from, to, profiles[k]);
                times[k] = (Process.GetCurrentProcess().UserProcessorTime - before).TotalSeconds;
                sizes[k] = patch.Length;
                if (!IsRight(from, to, patch))
                {
                    Console.Error.WriteLine($"{files[i]} -> {files[i + 1]}, {profiles[k]}: the image was not made again");
                    return 1;
                }
            }

            double share = (double)sizes[^1] / sizes[^2];
            sum += share;
            string pair = $"{Path.GetFileNameWithoutExtension(files[i])} → {Path.GetFileNameWithoutExtension(files[i + 1])}";
            string cells = string.Join(" | ", sizes.Select(static size => size.ToString("N0", CultureInfo.InvariantCulture)));
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {pair} | {to.Length:N0} | {cells} | {share:P0} | {times[^1] / times[^2]:f1} |"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean of R/L: {sum / (files.Length / 2):P1}"));
        return 0;
    }

    private static bool IsRight(byte[] from, byte[] to, byte[] patch)
    {
        var applier = new FirmwareApplier();
        var sink = new Sink();
        PatchResult result = applier.Begin(new Source(patch), new Source(from), null!, sink, to.Length);
        while (result == PatchResult.Busy)
        {
            result = applier.Step(StepBytes);
        }

        return ServerApplier.Apply(from, patch, to.Length, out byte[] made) == PatchError.None && made.AsSpan().SequenceEqual(to)
            && result == PatchResult.Done && sink.Image.ToArray().AsSpan().SequenceEqual(to);
    }

    private sealed class Source(byte[] bytes) : IByteSource
    {
        public int Length => bytes.Length;

        public bool Read(int position, byte[] buffer, int offset, int count)
        {
            Array.Copy(bytes, position, buffer, offset, count);
            return true;
        }
    }

    private sealed class Sink : IByteSink
    {
        public MemoryStream Image { get; } = new();

        public bool Write(byte[] buffer, int count)
        {
            Image.Write(buffer, 0, count);
            return true;
        }
    }
}
