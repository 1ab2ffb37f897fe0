using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>A heartbeat as a device sends it: at boot and once a day. Only <c>d</c> is required.</summary>
internal sealed class Heartbeat
{
    /// <summary>Device id (also <c>device_id</c>).</summary>
    [JsonPropertyName("d")]
    public string? DeviceId { get; set; }

    /// <summary>Firmware version (also <c>fw</c>, <c>firmware_version</c>).</summary>
    [JsonPropertyName("v")]
    public string? FirmwareVersion { get; set; }

    /// <summary>Seconds since boot (also <c>uptime_seconds</c>).</summary>
    [JsonPropertyName("uptime")]
    public long? UptimeSeconds { get; set; }

    /// <summary>Level of the cell, dBm (also <c>sig</c>, <c>signal_dbm</c>).</summary>
    [JsonPropertyName("cell_rssi")]
    public int? CellRssiDbm { get; set; }

    /// <summary>Battery in per cent, 0 to 100 (also <c>battery_pct</c>).</summary>
    [JsonPropertyName("bat")]
    public int? BatteryPct { get; set; }

    /// <summary>Boot id: 32 random bits, new at each boot.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    [JsonPropertyName("cv")]
    public int? ConfigVersion { get; set; }

    /// <summary>Free heap, bytes.</summary>
    [JsonPropertyName("hf")]
    public int? HeapFreeBytes { get; set; }

    /// <summary>Why the device booted.</summary>
    [JsonPropertyName("rr")]
    public string? ResetReason { get; set; }

    /// <summary>
    /// State of OTA: idle, offered, downloading:12/139, verifying, applying, staged, trial, confirmed, rolled_back:why or failed:why.
    /// </summary>
    [JsonPropertyName("ob")]
    public string? OtaState { get; set; }

    /// <summary>The hardware that the firmware is built for, such as atoms3-nb1.</summary>
    [JsonPropertyName("hw")]
    public string? Hardware { get; set; }

    /// <summary>The first part of the board that does not work, such as i2c; absent when all do.</summary>
    [JsonPropertyName("bf")]
    public string? BoardFault { get; set; }

    /// <summary>
    /// Which keys of releases it trusts: the first four hex digits of the SHA-256 of each, such as 1a2b,3c4d; - for none.
    /// </summary>
    [JsonPropertyName("ks")]
    public string? Keys { get; set; }

    /// <summary>The floor in force, by epoch and number, such as 0.2; 0.0 for none; with ! when its time is over.</summary>
    [JsonPropertyName("fl")]
    public string? Floor { get; set; }

    /// <summary>
    /// Counters of what the device did to stay alive, those that are not 0, by name: at most 32, names of at most 16 characters a-z, 0-9,
    /// _.
    /// </summary>
    [JsonPropertyName("hc")]
    public SortedDictionary<string, int>? Counters { get; set; }

    /// <summary>Id of the last command that was carried out, until answered 2xx.</summary>
    [JsonPropertyName("ack")]
    public int? Ack { get; set; }

    /// <summary>What came of that command: ok, failed or unknown.</summary>
    [JsonPropertyName("ar")]
    public string? AckResult { get; set; }
}

/// <summary>The fields of <c>POST /api/heartbeat</c>: docs/wire.md, "Heartbeat".</summary>
internal static class HeartbeatFields
{
    /// <summary>Fills a heartbeat from its body.</summary>
    public static readonly FieldTable<Heartbeat> Table = new(
        new TextField<Heartbeat>("d device_id", static (h, v) => h.DeviceId = v),
        new TextField<Heartbeat>("v fw firmware_version", static (h, v) => h.FirmwareVersion = v),
        new NumberField<Heartbeat>("uptime uptime_seconds", 0, uint.MaxValue, static (h, v) => h.UptimeSeconds = v),
        new DbmField<Heartbeat>("cell_rssi sig signal_dbm", static (h, v) => h.CellRssiDbm = v),
        new NumberField<Heartbeat>("bat battery_pct", 0, 100, static (h, v) => h.BatteryPct = (int)v),
        new NumberField<Heartbeat>("b", int.MinValue, uint.MaxValue, static (h, v) => h.BootId = v),
        new NumberField<Heartbeat>("cv", 0, int.MaxValue, static (h, v) => h.ConfigVersion = (int)v),
        new NumberField<Heartbeat>("hf", 0, int.MaxValue, static (h, v) => h.HeapFreeBytes = (int)v),
        new TextField<Heartbeat>("rr", static (h, v) => h.ResetReason = v) { OrNumber = true },
        new TextField<Heartbeat>("ob", static (h, v) => h.OtaState = v),
        new TextField<Heartbeat>("hw", static (h, v) => h.Hardware = v),
        new TextField<Heartbeat>("bf", static (h, v) => h.BoardFault = v),
        new TextField<Heartbeat>("ks", static (h, v) => h.Keys = v),
        new TextField<Heartbeat>("fl", static (h, v) => h.Floor = v),
        new CountersField<Heartbeat>("hc", static (h, v) => h.Counters = v),
        new NumberField<Heartbeat>("ack", 0, int.MaxValue, static (h, v) => h.Ack = (int)v),
        new TextField<Heartbeat>("ar", ["ok", "failed", "unknown"], static (h, v) => h.AckResult = v));
}

/// <summary>A heartbeat as <c>GET /api/heartbeats</c> lists it.</summary>
internal sealed class HeartbeatRow
{
    /// <summary>Grows with the order of arrival.</summary>
    [JsonPropertyName("id")]
    public long Id { get; set; }

    /// <summary>The device.</summary>
    [JsonPropertyName("device_id")]
    public required string DeviceId { get; set; }

    /// <summary>When it came.</summary>
    [JsonPropertyName("timestamp")]
    public DateTime Timestamp { get; set; }

    /// <summary>Level of the cell, dBm.</summary>
    [JsonPropertyName("signal_dbm")]
    public int? SignalDbm { get; set; }

    /// <summary>Battery, per cent.</summary>
    [JsonPropertyName("battery_pct")]
    public int? BatteryPct { get; set; }

    /// <summary>Firmware version.</summary>
    [JsonPropertyName("firmware_version")]
    public string? FirmwareVersion { get; set; }

    /// <summary>Seconds since boot.</summary>
    [JsonPropertyName("uptime_seconds")]
    public long? UptimeSeconds { get; set; }

    /// <summary>Peer address of the socket.</summary>
    [JsonPropertyName("ip_address")]
    public string? IpAddress { get; set; }

    /// <summary>Boot id.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    [JsonPropertyName("cv")]
    public int? ConfigVersion { get; set; }

    /// <summary>Free heap, bytes.</summary>
    [JsonPropertyName("hf")]
    public int? HeapFreeBytes { get; set; }

    /// <summary>Why it booted.</summary>
    [JsonPropertyName("rr")]
    public string? ResetReason { get; set; }

    /// <summary>State of OTA.</summary>
    [JsonPropertyName("ob")]
    public string? OtaState { get; set; }

    /// <summary>The hardware that its firmware is built for.</summary>
    [JsonPropertyName("hw")]
    public string? Hardware { get; set; }

    /// <summary>The first part of its board that does not work.</summary>
    [JsonPropertyName("bf")]
    public string? BoardFault { get; set; }

    /// <summary>Counters of what it did to stay alive, those that are not 0; the names are in docs/wire.md.</summary>
    [JsonPropertyName("hc")]
    public SortedDictionary<string, int>? Counters { get; set; }
}
