using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>A device in the fleet's list.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Status">online, warning, offline or new.</param>
/// <param name="LastSeen">In words.</param>
/// <param name="Signal">dBm.</param>
internal sealed record FleetDevice(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("last_seen")] string LastSeen,
    [property: JsonPropertyName("signal")] int? Signal);
