using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Geolocation;

/// <summary>What a device sends to <c>POST /api/geolocation</c>.</summary>
internal sealed class GeolocationRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<GeolocationRequest> Fields = new(
        new TextField<GeolocationRequest>("d device_id", static (r, v) => r.DeviceId = v),
        new AccessPointsField("wifi", static (r, v) => r.Wifi = v));

    /// <summary>Device id (also <c>device_id</c>).</summary>
    [JsonPropertyName("d")]
    public string? DeviceId { get; set; }

    /// <summary>The access points around, at most 64.</summary>
    [JsonPropertyName("wifi")]
    public IReadOnlyList<AccessPoint> Wifi { get; set; } = [];
}
