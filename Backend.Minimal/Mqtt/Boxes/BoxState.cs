using System.Text.Json.Serialization;

using JamBox.Backend.Insights.Figures;

namespace JamBox.Backend.Mqtt.Boxes;

/// <summary>How a box is, as others are told over MQTT. Times are UTC.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="ConnectionStatus">online (at most 3 report intervals of silence), warning (at most 24 h), offline, or new (never
/// heard).</param>
/// <param name="LastSeenAt">Its last word; null = none yet.</param>
/// <param name="LastHeartbeatAt">Its last heartbeat; null = none yet.</param>
/// <param name="BatteryPct">Its battery, per cent; null = it has none, or has not said.</param>
/// <param name="SignalDbm">Level of its cell, dBm.</param>
/// <param name="FirmwareVersion">The firmware that it runs.</param>
/// <param name="PlaceId">Where it stands; null = nowhere.</param>
/// <param name="Place">The name of that place.</param>
/// <param name="Timezone">IANA id of the zone of its clock.</param>
/// <param name="DayStart">When its day began, by that clock.</param>
/// <param name="UniqueToday">Device-minutes since then, its own.</param>
/// <param name="UniqueLastHour">Device-minutes of the last four whole quarters of an hour, its own.</param>
/// <param name="PeopleNow">People at its place now; null = no figure.</param>
/// <param name="VisitorsToday">Visitors of its place today; null = no figure, or there are no counts yet.</param>
internal sealed record BoxState(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("connection_status")] string ConnectionStatus,
    [property: JsonPropertyName("last_seen_at")] DateTime? LastSeenAt,
    [property: JsonPropertyName("last_heartbeat_at")] DateTime? LastHeartbeatAt,
    [property: JsonPropertyName("battery_pct")] int? BatteryPct,
    [property: JsonPropertyName("signal_dbm")] int? SignalDbm,
    [property: JsonPropertyName("firmware_version")] string? FirmwareVersion,
    [property: JsonPropertyName("place_id")] long? PlaceId,
    [property: JsonPropertyName("place")] string? Place,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("day_start")] DateTime DayStart,
    [property: JsonPropertyName("unique_count_today")] long UniqueToday,
    [property: JsonPropertyName("unique_count_last_hour")] long UniqueLastHour,
    [property: JsonPropertyName("people_now")] Ranged? PeopleNow,
    [property: JsonPropertyName("visitors_today")] Ranged? VisitorsToday);

/// <summary>Serializers of what is said of boxes, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(BoxState))]
internal sealed partial class BoxJson : JsonSerializerContext;
