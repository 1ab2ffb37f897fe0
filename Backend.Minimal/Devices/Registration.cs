using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>What an admin sends to register a device.</summary>
internal sealed class Registration
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<Registration> Fields = new(
        new TextField<Registration>("device_id d", static (r, v) => r.DeviceId = v),
        new TextField<Registration>("project_name", static (r, v) => r.ProjectName = v),
        new TextField<Registration>("location_name", static (r, v) => r.LocationName = v),
        new TextField<Registration>("timezone", static (r, v) => r.Timezone = v));

    /// <summary>JBNB and 4 digits.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>Project, at most 64 characters.</summary>
    [JsonPropertyName("project_name")]
    public string? ProjectName { get; set; }

    /// <summary>Place, at most 64 characters.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; set; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public string Timezone { get; set; } = "UTC";

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault()
    {
        return DeviceId is null ? "Missing device_id"
            : !IsDeviceId(DeviceId) ? "device_id: must be JBNB and 4 digits"
            : !TimeZoneInfo.TryFindSystemTimeZoneById(Timezone, out _) ? "timezone: must be an IANA time zone such as Europe/Berlin"
            : null;
    }

    private static bool IsDeviceId(string id) =>
        id.Length == 8 && id.StartsWith("JBNB", StringComparison.Ordinal) && id.AsSpan(4).IndexOfAnyExceptInRange('0', '9') < 0;
}
