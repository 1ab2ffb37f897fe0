namespace JamBox.Backend.Geolocation;

/// <summary>Someone outside who knows where access points stand. Replaced in the container by another one, or by a test's.</summary>
internal interface IGeolocationProvider
{
    /// <summary>Whether it can be asked at all.</summary>
    bool IsOn { get; }

    /// <summary>Finds the place of access points.</summary>
    /// <returns>Latitude and longitude in degrees; null when they are unknown there.</returns>
    /// <exception cref="HttpRequestException">It could not be asked: it is tried again later.</exception>
    Task<(double Latitude, double Longitude)?> LocateAsync(IReadOnlyList<AccessPoint> points, CancellationToken stopping);

    /// <summary>Finds the time zone of a place.</summary>
    /// <returns>Its IANA id; null when unknown.</returns>
    /// <exception cref="HttpRequestException">It could not be asked: it is tried again later.</exception>
    Task<string?> TimeZoneAsync(double latitude, double longitude, DateTimeOffset now, CancellationToken stopping);
}
