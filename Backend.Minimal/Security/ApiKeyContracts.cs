using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Security;

/// <summary>What an admin sends to make a key.</summary>
internal sealed class ApiKeyRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ApiKeyRequest> Fields = new(
        new TextField<ApiKeyRequest>("name", static (r, v) => r.Name = v) { IsRequired = true },
        new TextField<ApiKeyRequest>("role", ["viewer", "operator", "admin"], static (r, v) => r.Role = v) { IsRequired = true },
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

/// <summary>A key as <c>GET /api/keys</c> lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">viewer, operator or admin.</param>
/// <param name="Places">The places that it may see; null = all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">By whom.</param>
internal sealed record ApiKeyRow(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("role"), Words(typeof(Role))] string Role,
    [property: JsonPropertyName("places")] IReadOnlyList<string>? Places,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("created_by")] string? CreatedBy);

/// <summary>A new key: the only time that it is shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key, 43 characters.</param>
internal sealed record CreatedApiKey(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("key")] string Key);

/// <summary>A key that is about to be made.</summary>
/// <param name="Name">Its name, 1 to 64 characters.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the key, hex.</param>
/// <param name="Places">The places that it may see; none = all.</param>
/// <param name="CreatedBy">Who makes it.</param>
/// <param name="CreatedAt">Milliseconds since 1970.</param>
internal sealed record NewApiKey(string Name, Role Role, string Hash, IReadOnlyList<string> Places, string CreatedBy, long CreatedAt);

/// <summary>Serializers of keys and the audit log, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(ApiKeyRequest))]
[JsonSerializable(typeof(CreatedApiKey))]
[JsonSerializable(typeof(List<ApiKeyRow>))]
[JsonSerializable(typeof(List<AuditRow>))]
internal sealed partial class SecurityJson : JsonSerializerContext;
