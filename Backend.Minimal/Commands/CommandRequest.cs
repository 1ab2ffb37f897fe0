using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Commands;

/// <summary>What an operator sends to queue a command.</summary>
internal sealed class CommandRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<CommandRequest> Fields = new(
        new TextField<CommandRequest>("command", CommandQueue.Names, static (r, v) => r.Command = v),
        new NumberField<CommandRequest>("arg", 60_000, 3_600_000, static (r, v) => r.Arg = (int)v),
        new NumberField<CommandRequest>("expires_s", 60, 2_678_400, static (r, v) => r.ExpiresSeconds = (int)v));

    /// <summary>send_now, reboot, geolocate, ota_check, fetch_config or set_interval.</summary>
    [JsonPropertyName("command")]
    public string? Command { get; set; }

    /// <summary>For set_interval: the report interval, ms, a multiple of 60,000.</summary>
    [JsonPropertyName("arg")]
    public int? Arg { get; set; }

    /// <summary>Seconds until it expires: 60 to 2,678,400 (31 days); 24 h unless said.</summary>
    [JsonPropertyName("expires_s")]
    public int ExpiresSeconds { get; set; } = 86_400;

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Command is null ? $"Invalid command. Use: {string.Join(", ", CommandQueue.Names)}"
        : Command == "set_interval" && (Arg is null || Arg % 60_000 != 0) ? "arg: set_interval needs milliseconds, a multiple of 60000"
        : Command != "set_interval" && Arg is not null ? "arg: only set_interval takes one"
        : null;
}
