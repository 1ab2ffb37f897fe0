using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>The hours of some days at a place.</summary>
/// <param name="Timezone">IANA id of the zone that the hours are of.</param>
/// <param name="Period">From when until when.</param>
/// <param name="Totals">The figures of all of them.</param>
/// <param name="Hours">The hours, every one, oldest first.</param>
internal sealed record Hourly(
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("period")] Period Period,
    [property: JsonPropertyName("totals")] Figures Totals,
    [property: JsonPropertyName("hourly")] IReadOnlyList<HourRow> Hours);
