namespace JamBox.Backend.Mqtt;

/// <summary>What a topic is for.</summary>
internal enum TopicKind
{
    /// <summary>Device: values.</summary>
    Telemetry,

    /// <summary>Server: wanted values and commands.</summary>
    Commands,

    /// <summary>Device: what it is.</summary>
    Info,

    /// <summary>Device: how it is.</summary>
    Heartbeat,

    /// <summary>Device: asks for its version; with or without its id.</summary>
    VersionRequest,

    /// <summary>Server: what version it should have.</summary>
    VersionResponse,

    /// <summary>Server, retained: the newest release. Without an id.</summary>
    VersionUpdates,

    /// <summary>Device: its update begins.</summary>
    OtaStart,

    /// <summary>Device: its update goes on.</summary>
    OtaProgress,

    /// <summary>Device: its update ends.</summary>
    OtaComplete,

    /// <summary>Server: a command.</summary>
    Command,

    /// <summary>Server: its configuration.</summary>
    Config,

    /// <summary>Device: something happened. Its type is the rest.</summary>
    Event,

    /// <summary>Device: what it shows.</summary>
    Snapshot,

    /// <summary>Device, by serial number: values.</summary>
    SerialData,

    /// <summary>Server, by serial number: wanted values.</summary>
    SerialControl,

    /// <summary>Server: what a box has counted, for people and tools.</summary>
    BoxReading,

    /// <summary>Server, retained: how a box is, for people and tools.</summary>
    BoxState,

    /// <summary>Server, retained: what Home Assistant is to show of a box. Its rest is which value.</summary>
    HomeAssistantConfig,

    /// <summary>Home Assistant: it has started, or ends. Without an id.</summary>
    HomeAssistantStatus,

    /// <summary>Server, retained: what a gateway is to deploy. Without an id: all of them.</summary>
    DeploymentNotice,

    /// <summary>Gateway: how a deployment goes; with or without its id.</summary>
    DeploymentStatus,
}

/// <summary>A topic that is one of ours.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Prefix">Its first part.</param>
/// <param name="Environment">Its environment; null = its layout has none.</param>
/// <param name="DeviceId">The device that it names; null = none.</param>
/// <param name="Rest">Of an event: its type; of what Home Assistant is to show: which value.</param>
internal sealed record TopicMatch(TopicKind Kind, string Prefix, string? Environment, string? DeviceId, string? Rest);

/// <summary>The topics that there are, as <c>Mqtt:Prefixes</c> says: from their text, and back.</summary>
internal sealed class TopicMap
{
    private const string Device = "device";
    private const string Env = "env";
    private const string Serial = "serial";
    private const string Box = "box";

    /// <summary>No environment is called so: the layouts of a prefix must not be taken for each other.</summary>
    private static readonly string[] s_reserved = [Device, Box];

    /// <summary>What stands behind the environment; + is the device, # the type of an event.</summary>
    private static readonly (TopicKind Kind, string[] Parts, bool FromDevice)[] s_ofEnvironment =
    [
        (TopicKind.Info, ["info", "+"], true),
        (TopicKind.Heartbeat, ["heartbeat", "+"], true),
        (TopicKind.VersionRequest, ["version", "request"], true),
        (TopicKind.VersionRequest, ["version", "request", "+"], true),
        (TopicKind.VersionResponse, ["version", "response", "+"], false),
        (TopicKind.VersionUpdates, ["version", "updates"], false),
        (TopicKind.OtaStart, ["ota", "start", "+"], true),
        (TopicKind.OtaProgress, ["ota", "progress", "+"], true),
        (TopicKind.OtaComplete, ["ota", "complete", "+"], true),
        (TopicKind.Command, ["command", "+"], false),
        (TopicKind.Config, ["config", "+"], false),
        (TopicKind.Event, ["event", "+", "#"], true),
        (TopicKind.Snapshot, ["display", "snapshot", "+"], true),
    ];

    private readonly List<(string Prefix, string Layout)> _layouts;
    private readonly string? _homeAssistant;
    private readonly string[] _deployments;

    /// <summary>Makes the map.</summary>
    /// <param name="prefixes">As <see cref="MqttOptions.Prefixes"/>.</param>
    /// <param name="homeAssistant">First part of Home Assistant's topics; null = it is told nothing.</param>
    /// <param name="deployments">As <see cref="Deployments.DeploymentsOptions.Topic"/>; null = gateways are told nothing here.</param>
    public TopicMap(string prefixes, string? homeAssistant = null, string? deployments = null)
    {
        _layouts = [.. Read(prefixes)];
        _homeAssistant = homeAssistant;
        _deployments = deployments?.Split('/') ?? [];
    }

    /// <summary>What the topics of deployments begin with; null = there are none.</summary>
    public string? DeploymentRoot => _deployments.Length == 0 ? null : string.Join('/', _deployments);

    /// <summary>The prefix below which boxes are published: one, so that nobody hears them twice.</summary>
    public string BoxPrefix => _layouts[0].Prefix;

    /// <summary>Whether a text may be the first part of topics.</summary>
    public static bool IsPrefix(string text) =>
        text.Length is > 0 and <= 40 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>What is wrong with <c>Mqtt:Prefixes</c>; null = nothing.</summary>
    public static string? FindFault(string prefixes) =>
        Read(prefixes).Any() && Read(prefixes).All(static one =>
            IsPrefix(one.Prefix) && one.Layout is Device or Env or Serial)
            ? null
            : "must be prefixes with their layouts (device, env, serial), such as jambox:device+env,vesper:serial.";

    /// <summary>What devices and Home Assistant send to: the server listens there.</summary>
    public IEnumerable<string> Filters
    {
        get
        {
            if (_homeAssistant is not null)
            {
                yield return $"{_homeAssistant}/status";
            }

            if (DeploymentRoot is { } root)
            {
                yield return $"{root}/status";
                yield return $"{root}/status/+";
            }

            foreach ((string prefix, string layout) in _layouts)
            {
                if (layout == Device)
                {
                    yield return $"{prefix}/device/+/telemetry";
                }
                else if (layout == Serial)
                {
                    yield return $"/{prefix}/+/data";
                }
                else
                {
                    foreach ((_, string[] parts, bool fromDevice) in s_ofEnvironment)
                    {
                        if (fromDevice)
                        {
                            yield return $"{prefix}/+/{string.Join('/', parts).Replace('#', '+')}";
                        }
                    }
                }
            }
        }
    }

    /// <summary>The prefixes whose layout has this kind.</summary>
    public IEnumerable<string> PrefixesOf(TopicKind kind)
    {
        string layout = LayoutOf(kind);
        return _layouts.Where(one => one.Layout == layout).Select(static one => one.Prefix);
    }

    /// <summary>What a topic is.</summary>
    /// <param name="topic">Its text, without wildcards.</param>
    /// <returns>Null when it is none of ours.</returns>
    public TopicMatch? Find(string topic)
    {
        string[] parts = topic.Split('/');
        foreach ((string prefix, string layout) in _layouts)
        {
            TopicMatch? match = layout switch
            {
                Device => FindOfDevice(prefix, parts),
                Serial => FindOfSerial(prefix, parts),
                _ => FindOfEnvironment(prefix, parts),
            };
            if (match is not null)
            {
                return match;
            }
        }

        return FindOfBox(parts) ?? FindOfHomeAssistant(parts) ?? FindOfDeployments(parts);
    }

    /// <summary>The text of the topic at which Home Assistant is told what to show.</summary>
    /// <param name="prefix">Its first part.</param>
    /// <param name="component">Home Assistant's kind of entity: sensor or binary_sensor.</param>
    /// <param name="id">The box.</param>
    /// <param name="value">Which value of it.</param>
    public static string WriteConfig(string prefix, string component, string id, string value) =>
        $"{prefix}/{component}/{id}_{value}/config";

    /// <summary>The text of a topic.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="prefix">Its first part.</param>
    /// <param name="environment">The environment, where the layout has one.</param>
    /// <param name="id">The device, where it names one.</param>
    public static string Write(TopicKind kind, string prefix, string? environment, string? id) => kind switch
    {
        TopicKind.Telemetry => $"{prefix}/device/{id}/telemetry",
        TopicKind.Commands => $"{prefix}/device/{id}/commands",
        TopicKind.SerialData => $"/{prefix}/{id}/data",
        TopicKind.SerialControl => $"/{prefix}/{id}/control",
        TopicKind.BoxReading => $"{prefix}/{Box}/{id}/reading",
        TopicKind.BoxState => $"{prefix}/{Box}/{id}/state",
        TopicKind.HomeAssistantStatus => $"{prefix}/status",
        TopicKind.DeploymentNotice => id is null ? $"{prefix}/available" : $"{prefix}/available/{id}",
        TopicKind.DeploymentStatus => id is null ? $"{prefix}/status" : $"{prefix}/status/{id}",
        _ => $"{prefix}/{environment}/{string.Join('/', PartsOf(kind, id is not null)).Replace("+", id, StringComparison.Ordinal)}",
    };

    private static string[] PartsOf(TopicKind kind, bool hasId) =>
        s_ofEnvironment.First(one => one.Kind == kind && one.Parts.Contains("+") == hasId).Parts;

    private static string LayoutOf(TopicKind kind) => kind switch
    {
        TopicKind.Telemetry or TopicKind.Commands => Device,
        TopicKind.SerialData or TopicKind.SerialControl => Serial,
        _ => Env,
    };

    private static TopicMatch? FindOfDevice(string prefix, string[] parts) =>
        parts is [var first, Device, { Length: > 0 } id, var what] && first == prefix
            ? what switch
            {
                "telemetry" => new TopicMatch(TopicKind.Telemetry, prefix, null, id, null),
                "commands" => new TopicMatch(TopicKind.Commands, prefix, null, id, null),
                _ => null,
            }
            : null;

    private static TopicMatch? FindOfSerial(string prefix, string[] parts) =>
        parts is ["", var first, { Length: > 0 } id, var what] && first == prefix
            ? what switch
            {
                "data" => new TopicMatch(TopicKind.SerialData, prefix, null, id, null),
                "control" => new TopicMatch(TopicKind.SerialControl, prefix, null, id, null),
                _ => null,
            }
            : null;

    private static TopicMatch? FindOfEnvironment(string prefix, string[] parts)
    {
        if (parts.Length < 4 || parts[0] != prefix || !Firmware.FirmwareText.IsEnvironment(parts[1]) || s_reserved.Contains(parts[1]))
        {
            return null;
        }

        foreach ((TopicKind kind, string[] pattern, _) in s_ofEnvironment)
        {
            if (pattern.Length == parts.Length - 2 && Fits(pattern, parts))
            {
                int id = Array.IndexOf(pattern, "+");
                int rest = Array.IndexOf(pattern, "#");
                return new TopicMatch(kind, prefix, parts[1], id < 0 ? null : parts[id + 2], rest < 0 ? null : parts[rest + 2]);
            }
        }

        return null;
    }

    private TopicMatch? FindOfBox(string[] parts) =>
        parts is [var first, Box, { Length: > 0 } id, var what] && first == BoxPrefix
            ? what switch
            {
                "reading" => new TopicMatch(TopicKind.BoxReading, first, null, id, null),
                "state" => new TopicMatch(TopicKind.BoxState, first, null, id, null),
                _ => null,
            }
            : null;

    /// <summary>An id of a box has no underscore: what stands behind the first one is the value.</summary>
    private TopicMatch? FindOfHomeAssistant(string[] parts)
    {
        if (parts[0] != _homeAssistant)
        {
            return null;
        }

        return parts switch
        {
            [_, "status"] => new TopicMatch(TopicKind.HomeAssistantStatus, parts[0], null, null, null),
            [_, "sensor" or "binary_sensor", var entity, "config"] when entity.IndexOf('_', StringComparison.Ordinal) is > 0 and var end =>
                new TopicMatch(TopicKind.HomeAssistantConfig, parts[0], null, entity[..end], entity[(end + 1)..]),
            _ => null,
        };
    }

    private TopicMatch? FindOfDeployments(string[] parts)
    {
        int root = _deployments.Length;
        if (root == 0 || parts.Length < root + 1 || parts.Length > root + 2 || !parts.AsSpan(0, root).SequenceEqual(_deployments))
        {
            return null;
        }

        string? id = parts.Length > root + 1 ? parts[root + 1] : null;
        return id is { Length: 0 } ? null : parts[root] switch
        {
            "available" => new TopicMatch(TopicKind.DeploymentNotice, DeploymentRoot!, null, id, null),
            "status" => new TopicMatch(TopicKind.DeploymentStatus, DeploymentRoot!, null, id, null),
            _ => null,
        };
    }

    private static bool Fits(string[] pattern, string[] parts)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] is "+" or "#" ? parts[i + 2].Length == 0 : pattern[i] != parts[i + 2])
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<(string Prefix, string Layout)> Read(string prefixes) =>
        from one in prefixes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        let parts = one.Split(':')
        from layout in (parts.Length == 2 ? parts[1] : "").Split('+')
        select (parts[0], layout);
}
