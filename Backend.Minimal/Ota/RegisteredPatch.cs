using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>The answer to a registered or uploaded patch.</summary>
/// <param name="ChunkCount">Chunks of 512 bytes.</param>
/// <param name="FromVersion">The version that it starts from.</param>
/// <param name="Status">Always ok.</param>
/// <param name="ToVersion">The version that it leads to.</param>
internal sealed record RegisteredPatch(
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("from_version")] string FromVersion,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("to_version")] string ToVersion);
