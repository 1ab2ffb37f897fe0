using JamBox.Twin.Faults;

namespace JamBox.Twin.Soak;

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
