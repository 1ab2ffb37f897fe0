using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>A day at a place.</summary>
/// <param name="Device">The device; null = more than one.</param>
/// <param name="Place">The place; null = all.</param>
/// <param name="Devices">How many boxes.</param>
/// <param name="Timezone">IANA id of the zone that the day is of; UTC for boxes in several zones.</param>
/// <param name="Day">The day: <c>2026-01-29</c>.</param>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Busiest">Its busiest hour; null = nothing was counted.</param>
/// <param name="Figures">Its figures. Coverage is over the part of the day that has passed.</param>
internal sealed record Summary(
    [property: JsonPropertyName("device_id")] string? Device,
    [property: JsonPropertyName("place")] string? Place,
    [property: JsonPropertyName("devices")] int Devices,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("until")] DateTime Until,
    [property: JsonPropertyName("busiest_hour")] BusiestHour? Busiest,
    [property: JsonPropertyName("figures")] Figures Figures);
