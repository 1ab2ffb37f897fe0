using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Mqtt;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Things;

/// <summary>A thing or gateway as lists show it.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Kind">thing or gateway.</param>
/// <param name="Name">What people call it; null = nobody has said.</param>
/// <param name="Product">What its firmware is for.</param>
/// <param name="Platform">Its chip or board.</param>
/// <param name="Version">The firmware that it runs, as far as it said.</param>
/// <param name="PlaceId">Where it stands; null = nowhere.</param>
/// <param name="Place">The name of that place.</param>
/// <param name="Tags">What operators find it by.</param>
/// <param name="Status">online; degraded = fewer than 80 % of its heartbeats of the last hour came; offline; never = it has not spoken
/// yet.</param>
/// <param name="LastAt">Its last word.</param>
/// <param name="Values">What it last reported, by key: numbers, booleans, texts.</param>
/// <param name="Wanted">What is wanted of it and was not reported since, by key.</param>
/// <param name="Network">What its last heartbeat said; null = it sends none.</param>
/// <param name="Demo">Whether it is one of the virtual shop, which counts in no counter.</param>
internal record ThingRow(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("kind"), Words(DeviceKind.Thing, DeviceKind.Gateway)] string Kind,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("product")] string? Product,
    [property: JsonPropertyName("platform")] string? Platform,
    [property: JsonPropertyName("version")] string? Version,
    [property: JsonPropertyName("place_id")] long? PlaceId,
    [property: JsonPropertyName("place")] string? Place,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags,
    [property: JsonPropertyName("status"), Words(ThingStatus.Online, ThingStatus.Degraded, ThingStatus.Offline, ThingStatus.Never)]
    string Status,
    [property: JsonPropertyName("last_at")] DateTime? LastAt,
    [property: JsonPropertyName("values")] IReadOnlyDictionary<string, JsonElement> Values,
    [property: JsonPropertyName("wanted")] IReadOnlyDictionary<string, ThingWish> Wanted,
    [property: JsonPropertyName("network")] ThingNetwork? Network,
    [property: JsonPropertyName("demo")] bool Demo);

/// <summary>A thing or gateway with all that is known of it.</summary>
internal sealed record ThingDetail : ThingRow
{
    /// <summary>Makes it of the row of the list.</summary>
    public ThingDetail(ThingRow row)
        : base(row)
    {
    }

    /// <summary>manufactured, flashed, provisioned, sold, claimed, active, returned or scrapped.</summary>
    [JsonPropertyName("life")]
    public required string Life { get; init; }

    /// <summary>Which releases it gets: prod unless it said another.</summary>
    [JsonPropertyName("environment")]
    public required string Environment { get; init; }

    /// <summary>What it calls its board.</summary>
    [JsonPropertyName("board")]
    public string? Board { get; init; }

    /// <summary>The commands that it says it knows; empty = it has not said.</summary>
    [JsonPropertyName("supported_commands")]
    public required IReadOnlyList<string> SupportedCommands { get; init; }

    /// <summary>Its configuration, as it said.</summary>
    [JsonPropertyName("config")]
    public JsonElement? Config { get; init; }

    /// <summary>
    /// The configuration that is wanted of it: sent until its own holds these values, and again when it no longer does; null = none.
    /// </summary>
    [JsonPropertyName("wanted_config")]
    public JsonElement? WantedConfig { get; init; }

    /// <summary>When it last told its product, board, version and configuration; null = never.</summary>
    [JsonPropertyName("info_at")]
    public DateTime? InfoAt { get; init; }

    /// <summary>When it was registered.</summary>
    [JsonPropertyName("registered_at")]
    public DateTime RegisteredAt { get; init; }

    /// <summary>When it was retired; null = it is in use.</summary>
    [JsonPropertyName("retired_at")]
    public DateTime? RetiredAt { get; init; }
}

/// <summary>A value that is wanted of a device.</summary>
/// <param name="Value">The value.</param>
/// <param name="At">Since when.</param>
/// <param name="By">Who wants it.</param>
internal sealed record ThingWish(
    [property: JsonPropertyName("value")] JsonElement Value,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("by")] string By);

/// <summary>How a device is connected, by its last heartbeat.</summary>
/// <param name="Ssid">Name of its wireless network.</param>
/// <param name="Ip">Its address there.</param>
/// <param name="RssiDbm">How well it hears that network, dBm.</param>
/// <param name="FreeHeapBytes">Free heap, bytes.</param>
/// <param name="UptimeSeconds">Since its boot, s.</param>
/// <param name="At">When it said so.</param>
internal sealed record ThingNetwork(
    [property: JsonPropertyName("ssid")] string? Ssid,
    [property: JsonPropertyName("ip")] string? Ip,
    [property: JsonPropertyName("rssi")] int? RssiDbm,
    [property: JsonPropertyName("free_heap")] long? FreeHeapBytes,
    [property: JsonPropertyName("uptime_s")] long? UptimeSeconds,
    [property: JsonPropertyName("at")] DateTime At);

/// <summary>Something that happened to a device, in its own words.</summary>
/// <param name="Id">Grows with the order of arrival.</param>
/// <param name="At">When it came.</param>
/// <param name="Type">What it was.</param>
/// <param name="Data">What the device says of it.</param>
internal sealed record ThingEvent(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("data")] JsonElement Data);

/// <summary>What a device shows.</summary>
/// <param name="At">When it sent it; null = it never has.</param>
/// <param name="Snapshot">As it was sent.</param>
internal sealed record ThingSnapshot(
    [property: JsonPropertyName("at")] DateTime? At,
    [property: JsonPropertyName("snapshot")] JsonElement? Snapshot);

/// <summary>A new name.</summary>
internal sealed class ThingNameChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ThingNameChange> Fields = new(
        new TextField<ThingNameChange>("name", static (c, v) => c.Name = v) { MayBeEmpty = true, IsRequired = true });

    /// <summary>At most 64 characters; empty = it has none.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }
}

/// <summary>What an operator tells a device to do.</summary>
internal sealed class ThingCommandRequest
{
    /// <summary>Starts it anew.</summary>
    public const string Restart = "restart";

    /// <summary>It is to send what it shows.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>It is to tell its product, board, version and configuration.</summary>
    public const string Info = "info";

    /// <summary>Back to another version.</summary>
    public const string Rollback = "rollback";

    /// <summary>The words.</summary>
    public static readonly string[] Words = [Restart, Snapshot, Info, Rollback];

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ThingCommandRequest> Fields = new(
        new TextField<ThingCommandRequest>("command", Words, static (c, v) => c.Command = v) { IsRequired = true },
        new TextField<ThingCommandRequest>("target_version", static (c, v) => c.TargetVersion = v));

    /// <summary>restart, snapshot, info or rollback.</summary>
    [JsonPropertyName("command")]
    public string? Command { get; set; }

    /// <summary>Of a rollback: the version; absent = the one before.</summary>
    [JsonPropertyName("target_version")]
    public string? TargetVersion { get; set; }
}

/// <summary>A command that waits for its device.</summary>
/// <param name="Id">Its number.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Command">What it is to do.</param>
internal sealed record ThingCommandAnswer(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("command")] string Command);

/// <summary>How a device gets to the server.</summary>
/// <param name="DeviceId">Its id, which is its user name everywhere; the password is its token.</param>
/// <param name="Mqtt">Over MQTT; null = the server has no broker: HTTP is the only way.</param>
internal sealed record ThingConnection(
    [property: JsonPropertyName("device_id")] string DeviceId, [property: JsonPropertyName("mqtt")] MqttDoor? Mqtt);

/// <summary>Serializers of things, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<ThingRow>))]
[JsonSerializable(typeof(ThingDetail))]
[JsonSerializable(typeof(List<ThingEvent>))]
[JsonSerializable(typeof(ThingSnapshot))]
[JsonSerializable(typeof(ThingNameChange))]
[JsonSerializable(typeof(ThingConnection))]
[JsonSerializable(typeof(ThingCommandRequest))]
[JsonSerializable(typeof(ThingCommandAnswer))]
[JsonSerializable(typeof(ThingHeartbeat))]
[JsonSerializable(typeof(ThingInfo))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(string))]
internal sealed partial class ThingJson : JsonSerializerContext;
