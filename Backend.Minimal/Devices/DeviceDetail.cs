using System.Text.Json.Serialization;

using JamBox.Backend.Readings;

namespace JamBox.Backend.Devices;

/// <summary>One device with its newest heartbeat and readings.</summary>
/// <param name="Device">The device.</param>
/// <param name="LastHeartbeat">Its newest heartbeat: hardware, faults and counters among others; null when there was none yet.</param>
/// <param name="RecentReadings">Its 20 newest readings.</param>
internal sealed record DeviceDetail(
    [property: JsonPropertyName("device")] DeviceRow Device,
    [property: JsonPropertyName("last_heartbeat")] HeartbeatRow? LastHeartbeat,
    [property: JsonPropertyName("recent_readings")] IReadOnlyList<ReadingRow> RecentReadings);
