using JamBox.Backend.Devices;
using JamBox.Backend.Security;

namespace JamBox.Backend.Mqtt;

/// <summary>What somebody wants to do with a topic.</summary>
internal enum MqttAct
{
    /// <summary>Publish to it.</summary>
    Publish,

    /// <summary>Subscribe to it, or be sent what was published there.</summary>
    Subscribe,
}

/// <summary>The one rule for who may say and hear what. It asks nothing and waits for nothing: brokers ask it for each message.</summary>
internal sealed class MqttAccess(TopicMap map, MqttOptions options)
{
    /// <summary>The longest topic or filter that is looked at, characters: prefix, environment, id and type are 40 each at most.</summary>
    public const int MaxTopicChars = 256;

    private readonly TopicMap _map = map;
    private readonly string[] _prefixes =
    [
        .. options.Prefixes.Split(',', StringSplitOptions.TrimEntries).Select(static one => one.Split(':')[0]),
        .. options.HomeAssistant ? [options.HomeAssistantPrefix] : Array.Empty<string>(),
    ];

    /// <summary>Whether it is devices that publish there.</summary>
    public static bool IsFromDevice(TopicKind kind) => kind is not (
        TopicKind.Commands or TopicKind.VersionResponse or TopicKind.VersionUpdates or TopicKind.Command or TopicKind.Config
        or TopicKind.SerialControl or TopicKind.DeploymentNotice);

    /// <summary>Whether a topic is one of gateways only.</summary>
    private static bool IsForGateways(TopicKind kind) => kind is TopicKind.DeploymentNotice or TopicKind.DeploymentStatus;

    /// <summary>Whether it is allowed.</summary>
    /// <param name="sender">Who wants it; with neither device nor caller nothing is allowed.</param>
    /// <param name="act">What it wants to do.</param>
    /// <param name="topic">The topic, or the filter of a subscription.</param>
    /// <param name="placeOf">The place of a device, for people and tools; null = it stands nowhere, or there is none.</param>
    public bool May(MqttSender sender, MqttAct act, string topic, Func<string, long?> placeOf)
    {
        if (topic.Length is 0 or > MaxTopicChars || topic.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        bool isPattern = topic.AsSpan().IndexOfAny('+', '#') >= 0;
        if (isPattern && act == MqttAct.Publish)
        {
            return false;
        }

        return sender switch
        {
            { Device: { } device } => isPattern ? IsInside(device.DeviceId, topic, null) : MayDevice(device, act, topic),
            { SharedPrefix: { } prefix } => isPattern ? IsInside(null, topic, prefix) : MayShared(prefix, act, topic),
            { Caller: { } caller } => isPattern
                ? IsOurs(topic) && caller.MayEverywhere(Role.Viewer)
                : MayCaller(caller, act, topic, placeOf),
            _ => false,
        };
    }

    /// <summary>What is said of boxes, which are not on MQTT themselves: people and tools read it, and devices do not.</summary>
    private static bool IsForPeople(TopicKind kind) =>
        kind is TopicKind.BoxReading or TopicKind.BoxState or TopicKind.HomeAssistantConfig or TopicKind.HomeAssistantStatus;

    private bool MayDevice(DeviceIdentity device, MqttAct act, string topic)
    {
        if (_map.Find(topic) is not { } match
            || IsForPeople(match.Kind)
            || (match.DeviceId is not null && match.DeviceId != device.DeviceId)
            || (IsForGateways(match.Kind) && device.Kind != DeviceKind.Gateway))
        {
            return false;
        }

        // Of what names no device, it hears what the server says and says what devices say; of its own it hears everything.
        return act == MqttAct.Publish ? IsFromDevice(match.Kind) : match.DeviceId is not null || !IsFromDevice(match.Kind);
    }

    /// <summary>Whoever shares a user speaks as any device below its prefix; gateways have users of their own.</summary>
    private bool MayShared(string prefix, MqttAct act, string topic) =>
        _map.Find(topic) is { } match && match.Prefix == prefix && !IsForPeople(match.Kind) && !IsForGateways(match.Kind)
        && (act == MqttAct.Publish ? IsFromDevice(match.Kind) : match.DeviceId is not null || !IsFromDevice(match.Kind));

    /// <summary>
    /// Whether a filter ends in a wildcard that stands behind the device's own id. The kind is compared, too: a device that is called as
    /// what is put in the wildcard's place must not hear all others.
    /// </summary>
    private bool IsInside(string? id, string filter, string? prefix)
    {
        string stem = filter[..^1];
        if (stem.Length == 0 || stem[^1] != '/' || stem.AsSpan().IndexOfAny('+', '#') >= 0)
        {
            return false;
        }

        return Fits("telemetry", TopicKind.Telemetry) || Fits("data", TopicKind.SerialData) || Fits("x", TopicKind.Event);

        bool Fits(string last, TopicKind kind) =>
            _map.Find(stem + last) is { } match && match.Kind == kind && (id is null || match.DeviceId == id)
                && (prefix is null || match.Prefix == prefix);
    }

    private bool MayCaller(Caller caller, MqttAct act, string topic, Func<string, long?> placeOf)
    {
        if (_map.Find(topic) is not { } match)
        {
            return false;
        }

        if (IsForPeople(match.Kind) && (act == MqttAct.Publish || match.DeviceId is null))
        {
            // Home Assistant, which has a key to look, says that it has started; what is said of boxes only the server says.
            return match.Kind == TopicKind.HomeAssistantStatus && caller.May(Role.Viewer);
        }

        if (match.Kind == TopicKind.DeploymentNotice && act == MqttAct.Publish)
        {
            // What a gateway is to run is said by the server alone, which keeps who has asked for it.
            return false;
        }

        Role role = act == MqttAct.Publish ? Role.Operator : Role.Viewer;
        return caller.MayEverywhere(role)
            || (match.DeviceId is null
                ? act == MqttAct.Subscribe && match.Kind == TopicKind.VersionUpdates && caller.May(Role.Viewer)
                : placeOf(match.DeviceId) is { } place && caller.MayAt(role, place));
    }

    /// <summary>Whether a filter meets only topics below a prefix of ours: its first part is one, and # stands alone at its end.</summary>
    private bool IsOurs(string filter)
    {
        string[] parts = filter.Split('/');
        if (_map.DeploymentRoot is { } root && filter.StartsWith(root + "/", StringComparison.Ordinal))
        {
            return filter[(root.Length + 1)..] is "#" or "+" or "available/#" or "available/+" or "status/#" or "status/+" or "+/+";
        }
        int first = parts[0].Length == 0 ? 1 : 0;
        return parts.Length > first + 1 && _prefixes.Contains(parts[first])
            && parts.All(static part => part is "+" or "#" || part.AsSpan().IndexOfAny('+', '#') < 0)
            && Array.IndexOf(parts, "#") is var end && (end < 0 || end == parts.Length - 1);
    }
}

/// <summary>Topics as RabbitMQ names them when it asks: / is a dot, + an asterisk.</summary>
internal static class RabbitTopic
{
    /// <summary>The topic or filter that a routing key stands for.</summary>
    /// <returns>Null when no topic without dots can have become it.</returns>
    public static string? Read(string routingKey) =>
        routingKey.Length is 0 or > MqttAccess.MaxTopicChars || routingKey.AsSpan().IndexOfAny('/', '+', '\0') >= 0
            ? null
            : routingKey.Replace('.', '/').Replace('*', '+');
}
