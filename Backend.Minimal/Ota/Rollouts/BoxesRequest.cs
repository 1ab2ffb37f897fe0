using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>Which boxes are taken out of a roll-out, or in again.</summary>
internal sealed class BoxesRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<BoxesRequest> Fields = new(
        new ListField<BoxesRequest>("devices", 1000, static (r, v) => r.Devices = v));

    /// <summary>1 to 1,000 ids.</summary>
    [JsonPropertyName("devices")]
    public IReadOnlyList<string> Devices { get; set; } = [];

    /// <summary>Checks what the field alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() => Devices.Count == 0 ? "devices: is required, a list of ids" : null;
}
