using System.Text.Json.Serialization;

namespace JamBox.Backend.Devices;

/// <summary>A heartbeat as <c>GET /api/heartbeats</c> lists it.</summary>
/// <param name="Id">Grows with the order of arrival.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Timestamp">When it came.</param>
/// <param name="SignalDbm">Level of the cell, dBm.</param>
/// <param name="BatteryPct">Battery, per cent.</param>
/// <param name="FirmwareVersion">Firmware version.</param>
/// <param name="UptimeSeconds">Seconds since boot.</param>
/// <param name="IpAddress">Peer address of the socket.</param>
/// <param name="BootId">Boot id.</param>
/// <param name="ConfigVersion">Version of the configuration in force.</param>
/// <param name="HeapFreeBytes">Free heap, bytes.</param>
/// <param name="ResetReason">Why it booted.</param>
/// <param name="OtaState">State of OTA.</param>
/// <param name="Hardware">The hardware that its firmware is built for.</param>
/// <param name="BoardFault">The first part of its board that does not work.</param>
/// <param name="Counters">Counters of what it did to stay alive, those that are not 0; the names are in docs/wire.md.</param>
internal sealed record HeartbeatRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("timestamp")] DateTime Timestamp,
    [property: JsonPropertyName("signal_dbm")] int? SignalDbm,
    [property: JsonPropertyName("battery_pct")] int? BatteryPct,
    [property: JsonPropertyName("firmware_version")] string? FirmwareVersion,
    [property: JsonPropertyName("uptime_seconds")] long? UptimeSeconds,
    [property: JsonPropertyName("ip_address")] string? IpAddress,
    [property: JsonPropertyName("b")] long? BootId,
    [property: JsonPropertyName("cv")] int? ConfigVersion,
    [property: JsonPropertyName("hf")] int? HeapFreeBytes,
    [property: JsonPropertyName("rr")] string? ResetReason,
    [property: JsonPropertyName("ob")] string? OtaState,
    [property: JsonPropertyName("hw")] string? Hardware,
    [property: JsonPropertyName("bf")] string? BoardFault,
    [property: JsonPropertyName("hc")] SortedDictionary<string, int>? Counters);
