using BenchmarkDotNet.Attributes;
using JamBox.Readings;
using JamBox.Text;

namespace JamBox.Benchmarks;

/// <summary>One reading to bytes.</summary>
[MemoryDiagnoser]
public class ReadingBenchmark
{
    private readonly int[] _row = new int[ReadingField.Count];
    private readonly ByteWriter _writer = new(new byte[ReadingWriter.MaxLength]);
    private readonly ReadingWriter _reading = new(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0"));
    private readonly SendState _state = new();

    /// <summary>A reading of a busy shop.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (int i = 0; i < _row.Length; i++)
        {
            _row[i] = 1234 * (i + 1);
        }
    }

    /// <summary>Writes it.</summary>
    [Benchmark]
    public void Write()
    {
        _writer.Clear();
        _reading.Write(_writer, _row, _state);
    }
}
