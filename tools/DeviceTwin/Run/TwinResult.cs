using System.Text.Json;
using System.Text.Json.Nodes;
using JamBox.Twin.Faults;

namespace JamBox.Twin.Run;

/// <summary>How a run ended.</summary>
internal sealed record TwinResult
{
    /// <summary>Everything on air.</summary>
    public required ReadingTotals Truth { get; init; }

    /// <summary>What the radio delivered.</summary>
    public required ReadingTotals Heard { get; init; }

    /// <summary>What the firmware closed.</summary>
    public required ReadingTotals Counted { get; init; }

    /// <summary>What is in the database; <c>null</c> when it is not ours to read.</summary>
    public ReadingTotals? Stored { get; init; }

    /// <summary>Readings that the firmware closed.</summary>
    public required int Readings { get; init; }

    /// <summary>Readings that the backend said yes to.</summary>
    public required int Taken { get; init; }

    /// <summary>People who walked by; 0 with a capture.</summary>
    public long People { get; init; }

    /// <summary>Virtual seconds.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Real seconds.</summary>
    public required double RealSeconds { get; init; }

    /// <summary>Bytes on air for readings, request and response.</summary>
    public required long BytesOnAir { get; init; }

    /// <summary>The longest time that a loop stood still, virtual ms.</summary>
    public required long LongestLoopMs { get; init; }

    /// <summary>What went wrong around the boxes; <c>null</c> = nothing was to.</summary>
    public FaultCounts? Faults { get; init; }

    /// <summary>Readings that the backend had taken when things ceased to go wrong.</summary>
    public int TakenUnderFaults { get; init; }

    /// <summary>What is wrong; empty when every reading is in the database once.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Writes the summary as JSON.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        var json = new JsonObject
        {
            ["truth"] = Truth.ToJson(),
            ["heard"] = Heard.ToJson(),
            ["counted"] = Counted.ToJson(),
            ["stored"] = Stored?.ToJson(),
            ["readings"] = Readings,
            ["people"] = People,
            ["virtual_s"] = Math.Round(VirtualSeconds, 3),
            ["real_s"] = Math.Round(RealSeconds, 3),
            ["bytes_on_air"] = BytesOnAir,
            ["problems"] = new JsonArray([.. Problems.Select(p => JsonValue.Create(p))]),
        };
        if (Faults != null)
        {
            json["taken_under_faults"] = TakenUnderFaults;
            json["faults"] = new JsonObject(Faults.ByName.Select(fault => KeyValuePair.Create<string, JsonNode?>(fault.Key, fault.Value)));
        }

        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}
