namespace JamBox.Backend.Geolocation;

/// <summary><c>Geolocation:*</c>.</summary>
/// <param name="Key">The provider's key; null = off.</param>
/// <param name="Endpoint">Where access points are posted, in the request shape of Google's geolocation API.</param>
/// <param name="TimeZoneEndpoint">Where the zone of a place is asked, in the shape of Google's time-zone API.</param>
internal sealed record GeolocationOptions(string? Key, Uri Endpoint, Uri TimeZoneEndpoint);
