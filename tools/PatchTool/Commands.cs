using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using JamBox.Backend.Ota.Patching;

namespace JamBox.PatchTool;

/// <summary>The commands. An image named <c>-</c> is the empty one.</summary>
internal static class Commands
{
    private const int Failed = 1;
    private const int BadUsage = 2;

    public static int Usage()
    {
        Console.Error.WriteLine("""
            PatchTool make E|H|L FROM TO PATCH    makes a patch
            PatchTool apply FROM PATCH TO         applies one, with the server's applier and with the firmware's
            PatchTool info PATCH                  says what its header says
            PatchTool measure FROM TO             makes all profiles: size, seconds, memory, time to apply
            A FROM of - is no base: the full image.
            """);
        return BadUsage;
    }

    public static int Make(string profile, string from, string to, string patch)
    {
        if (!Enum.TryParse(profile, out PatchProfile parsed) || !Enum.IsDefined(parsed))
        {
            return Usage();
        }

        byte[] made = PatchMaker.Make(Image(from), Image(to), parsed);
        File.WriteAllBytes(patch, made);
        Console.WriteLine($"{made.Length} bytes");
        return 0;
    }

    public static int Apply(string from, string patch, string to)
    {
        byte[] image = Image(from);
        byte[] bytes = File.ReadAllBytes(patch);
        PatchError error = PatchApplier.Apply(image, bytes, int.MaxValue, out byte[] made);
        FirmwareRun run = FirmwareRun.Apply(image, bytes, int.MaxValue);
        Console.WriteLine($"server {error}, firmware {run.Result}, {made.Length} bytes, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(made))}");
        if (error != PatchError.None || run.Result != Ota.PatchResult.Done || !run.Image.AsSpan().SequenceEqual(made))
        {
            return Failed;
        }

        File.WriteAllBytes(to, made);
        return 0;
    }

    public static int Info(string patch)
    {
        byte[] bytes = File.ReadAllBytes(patch);
        bool isEsp = bytes.Length > 64 && bytes[0] == 0x10;
        if (isEsp)
        {
            Console.WriteLine($"esp header, base {Convert.ToHexStringLower(bytes.AsSpan(4, 32))}");
        }

        int at = isEsp ? 64 : 0;
        string kind = bytes[at] switch
        {
            1 => "LZMA",
            4 => "heatshrink",
            _ => "unknown",
        };
        long size = bytes[++at] & 0x3F;
        for (int shift = 6; (bytes[at] & 0x80) != 0; shift += 7)
        {
            size |= (long)(bytes[++at] & 0x7F) << shift;
        }

        string window = kind == "heatshrink" && size > 0 ? $" {(bytes[at + 1] >> 4) + 4}/{(bytes[at + 1] & 15) + 3}" : string.Empty;
        Console.WriteLine($"{kind}{window}, {bytes.Length} bytes for an image of {size}");
        return 0;
    }

    public static int Measure(string from, string to)
    {
        byte[] image = Image(from);
        byte[] wanted = Image(to);
        bool isRight = true;
        foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
        {
            var watch = Stopwatch.StartNew();
            byte[] patch = PatchMaker.Make(image, wanted, profile);
            double seconds = watch.Elapsed.TotalSeconds;
            PatchError error = PatchApplier.Apply(image, patch, wanted.Length, out byte[] made);
            FirmwareRun run = FirmwareRun.Apply(image, patch, wanted.Length);
            isRight &= error == PatchError.None && made.AsSpan().SequenceEqual(wanted) && run.Image.AsSpan().SequenceEqual(wanted);
            long megabytes = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
            double apply = run.Milliseconds * 102_400 / Math.Max(1, wanted.Length);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{profile} {image.Length} -> {wanted.Length}: {patch.Length} bytes in {seconds:f1} s, peak {megabytes} MB; server {error}, firmware {run.Result} {apply:f2} ms per 100 KB"));
        }

        Console.WriteLine(isRight ? "all images are right" : "AN IMAGE IS WRONG");
        return isRight ? 0 : Failed;
    }

    private static byte[] Image(string path) => path == "-" ? [] : File.ReadAllBytes(path);
}
