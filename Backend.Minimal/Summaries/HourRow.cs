using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

/// <summary>An hour at a place.</summary>
/// <param name="Hour">By the place's clock: <c>2026-01-29 14:00</c>. When the clock is put back, one name comes twice.</param>
/// <param name="Start">When it begins.</param>
/// <param name="Impressions">Probe requests.</param>
/// <param name="Unique">Device-minutes.</param>
/// <param name="Apple">Old class of Wi-Fi devices.</param>
/// <param name="Android">Old class of Wi-Fi devices.</param>
/// <param name="BleUnique">BLE device-minutes.</param>
/// <param name="BleApple">Those of Apple.</param>
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
    [property: JsonPropertyName("readings")] long Readings,
    [property: JsonPropertyName("avg_signal")] int? AvgSignal,
    [property: JsonPropertyName("coverage")] double Coverage,
    [property: JsonPropertyName("quality")] string Quality);
