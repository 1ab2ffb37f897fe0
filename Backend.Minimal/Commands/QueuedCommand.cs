using System.Text.Json.Serialization;

namespace JamBox.Backend.Commands;

/// <summary>The answer to a queued command.</summary>
/// <param name="Command">The command.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Id">Its id.</param>
/// <param name="Status">Always queued.</param>
internal sealed record QueuedCommand(
    [property: JsonPropertyName("command")] string Command,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("id")] int Id,
    [property: JsonPropertyName("status")] string Status);
