using System.Text.Json.Serialization;

namespace JamBox.Backend.Summaries;

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
