using System.Text.Json.Serialization;

namespace JamBox.Backend.Config;

/// <summary>The answer to a change.</summary>
/// <param name="Success">Always true (the portal's word).</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Version">The new version.</param>
/// <param name="Status">Always ok (the backend's word).</param>
/// <param name="UpdatedAt">When.</param>
internal sealed record SavedConfig(
    [property: JsonPropertyName("success")] bool Success,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("config_version")] int Version,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("updated_at")] DateTime? UpdatedAt);
