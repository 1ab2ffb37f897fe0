using System.Text.Json.Serialization;

using JamBox.Backend.Security;

namespace JamBox.Backend.Devices;

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
