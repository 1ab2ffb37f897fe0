using System.Text.Json.Serialization;

namespace JamBox.Backend.Security;

/// <summary>A key as <c>GET /api/keys</c> lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">viewer, operator or admin.</param>
/// <param name="Places">The places that it may see; null = all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">By whom.</param>
internal sealed record ApiKeyRow(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("places")] IReadOnlyList<string>? Places,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("created_by")] string? CreatedBy);
