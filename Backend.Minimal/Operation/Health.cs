using System.Text.Json.Serialization;

namespace JamBox.Backend.Operation;

/// <summary>The answer of <c>GET /health</c>.</summary>
/// <param name="Service">Always jambox-nb.</param>
/// <param name="Status">Always ok: whoever answers is alive.</param>
/// <param name="Version">Version of the backend.</param>
internal sealed record Health(
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("version")] string Version);
