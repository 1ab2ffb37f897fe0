using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>How far figures can be trusted.</summary>
/// <param name="TotalOverflow">Device-minutes that did not fit into a box's table.</param>
/// <param name="ReadingsWithOverflow">Readings in which that happened.</param>
/// <param name="MaxCacheDepth">Most readings that waited in a box.</param>
/// <param name="CachedReadings">Readings that did not come live.</param>
/// <param name="TotalSendFailures">Failures before these readings came through.</param>
internal sealed record DataQuality(
    [property: JsonPropertyName("total_overflow")] long TotalOverflow,
    [property: JsonPropertyName("readings_with_overflow")] long ReadingsWithOverflow,
    [property: JsonPropertyName("max_cache_depth")] long MaxCacheDepth,
    [property: JsonPropertyName("cached_readings")] long CachedReadings,
    [property: JsonPropertyName("total_send_failures")] long TotalSendFailures);
