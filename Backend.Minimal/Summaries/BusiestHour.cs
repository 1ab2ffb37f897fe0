using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>The hour with most impressions.</summary>
/// <param name="Hour">By the place's clock: <c>2026-01-29 14:00</c>.</param>
/// <param name="Impressions">Its probe requests.</param>
/// <param name="Unique">Its device-minutes.</param>
internal sealed record BusiestHour(
    [property: JsonPropertyName("hour")] string Hour,
    [property: JsonPropertyName("impressions")] long Impressions,
    [property: JsonPropertyName("unique_count")] long Unique);
