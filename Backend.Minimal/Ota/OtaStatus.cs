using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota;

/// <summary>The answer of <c>GET /api/ota/status</c>.</summary>
/// <param name="CurrentVersion">The version that devices should go to.</param>
/// <param name="Behind">Devices that run another one.</param>
/// <param name="Versions">The builds that are known.</param>
/// <param name="Patches">The patches that are known.</param>
/// <param name="Progress">The latest 50 updates.</param>
internal sealed record OtaStatus(
    [property: JsonPropertyName("current_version")] string? CurrentVersion,
    [property: JsonPropertyName("devices_needing_update")] IReadOnlyList<OtaDevice> Behind,
    [property: JsonPropertyName("firmware_versions")] IReadOnlyList<OtaVersion> Versions,
    [property: JsonPropertyName("patches")] IReadOnlyList<OtaPatch> Patches,
    [property: JsonPropertyName("update_progress")] IReadOnlyList<OtaProgress> Progress);
