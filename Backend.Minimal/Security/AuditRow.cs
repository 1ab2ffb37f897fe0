using System.Text.Json.Serialization;

namespace JamBox.Backend.Security;

/// <summary>One change.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="At">When.</param>
/// <param name="Who">Name of the key.</param>
/// <param name="Action">What.</param>
/// <param name="Target">Whose.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is now.</param>
internal sealed record AuditRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("who")] string Who,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("before")] string? Before,
    [property: JsonPropertyName("after")] string? After);
