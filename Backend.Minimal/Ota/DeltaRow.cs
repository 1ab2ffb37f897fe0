using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>A patch of ours as it is listed.</summary>
/// <param name="Id">Its number: what devices name.</param>
/// <param name="BaseVersion">Version of the image that it starts from; null = the full image.</param>
/// <param name="BaseSha256">SHA-256 of that image; null = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">waiting, making, ready, useless (not smaller than the full image) or failed.</param>
/// <param name="Percent">How far its making is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Chunks">Chunks of 512 bytes.</param>
/// <param name="Seconds">How long its making took.</param>
/// <param name="Error">Why it could not be made.</param>
internal sealed record DeltaRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("base_version")] string? BaseVersion,
    [property: JsonPropertyName("base_sha256")] string? BaseSha256,
    [property: JsonPropertyName("profile")] string Profile,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("percent")] int Percent,
    [property: JsonPropertyName("size")] int? Size,
    [property: JsonPropertyName("chunks")] int? Chunks,
    [property: JsonPropertyName("seconds")] double? Seconds,
    [property: JsonPropertyName("error")] string? Error)
{
    /// <summary>Makes the row of a patch.</summary>
    public static DeltaRow Of(Delta d) => new(
        d.Id, d.IsFull ? null : d.BaseVersion, d.IsFull ? null : d.BaseSha256, d.Profile, d.State, d.Percent, d.Size, d.ChunkCount,
        d.MadeMs is { } ms ? ms / 1000.0 : null, d.Error);
}
