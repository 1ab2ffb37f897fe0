using System.Text.Json.Serialization;

using JamBox.Backend.Insights;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>A device as <c>GET /api/devices</c> lists it. Neither token nor PIN is ever among it.</summary>
internal sealed class DeviceRow
{
    /// <summary>Device id.</summary>
    [JsonPropertyName("device_id")]
    public required string DeviceId { get; set; }

    /// <summary>box (a people counter), thing (another device with firmware of its own) or gateway (a computer in a place).</summary>
    [JsonPropertyName("kind")]
    [Words(DeviceKind.Box, DeviceKind.Thing, DeviceKind.Gateway)]
    public required string Kind { get; set; }

    /// <summary>What its firmware is for.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>Its chip or board.</summary>
    [JsonPropertyName("platform")]
    public string? Platform { get; set; }

    /// <summary>manufactured, flashed, provisioned, sold, claimed, active, returned or scrapped.</summary>
    [JsonPropertyName("life")]
    public required string Life { get; set; }

    /// <summary>Project: of its place, else its own.</summary>
    [JsonPropertyName("project_name")]
    public string? ProjectName { get; set; }

    /// <summary>Id of the place where it stands; null = none.</summary>
    [JsonPropertyName("place_id")]
    public long? PlaceId { get; set; }

    /// <summary>Name of that place.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; set; }

    /// <summary>What operators find it by, sorted.</summary>
    [JsonPropertyName("tags")]
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>When it was retired; null = it is in use.</summary>
    [JsonPropertyName("retired_at")]
    public DateTime? RetiredAt { get; set; }

    /// <summary>Whether it is the virtual box, which hears invented people.</summary>
    [JsonPropertyName("demo")]
    public bool Demo { get; set; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public required string Timezone { get; set; }

    /// <summary>Firmware version that it last named.</summary>
    [JsonPropertyName("firmware_version")]
    public string? FirmwareVersion { get; set; }

    /// <summary>active, inactive, maintenance or retired.</summary>
    [JsonPropertyName("status")]
    [Words("active", "inactive", "maintenance")]
    public required string Status { get; set; }

    /// <summary>When it was registered.</summary>
    [JsonPropertyName("registered_at")]
    public DateTime RegisteredAt { get; set; }

    /// <summary>When it last spoke; null = never.</summary>
    [JsonPropertyName("last_seen_at")]
    public DateTime? LastSeenAt { get; set; }

    /// <summary>Last known level of the cell, dBm.</summary>
    [JsonPropertyName("last_signal_dbm")]
    public int? LastSignalDbm { get; set; }

    /// <summary>Last known battery, per cent.</summary>
    [JsonPropertyName("last_battery_pct")]
    public int? LastBatteryPct { get; set; }

    /// <summary>Version of the configuration that it should run.</summary>
    [JsonPropertyName("config_version")]
    public int ConfigVersion { get; set; }

    /// <summary>Version of the configuration that it last said it runs; null = never said.</summary>
    [JsonPropertyName("cv")]
    public int? ReportedConfigVersion { get; set; }

    /// <summary>Its last boot id; null for the old fleet.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; set; }

    /// <summary>
    /// What the box can make of our answers, as its last heartbeat had it: authenticated (it obeys only what bears the MAC of its key),
    /// no_key (whoever is on the line can give it orders), other_key (a key that the server does not have: it takes no orders). Null = not
    /// told yet.
    /// </summary>
    [JsonPropertyName("answers")]
    [Words(Manufacturing.Answers.Authenticated, Manufacturing.Answers.NoKey, Manufacturing.Answers.OtherKey)]
    public string? Answers { get; set; }

    /// <summary>Degrees; null = unknown.</summary>
    [JsonPropertyName("latitude")]
    public double? Latitude { get; set; }

    /// <summary>Degrees; null = unknown.</summary>
    [JsonPropertyName("longitude")]
    public double? Longitude { get; set; }

    /// <summary>manual or geolocation; null = no place yet.</summary>
    [JsonPropertyName("location_source")]
    [Words("manual", "geolocation")]
    public string? LocationSource { get; set; }

    /// <summary>1 = flagged: more readings than a box can make.</summary>
    [JsonPropertyName("anomalous")]
    public int Anomalous { get; set; }

    /// <summary>Why it is flagged.</summary>
    [JsonPropertyName("anomaly_reason")]
    public string? AnomalyReason { get; set; }

    /// <summary>When it was flagged.</summary>
    [JsonPropertyName("anomaly_detected_at")]
    public DateTime? AnomalyDetectedAt { get; set; }

    /// <summary>Milliseconds between its readings, as configured.</summary>
    [JsonPropertyName("report_interval_ms")]
    public int ReportIntervalMs { get; set; }

    /// <summary>
    /// online (a box: at most 3 report intervals of silence; others: at most 15 minutes), warning (at most 24 h), offline, or new (never
    /// seen).
    /// </summary>
    [JsonPropertyName("connection_status")]
    [Words("online", "warning", "offline", "new")]
    public required string ConnectionStatus { get; set; }

    /// <summary>The last word in words: Just now, 5 min ago, … , Never.</summary>
    [JsonPropertyName("last_seen_ago")]
    public required string LastSeenAgo { get; set; }

    /// <summary>Whether a PIN is set. The PIN itself is nowhere.</summary>
    [JsonPropertyName("has_pin")]
    public bool HasPin { get; set; }
}

/// <summary>One device with its newest heartbeat and readings.</summary>
/// <param name="Device">The device.</param>
/// <param name="LastHeartbeat">Its newest heartbeat: hardware, faults and counters among others; null when there was none yet.</param>
/// <param name="RecentReadings">Its 20 newest readings.</param>
internal sealed record DeviceDetail(
    [property: JsonPropertyName("device")] DeviceRow Device,
    [property: JsonPropertyName("last_heartbeat")] HeartbeatRow? LastHeartbeat,
    [property: JsonPropertyName("recent_readings")] IReadOnlyList<ReadingRow> RecentReadings);

/// <summary>What an admin sends to register a device.</summary>
internal sealed class Registration
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<Registration> Fields = new(
        new TextField<Registration>("device_id d", static (r, v) => r.DeviceId = v) { IsRequired = true, Pattern = DeviceKind.IdPattern },
        new TextField<Registration>("project_name", static (r, v) => r.ProjectName = v),
        new TextField<Registration>("location_name", static (r, v) => r.LocationName = v),
        new NumberField<Registration>("place", 1, long.MaxValue, static (r, v) => r.PlaceId = v),
        new TextField<Registration>("kind", DeviceKind.All, static (r, v) => r.Kind = v),
        new TextField<Registration>("product", static (r, v) => r.Product = v),
        new TextField<Registration>("platform", static (r, v) => r.Platform = v),
        new TextField<Registration>("timezone", static (r, v) => r.Timezone = v));

    /// <summary>
    /// Of a box JBNB and 4 digits; of another device 1 to 40 letters, digits, underscores and hyphens, neither in that form nor in that of
    /// a serial number.
    /// </summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>Project, at most 64 characters.</summary>
    [JsonPropertyName("project_name")]
    public string? ProjectName { get; set; }

    /// <summary>Name of a place that is made for it, at most 64 characters.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; set; }

    /// <summary>Id of the place where it stands, instead.</summary>
    [JsonPropertyName("place")]
    public long? PlaceId { get; set; }

    /// <summary>box unless said, thing or gateway.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = DeviceKind.Box;

    /// <summary>What its firmware is for, at most 64 characters.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>Its chip or board, at most 64 characters.</summary>
    [JsonPropertyName("platform")]
    public string? Platform { get; set; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public string Timezone { get; set; } = "UTC";

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault()
    {
        return DeviceId is null ? "Missing device_id"
            : PlaceId is not null && LocationName is not null ? "place: or location_name, not both"
            : LocationName is { } name && string.IsNullOrWhiteSpace(name) ? "location_name: must not be blank"
            : DeviceKind.FindIdFault(Kind, DeviceId) is { } fault ? fault
            : !Zones.IsKnown(Timezone) ? $"timezone: {Zones.Rule}"
            : null;
    }
}

/// <summary>The answer to a registration: the only time that the token is shown.</summary>
/// <param name="DeviceId">Device id.</param>
/// <param name="Message">What to do with the token.</param>
/// <param name="Status">Always ok.</param>
/// <param name="Token">The device's token, 43 characters.</param>
internal sealed record RegisteredDevice(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("token")] string Token);

/// <summary>What is sent to change a device's status, place or PIN; each endpoint takes its own part.</summary>
internal sealed class DeviceChange
{
    /// <summary>The fields of a status.</summary>
    public static readonly FieldTable<DeviceChange> StatusFields = new(
        new TextField<DeviceChange>("status", ["active", "inactive", "maintenance"], static (c, v) => c.Status = v) { IsRequired = true })
    {
        SchemaName = "DeviceStatusChange",
    };

    /// <summary>The fields of a place.</summary>
    public static readonly FieldTable<DeviceChange> LocationFields = new(
        new RealField<DeviceChange>("latitude", -90, 90, static (c, v) => c.Latitude = v),
        new RealField<DeviceChange>("longitude", -180, 180, static (c, v) => c.Longitude = v),
        new TextField<DeviceChange>("location_name", static (c, v) => c.LocationName = v),
        new TextField<DeviceChange>("project_name", static (c, v) => c.ProjectName = v),
        new TextField<DeviceChange>("timezone", static (c, v) => c.Timezone = v))
    {
        SchemaName = "DeviceLocationChange",
    };

    /// <summary>The fields of a PIN.</summary>
    public static readonly FieldTable<DeviceChange> PinFields = new(PinField)
    {
        SchemaName = "DevicePinChange",
    };

    private static TextField<DeviceChange> PinField => new("pin", static (c, v) => c.Pin = v)
    {
        IsRequired = true,
        Pattern = Devices.Pin.Pattern,
    };

    /// <summary>active, inactive or maintenance.</summary>
    [JsonPropertyName("status")]
    public string? Status { get; set; }

    /// <summary>Degrees, −90 to 90.</summary>
    [JsonPropertyName("latitude")]
    public double? Latitude { get; set; }

    /// <summary>Degrees, −180 to 180.</summary>
    [JsonPropertyName("longitude")]
    public double? Longitude { get; set; }

    /// <summary>Name of the place, at most 64 characters.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; set; }

    /// <summary>Project, at most 64 characters.</summary>
    [JsonPropertyName("project_name")]
    public string? ProjectName { get; set; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public string? Timezone { get; set; }

    /// <summary>Exactly 4 digits, as text.</summary>
    [JsonPropertyName("pin")]
    public string? Pin { get; set; }

    /// <summary>Why the zone is refused, or null.</summary>
    public string? FindZoneFault() =>
        Timezone is null || Zones.IsKnown(Timezone) ? null : $"timezone: {Zones.Rule}";
}

/// <summary>The answer to a change of a device: the predecessor's backend and portal in one; null = does not concern this change.</summary>
internal sealed record DeviceResult
{
    /// <summary>The device.</summary>
    [JsonPropertyName("device_id")]
    public required string DeviceId { get; init; }

    /// <summary>Always ok.</summary>
    [JsonPropertyName("status")]
    public string Status { get; init; } = "ok";

    /// <summary>Always true.</summary>
    [JsonPropertyName("success")]
    public bool Success { get; init; } = true;

    /// <summary>What was done.</summary>
    [JsonPropertyName("message")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    /// <summary>A new token; the only time that it is shown.</summary>
    [JsonPropertyName("token")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; init; }

    /// <summary>The new status.</summary>
    [JsonPropertyName("new_status")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NewStatus { get; init; }

    /// <summary>Degrees.</summary>
    [JsonPropertyName("latitude")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Latitude { get; init; }

    /// <summary>Degrees.</summary>
    [JsonPropertyName("longitude")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Longitude { get; init; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Timezone { get; init; }

    /// <summary>Name of the place.</summary>
    [JsonPropertyName("location_name")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LocationName { get; init; }

    /// <summary>Its id.</summary>
    [JsonPropertyName("place_id")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PlaceId { get; init; }
}

/// <summary>Serializers of devices and heartbeats, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<DeviceRow>))]
[JsonSerializable(typeof(DeviceDetail))]
[JsonSerializable(typeof(Registration))]
[JsonSerializable(typeof(RegisteredDevice))]
[JsonSerializable(typeof(DeviceChange))]
[JsonSerializable(typeof(DeviceResult))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(List<HeartbeatRow>))]
[JsonSerializable(typeof(SortedDictionary<string, int>))]
internal sealed partial class DeviceJson : JsonSerializerContext;
