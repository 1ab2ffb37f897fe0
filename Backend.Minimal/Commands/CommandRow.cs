using System.Text.Json.Serialization;

namespace JamBox.Backend.Commands;

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
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("queued_by")] string QueuedBy,
    [property: JsonPropertyName("queued_at")] DateTime QueuedAt,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt,
    [property: JsonPropertyName("delivered_at")] DateTime? DeliveredAt,
    [property: JsonPropertyName("deliveries")] int Deliveries,
    [property: JsonPropertyName("done_at")] DateTime? DoneAt,
    [property: JsonPropertyName("result")] string? Result);
