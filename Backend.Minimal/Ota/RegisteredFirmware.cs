using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>The answer to a registered build.</summary>
/// <param name="IsCurrent">Whether devices should go to it.</param>
/// <param name="Status">Always ok.</param>
/// <param name="Version">Its version.</param>
internal sealed record RegisteredFirmware(
    [property: JsonPropertyName("is_current")] bool IsCurrent,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("version")] string Version);
