using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Patches;

/// <summary>A patch of ours, without its bytes.</summary>
/// <param name="Id">Its row; what devices name.</param>
/// <param name="FirmwareId">The build that it makes.</param>
/// <param name="BaseSha256">The image that it starts from; empty = the full image.</param>
/// <param name="BaseVersion">Version of that image; empty = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">One of <see cref="PatchState"/>.</param>
/// <param name="Percent">How far its making is.</param>
/// <param name="Size">Bytes; null until it is made.</param>
/// <param name="Sha256">SHA-256 of the patch, 64 lower hex digits; null until it is made.</param>
/// <param name="ChunkCount">Chunks of 512 bytes; null until it is made.</param>
/// <param name="MadeMs">How long its making took.</param>
/// <param name="Error">Why it could not be made.</param>
internal sealed record Patch(
    long Id, long FirmwareId, string BaseSha256, string BaseVersion, string Profile, string State, int Percent,
    int? Size, string? Sha256, int? ChunkCount, long? MadeMs, string? Error)
{
    /// <summary>Whether it is the full image in a patch's clothes.</summary>
    public bool IsFull => BaseSha256.Length == 0;
}

/// <summary>The names of a patch's states, as they are stored and shown.</summary>
internal static class PatchState
{
    /// <summary>It is to be made.</summary>
    public const string Waiting = "waiting";

    /// <summary>It is being made.</summary>
    public const string Making = "making";

    /// <summary>It was made, applied and compared.</summary>
    public const string Ready = "ready";

    /// <summary>It is not smaller than the full image, which is offered instead.</summary>
    public const string Useless = "useless";

    /// <summary>Its bytes were removed with an image at one of its ends; it is made again when it is needed.</summary>
    public const string Pruned = "pruned";

    /// <summary>It could not be made; the full image is offered instead.</summary>
    public const string Failed = "failed";
}

/// <summary>A patch of ours as it is listed.</summary>
/// <param name="Id">Its number: what devices name.</param>
/// <param name="BaseVersion">Version of the image that it starts from; null = the full image.</param>
/// <param name="BaseSha256">SHA-256 of that image; null = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">waiting, making, ready, useless (not smaller than the full image), failed, or pruned (removed with its image; made
/// again when it is needed).</param>
/// <param name="Percent">How far its making is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Chunks">Chunks of 512 bytes.</param>
/// <param name="Seconds">How long its making took.</param>
/// <param name="Error">Why it could not be made.</param>
internal sealed record PatchRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("base_version")] string? BaseVersion,
    [property: JsonPropertyName("base_sha256")] string? BaseSha256,
    [property: JsonPropertyName("profile")] string Profile,
    [property: JsonPropertyName("state"), Words("waiting", "making", "ready", "useless", "failed", "pruned")] string State,
    [property: JsonPropertyName("percent")] int Percent,
    [property: JsonPropertyName("size")] int? Size,
    [property: JsonPropertyName("chunks")] int? Chunks,
    [property: JsonPropertyName("seconds")] double? Seconds,
    [property: JsonPropertyName("error")] string? Error)
{
    /// <summary>Makes the row of a patch.</summary>
    public static PatchRow Of(Patch d) => new(
        d.Id, d.IsFull ? null : d.BaseVersion, d.IsFull ? null : d.BaseSha256, d.Profile, d.State, d.Percent, d.Size, d.ChunkCount,
        d.MadeMs is { } ms ? ms / 1000.0 : null, d.Error);
}
