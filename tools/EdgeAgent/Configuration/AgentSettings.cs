using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Configuration;

/// <summary>What the agent goes by; each value has been checked. It never changes: another configuration is another object.</summary>
internal sealed record AgentSettings
{
    /// <summary>Address of the backend, with a slash at its end.</summary>
    public required Uri Server { get; init; }

    /// <summary>PEM file with the root certificate of the server; <c>null</c> = those of the machine.</summary>
    public string? ServerRoot { get; init; }

    /// <summary>Whether secrets may go unencrypted beyond this machine.</summary>
    public bool AllowPlain { get; init; }

    /// <summary>Id of this gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>Its token.</summary>
    public required string Token { get; init; }

    /// <summary>Where releases, downloads and the journal lie: a full path.</summary>
    public required string Folder { get; init; }

    /// <summary>Seconds between two questions for a notice, 10 to 86,400.</summary>
    public int PollSeconds { get; init; }

    /// <summary>Seconds between two heartbeats, 30 to 600.</summary>
    public int HeartbeatSeconds { get; init; }

    /// <summary>How much is said in the log.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The server's broker; <c>null</c> = notices come by asking only.</summary>
    public Uri? MqttBroker { get; init; }

    /// <summary>PEM file with the root certificate of the broker; <c>null</c> = those of the machine.</summary>
    public string? MqttRoot { get; init; }

    /// <summary>Root of the topics of deployments, such as <c>rv/deployment</c>.</summary>
    public required string MqttTopic { get; init; }

    /// <summary>First part of the topics of things.</summary>
    public required string MqttPrefix { get; init; }

    /// <summary>Environment in the topics of things.</summary>
    public required string MqttEnvironment { get; init; }

    /// <summary>Public keys whose packages are applied, as <see cref="JamBox.Ota.Signing.PublicKey"/> reads them.</summary>
    public required IReadOnlyList<string> TrustedKeys { get; init; }

    /// <summary>Whether packages are applied that nobody has signed. No server can switch it on.</summary>
    public bool AllowUnsigned { get; init; }

    /// <summary>Minutes that deploy.sh may run, 1 to 240.</summary>
    public int DeployMinutes { get; init; }

    /// <summary>Seconds after a try that failed, 1 to 3600; twice as long after the second.</summary>
    public int RetrySeconds { get; init; }

    /// <summary>A command that exits with 0 when the release is healthy; <c>null</c> = none.</summary>
    public string? HealthCommand { get; init; }

    /// <summary>An address that answers 2xx when the release is healthy; <c>null</c> = none.</summary>
    public Uri? HealthUrl { get; init; }

    /// <summary>Seconds that one look may take.</summary>
    public int HealthSeconds { get; init; }

    /// <summary>Looks before the release counts as ill.</summary>
    public int HealthTries { get; init; }

    /// <summary>Seconds of silence after which a download is tried again.</summary>
    public int DownloadIdleSeconds { get; init; }

    /// <summary>Reports that wait for the server at most.</summary>
    public int ReportsKept { get; init; }

    /// <summary>Modules that are updated at a time.</summary>
    public int ModulesParallel { get; init; }

    /// <summary>What brings a module into its update mode: mqtt, http or none.</summary>
    public required string Trigger { get; init; }

    /// <summary>Address for the trigger http; <c>{hostname}</c> and <c>{address}</c> in it stand for the module's.</summary>
    public string? TriggerUrl { get; init; }

    /// <summary>The gateway's own broker.</summary>
    public required Uri LocalMqtt { get; init; }

    /// <summary>User there; <c>null</c> = none.</summary>
    public string? LocalMqttUser { get; init; }

    /// <summary>Password there; <c>null</c> = none.</summary>
    public string? LocalMqttPassword { get; init; }

    /// <summary>PEM file with the root certificate of the gateway's own broker; <c>null</c> = those of the machine.</summary>
    public string? LocalMqttRoot { get; init; }

    /// <summary>Seconds that a module may take to come back with its new version, 5 to 600.</summary>
    public int ReturnSeconds { get; init; }

    /// <summary>Seconds that a module that is back is watched, 0 to 120.</summary>
    public int SettleSeconds { get; init; }

    /// <summary>Password of the modules' update mode; <c>null</c> = none.</summary>
    public string? OtaPassword { get; init; }

    /// <summary>The first port that modules fetch their image from.</summary>
    public int OtaPortFirst { get; init; }

    /// <summary>The last one.</summary>
    public int OtaPortLast { get; init; }

    /// <summary>Nothing secret: what is printed and logged of it.</summary>
    public override string ToString() => $"{Gateway} at {Server}";
}
