using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Devices;

/// <summary>The columns of heartbeats. A field of a heartbeat that is to be stored gets one line here, and one in a migration.</summary>
internal static class HeartbeatColumns
{
    /// <summary>The table.</summary>
    public static readonly ColumnTable<ReceivedHeartbeat, HeartbeatRow> Table = new(
        "heartbeats",
        static () => new HeartbeatRow { DeviceId = "" },
        new("id", "INTEGER", null, static (r, s, i) => r.Id = s.Int64(i)),
        new("device_id", "TEXT NOT NULL", static h => h.DeviceId, static (r, s, i) => r.DeviceId = s.Text(i)),
        new("timestamp", "INTEGER NOT NULL", static h => h.At, static (r, s, i) => r.Timestamp = s.Time(i)),
        new("signal_dbm", "INTEGER", static h => h.Heartbeat.CellRssiDbm, static (r, s, i) => r.SignalDbm = s.Int32OrNull(i)),
        new("battery_pct", "INTEGER", static h => h.Heartbeat.BatteryPct, static (r, s, i) => r.BatteryPct = s.Int32OrNull(i)),
        new("firmware_version", "TEXT", static h => h.Heartbeat.FirmwareVersion, static (r, s, i) => r.FirmwareVersion = s.TextOrNull(i)),
        new("uptime_seconds", "INTEGER", static h => h.Heartbeat.UptimeSeconds, static (r, s, i) => r.UptimeSeconds = s.Int64OrNull(i)),
        new("ip_address", "TEXT", static h => h.Address, static (r, s, i) => r.IpAddress = s.TextOrNull(i)),
        new("b", "INTEGER", static h => h.Heartbeat.BootId, static (r, s, i) => r.BootId = s.Int64OrNull(i)),
        new("cv", "INTEGER", static h => h.Heartbeat.ConfigVersion, static (r, s, i) => r.ConfigVersion = s.Int32OrNull(i)),
        new("hf", "INTEGER", static h => h.Heartbeat.HeapFreeBytes, static (r, s, i) => r.HeapFreeBytes = s.Int32OrNull(i)),
        new("rr", "TEXT", static h => h.Heartbeat.ResetReason, static (r, s, i) => r.ResetReason = s.TextOrNull(i)),
        new("ob", "TEXT", static h => h.Heartbeat.OtaState, static (r, s, i) => r.OtaState = s.TextOrNull(i)),
        new("hw", "TEXT", static h => h.Heartbeat.Hardware, static (r, s, i) => r.Hardware = s.TextOrNull(i)),
        new("bf", "TEXT", static h => h.Heartbeat.BoardFault, static (r, s, i) => r.BoardFault = s.TextOrNull(i)),
        new("hc", "TEXT", static h => ToJson(h.Heartbeat.Counters), static (r, s, i) => r.Counters = ToCounters(s.TextOrNull(i))));

    private static string? ToJson(SortedDictionary<string, int>? counters) =>
        counters is null ? null : JsonSerializer.Serialize(counters, DeviceJson.Default.SortedDictionaryStringInt32);

    private static SortedDictionary<string, int>? ToCounters(string? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, DeviceJson.Default.SortedDictionaryStringInt32);
}

/// <summary>A heartbeat on its way into the storage.</summary>
/// <param name="DeviceId">The device that sent it.</param>
/// <param name="At">When it came, milliseconds since 1970.</param>
/// <param name="Address">Peer address of the socket.</param>
/// <param name="Heartbeat">What it says.</param>
/// <param name="Releases">What is told of its update.</param>
/// <param name="Answers">What it can make of our answers: one of <see cref="Manufacturing.Answers"/>.</param>
internal sealed record ReceivedHeartbeat(
    string DeviceId, long At, string? Address, Heartbeat Heartbeat, IReleaseSource Releases, string Answers);
