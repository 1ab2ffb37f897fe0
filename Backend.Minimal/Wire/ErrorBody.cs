using System.Text.Json.Serialization;

namespace JamBox.Backend.Wire;

/// <summary>What a refused device is told, for the OpenAPI document.</summary>
/// <param name="Error">What is wrong, and what to do.</param>
internal sealed record ErrorBody([property: JsonPropertyName("error")] string Error);
