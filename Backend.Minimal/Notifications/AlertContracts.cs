using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Operation;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Notifications;

/// <summary>An alert as <c>GET /api/alerts</c> lists it.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="DeviceId">The device; of a roll-out, <c>rollout</c> and its id.</param>
/// <param name="AlertType">What it is about.</param>
/// <param name="Severity">Always warning.</param>
/// <param name="Message">What happened.</param>
/// <param name="CreatedAt">When it was raised.</param>
/// <param name="ClearedAt">When it was over; null = it is not.</param>
/// <param name="AcknowledgedBy">Name of the key, or address of the user, that has taken note.</param>
/// <param name="AcknowledgedAt">When.</param>
/// <param name="PlaceId">Where the device stood when it was raised; null = nowhere, or no device.</param>
/// <param name="PlaceName">The name of that place now.</param>
internal sealed record AlertRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("alert_type"), Words(typeof(AlertType))] string AlertType,
    [property: JsonPropertyName("severity")] string Severity,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("cleared_at")] DateTime? ClearedAt,
    [property: JsonPropertyName("acknowledged_by")] string? AcknowledgedBy,
    [property: JsonPropertyName("acknowledged_at")] DateTime? AcknowledgedAt,
    [property: JsonPropertyName("place_id")] long? PlaceId,
    [property: JsonPropertyName("place_name")] string? PlaceName);

/// <summary>A message that waits to be sent.</summary>
/// <param name="Id">Its number: receivers tell repeats by it.</param>
/// <param name="Body">JSON.</param>
/// <param name="CreatedAt">When the alert was raised, milliseconds since 1970.</param>
/// <param name="Attempts">Which attempt this is, from 1.</param>
internal sealed record OutboxMessage(long Id, string Body, long CreatedAt, int Attempts)
    : RetryItem(Id.ToString(CultureInfo.InvariantCulture), DeviceOf(Body), Attempts)
{
    private static string DeviceOf(string body)
    {
        using JsonDocument json = JsonDocument.Parse(body);
        return json.RootElement.TryGetProperty("device_id", out JsonElement device) ? device.GetString() ?? "" : "";
    }
}

/// <summary>Serializers of alerts, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<AlertRow>))]
[JsonSerializable(typeof(List<NotificationRow>))]
[JsonSerializable(typeof(UnreadCount))]
internal sealed partial class NotificationJson : JsonSerializerContext;
