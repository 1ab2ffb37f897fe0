namespace JamBox.Backend.Maintenance;

/// <summary>A device of the predecessor's file. Times are milliseconds since 1970. Its PIN, in clear there, is left behind.</summary>
internal sealed record ImportedDevice(
    string DeviceId, string TokenHash, string? ProjectName, string? LocationName, string Timezone, string? FirmwareVersion, string Status,
    long RegisteredAt, long? LastSeenAt, int? SignalDbm, int? BatteryPct, double? Latitude, double? Longitude);
