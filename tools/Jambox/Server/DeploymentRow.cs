using System.Text.Json.Serialization;

namespace JamBox.Bench.Server;

/// <summary>A package for gateways as the server has it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
/// <param name="Signed">release, other or none.</param>
/// <param name="KeyId">Which key signed it; <c>null</c> = none did.</param>
/// <param name="Published">Whether gateways were told of it.</param>
/// <param name="HasFile">Whether the server can hand it out.</param>
/// <param name="PublishError">Why they were not, though it was asked for.</param>
internal sealed record DeploymentRow(
    string Id, string Version, long Size, string Sha256, string Signed,
    [property: JsonPropertyName("keyId")] string? KeyId,
    bool Published,
    [property: JsonPropertyName("hasFile")] bool HasFile = true,
    [property: JsonPropertyName("publishError")] string? PublishError = null);
