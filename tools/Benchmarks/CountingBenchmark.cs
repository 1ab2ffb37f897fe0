using BenchmarkDotNet.Attributes;
using JamBox.Counting;
using JamBox.Ports;

namespace JamBox.Benchmarks;

/// <summary>What a frame costs on a PC, from its bytes to the counting tables. A board is 70 to 400 times slower.</summary>
[MemoryDiagnoser]
public class CountingBenchmark
{
    private const int Frames = 1000;
    private const int Minute = 60000;

    private readonly byte[][] _frames = new byte[Frames][];
    private readonly byte[] _records = new byte[Frames * RadioRecord.Size];
    private readonly PeopleCounter _counter = new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17], new Thresholds());
    private int _minute;

    /// <summary>A thousand probe requests, each from another phone.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (int i = 0; i < Frames; i++)
        {
            _frames[i] = new byte[100];
            random.NextBytes(_frames[i]);
            _frames[i][0] = FrameFilter.ProbeRequest;
            _frames[i][10] = 0xDA;
        }

        _counter.BeginMinute(0, 0, Minute);
    }

    /// <summary>The filter alone.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public void Filter()
    {
        for (int i = 0; i < Frames; i++)
        {
            FrameFilter.TryAccept(_frames[i], _frames[i].Length, _records, i * RadioRecord.Size);
            _records[(i * RadioRecord.Size) + RadioRecord.RssiDbm] = 190;
        }
    }

    /// <summary>Filter and counter; every phone has been heard in this minute.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public void FilterAndCountAgain()
    {
        Filter();
        _counter.CountProbes(_records, 0, Frames);
    }

    /// <summary>Filter and counter; every phone is new in this minute, and the minute is booked.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public void FilterAndCountNew()
    {
        Filter();
        _counter.CountProbes(_records, 0, Frames);
        _counter.BookMinute(_minute + 1);
        _minute++;
        _counter.BeginMinute(_minute, 0, Minute);
    }
}
