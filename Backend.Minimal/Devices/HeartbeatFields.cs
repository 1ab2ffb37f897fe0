using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

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
        new CountersField<Heartbeat>("hc", static (h, v) => h.Counters = v),
        new NumberField<Heartbeat>("ack", 0, int.MaxValue, static (h, v) => h.Ack = (int)v),
        new TextField<Heartbeat>("ar", ["ok", "failed", "unknown"], static (h, v) => h.AckResult = v));
}
