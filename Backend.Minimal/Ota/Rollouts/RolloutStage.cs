using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>A stage as it was ordered: a share of the eligible boxes, or boxes by name. What was in the stages before stays in.</summary>
/// <param name="Percent">1 to 100; null = by name.</param>
/// <param name="Devices">The boxes by name; empty with a percentage.</param>
internal sealed record RolloutStage(
    [property: JsonPropertyName("percent")] int? Percent,
    [property: JsonPropertyName("devices")] IReadOnlyList<string> Devices);
