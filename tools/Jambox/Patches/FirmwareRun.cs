using System.Diagnostics;
using System.Security.Cryptography;
using JamBox.Ota;

namespace JamBox.Bench.Patches;

/// <summary>One run of the firmware's applier, on memory.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Image">What it wrote.</param>
/// <param name="Milliseconds">How long it took; of several runs the shortest.</param>
internal sealed record FirmwareRun(PatchResult Result, byte[] Image, double Milliseconds)
{
    private const int Runs = 5;

    public static FirmwareRun Apply(byte[] from, byte[] patch, int maxSize)
    {
        var applier = new PatchApplier();
        byte[] hash = SHA256.HashData(from);
        var best = new FirmwareRun(PatchResult.Truncated, [], double.MaxValue);
        for (int run = 0; run < Runs; run++)
        {
            var sink = new Memory();
            var watch = Stopwatch.StartNew();
            PatchResult result = applier.Begin(new Memory(patch), new Memory(from), hash, sink, maxSize);
            while (result == PatchResult.Busy)
            {
                result = applier.Step(4096);
            }

            double milliseconds = watch.Elapsed.TotalMilliseconds;
            best = milliseconds < best.Milliseconds ? new FirmwareRun(result, sink.Written, milliseconds) : best;
        }

        return best;
    }

    private sealed class Memory(byte[]? bytes = null) : IByteSource, IByteSink
    {
        private readonly MemoryStream _written = new();

        public int Length => bytes!.Length;

        public byte[] Written => _written.ToArray();

        public bool Read(int position, byte[] buffer, int offset, int count)
        {
            Array.Copy(bytes!, position, buffer, offset, count);
            return true;
        }

        public bool Write(byte[] buffer, int count)
        {
            _written.Write(buffer, 0, count);
            return true;
        }
    }
}
