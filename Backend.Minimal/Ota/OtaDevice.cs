using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>A device that is behind.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="FirmwareVersion">What it runs.</param>
/// <param name="LastSeenAt">When it last spoke.</param>
internal sealed record OtaDevice(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("firmware_version")] string? FirmwareVersion,
    [property: JsonPropertyName("last_seen_at")] DateTime? LastSeenAt);
