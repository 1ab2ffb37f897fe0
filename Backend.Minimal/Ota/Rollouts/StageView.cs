using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>A stage, as ordered.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Percent">Share of the eligible boxes, those of the stages before included; null = by name.</param>
/// <param name="Devices">The boxes by name; null with a percentage.</param>
/// <param name="Boxes">The boxes that came in with it; null in lists.</param>
/// <param name="Statistics">How well it went for them; null in lists.</param>
internal sealed record StageView(
    [property: JsonPropertyName("number")] int Number,
    [property: JsonPropertyName("percent")] int? Percent,
    [property: JsonPropertyName("devices")] IReadOnlyList<string>? Devices,
    [property: JsonPropertyName("boxes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BoxCounts? Boxes,
    [property: JsonPropertyName("statistics"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RolloutFigures? Statistics);
