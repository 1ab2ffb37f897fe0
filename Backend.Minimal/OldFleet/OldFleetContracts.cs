using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.OldFleet;

/// <summary>The answer of <c>GET /api/ota/status</c>.</summary>
/// <param name="CurrentVersion">The version that devices should go to.</param>
/// <param name="Behind">Devices that run another one.</param>
/// <param name="Versions">The builds that are known.</param>
/// <param name="Patches">The patches that are known.</param>
/// <param name="Progress">The latest 50 updates.</param>
internal sealed record OldFleetStatus(
    [property: JsonPropertyName("current_version")] string? CurrentVersion,
    [property: JsonPropertyName("devices_needing_update")] IReadOnlyList<OldFleetDevice> Behind,
    [property: JsonPropertyName("firmware_versions")] IReadOnlyList<OldFirmwareRow> Versions,
    [property: JsonPropertyName("patches")] IReadOnlyList<OldPatchRow> Patches,
    [property: JsonPropertyName("update_progress")] IReadOnlyList<OldUpdateRow> Progress);

/// <summary>A build.</summary>
/// <param name="Version">Its version.</param>
/// <param name="ReleaseDate">When it was registered first.</param>
/// <param name="BinarySize">Bytes of the image.</param>
/// <param name="Sha256">SHA-256 of the image.</param>
/// <param name="ReleaseNotes">What is new.</param>
/// <param name="IsCurrent">Whether devices should go to it.</param>
internal sealed record OldFirmwareRow(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("release_date")] DateTime ReleaseDate,
    [property: JsonPropertyName("binary_size")] int BinarySize,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("release_notes")] string? ReleaseNotes,
    [property: JsonPropertyName("is_current")] bool IsCurrent);

/// <summary>A patch.</summary>
/// <param name="FromVersion">The version that it starts from.</param>
/// <param name="ToVersion">The version that it leads to.</param>
/// <param name="PatchSize">Bytes.</param>
/// <param name="ChunkCount">Chunks of 512 bytes.</param>
/// <param name="Sha256">SHA-256.</param>
/// <param name="Compression">How it is packed.</param>
/// <param name="HasBytes">Whether its bytes are here.</param>
internal sealed record OldPatchRow(
    [property: JsonPropertyName("from_version")] string FromVersion,
    [property: JsonPropertyName("to_version")] string ToVersion,
    [property: JsonPropertyName("patch_size")] int PatchSize,
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("compression")] string Compression,
    [property: JsonPropertyName("has_bytes")] bool HasBytes);

/// <summary>A device that is behind.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="FirmwareVersion">What it runs.</param>
/// <param name="LastSeenAt">When it last spoke.</param>
internal sealed record OldFleetDevice(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("firmware_version")] string? FirmwareVersion,
    [property: JsonPropertyName("last_seen_at")] DateTime? LastSeenAt);

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
internal sealed record OldUpdateRow(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("target_version")] string TargetVersion,
    [property: JsonPropertyName("current_version")] string? CurrentVersion,
    [property: JsonPropertyName("chunks_received")] int ChunksReceived,
    [property: JsonPropertyName("total_chunks")] int TotalChunks,
    [property: JsonPropertyName("started_at")] DateTime StartedAt,
    [property: JsonPropertyName("last_chunk_at")] DateTime? LastChunkAt,
    [property: JsonPropertyName("status"), Words("pending", "downloading", "complete", "failed")] string Status,
    [property: JsonPropertyName("error_message")] string? ErrorMessage);

/// <summary>The answer to a registered build.</summary>
/// <param name="IsCurrent">Whether devices should go to it.</param>
/// <param name="Status">Always ok.</param>
/// <param name="Version">Its version.</param>
internal sealed record RegisteredOldFirmware(
    [property: JsonPropertyName("is_current")] bool IsCurrent,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("version")] string Version);

/// <summary>The answer to a registered or uploaded patch.</summary>
/// <param name="ChunkCount">Chunks of 512 bytes.</param>
/// <param name="FromVersion">The version that it starts from.</param>
/// <param name="Status">Always ok.</param>
/// <param name="ToVersion">The version that it leads to.</param>
internal sealed record RegisteredOldPatch(
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("from_version")] string FromVersion,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("to_version")] string ToVersion);

/// <summary>Serializers of the old fleet, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(OldFirmwareRequest))]
[JsonSerializable(typeof(RegisteredOldFirmware))]
[JsonSerializable(typeof(OldPatchRequest))]
[JsonSerializable(typeof(RegisteredOldPatch))]
[JsonSerializable(typeof(OldFleetStatus))]
[JsonSerializable(typeof(ImportResult))]
internal sealed partial class OldFleetJson : JsonSerializerContext;
