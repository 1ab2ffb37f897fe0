using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

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
    [property: JsonPropertyName("today")] Figures Today,
    [property: JsonPropertyName("devices")] IReadOnlyList<FleetDevice> Devices);
