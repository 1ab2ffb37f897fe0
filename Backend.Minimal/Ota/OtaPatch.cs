using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>A patch.</summary>
/// <param name="FromVersion">The version that it starts from.</param>
/// <param name="ToVersion">The version that it leads to.</param>
/// <param name="PatchSize">Bytes.</param>
/// <param name="ChunkCount">Chunks of 512 bytes.</param>
/// <param name="Sha256">SHA-256.</param>
/// <param name="Compression">How it is packed.</param>
/// <param name="HasBytes">Whether its bytes are here.</param>
internal sealed record OtaPatch(
    [property: JsonPropertyName("from_version")] string FromVersion,
    [property: JsonPropertyName("to_version")] string ToVersion,
    [property: JsonPropertyName("patch_size")] int PatchSize,
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("compression")] string Compression,
    [property: JsonPropertyName("has_bytes")] bool HasBytes);
