using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota;

/// <summary>A record of a build, without its bytes, as the predecessor's tools send it.</summary>
internal sealed class FirmwareRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<FirmwareRequest> Fields = new(
        new TextField<FirmwareRequest>("version", static (r, v) => r.Version = v),
        new NumberField<FirmwareRequest>("binary_size", 1, int.MaxValue, static (r, v) => r.BinarySize = (int)v),
        new TextField<FirmwareRequest>("sha256", static (r, v) => r.Sha256 = v),
        new TextField<FirmwareRequest>("release_notes", static (r, v) => r.Notes = v),
        new BoolField<FirmwareRequest>("is_current", static (r, v) => r.IsCurrent = v));

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
        : !OtaText.IsVersion(Version) ? OtaText.VersionRule("version")
        : !OtaText.IsSha256(Sha256) ? OtaText.HashRule
        : null;
}
