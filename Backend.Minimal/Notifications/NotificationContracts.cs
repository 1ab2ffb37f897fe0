using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Notifications;

/// <summary>A notification in the list of a user.</summary>
/// <param name="Id">Its number; it stays the same while the matter is told again.</param>
/// <param name="Kind">What it is about: offline, online, low_battery, threshold, update_failed, deployment_failed, burst, degraded,
/// rollout_stopped or counting.</param>
/// <param name="State">raised, or recovered: it is over.</param>
/// <param name="DeviceId">The device; of a roll-out, <c>rollout</c> and its id.</param>
/// <param name="PlaceId">Where the device stood then; null = nowhere, or no device.</param>
/// <param name="PlaceName">The name of that place now.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="Times">How often it happened, from 1.</param>
/// <param name="At">When it first did.</param>
/// <param name="ToldAt">When it was last told.</param>
/// <param name="IsRead">Whether the user has read it since.</param>
internal sealed record NotificationRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("kind"), Words(typeof(NoticeKind))] string Kind,
    [property: JsonPropertyName("state"), Words(Notice.Raised, Notice.Recovered)] string State,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("place_id")] long? PlaceId,
    [property: JsonPropertyName("place_name")] string? PlaceName,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("times")] long Times,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("told_at")] DateTime ToldAt,
    [property: JsonPropertyName("read")] bool IsRead);

/// <summary>How much a user has not read.</summary>
/// <param name="Unread">At most 1,000: more is not counted.</param>
internal sealed record UnreadCount([property: JsonPropertyName("unread")] long Unread)
{
    /// <summary>More is not counted.</summary>
    public const int Max = 1000;
}
