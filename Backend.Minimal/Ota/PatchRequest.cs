using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota;

/// <summary>A record of a patch, without its bytes, as the predecessor's tools send it.</summary>
internal sealed class PatchRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<PatchRequest> Fields = new(
        new TextField<PatchRequest>("from_version", static (r, v) => r.From = v),
        new TextField<PatchRequest>("to_version", static (r, v) => r.To = v),
        new NumberField<PatchRequest>("patch_size", 1, int.MaxValue, static (r, v) => r.Size = (int)v),
        new NumberField<PatchRequest>("chunk_count", 1, 65_535, static (r, v) => r.Chunks = (int)v),
        new TextField<PatchRequest>("sha256", static (r, v) => r.Sha256 = v),
        new TextField<PatchRequest>("compression", static (r, v) => r.Compression = v));

    /// <summary>The version that it starts from.</summary>
    [JsonPropertyName("from_version")]
    public string? From { get; set; }

    /// <summary>The version that it leads to.</summary>
    [JsonPropertyName("to_version")]
    public string? To { get; set; }

    /// <summary>Bytes.</summary>
    [JsonPropertyName("patch_size")]
    public int? Size { get; set; }

    /// <summary>Chunks of 512 bytes.</summary>
    [JsonPropertyName("chunk_count")]
    public int? Chunks { get; set; }

    /// <summary>SHA-256, 64 hex digits.</summary>
    [JsonPropertyName("sha256")]
    public string? Sha256 { get; set; }

    /// <summary>heatshrink unless said.</summary>
    [JsonPropertyName("compression")]
    public string Compression { get; set; } = "heatshrink";

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        From is null || To is null || Size is null || Chunks is null || Sha256 is null
            ? "Missing required fields: from_version, to_version, patch_size, chunk_count, sha256"
        : !OtaText.IsVersion(From) ? OtaText.VersionRule("from_version")
        : !OtaText.IsVersion(To) ? OtaText.VersionRule("to_version")
        : !OtaText.IsSha256(Sha256) ? OtaText.HashRule
        : null;
}
