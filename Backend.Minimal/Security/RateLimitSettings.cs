namespace JamBox.Backend.Security;

/// <summary>The limits of WIRE.md, as configured (<c>RateLimits:*</c>), each 1 to 1,000,000.</summary>
/// <param name="FailedPerMinute">Failed authentications a minute and peer address.</param>
/// <param name="DevicePerHour">Heartbeats, configurations, OTA checks and results, each, an hour and device.</param>
/// <param name="GeolocationPerHour">Geolocations an hour and device.</param>
/// <param name="AdminPerMinute">Requests a minute and key.</param>
internal sealed record RateLimitSettings(int FailedPerMinute, int DevicePerHour, int GeolocationPerHour, int AdminPerMinute);
