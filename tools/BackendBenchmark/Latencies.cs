namespace JamBox.BackendBenchmark;

/// <summary>Times of answers, in steps of 10 µs up to 10 s. Adding is for all threads at once.</summary>
internal sealed class Latencies
{
    private const int StepUs = 10;
    private const int Steps = 1_000_000;

    private readonly int[] _counts = new int[Steps];

    /// <summary>How many there are.</summary>
    public long Count => _counts.Sum(static count => (long)count);

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan time) => Interlocked.Increment(ref _counts[Math.Min((long)time.TotalMicroseconds / StepUs, Steps - 1)]);

    /// <summary>The time that a share of the answers did not exceed, ms; not a number when there are none.</summary>
    public double Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(Count * share);
        long seen = 0;
        for (int i = 0; i < Steps && wanted > 0; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return (i + 1) * StepUs / 1000.0;
            }
        }

        return double.NaN;
    }
}
