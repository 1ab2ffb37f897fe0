using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>What is sent to change a device's status, place or PIN; each endpoint takes its own part.</summary>
internal sealed class DeviceChange
{
    /// <summary>The fields of a status.</summary>
    public static readonly FieldTable<DeviceChange> StatusFields = new(
        new TextField<DeviceChange>("status", ["active", "inactive", "maintenance"], static (c, v) => c.Status = v));

    /// <summary>The fields of a place.</summary>
    public static readonly FieldTable<DeviceChange> LocationFields = new(
        new RealField<DeviceChange>("latitude", -90, 90, static (c, v) => c.Latitude = v),
        new RealField<DeviceChange>("longitude", -180, 180, static (c, v) => c.Longitude = v),
        new TextField<DeviceChange>("location_name", static (c, v) => c.LocationName = v),
        new TextField<DeviceChange>("project_name", static (c, v) => c.ProjectName = v),
        new TextField<DeviceChange>("timezone", static (c, v) => c.Timezone = v));

    /// <summary>The fields of a PIN, alone and at activation.</summary>
    public static readonly FieldTable<DeviceChange> PinFields = new(
        new TextField<DeviceChange>("pin", static (c, v) => c.Pin = v),
        new TextField<DeviceChange>("location_name", static (c, v) => c.LocationName = v),
        new TextField<DeviceChange>("timezone", static (c, v) => c.Timezone = v));

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
        Timezone is null || TimeZoneInfo.TryFindSystemTimeZoneById(Timezone, out _) ? null : "timezone: must be an IANA time zone such as Europe/Berlin";
}
