using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Patches;

/// <summary>Which patch is to be made.</summary>
internal sealed class PatchRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<PatchRequest> Fields = new(
        new NumberField<PatchRequest>("firmware_id", 1, int.MaxValue, static (r, v) => r.FirmwareId = v) { IsRequired = true },
        new NumberField<PatchRequest>("from_firmware_id", 1, int.MaxValue, static (r, v) => r.FromFirmwareId = v),
        new TextField<PatchRequest>("profile", ["R", "L", "H", "E"], static (r, v) => r.Profile = v));

    /// <summary>The build that it makes.</summary>
    [JsonPropertyName("firmware_id")]
    public long? FirmwareId { get; set; }

    /// <summary>The build that it starts from; the full image unless said.</summary>
    [JsonPropertyName("from_firmware_id")]
    public long? FromFirmwareId { get; set; }

    /// <summary>R, L, H or E; L unless said.</summary>
    [JsonPropertyName("profile")]
    public string Profile { get; set; } = "L";
}

/// <summary>A patch in the list of all.</summary>
/// <param name="Id">Its number: what devices name.</param>
/// <param name="FirmwareId">The build that it makes.</param>
/// <param name="Version">Version of that build.</param>
/// <param name="Hardware">Hardware id of that build.</param>
/// <param name="ImageSize">Bytes of its image.</param>
/// <param name="BaseVersion">Version of the image that it starts from; null = the full image.</param>
/// <param name="BaseSha256">SHA-256 of that image; null = the full image.</param>
/// <param name="Profile">R, L, H or E.</param>
/// <param name="State">waiting, making, ready, useless (not smaller than the full image), failed, or pruned (removed with its image; made
/// again when it is needed).</param>
/// <param name="Percent">How far its making is.</param>
/// <param name="Size">Bytes; null until it is made.</param>
/// <param name="Chunks">Chunks of 512 bytes; null until it is made.</param>
/// <param name="Seconds">How long its making took.</param>
/// <param name="Error">Why it could not be made.</param>
internal sealed record PatchListRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("firmware_id")] long FirmwareId,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("hw")] string Hardware,
    [property: JsonPropertyName("image_size")] int ImageSize,
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
    /// <summary>Makes the row of a patch to a build.</summary>
    public static PatchListRow Of(Patch patch, string version, string hardware, int imageSize)
    {
        PatchRow row = PatchRow.Of(patch);
        return new PatchListRow(
            row.Id, patch.FirmwareId, version, hardware, imageSize, row.BaseVersion, row.BaseSha256, row.Profile, row.State, row.Percent,
            row.Size, row.Chunks, row.Seconds, row.Error);
    }
}

/// <summary>Serializers of patches, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(PatchRequest))]
[JsonSerializable(typeof(PatchListRow))]
[JsonSerializable(typeof(List<PatchListRow>))]
internal sealed partial class PatchJson : JsonSerializerContext;
