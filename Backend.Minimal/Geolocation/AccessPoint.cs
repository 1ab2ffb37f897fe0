using System.Text.Json.Serialization;

namespace JamBox.Backend.Geolocation;

/// <summary>An access point as a device heard it.</summary>
/// <param name="Bssid">Its address.</param>
/// <param name="Rssi">dBm.</param>
/// <param name="Channel">Wi-Fi channel; 0 = unknown.</param>
internal sealed record AccessPoint(
    [property: JsonPropertyName("bssid")] string Bssid,
    [property: JsonPropertyName("rssi")] int Rssi,
    [property: JsonPropertyName("ch")] int Channel);
