using JamBox.Backend.Operation;

namespace JamBox.Backend.Geolocation;

/// <summary><c>Geolocation:*</c>.</summary>
internal sealed class GeolocationOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Geolocation";

    /// <summary>The provider's key; null = off.</summary>
    public string? Key { get; set; }

    /// <summary>Where access points are posted, in the request shape of Google's geolocation API.</summary>
    [WebAddress]
    public Uri Endpoint { get; set; } = new("https://www.googleapis.com/geolocation/v1/geolocate");

    /// <summary>Where the zone of a place is asked, in the shape of Google's time-zone API.</summary>
    [WebAddress]
    public Uri TimeZoneEndpoint { get; set; } = new("https://maps.googleapis.com/maps/api/timezone/json");
}
