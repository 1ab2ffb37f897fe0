using System.Diagnostics;
using System.Globalization;
using JamBox.Ota.Patching;
using JamBox.Tests.Ota.Patching;

namespace JamBox.Benchmarks;

/// <summary>
/// What the largest patch costs the server: CPU seconds and memory, for an image of 1,000 KB, of which two words of five have moved and
/// which has some thousand edits. One profile a run, because a peak of memory is that of the process.
/// </summary>
internal static class LargePatch
{
    /// <summary>First argument of the command.</summary>
    public const string Name = "large-patch";

    private const int ImageSize = 1_024_000;
    private const int Edits = 200;

    /// <summary>Makes the patch and prints what it took.</summary>
    /// <param name="profile">E, H or L.</param>
    public static void Run(string profile)
    {
        byte[] from = ImagePair.Code(new Random(1), ImageSize, 0);
        byte[] to = ImagePair.Code(new Random(1), ImageSize, 0x2A40);
        var random = new Random(2);
        for (int i = 0; i < Edits; i++)
        {
            to = ImagePair.Edited(random, to);
        }

        using var self = Process.GetCurrentProcess();
        long before = self.PeakWorkingSet64;
        TimeSpan cpuBefore = self.TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes();
        byte[] patch = PatchMaker.Make(from, to, Enum.Parse<PatchProfile>(profile));
        self.Refresh();
        double cpu = (self.TotalProcessorTime - cpuBefore).TotalSeconds;
        PatchError error = PatchApplier.Apply(from, patch, ImageSize * 2, out byte[] made);
        bool isRight = error == PatchError.None && made.AsSpan().SequenceEqual(to);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{profile}: {from.Length:N0} -> {to.Length:N0}: {patch.Length:N0} bytes{(isRight ? "" : ", WRONG IMAGE")}; {cpu:f1} CPU seconds; peak {self.PeakWorkingSet64 >> 20} MB, {(self.PeakWorkingSet64 - before) >> 20} MB more than before; {(GC.GetTotalAllocatedBytes() - allocated) >> 20} MB allocated"));
    }
}
