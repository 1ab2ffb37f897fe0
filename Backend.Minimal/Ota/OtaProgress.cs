using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>How far an update is.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="TargetVersion">Where it goes.</param>
/// <param name="CurrentVersion">What it runs.</param>
/// <param name="ChunksReceived">Chunks that it has fetched.</param>
/// <param name="TotalChunks">Of how many.</param>
/// <param name="StartedAt">When it was offered.</param>
/// <param name="LastChunkAt">When it last fetched one.</param>
/// <param name="Status">pending, downloading, complete or failed.</param>
/// <param name="ErrorMessage">Why it failed.</param>
internal sealed record OtaProgress(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("target_version")] string TargetVersion,
    [property: JsonPropertyName("current_version")] string? CurrentVersion,
    [property: JsonPropertyName("chunks_received")] int ChunksReceived,
    [property: JsonPropertyName("total_chunks")] int TotalChunks,
    [property: JsonPropertyName("started_at")] DateTime StartedAt,
    [property: JsonPropertyName("last_chunk_at")] DateTime? LastChunkAt,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("error_message")] string? ErrorMessage);
