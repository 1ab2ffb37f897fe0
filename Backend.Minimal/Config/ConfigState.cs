using System.Text.Json.Serialization;

namespace JamBox.Backend.Config;

/// <summary>What a device should run, and what it says it runs.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Wanted">What it should run.</param>
/// <param name="ReportedVersion">The version that it last named; null = never (the old fleet does not).</param>
/// <param name="InForce">Whether the two agree.</param>
internal sealed record ConfigState(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("wanted")] DeviceConfig Wanted,
    [property: JsonPropertyName("reported_version")] int? ReportedVersion,
    [property: JsonPropertyName("in_force")] bool InForce);
