using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamBox.Twin.Faults;

namespace JamBox.Twin.Soak;

/// <summary>What many worlds amount to.</summary>
internal sealed class SoakTotals
{
    private readonly FaultCounts _faults = new();
    private readonly SortedDictionary<string, long> _boots = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _readings = new(StringComparer.Ordinal);
    private readonly List<WorldResult> _failed = [];
    private double _days;
    private double _worldSeconds;
    private long _longestLoopMs;
    private long _longestLoopSeed;
    private long _flashWrites;
    private long _flashErases;
    private long _storeWrites;
    private long _torn;
    private double _allocatedSum;
    private int _allocatedWorlds;
    private double _allocatedMost;
    private long _keptMost;
    private long _commands;
    private long _configurations;
    private long _exchanges;
    private int _deepestQueue;
    private long _onAir;
    private long _undated;
    private long _tooEarly;
    private long _worstClockErrorMs;

    /// <summary>Worlds so far.</summary>
    public int Worlds { get; private set; }

    /// <summary>Those in which an invariant did not hold, by seed.</summary>
    public IReadOnlyList<WorldResult> Failed => [.. _failed.OrderBy(world => world.Seed)];

    /// <summary>Adds a world.</summary>
    /// <param name="world">How it went.</param>
    public void Add(WorldResult world)
    {
        Worlds++;
        _faults.Add(world.Faults);
        Add(_boots, world.Boots.Select(boot => (boot.Key, boot.Value)));
        Add(_readings, world.Readings.Select(reading => (reading.Key.ToString(), reading.Value)));
        _days += world.VirtualDays;
        _worldSeconds += world.RealSeconds;
        if (world.LongestLoopMs > _longestLoopMs)
        {
            (_longestLoopMs, _longestLoopSeed) = (world.LongestLoopMs, world.Seed);
        }

        _flashWrites += world.FlashWrites;
        _flashErases += world.FlashErases;
        _storeWrites += world.StoreWrites;
        _torn += world.Torn;
        AddMemory(world);
        _commands += world.Commands;
        _configurations += world.Configurations;
        _exchanges += world.Exchanges;
        _deepestQueue = Math.Max(_deepestQueue, world.DeepestQueue);
        _onAir += world.OnAir;
        _undated += world.Undated;
        _tooEarly += world.SentBeforeFirstSync;
        _worstClockErrorMs = Math.Max(_worstClockErrorMs, world.WorstClockErrorMs ?? 0);
        if (world.ProblemCount > 0)
        {
            _failed.Add(world);
        }
    }

    /// <summary>The totals as JSON.</summary>
    /// <param name="realSeconds">How long it took.</param>
    /// <returns>The object.</returns>
    public JsonObject ToJson(double realSeconds) => new()
    {
        ["worlds"] = Worlds,
        ["failed_seeds"] = new JsonArray([.. Failed.Select(world => JsonValue.Create(world.Seed))]),
        ["virtual_days"] = Math.Round(_days, 2),
        ["real_s"] = Math.Round(realSeconds, 2),
        ["real_s_per_virtual_day"] = Math.Round(realSeconds / Math.Max(_days, 0.001), 3),
        ["real_s_per_world_and_core"] = Math.Round(_worldSeconds / Math.Max(Worlds, 1), 3),
        ["faults"] = new JsonObject(_faults.ByName.Select(fault => KeyValuePair.Create<string, JsonNode?>(fault.Key, fault.Value))),
        ["faults_total"] = _faults.Total,
        ["boots"] = new JsonObject(_boots.Select(boot => KeyValuePair.Create<string, JsonNode?>(boot.Key, boot.Value))),
        ["readings"] = new JsonObject(_readings.Select(reading => KeyValuePair.Create<string, JsonNode?>(reading.Key, reading.Value))),
        ["commands_carried_out"] = _commands,
        ["configurations_in_force"] = _configurations,
        ["exchanges"] = _exchanges,
        ["frames_and_adverts_on_air"] = _onAir,
        ["readings_undated"] = _undated,
        ["readings_sent_before_first_sync"] = _tooEarly,
        ["deepest_queue"] = _deepestQueue,
        ["longest_loop_ms"] = _longestLoopMs,
        ["longest_loop_seed"] = _longestLoopSeed,
        ["flash_writes_a_day"] = ADay(_flashWrites),
        ["flash_erases_a_day"] = ADay(_flashErases),
        ["store_writes_a_day"] = ADay(_storeWrites),
        ["operations_torn"] = _torn,
        ["allocated_bytes_a_day"] = Math.Round(_allocatedSum / Math.Max(_allocatedWorlds, 1)),
        ["allocated_bytes_a_day_most"] = Math.Round(_allocatedMost),
        ["kept_bytes_most"] = _keptMost,
        ["worst_clock_error_ms"] = _worstClockErrorMs,
    };

    /// <summary>The totals in words, one line each.</summary>
    /// <param name="realSeconds">How long it took.</param>
    /// <returns>The lines.</returns>
    public IEnumerable<string> ToLines(double realSeconds)
    {
        JsonObject json = ToJson(realSeconds);
        foreach ((string name, JsonNode? value) in json)
        {
            string text = value is JsonObject counts
                ? string.Join(", ", counts.Select(count => $"{count.Key} {Number(count.Value!)}"))
                : Number(value!);
            yield return $"{name.Replace('_', ' ')}: {text}";
        }
    }

    /// <summary>Writes them into a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="realSeconds">How long it took.</param>
    public void Save(string path, double realSeconds) =>
        File.WriteAllText(path, ToJson(realSeconds).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");

    private static string Number(JsonNode value) =>
        value is JsonValue number && number.TryGetValue(out long whole)
            ? whole.ToString("N0", CultureInfo.InvariantCulture)
            : value.ToJsonString();

    private static void Add(SortedDictionary<string, long> sums, IEnumerable<(string Name, int Times)> counts)
    {
        foreach ((string name, int times) in counts)
        {
            sums[name] = sums.GetValueOrDefault(name) + times;
        }
    }

    private double ADay(long count) => Math.Round(count / Math.Max(_days, 0.001), 1);

    private void AddMemory(WorldResult world)
    {
        if (world.AllocatedADay > 0)
        {
            _allocatedSum += world.AllocatedADay;
            _allocatedWorlds++;
            _allocatedMost = Math.Max(_allocatedMost, world.AllocatedADay);
            _keptMost = Math.Max(_keptMost, world.Kept);
        }
    }
}

/// <summary>How a world went.</summary>
internal sealed record WorldResult
{
    /// <summary>Its seed.</summary>
    public required long Seed { get; init; }

    /// <summary>What is wrong; empty when all invariants hold.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>How many things are wrong.</summary>
    public required int ProblemCount { get; init; }

    /// <summary>What went wrong around the box.</summary>
    public required FaultCounts Faults { get; init; }

    /// <summary>Why it booted, and how often.</summary>
    public required IReadOnlyDictionary<string, int> Boots { get; init; }

    /// <summary>Readings by what became of them.</summary>
    public required IReadOnlyDictionary<Fate, int> Readings { get; init; }

    /// <summary>Virtual days.</summary>
    public required double VirtualDays { get; init; }

    /// <summary>Real seconds, its backend included.</summary>
    public required double RealSeconds { get; init; }

    /// <summary>The longest time that the loop stood still, virtual ms.</summary>
    public required long LongestLoopMs { get; init; }

    /// <summary>Writes to flash.</summary>
    public required int FlashWrites { get; init; }

    /// <summary>Sectors erased.</summary>
    public required int FlashErases { get; init; }

    /// <summary>Values written into the store.</summary>
    public required int StoreWrites { get; init; }

    /// <summary>Operations that power cut short.</summary>
    public required int Torn { get; init; }

    /// <summary>Bytes allocated by the firmware a day after warm-up; 0 = no boot lived long enough to say.</summary>
    public required double AllocatedADay { get; init; }

    /// <summary>Bytes that the firmware keeps, as a board would count them.</summary>
    public required long Kept { get; init; }

    /// <summary>Commands carried out.</summary>
    public required int Commands { get; init; }

    /// <summary>How often another configuration came into force.</summary>
    public required int Configurations { get; init; }

    /// <summary>Exchanges with the backend, refusals included.</summary>
    public required int Exchanges { get; init; }

    /// <summary>The most readings that waited at once.</summary>
    public required int DeepestQueue { get; init; }

    /// <summary>Frames and advertisements on air.</summary>
    public required long OnAir { get; init; }

    /// <summary>Readings stored without a date, because the clock was never set in their boot.</summary>
    public required int Undated { get; init; }

    /// <summary>Those of them that were sent by the very boot that took them, before it had the time.</summary>
    public required int SentBeforeFirstSync { get; init; }

    /// <summary>How far the box's clock was off at worst, ms; <c>null</c> when the backend's clock was made to jump.</summary>
    public required long? WorstClockErrorMs { get; init; }
}
