using System.Diagnostics;
using System.Globalization;
using JamBox.Twin.Faults;
using JamBox.Twin.Run;

namespace JamBox.Twin.Soak;

/// <summary>How a soak is to be.</summary>
internal sealed record SoakOptions
{
    /// <summary>How many worlds.</summary>
    public int Worlds { get; init; } = 1;

    /// <summary>Seed of the first; the others follow.</summary>
    public long FirstSeed { get; init; } = 1;

    /// <summary>What may go wrong.</summary>
    public required FaultProfile Faults { get; init; }

    /// <summary>What the command line said of <see cref="Faults"/>, for the replay.</summary>
    public required string FaultsArgument { get; init; }

    /// <summary>Virtual hours for which people walk by in each.</summary>
    public double Hours { get; init; } = 24;

    /// <summary>The operation on flash or store in which power goes, in each; 0 = none.</summary>
    public int PowerLossAt { get; init; }

    /// <summary>Where database and log of a single world are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>Where every AT byte of a single world is written; <c>null</c> = nowhere.</summary>
    public string? Transcript { get; init; }

    /// <summary>Where the totals are written as JSON; <c>null</c> = nowhere.</summary>
    public string? Summary { get; init; }
}

/// <summary>Many worlds, as many at a time as there are cores. Real time is only in the progress and in the figures.</summary>
internal sealed class SoakRun(SoakOptions options, TextWriter output)
{
    private const int MostProblemsShown = 6;
    private const int ProgressMs = 5_000;

    private readonly Lock _gate = new();
    private readonly Stopwatch _real = Stopwatch.StartNew();
    private readonly SoakTotals _totals = new();
    private long _shownAtMs;

    /// <summary>Lets them happen.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The totals.</returns>
    public async Task<SoakTotals> RunAsync(CancellationToken stop)
    {
        using RunFolder runFolder = RunFolder.Passing(options.Keep, "jambox-soak");
        string folder = runFolder.Path;
        var seeds = Enumerable.Range(0, options.Worlds).Select(index => options.FirstSeed + index);
        var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop };
        await Parallel.ForEachAsync(seeds, cores, (seed, token) => OneAsync(seed, folder, token)).ConfigureAwait(false);

        Report();
        return _totals;
    }

    private async ValueTask OneAsync(long seed, string folder, CancellationToken stop)
    {
        bool isSingle = options.Worlds == 1;
        string own = options.Keep != null && isSingle ? folder : Path.Combine(folder, seed.ToString(CultureInfo.InvariantCulture));
        var world = new WorldOptions
        {
            Seed = seed,
            Faults = options.Faults,
            Hours = options.Hours,
            PowerLossAt = options.PowerLossAt,
            Folder = own,
            KeepsLog = options.Keep != null,
            Transcript = isSingle ? options.Transcript : null,
        };

        // The box's loop blocks its thread; the pool's are for the backends.
        WorldResult result = await Task.Factory.StartNew(
            () => World.RunAsync(world, stop).GetAwaiter().GetResult(), stop, TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
        if (options.Keep is null)
        {
            Directory.Delete(own, recursive: true);
        }

        lock (_gate)
        {
            _totals.Add(result);
            Show(result);
        }
    }

    private void Show(WorldResult result)
    {
        if (result.ProblemCount > 0)
        {
            output.WriteLine($"seed {result.Seed}: {result.ProblemCount} invariants do not hold");
            foreach (string problem in result.Problems.Take(MostProblemsShown))
            {
                output.WriteLine("  " + problem);
            }

            output.WriteLine("  replay: " + Replay(result.Seed));
        }

        if (_real.ElapsedMilliseconds - _shownAtMs >= ProgressMs)
        {
            _shownAtMs = _real.ElapsedMilliseconds;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{_totals.Worlds}/{options.Worlds} worlds, {_totals.Failed.Count} failed, {_real.Elapsed.TotalSeconds / _totals.Worlds:N2} s a world"));
        }
    }

    private string Replay(long seed)
    {
        string hours = options.Hours == 24 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" --hours {options.Hours}");
        string powerLoss = options.PowerLossAt == 0 ? string.Empty : $" --power-loss-at {options.PowerLossAt}";
        return $"dotnet run --project tools/DeviceTwin -- --soak-seed {seed} --faults {options.FaultsArgument}{hours}{powerLoss}";
    }

    private void Report()
    {
        double seconds = _real.Elapsed.TotalSeconds;
        foreach (string line in _totals.ToLines(seconds))
        {
            output.WriteLine(line);
        }

        if (options.Summary is { } path)
        {
            _totals.Save(path, seconds);
        }

        output.WriteLine(_totals.Failed.Count == 0
            ? $"All invariants hold in {_totals.Worlds} worlds."
            : $"{_totals.Failed.Count} of {_totals.Worlds} worlds failed: seeds {string.Join(", ", _totals.Failed.Select(world => world.Seed))}");
    }
}
