using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>A span of time.</summary>
/// <param name="From">Its first moment.</param>
/// <param name="Until">The first moment after it.</param>
internal sealed record Period(
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("until")] DateTime Until);
