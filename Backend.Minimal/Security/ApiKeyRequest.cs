using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Security;

/// <summary>What an admin sends to make a key.</summary>
internal sealed class ApiKeyRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ApiKeyRequest> Fields = new(
        new TextField<ApiKeyRequest>("name", static (r, v) => r.Name = v),
        new TextField<ApiKeyRequest>("role", ["viewer", "operator", "admin"], static (r, v) => r.Role = v),
        new ListField<ApiKeyRequest>("places", 100, static (r, v) => r.Places = v));

    /// <summary>Its name, 1 to 64 characters.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>viewer, operator or admin.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; set; }

    /// <summary>The places (location names) that it may see; absent or empty = all.</summary>
    [JsonPropertyName("places")]
    public IReadOnlyList<string>? Places { get; set; }
}
