using BenchmarkDotNet.Attributes;
using JamBox.Ota.Patch;
using JamBox.Ota.Patching;
using JamBox.Tests.Ota.Patching;
using FirmwareApplier = JamBox.Ota.Patch.PatchApplier;
using ServerApplier = JamBox.Ota.Patching.PatchApplier;

namespace JamBox.Benchmarks;

/// <summary>
/// A patch for an image of 100 KB on a PC: made by the server, applied by the server and by the firmware. Two words of five have moved,
/// and there are some hundred edits. A board is 70 to 400 times slower.
/// </summary>
[MemoryDiagnoser]
public class PatchBenchmark
{
    private const int ImageSize = 102_400;
    private const int Edits = 20;
    private const int StepBytes = 4096;

    private readonly FirmwareApplier _applier = new();
    private readonly Sink _sink = new();
    private byte[] _from = [];
    private byte[] _to = [];
    private byte[] _patch = [];
    private byte[] _full = [];

    /// <summary>Gets or sets the profile.</summary>
    [Params(PatchProfile.E, PatchProfile.H, PatchProfile.L)]
    public PatchProfile Profile { get; set; }

    /// <summary>Makes the images and the patches.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _from = ImagePair.Code(new Random(1), ImageSize, 0);
        _to = ImagePair.Code(new Random(1), ImageSize, 0x2A40);
        var random = new Random(2);
        for (int i = 0; i < Edits; i++)
        {
            _to = ImagePair.Edited(random, _to);
        }

        _patch = PatchMaker.Make(_from, _to, Profile);
        _full = PatchMaker.Make([], _to, Profile);
        Console.WriteLine($"// {Profile}: {_patch.Length} bytes, full image {_full.Length}");
    }

    /// <summary>The server makes it.</summary>
    [Benchmark]
    public int Make() => PatchMaker.Make(_from, _to, Profile).Length;

    /// <summary>The server applies it.</summary>
    [Benchmark]
    public bool ServerApplies() => ServerApplier.Apply(_from, _patch, ImageSize * 2, out _) == PatchError.None;

    /// <summary>The firmware applies it.</summary>
    [Benchmark]
    public PatchResult FirmwareApplies() => Apply(_from, _patch);

    /// <summary>The firmware applies the full image: nothing but dense data.</summary>
    [Benchmark]
    public PatchResult FirmwareAppliesFull() => Apply([], _full);

    private PatchResult Apply(byte[] from, byte[] patch)
    {
        PatchResult result = _applier.Begin(new Source(patch), new Source(from), null!, _sink, ImageSize * 2);
        while (result == PatchResult.Busy)
        {
            result = _applier.Step(StepBytes);
        }

        return result == PatchResult.Done ? result : throw new InvalidOperationException(result.ToString());
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
        private readonly byte[] _written = new byte[FirmwareApplier.OutputSize];

        public bool Write(byte[] buffer, int count)
        {
            Array.Copy(buffer, _written, count);
            return true;
        }
    }
}
