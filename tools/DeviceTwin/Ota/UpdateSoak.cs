using System.Diagnostics;
using System.Globalization;
using JamBox.Twin.Faults;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>How a soak of updates is to be.</summary>
internal sealed record UpdateSoakOptions
{
    /// <summary>How many worlds.</summary>
    public int Worlds { get; init; } = 1;

    /// <summary>Seed of the first; the others follow.</summary>
    public long FirstSeed { get; init; } = 1;

    /// <summary>What may go wrong.</summary>
    public required FaultProfile Faults { get; init; }

    /// <summary>What the command line said of <see cref="Faults"/>, for the replay.</summary>
    public required string FaultsArgument { get; init; }

    /// <summary>Where databases and logs are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }
}

/// <summary>Many updates in faulty worlds, one seed each: backend, image, release and everything that goes wrong follow from it.</summary>
internal sealed class UpdateSoak(UpdateSoakOptions options, TextWriter output)
{
    private const int ImageBytes = 8 * 1024;
    private const int ProgressMs = 5_000;
    private const int MostProblemsShown = 4;
    private const double HangsChance = 0.15;
    private const double CannotSendChance = 0.05;

    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly Stopwatch _real = Stopwatch.StartNew();
    private readonly FaultCounts _faults = new();
    private long _shownAtMs;
    private long _boots;
    private long _readings;
    private double _mostAllocatedPercent;

    /// <summary>Seeds whose world failed.</summary>
    public List<long> Failed { get; } = [];

    /// <summary>How updates ended, and how often.</summary>
    public SortedDictionary<string, int> Outcomes { get; } = new(StringComparer.Ordinal);

    /// <summary>Lets them happen.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>Done.</returns>
    public async Task RunAsync(CancellationToken stop)
    {
        using RunFolder runFolder = RunFolder.Passing(options.Keep, "jambox-ota-soak");
        string folder = runFolder.Path;
        var seeds = Enumerable.Range(0, options.Worlds).Select(index => options.FirstSeed + index);
        var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop };
        await Parallel.ForEachAsync(seeds, cores, (seed, token) => new ValueTask(Task.Factory.StartNew(
            () => OneAsync(seed, folder, token).GetAwaiter().GetResult(), token, TaskCreationOptions.LongRunning,
            TaskScheduler.Default))).ConfigureAwait(false);

        Report();
    }

    private async Task OneAsync(long seed, string folder, CancellationToken stop)
    {
        string own = Directory.CreateDirectory(Path.Combine(folder, seed.ToString(CultureInfo.InvariantCulture))).FullName;
        var random = SeededRandom.For(seed, "release");
        TwinBehaviour behaviour = random.Chance(CannotSendChance) ? TwinBehaviour.CannotSend : random
            .Chance(HangsChance) ? TwinBehaviour.Hangs : TwinBehaviour.Sound;
        var release = new TwinFirmware("6.1.0", 60_100, behaviour);
        double churn = random.Between(1, 20);
        UpdateFleet fleet = await UpdateFleet.StartAsync(
            seed, s_start.ToUnixTimeMilliseconds(), 1, ImageBytes, release, churn, own, stop).ConfigureAwait(false);
        await using (fleet.ConfigureAwait(false))
        {
            await fleet.RollOutAsync([new System.Text.Json.Nodes.JsonObject { ["percent"] = 100 }], 1_000_000, 1).ConfigureAwait(false);
            using TextWriter log = options.Keep is null ? TextWriter.Null : new StreamWriter(Path.Combine(own, fleet.DeviceIds[0] + ".log"))
            {
                NewLine = "\n",
            };
            var life = new FaultyUpdate(fleet, seed, options.Faults, log);
            await life.RunAsync(stop).ConfigureAwait(false);
            Add(seed, life);
        }

        if (options.Keep is null)
        {
            Directory.Delete(own, recursive: true);
        }
    }

    private void Add(long seed, FaultyUpdate life)
    {
        lock (_gate)
        {
            Outcomes[life.Outcome] = Outcomes.GetValueOrDefault(life.Outcome) + 1;
            _faults.Add(life.Faults);
            _boots += life.Boots;
            _readings += life.Readings;
            _mostAllocatedPercent = Math.Max(_mostAllocatedPercent, life.AllocatedPercent);
            if (life.Problems.Count > 0)
            {
                Failed.Add(seed);
                output.WriteLine($"seed {seed}: {life.Problems.Count} things do not hold");
                foreach (string problem in life.Problems.Take(MostProblemsShown))
                {
                    output.WriteLine("  " + problem);
                }

                output.WriteLine(
                    $"  replay: dotnet run --project tools/DeviceTwin -- --ota-soak 1 --seed {seed} --faults {options.FaultsArgument} --keep FOLDER");
            }

            if (_real.ElapsedMilliseconds - _shownAtMs >= ProgressMs)
            {
                _shownAtMs = _real.ElapsedMilliseconds;
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Outcomes.Values.Sum()}/{options.Worlds} updates, {Failed.Count} failed, {_real.Elapsed.TotalSeconds:N0} s"));
            }
        }
    }

    private void Report()
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Worlds} updates in faulty worlds, {_faults.Total} faults, {_boots} boots, {_readings} readings, {_real.Elapsed.TotalSeconds:N0} s: {string.Join(", ", Outcomes.Select(outcome => $"{outcome.Key} {outcome.Value}"))}; allocated at most {_mostAllocatedPercent:N0} % of what is right"));
        output.WriteLine(Failed.Count == 0 ? "All of them hold." : $"{Failed.Count} failed: seeds {string.Join(", ", Failed.Order())}");
    }
}
