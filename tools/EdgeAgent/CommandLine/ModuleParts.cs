using System.Globalization;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Modules;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.CommandLine;

/// <summary>What brings images to the modules behind this gateway.</summary>
internal sealed class ModuleParts : IDisposable
{
    private readonly LiveSettings _live;
    private readonly AgentSettings _made;
    private readonly LocalBroker _broker;
    private readonly ILogger _logger;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Puts it together.</summary>
    public ModuleParts(LiveSettings live, ServerClient server, IFiles files, TimeProvider clock, ILoggerFactory loggers)
    {
        AgentSettings now = live.Current;
        _live = live;
        _made = now;
        _logger = loggers.CreateLogger<ModuleParts>();
        _broker = new LocalBroker(
            new LocalBrokerOptions(now.LocalMqtt, now.LocalMqttUser, now.LocalMqttPassword, now.LocalMqttRoot), clock,
            loggers.CreateLogger<LocalBroker>());
        ServerModules list = new(
            server, files, Path.Combine(now.Folder, "modules.json"), loggers.CreateLogger<ServerModules>());
        Deployer = new ModuleDeployer(
            () => SettingsOf(live.Current), new ModulePlace(list, new NameResolver(new MdnsResolver(clock), clock), _broker, _http),
            files, now.Folder, clock, loggers.CreateLogger<ModuleDeployer>());
        live.Changed += OnChanged;
    }

    /// <summary>Brings them.</summary>
    public IModuleDeployer Deployer { get; }

    /// <summary>Listens at the gateway's own broker until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stop) => _broker.RunAsync(stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _live.Changed -= OnChanged;
        _broker.Dispose();
        _http.Dispose();
    }

    /// <summary>The modules' part of the settings.</summary>
    internal static ModuleSettings SettingsOf(AgentSettings settings) => new(
        new ModuleOptions
        {
            Parallel = settings.ModulesParallel,
            Trigger = settings.Trigger switch
            {
                "mqtt" => TriggerKind.Can,
                "http" => TriggerKind.Http,
                _ => TriggerKind.None,
            },
            TriggerUrl = settings.TriggerUrl,
            ReturnSeconds = settings.ReturnSeconds,
            SettleSeconds = settings.SettleSeconds,
        },
        new OtaOptions { Ports = string.Create(CultureInfo.InvariantCulture, $"{settings.OtaPortFirst}-{settings.OtaPortLast}") },
        OtaPassword.Parse(settings.OtaPassword));

    private void OnChanged(AgentSettings settings)
    {
        if (settings.LocalMqtt != _made.LocalMqtt || settings.LocalMqttUser != _made.LocalMqttUser
            || settings.LocalMqttPassword != _made.LocalMqttPassword || settings.LocalMqttRoot != _made.LocalMqttRoot)
        {
            _logger.LogWarning("modules.mqtt: the change counts after a restart of the agent");
        }
    }
}
