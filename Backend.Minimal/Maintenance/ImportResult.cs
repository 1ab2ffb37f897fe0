using System.Text.Json.Serialization;

namespace JamBox.Backend.Maintenance;

/// <summary>What an import has brought.</summary>
/// <param name="Devices">Devices that were new.</param>
/// <param name="Readings">Readings that were new.</param>
/// <param name="Heartbeats">Heartbeats that were new.</param>
/// <param name="Configs">Configurations of new devices.</param>
/// <param name="Skipped">Rows that were here before, or make no sense.</param>
internal sealed record ImportResult(
    [property: JsonPropertyName("devices")] int Devices,
    [property: JsonPropertyName("readings")] int Readings,
    [property: JsonPropertyName("heartbeats")] int Heartbeats,
    [property: JsonPropertyName("configs")] int Configs,
    [property: JsonPropertyName("skipped")] int Skipped);
