using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using JamBox.Boot;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>Which losses of power are tried in the course of an update.</summary>
internal sealed record PowerLossOptions
{
    /// <summary>What everything else follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Every so-many-th operation; 1 = all.</summary>
    public int Every { get; init; } = 1;

    /// <summary>How many pairs, drawn by seed: a second loss while the box recovers from the first.</summary>
    public int Pairs { get; init; }

    /// <summary>These losses only, in one life; <c>null</c> = the enumeration.</summary>
    public IReadOnlyList<PowerCut>? Only { get; init; }

    /// <summary>Where database and log of a single life are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>What is wrong with the new image: then the way back is tried.</summary>
    public TwinBehaviour Release { get; init; }

    /// <summary>Whether the box also takes another key and a floor on the way; then every operation from the first boot on is tried.</summary>
    public bool ChangesKeys { get; init; }

    /// <summary>The boot copies of the boxes; <c>null</c> = the best that there are.</summary>
    public IBootCopies? BootCopies { get; init; }

    /// <summary>How many lives run side by side; 0 = as many as there are cores.</summary>
    public int Parallel { get; init; }
}

/// <summary>
/// Lets power go in the middle of every operation on flash and key-value store of a whole update, from the first chunk until the backend
/// knows of the success: each point, in each kind of damage, is a life of its own, of a box of its own.
/// </summary>
internal sealed class PowerLossRun(PowerLossOptions options, TextWriter output)
{
    // Small enough that every operation can be tried, large enough for a patch of several chunks and for several sectors.
    private const int ImageBytes = 20 * 1024;
    private const double Churn = 18;

    private const int BoxesAFleet = 250;
    private const int ProgressMs = 5_000;
    private const int MostProblemsShown = 4;

    private static readonly TearKind[] s_tears = [TearKind.Nothing, TearKind.Half, TearKind.All, TearKind.Wild];
    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly Stopwatch _real = Stopwatch.StartNew();
    private PowerLossTotals? _totals;
    private long _shownAtMs;
    private int _patchBytes;

    /// <summary>Tries them all.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The totals.</returns>
    public async Task<PowerLossTotals> RunAsync(CancellationToken stop)
    {
        using RunFolder runFolder = RunFolder.Passing(options.Keep, "jambox-power-loss");
        string folder = runFolder.Path;
        UpdateTrialResult undisturbed = await LiveOneAsync(folder, options.Only ?? [], stop).ConfigureAwait(false);
        _totals = new PowerLossTotals { Undisturbed = undisturbed };
        _totals.Add(undisturbed);
        Show(undisturbed);
        if (options.Only is null && undisturbed.Problems.Count == 0)
        {
            await TryAllAsync(folder, Points(undisturbed), stop).ConfigureAwait(false);
        }

        foreach (string line in _totals.ToLines(_patchBytes, _real.Elapsed.TotalSeconds))
        {
            output.WriteLine(line);
        }

        output.WriteLine(_totals.Failed.Count == 0 ? "Every box came through." : $"{_totals.Failed.Count} boxes did not come through.");
        return _totals;
    }

    private Task<UpdateFleet> NewFleetAsync(string folder, int boxes, CancellationToken stop) => Task.Run(async () =>
    {
        var release = new TwinFirmware("6.1.0", 60_100, options.Release);
        UpdateFleet fleet = await UpdateFleet.StartAsync(
            options.Seed, s_start.ToUnixTimeMilliseconds(), boxes, ImageBytes, release, Churn, Directory.CreateDirectory(folder).FullName,
            stop).ConfigureAwait(false);
        if (options.ChangesKeys)
        {
            await fleet.ChangeKeysAsync().ConfigureAwait(false);
        }

        await fleet.RollOutAsync([new System.Text.Json.Nodes.JsonObject { ["percent"] = 100 }], 1_000_000, 1).ConfigureAwait(false);
        return fleet;
    });

    private async Task<UpdateTrialResult> LiveOneAsync(string folder, IReadOnlyList<PowerCut> cuts, CancellationToken stop)
    {
        UpdateFleet fleet = await NewFleetAsync(folder, 1, stop).ConfigureAwait(false);
        await using (fleet.ConfigureAwait(false))
        {
            _patchBytes = fleet.PatchBytes;
            using TextWriter log = options.Keep is null
                ? TextWriter.Null
                : new StreamWriter(Path.Combine(folder, fleet.DeviceIds[0] + ".log")) { NewLine = "\n" };
            return await LiveAsync(fleet, 0, cuts, log, stop).ConfigureAwait(false);
        }
    }

    private List<PowerCut[]> Points(UpdateTrialResult undisturbed)
    {
        var random = SeededRandom.For(options.Seed, "points");
        var points = new List<PowerCut[]>();
        int offset = random.Between(0, options.Every - 1);
        int operations = undisturbed.Operations - undisturbed.FirstOperation + 1;
        for (int i = offset; i < operations * s_tears.Length; i += options.Every)
        {
            points.Add([new PowerCut(undisturbed.FirstOperation + (i / s_tears.Length), s_tears[i % s_tears.Length])]);
        }

        for (int i = 0; i < options.Pairs; i++)
        {
            var first = new PowerCut(
                random.Between(undisturbed.FirstOperation, undisturbed.Operations), s_tears[random.Between(0, s_tears.Length - 1)]);

            // Half of them soon after, where the box recovers; the others anywhere.
            int after = random.Chance(0.5) ? random.Between(1, 20) : random.Between(1, operations);
            points.Add([first, new PowerCut(after, s_tears[random.Between(0, s_tears.Length - 1)])]);
        }

        return points;
    }

    private async Task TryAllAsync(string folder, List<PowerCut[]> points, CancellationToken stop)
    {
        output.WriteLine($"{points.Count} lives to try");
        var waiting = new ConcurrentQueue<PowerCut[]>(points);
        int workers = options.Parallel > 0 ? options.Parallel : Environment.ProcessorCount;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(workers, points.Count)).Select(worker => Task.Factory.StartNew(
            () => WorkAsync(Path.Combine(folder, worker.ToString(CultureInfo.InvariantCulture)), waiting, points.Count, stop).GetAwaiter()
                .GetResult(),
            stop, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
    }

    // A fleet is used up box by box, then another one takes its place. A release that is no good has a fleet of one box: a roll-out of
    // which no box comes through stops itself, and the next box would be offered nothing.
    private async Task WorkAsync(string folder, ConcurrentQueue<PowerCut[]> waiting, int all, CancellationToken stop)
    {
        int most = options.Release == TwinBehaviour.Sound ? BoxesAFleet : 1;
        while (!waiting.IsEmpty)
        {
            UpdateFleet fleet = await NewFleetAsync(folder, Math.Min(most, waiting.Count + 1), stop).ConfigureAwait(false);
            await using (fleet.ConfigureAwait(false))
            {
                for (int box = 0; box < fleet.DeviceIds.Count && waiting.TryDequeue(out PowerCut[]? cuts); box++)
                {
                    UpdateTrialResult result = await LiveAsync(fleet, box, cuts, TextWriter.Null, stop).ConfigureAwait(false);
                    lock (_gate)
                    {
                        _totals!.Add(result);
                        Show(result);
                        ShowProgress(all);
                    }
                }
            }
        }
    }

    private Task<UpdateTrialResult> LiveAsync(UpdateFleet fleet, int box, IReadOnlyList<PowerCut> cuts, TextWriter log,
        CancellationToken stop) =>
        new UpdateTrial(fleet, fleet.DeviceIds[box], cuts, options.Seed, log, options.BootCopies).RunAsync(stop);

    private void Show(UpdateTrialResult result)
    {
        if (result.Problems.Count == 0)
        {
            return;
        }

        output.WriteLine(
            $"power lost at {string.Join(" and ", result.Cuts)} ({string.Join(", ", result.Phases)}): the box did not come through");
        foreach (string problem in result.Problems.Take(MostProblemsShown))
        {
            output.WriteLine("  " + problem);
        }

        output.WriteLine(
            $"  replay: dotnet run --project tools/DeviceTwin -- --ota-power-loss-at {string.Join(',', result.Cuts)} --seed {options.Seed}{Release()} --keep FOLDER");
    }

    private string Release() =>
        (options.Release == TwinBehaviour.Sound ? string.Empty : $" --release {options.Release.ToString().ToLowerInvariant()}")
        + (options.ChangesKeys ? " --change-keys" : string.Empty);

    private void ShowProgress(int all)
    {
        if (_real.ElapsedMilliseconds - _shownAtMs >= ProgressMs)
        {
            _shownAtMs = _real.ElapsedMilliseconds;
            int done = _totals!.Points + _totals.Pairs;
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture, $"{done}/{all} lives, {_totals.Failed.Count} failed, {_real.Elapsed.TotalSeconds:N0} s"));
        }
    }
}

/// <summary>What came of all the losses of power.</summary>
internal sealed class PowerLossTotals
{
    private readonly SortedDictionary<string, int> _phases = new(StringComparer.Ordinal);
    private long _lives;

    /// <summary>The life without a loss.</summary>
    public required UpdateTrialResult Undisturbed { get; init; }

    /// <summary>Lives with one loss.</summary>
    public int Points { get; private set; }

    /// <summary>Lives with two, of which both came.</summary>
    public int Pairs { get; private set; }

    /// <summary>Boots in all lives.</summary>
    public long Boots { get; private set; }

    /// <summary>Readings that were closed and accounted for in all lives.</summary>
    public long Readings { get; private set; }

    /// <summary>Chunks that were fetched, in all lives.</summary>
    public long Chunks { get; private set; }

    /// <summary>Lives in which something is wrong.</summary>
    public List<UpdateTrialResult> Failed { get; } = [];

    /// <summary>What boxes were at when power went, and how often.</summary>
    public IReadOnlyDictionary<string, int> Phases => _phases;

    /// <summary>Adds a life.</summary>
    /// <param name="result">How it went.</param>
    public void Add(UpdateTrialResult result)
    {
        Points += result.Cuts.Count == 1 ? 1 : 0;
        Pairs += result.Cuts.Count > 1 && result.Phases.Count > 1 ? 1 : 0;
        Boots += result.Boots;
        Readings += result.Readings;
        Chunks += result.Chunks;
        _lives++;
        foreach (string phase in result.Phases)
        {
            _phases[phase] = _phases.GetValueOrDefault(phase) + 1;
        }

        if (result.Problems.Count > 0)
        {
            Failed.Add(result);
        }
    }

    /// <summary>Says it.</summary>
    /// <param name="patchBytes">Bytes of the patch.</param>
    /// <param name="seconds">How long it took.</param>
    /// <returns>Lines.</returns>
    public IEnumerable<string> ToLines(int patchBytes, double seconds)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"update without a loss: {Undisturbed.Operations} operations on flash and store, the first of the patch is {Undisturbed.FirstOperation}, patch {patchBytes} bytes, {Undisturbed.Boots} boots, {Undisturbed.VirtualMs / 60_000.0:N1} virtual minutes, boot copies {Undisturbed.BootCopyMs / 1_000.0:N1} s");
        yield return "power went in: " + string.Join(", ", _phases.Select(phase => $"{phase.Key} {phase.Value}"));
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{Points} points of power loss, {Pairs} pairs, {Boots} boots, {Readings} readings, {Chunks - (_lives * Undisturbed.Chunks)} chunks fetched again: {Failed.Count} failed, {seconds:N0} s, {1_000 * seconds / Math.Max(1, Points + Pairs):N0} ms each");
    }
}
