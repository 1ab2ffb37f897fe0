using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>A box in a roll-out.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Stage">Since which stage it may have the release; null = not yet.</param>
/// <param name="StagedAt">When that was.</param>
/// <param name="State">waiting, offered, downloading, verifying, applying, staged, trial, confirmed, current, failed, rolled_back or excluded.</param>
/// <param name="Why">Why: of a failure the box's word, of an exclusion operator, failed_before or hardware.</param>
/// <param name="IsLeftBehind">Whether its stage waits for it no longer.</param>
/// <param name="Version">Version that it last said it runs.</param>
/// <param name="LastSeenAt">When it last spoke.</param>
/// <param name="Chunks">Chunks that it has.</param>
/// <param name="ChunkCount">Of how many.</param>
/// <param name="OfferedAt">When its last attempt began.</param>
/// <param name="ChangedAt">When it last moved.</param>
/// <param name="EndedAt">When its last attempt ended.</param>
internal sealed record RolloutBoxView(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("stage")] int? Stage,
    [property: JsonPropertyName("staged_at")] DateTime? StagedAt,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("left_behind")] bool IsLeftBehind,
    [property: JsonPropertyName("version")] string? Version,
    [property: JsonPropertyName("last_seen_at")] DateTime? LastSeenAt,
    [property: JsonPropertyName("chunks")] int Chunks,
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("offered_at")] DateTime? OfferedAt,
    [property: JsonPropertyName("changed_at")] DateTime? ChangedAt,
    [property: JsonPropertyName("ended_at")] DateTime? EndedAt);
