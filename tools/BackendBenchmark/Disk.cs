using System.Diagnostics;
using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace JamBox.BackendBenchmark;

/// <summary>What the disk itself can do: the floor under every commit.</summary>
internal static partial class Disk
{
    private const int Rounds = 300;

    /// <summary>Appends 4 KB and calls fdatasync, again and again.</summary>
    /// <returns>Median and 99th percentile, ms.</returns>
    public static (double P50, double P99) Fdatasync(string folder)
    {
        string path = Path.Combine(folder, "fdatasync");
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        byte[] page = new byte[4096];
        double[] times = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            RandomAccess.Write(file, page, i * (long)page.Length);
            long start = Stopwatch.GetTimestamp();
            if (Fdatasync((int)file.DangerousGetHandle()) != 0)
            {
                throw new IOException("fdatasync failed");
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return (times[Rounds / 2], times[Rounds * 99 / 100]);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int Fdatasync(int file);
}
