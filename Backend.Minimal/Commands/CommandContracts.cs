using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Commands;

/// <summary>What an operator sends to queue a command.</summary>
internal sealed class CommandRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<CommandRequest> Fields = new(Common());

    /// <summary>The same, with the boxes that are meant.</summary>
    public static readonly FieldTable<CommandRequest> ManyFields = new(
        [.. Common(), new ListField<CommandRequest>("devices", 1000, static (r, v) => r.Devices = v)])
    {
        SchemaName = "CommandForMany",
    };

    /// <summary>send_now, reboot, geolocate, ota_check, fetch_config or set_interval.</summary>
    [JsonPropertyName("command")]
    public string? Command { get; set; }

    /// <summary>For set_interval: the report interval, ms, a multiple of 60,000.</summary>
    [JsonPropertyName("arg")]
    public int? Arg { get; set; }

    /// <summary>Seconds until it expires: 60 to 2,678,400 (31 days); 24 h unless said.</summary>
    [JsonPropertyName("expires_s")]
    public int ExpiresSeconds { get; set; } = 86_400;

    /// <summary>In a request for many: ids of boxes, at most 1,000, in the place of place and tag.</summary>
    [JsonPropertyName("devices")]
    public IReadOnlyList<string>? Devices { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Command is null ? $"Invalid command. Use: {string.Join(", ", CommandQueue.Names)}"
        : Command == "set_interval" && (Arg is null || Arg % 60_000 != 0) ? "arg: set_interval needs milliseconds, a multiple of 60000"
        : Command != "set_interval" && Arg is not null ? "arg: only set_interval takes one"
        : null;

    private static Field<CommandRequest>[] Common() =>
    [
        new TextField<CommandRequest>("command", CommandQueue.Names, static (r, v) => r.Command = v) { IsRequired = true },
        new NumberField<CommandRequest>("arg", 60_000, 3_600_000, static (r, v) => r.Arg = (int)v),
        new NumberField<CommandRequest>("expires_s", 60, 2_678_400, static (r, v) => r.ExpiresSeconds = (int)v),
    ];
}

/// <summary>A command in the history of a device.</summary>
/// <param name="Id">Its id, on the wire <c>cid</c>.</param>
/// <param name="Command">The command.</param>
/// <param name="Arg">Milliseconds for set_interval.</param>
/// <param name="State">queued, delivered (not acknowledged yet), given (to a box that cannot acknowledge), done or expired.</param>
/// <param name="QueuedBy">Name of the key.</param>
/// <param name="QueuedAt">When it was queued.</param>
/// <param name="ExpiresAt">When it expires.</param>
/// <param name="DeliveredAt">When it was first given to the device.</param>
/// <param name="Deliveries">How often it was given.</param>
/// <param name="DoneAt">When it was acknowledged.</param>
/// <param name="Result">ok, failed or unknown.</param>
internal sealed record CommandRow(
    [property: JsonPropertyName("id")] int Id,
    [property: JsonPropertyName("command")] string Command,
    [property: JsonPropertyName("arg")] int? Arg,
    [property: JsonPropertyName("state"), Words("queued", "delivered", "given", "done", "expired")] string State,
    [property: JsonPropertyName("queued_by")] string QueuedBy,
    [property: JsonPropertyName("queued_at")] DateTime QueuedAt,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt,
    [property: JsonPropertyName("delivered_at")] DateTime? DeliveredAt,
    [property: JsonPropertyName("deliveries")] int Deliveries,
    [property: JsonPropertyName("done_at")] DateTime? DoneAt,
    [property: JsonPropertyName("result"), Words("ok", "failed", "unknown")] string? Result);

/// <summary>The answer to a queued command.</summary>
/// <param name="Command">The command.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Id">Its id.</param>
/// <param name="Status">Always queued (the backend's word).</param>
/// <param name="Success">Always true (the portal's word).</param>
/// <param name="Message">When the box gets it.</param>
internal sealed record QueuedCommand(
    [property: JsonPropertyName("command")] string Command,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("id")] int Id,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("success")] bool Success,
    [property: JsonPropertyName("message")] string Message);

/// <summary>A command as it goes to a device.</summary>
/// <param name="Id">31-bit number, on the wire <c>cid</c>.</param>
/// <param name="Command">One of <see cref="CommandQueue.Names"/>.</param>
/// <param name="Arg">Milliseconds for set_interval; else null.</param>
internal sealed record PendingCommand(int Id, string Command, int? Arg);

/// <summary>Serializers of commands, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(QueuedCommand))]
[JsonSerializable(typeof(List<CommandRow>))]
internal sealed partial class CommandJson : JsonSerializerContext;
