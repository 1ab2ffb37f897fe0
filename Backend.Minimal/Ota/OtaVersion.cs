using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>A build.</summary>
/// <param name="Version">Its version.</param>
/// <param name="ReleaseDate">When it was registered first.</param>
/// <param name="BinarySize">Bytes of the image.</param>
/// <param name="Sha256">SHA-256 of the image.</param>
/// <param name="ReleaseNotes">What is new.</param>
/// <param name="IsCurrent">Whether devices should go to it.</param>
internal sealed record OtaVersion(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("release_date")] DateTime ReleaseDate,
    [property: JsonPropertyName("binary_size")] int BinarySize,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("release_notes")] string? ReleaseNotes,
    [property: JsonPropertyName("is_current")] bool IsCurrent);
