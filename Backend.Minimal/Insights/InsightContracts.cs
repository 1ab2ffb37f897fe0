using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Insights;

/// <summary>A day at a place, or several.</summary>
/// <param name="Device">The device; null = more than one.</param>
/// <param name="PlaceId">The place; null = all.</param>
/// <param name="Place">Its name.</param>
/// <param name="Devices">How many boxes.</param>
/// <param name="Timezone">IANA id of the zone that the day is of; UTC for boxes in several zones.</param>
/// <param name="Day">The day, or the first one: <c>2026-01-29</c>.</param>
/// <param name="LastDay">The last day; the same, unless a range was asked for.</param>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Busiest">Its busiest hour; null = nothing was counted.</param>
/// <param name="Figures">Its figures. Coverage is over the part of the day that has passed.</param>
internal sealed record Summary(
    [property: JsonPropertyName("device_id")] string? Device,
    [property: JsonPropertyName("place_id")] long? PlaceId,
    [property: JsonPropertyName("place")] string? Place,
    [property: JsonPropertyName("devices")] int Devices,
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("last_day")] string LastDay,
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("until")] DateTime Until,
    [property: JsonPropertyName("busiest_hour")] BusiestHour? Busiest,
    [property: JsonPropertyName("figures")] Totals Figures);

/// <summary>The hours of some days at a place.</summary>
/// <param name="Timezone">IANA id of the zone that the hours are of.</param>
/// <param name="Period">From when until when.</param>
/// <param name="Totals">The figures of all of them.</param>
/// <param name="Hours">The hours, every one, oldest first.</param>
internal sealed record Hourly(
    [property: JsonPropertyName("timezone")] string Timezone,
    [property: JsonPropertyName("period")] Period Period,
    [property: JsonPropertyName("totals")] Totals Totals,
    [property: JsonPropertyName("hourly")] IReadOnlyList<HourRow> Hours);

/// <summary>An hour at a place.</summary>
/// <param name="Hour">By the place's clock: <c>2026-01-29 14:00</c>. When the clock is put back, one name comes twice.</param>
/// <param name="Start">When it begins.</param>
/// <param name="Impressions">Probe requests.</param>
/// <param name="Unique">Device-minutes.</param>
/// <param name="Apple">Old class of Wi-Fi devices.</param>
/// <param name="Android">Old class of Wi-Fi devices.</param>
/// <param name="BleUnique">BLE device-minutes.</param>
/// <param name="BleApple">Those of Apple.</param>
/// <param name="BleAppleInUse">Those of Apple that are phones, tablets or watches in use, of the readings that tell.</param>
/// <param name="Readings">Readings that ended in it.</param>
/// <param name="AvgSignal">Mean level of the cell, dBm.</param>
/// <param name="Coverage">Share of the hour in which the boxes listened, 0 to 1.</param>
/// <param name="Quality">DEGRADED, CATCHING UP or OK.</param>
internal sealed record HourRow(
    [property: JsonPropertyName("hour")] string Hour,
    [property: JsonPropertyName("start")] DateTime Start,
    [property: JsonPropertyName("impressions")] long Impressions,
    [property: JsonPropertyName("unique_count")] long Unique,
    [property: JsonPropertyName("apple_count")] long Apple,
    [property: JsonPropertyName("android_count")] long Android,
    [property: JsonPropertyName("ble_unique")] long BleUnique,
    [property: JsonPropertyName("ble_apple")] long BleApple,
    [property: JsonPropertyName("baa")] long BleAppleInUse,
    [property: JsonPropertyName("readings")] long Readings,
    [property: JsonPropertyName("avg_signal")] int? AvgSignal,
    [property: JsonPropertyName("coverage")] double Coverage,
    [property: JsonPropertyName("quality")] string Quality);

/// <summary>The hour with most impressions.</summary>
/// <param name="Hour">By the place's clock: <c>2026-01-29 14:00</c>.</param>
/// <param name="Impressions">Its probe requests.</param>
/// <param name="Unique">Its device-minutes.</param>
internal sealed record BusiestHour(
    [property: JsonPropertyName("hour")] string Hour,
    [property: JsonPropertyName("impressions")] long Impressions,
    [property: JsonPropertyName("unique_count")] long Unique);

/// <summary>A span of time.</summary>
/// <param name="From">Its first moment.</param>
/// <param name="Until">The first moment after it.</param>
internal sealed record Period(
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("until")] DateTime Until);

/// <summary>How far figures can be trusted.</summary>
/// <param name="TotalOverflow">Device-minutes that did not fit into a box's table.</param>
/// <param name="ReadingsWithOverflow">Readings in which that happened.</param>
/// <param name="MaxCacheDepth">Most readings that waited in a box.</param>
/// <param name="CachedReadings">Readings that did not come live.</param>
/// <param name="TotalSendFailures">Failures before these readings came through.</param>
internal sealed record DataQuality(
    [property: JsonPropertyName("total_overflow")] long TotalOverflow,
    [property: JsonPropertyName("readings_with_overflow")] long ReadingsWithOverflow,
    [property: JsonPropertyName("max_cache_depth")] long MaxCacheDepth,
    [property: JsonPropertyName("cached_readings")] long CachedReadings,
    [property: JsonPropertyName("total_send_failures")] long TotalSendFailures);

/// <summary>The answer of <c>GET /api/stats</c>: the predecessor's backend and portal in one.</summary>
/// <param name="TotalReadings">Readings since registration.</param>
/// <param name="TotalDevices">Devices.</param>
/// <param name="ActiveDevices">Those that may speak.</param>
/// <param name="UnsyncedReadings">Always 0: there is no second storage to bring them to.</param>
/// <param name="TotalImpressions">Probe requests since registration.</param>
/// <param name="TotalUnique">Device-minutes since registration.</param>
/// <param name="TotalApple">Old class of Wi-Fi devices.</param>
/// <param name="TotalAndroid">Old class of Wi-Fi devices.</param>
/// <param name="TotalOther">Old class of Wi-Fi devices.</param>
/// <param name="Fleet">Devices by state.</param>
/// <param name="Today">Today's figures, each place by its own clock.</param>
/// <param name="Devices">The devices, 1,000 at most.</param>
internal sealed record Stats(
    [property: JsonPropertyName("total_readings")] long TotalReadings,
    [property: JsonPropertyName("total_devices")] int TotalDevices,
    [property: JsonPropertyName("active_devices")] int ActiveDevices,
    [property: JsonPropertyName("unsynced_readings")] int UnsyncedReadings,
    [property: JsonPropertyName("total_impressions")] long TotalImpressions,
    [property: JsonPropertyName("total_unique")] long TotalUnique,
    [property: JsonPropertyName("total_apple")] long TotalApple,
    [property: JsonPropertyName("total_android")] long TotalAndroid,
    [property: JsonPropertyName("total_other")] long TotalOther,
    [property: JsonPropertyName("fleet")] Fleet Fleet,
    [property: JsonPropertyName("today")] Totals Today,
    [property: JsonPropertyName("devices")] IReadOnlyList<FleetDevice> Devices);

/// <summary>Devices by state.</summary>
/// <param name="Total">All.</param>
/// <param name="Online">At most 3 report intervals of silence.</param>
/// <param name="Warning">At most 24 h.</param>
/// <param name="Offline">More.</param>
/// <param name="New">Never seen.</param>
/// <param name="Anomalous">Flagged.</param>
internal sealed record Fleet(
    [property: JsonPropertyName("total")] int Total,
    [property: JsonPropertyName("online")] int Online,
    [property: JsonPropertyName("warning")] int Warning,
    [property: JsonPropertyName("offline")] int Offline,
    [property: JsonPropertyName("new")] int New,
    [property: JsonPropertyName("anomalous")] int Anomalous);

/// <summary>A device in the fleet's list.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Status">online, warning, offline or new.</param>
/// <param name="LastSeen">In words.</param>
/// <param name="Signal">dBm.</param>
internal sealed record FleetDevice(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("status"), Words("online", "warning", "offline", "new")] string Status,
    [property: JsonPropertyName("last_seen")] string LastSeen,
    [property: JsonPropertyName("signal")] int? Signal);

/// <summary>Serializers of insights, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(Summary))]
[JsonSerializable(typeof(Hourly))]
[JsonSerializable(typeof(Stats))]
internal sealed partial class InsightJson : JsonSerializerContext;
