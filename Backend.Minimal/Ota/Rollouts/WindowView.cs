using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>The time of the day in which boxes are served.</summary>
/// <param name="From">First minute, such as 22:00.</param>
/// <param name="To">First minute that is outside again.</param>
/// <param name="TimeZone">IANA id, or UTC.</param>
internal sealed record WindowView(
    [property: JsonPropertyName("from")] string From,
    [property: JsonPropertyName("to")] string To,
    [property: JsonPropertyName("time_zone")] string TimeZone);
