using System.Text.Json.Serialization;

using JamBox.Backend.Builds;
using JamBox.Backend.Wire;

namespace JamBox.Backend.OldFleet;

/// <summary>A record of a build, without its bytes, as the predecessor's tools send it.</summary>
internal sealed class OldFirmwareRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<OldFirmwareRequest> Fields = new(
        new TextField<OldFirmwareRequest>("version", static (r, v) => r.Version = v) { IsRequired = true },
        new NumberField<OldFirmwareRequest>("binary_size", 1, int.MaxValue, static (r, v) => r.BinarySize = (int)v) { IsRequired = true },
        new TextField<OldFirmwareRequest>("sha256", static (r, v) => r.Sha256 = v) { IsRequired = true, Pattern = "^[0-9A-Fa-f]{64}$" },
        new TextField<OldFirmwareRequest>("release_notes", static (r, v) => r.Notes = v),
        new BoolField<OldFirmwareRequest>("is_current", static (r, v) => r.IsCurrent = v));

    /// <summary>Version, at most 15 characters.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; set; }

    /// <summary>Bytes of the image.</summary>
    [JsonPropertyName("binary_size")]
    public int? BinarySize { get; set; }

    /// <summary>SHA-256 of the image, 64 hex digits.</summary>
    [JsonPropertyName("sha256")]
    public string? Sha256 { get; set; }

    /// <summary>What is new, at most 64 characters.</summary>
    [JsonPropertyName("release_notes")]
    public string? Notes { get; set; }

    /// <summary>Whether devices should go to it; only one version is current.</summary>
    [JsonPropertyName("is_current")]
    public bool IsCurrent { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Version is null || BinarySize is null || Sha256 is null ? "Missing required fields: version, binary_size, sha256"
        : !ReleaseText.IsVersion(Version) ? ReleaseText.VersionRule("version")
        : !ReleaseText.IsSha256(Sha256) ? ReleaseText.HashRule
        : null;
}

/// <summary>A record of a patch, without its bytes, as the predecessor's tools send it.</summary>
internal sealed class OldPatchRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<OldPatchRequest> Fields = new(
        new TextField<OldPatchRequest>("from_version", static (r, v) => r.From = v) { IsRequired = true },
        new TextField<OldPatchRequest>("to_version", static (r, v) => r.To = v) { IsRequired = true },
        new NumberField<OldPatchRequest>("patch_size", 1, int.MaxValue, static (r, v) => r.Size = (int)v) { IsRequired = true },
        new NumberField<OldPatchRequest>("chunk_count", 1, 65_535, static (r, v) => r.Chunks = (int)v) { IsRequired = true },
        new TextField<OldPatchRequest>("sha256", static (r, v) => r.Sha256 = v) { IsRequired = true, Pattern = "^[0-9A-Fa-f]{64}$" },
        new TextField<OldPatchRequest>("compression", static (r, v) => r.Compression = v));

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
        : !ReleaseText.IsVersion(From) ? ReleaseText.VersionRule("from_version")
        : !ReleaseText.IsVersion(To) ? ReleaseText.VersionRule("to_version")
        : !ReleaseText.IsSha256(Sha256) ? ReleaseText.HashRule
        : null;
}
