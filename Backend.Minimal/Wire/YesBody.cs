using System.Text.Json.Serialization;

namespace JamBox.Backend.Wire;

/// <summary>What <see cref="YesWriter"/> writes, for the OpenAPI document.</summary>
/// <param name="Status">Always ok.</param>
/// <param name="ServerTime">The server's time, UTC, whole seconds.</param>
/// <param name="ConfigVersion">The version of the configuration that the device should run.</param>
/// <param name="Command">What the device should do, if anything.</param>
/// <param name="Arg">Milliseconds for set_interval.</param>
/// <param name="CommandId">The command's id, to be sent back as <c>ack</c>.</param>
/// <param name="Note">duplicate_ignored when the same reading was already stored.</param>
internal sealed record YesBody(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("server_time")] DateTime ServerTime,
    [property: JsonPropertyName("config_version")] int ConfigVersion,
    [property: JsonPropertyName("command")] string? Command,
    [property: JsonPropertyName("arg")] int? Arg,
    [property: JsonPropertyName("cid")] int? CommandId,
    [property: JsonPropertyName("note")] string? Note);
