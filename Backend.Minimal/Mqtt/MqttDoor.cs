using System.Text.Json.Serialization;

using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Mqtt;

/// <summary>How a device gets to the broker.</summary>
/// <param name="Host">The broker; null = this server, under the name by which it is called.</param>
/// <param name="Port">Its port.</param>
/// <param name="Tls">Whether the line is encrypted.</param>
/// <param name="Topics">Where the device speaks and listens.</param>
internal sealed record MqttDoor(
    [property: JsonPropertyName("host")] string? Host,
    [property: JsonPropertyName("port")] int Port,
    [property: JsonPropertyName("tls")] bool Tls,
    [property: JsonPropertyName("topics")] IReadOnlyList<MqttDoorTopic> Topics)
{
    private const int PlainPort = 1883;
    private const int TlsPort = 8883;

    // What a device needs, in the order in which one would try it. Versions and updates are told at length in the documentation.
    private static readonly (TopicKind Kind, bool Sends, string What)[] s_shown =
    [
        (TopicKind.Telemetry, true, MqttDoorWord.Values),
        (TopicKind.SerialData, true, MqttDoorWord.Values),
        (TopicKind.Heartbeat, true, MqttDoorWord.Heartbeat),
        (TopicKind.Info, true, MqttDoorWord.Info),
        (TopicKind.Event, true, MqttDoorWord.Event),
        (TopicKind.Snapshot, true, MqttDoorWord.Snapshot),
        (TopicKind.Commands, false, MqttDoorWord.Wanted),
        (TopicKind.SerialControl, false, MqttDoorWord.Wanted),
        (TopicKind.Command, false, MqttDoorWord.Command),
    ];

    /// <summary>The door of a device to the broker that is set.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="topics">The topics that there are.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="environment">Which releases it gets: a part of some topics.</param>
    /// <returns>Null when there is no broker.</returns>
    public static MqttDoor? Of(MqttOptions options, TopicMap topics, string deviceId, string environment)
    {
        if (ListenAddress.ParseAll(options.Listen) is { Count: > 0 } own)
        {
            ListenAddress address = own.FirstOrDefault(static one => one.IsTls) ?? own[0];
            return new MqttDoor(null, address.EndPoint.Port, address.IsTls, TopicsOf(topics, deviceId, environment));
        }

        if (options.Address is not { } broker)
        {
            return null;
        }

        bool isTls = broker.Scheme == "mqtts";
        return new MqttDoor(
            broker.Host, broker.Port > 0 ? broker.Port : isTls ? TlsPort : PlainPort, isTls, TopicsOf(topics, deviceId, environment));
    }

    private static List<MqttDoorTopic> TopicsOf(TopicMap topics, string deviceId, string environment) =>
    [
        .. from shown in s_shown
           from prefix in topics.PrefixesOf(shown.Kind)
           let topic = TopicMap.Write(shown.Kind, prefix, environment, deviceId).Replace("#", "TYPE", StringComparison.Ordinal)
           select new MqttDoorTopic(topic, shown.Sends, shown.What),
    ];
}

/// <summary>Where a device speaks or listens.</summary>
/// <param name="Topic">The topic; TYPE in it is a word of the device's own.</param>
/// <param name="Sends">Whether the device speaks there; else it listens.</param>
/// <param name="What">values, heartbeat, info, event, snapshot; wanted (values), command.</param>
internal sealed record MqttDoorTopic(
    [property: JsonPropertyName("topic")] string Topic,
    [property: JsonPropertyName("sends")] bool Sends,
    [property: JsonPropertyName("what"), Words(
        MqttDoorWord.Values, MqttDoorWord.Heartbeat, MqttDoorWord.Info, MqttDoorWord.Event, MqttDoorWord.Snapshot, MqttDoorWord.Wanted,
        MqttDoorWord.Command)] string What);

/// <summary>What is said at a topic.</summary>
internal static class MqttDoorWord
{
    /// <summary>What it measures, and how its outputs stand.</summary>
    public const string Values = "values";

    /// <summary>How it is, once a minute.</summary>
    public const string Heartbeat = "heartbeat";

    /// <summary>What it is.</summary>
    public const string Info = "info";

    /// <summary>Something happened.</summary>
    public const string Event = "event";

    /// <summary>What it shows.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Values that are wanted of it.</summary>
    public const string Wanted = "wanted";

    /// <summary>What it is told to do.</summary>
    public const string Command = "command";
}
