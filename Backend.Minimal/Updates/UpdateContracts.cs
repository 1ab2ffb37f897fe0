using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Updates;

/// <summary>The answer to a device that asks for an update: the words of boxes first, then those of the old fleet.</summary>
/// <param name="Status">Always ok; not to the old fleet.</param>
/// <param name="UpdateAvailable">Whether there is an update.</param>
/// <param name="Reason">Why there is none.</param>
/// <param name="Id">Id of the offer; not to the old fleet.</param>
/// <param name="Target">The version that it leads to.</param>
/// <param name="Size">Bytes of the patch.</param>
/// <param name="Chunks">Chunks of 512 bytes.</param>
/// <param name="Keys">Epoch and number of the newest key-change record; not to the old fleet.</param>
/// <param name="Floor">Epoch and number of the floor for its board; not to the old fleet.</param>
/// <param name="Sha256">Old fleet: SHA-256 of the patch.</param>
/// <param name="PatchSize">Old fleet: bytes of the patch.</param>
/// <param name="ChunkCount">Old fleet: chunks.</param>
/// <param name="ChunkSize">Old fleet: always 512.</param>
/// <param name="ResumeFrom">Old fleet: the first chunk that it has not fetched.</param>
/// <param name="TargetVersion">Old fleet: as target.</param>
/// <param name="PatchSha256">Old fleet: as sha256.</param>
[OmitsNulls]
internal sealed record UpdateOffer(
    [property: JsonPropertyName("status")] string? Status,
    [property: JsonPropertyName("update_available")] bool UpdateAvailable,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("id")] long? Id,
    [property: JsonPropertyName("target")] string? Target,
    [property: JsonPropertyName("size")] int? Size,
    [property: JsonPropertyName("chunks")] int? Chunks,
    [property: JsonPropertyName("kr")] string? Keys,
    [property: JsonPropertyName("fl")] string? Floor,
    [property: JsonPropertyName("sha256")] string? Sha256,
    [property: JsonPropertyName("patch_size")] int? PatchSize,
    [property: JsonPropertyName("chunk_count")] int? ChunkCount,
    [property: JsonPropertyName("chunk_size")] int? ChunkSize,
    [property: JsonPropertyName("resume_from")] int? ResumeFrom,
    [property: JsonPropertyName("target_version")] string? TargetVersion,
    [property: JsonPropertyName("patch_sha256")] string? PatchSha256);
