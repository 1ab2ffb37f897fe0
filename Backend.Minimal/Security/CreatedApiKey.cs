using System.Text.Json.Serialization;

namespace JamBox.Backend.Security;

/// <summary>A new key: the only time that it is shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key, 43 characters.</param>
internal sealed record CreatedApiKey(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("key")] string Key);
