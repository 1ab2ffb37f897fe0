using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>An attempt as it is listed.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="FirmwareId">The build.</param>
/// <param name="Version">Its version.</param>
/// <param name="RolloutId">The roll-out that gave it.</param>
/// <param name="PatchId">The patch.</param>
/// <param name="BaseVersion">The version that the patch starts from; null = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">offered, downloading, verifying, applying, staged, trial, confirmed, rolled_back or failed.</param>
/// <param name="Why">Why it ended so.</param>
/// <param name="Chunks">Chunks that were given.</param>
/// <param name="ChunkCount">Chunks in all.</param>
/// <param name="Bytes">Bytes of all chunks given, repeats included.</param>
/// <param name="OfferedAt">When it began.</param>
/// <param name="ChangedAt">When the device was last heard about it.</param>
/// <param name="EndedAt">When it ended; null = it goes on.</param>
/// <param name="Seconds">From the offer to the end.</param>
/// <param name="AllowedAt">When an operator let the device have the release again.</param>
internal sealed record AttemptRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("firmware_id")] long FirmwareId,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("rollout_id")] long? RolloutId,
    [property: JsonPropertyName("patch_id")] long PatchId,
    [property: JsonPropertyName("base_version")] string? BaseVersion,
    [property: JsonPropertyName("profile")] string Profile,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("chunks")] int Chunks,
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("offered_at")] DateTime OfferedAt,
    [property: JsonPropertyName("changed_at")] DateTime ChangedAt,
    [property: JsonPropertyName("ended_at")] DateTime? EndedAt,
    [property: JsonPropertyName("seconds")] double? Seconds,
    [property: JsonPropertyName("allowed_at")] DateTime? AllowedAt);
