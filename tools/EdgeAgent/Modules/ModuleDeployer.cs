using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Modules;

/// <summary>The settings that a deployment to modules begins with; they hold until its end.</summary>
/// <param name="Modules">Of the deployment.</param>
/// <param name="Ota">Of pushes.</param>
/// <param name="Password">The modules' password.</param>
public sealed record ModuleSettings(ModuleOptions Modules, OtaOptions Ota, OtaPassword Password);

/// <summary>What the deployer speaks with.</summary>
/// <param name="List">The list of modules.</param>
/// <param name="Names">Finds modules.</param>
/// <param name="Broker">The gateway's own broker; null = there is none: versions are not heard, and no CAN message is sent.</param>
/// <param name="Http">For HTTP requests to modules: follows no redirections.</param>
public sealed record ModulePlace(IModuleList List, INameResolver Names, LocalBroker? Broker, HttpClient Http);

/// <summary>Brings the images of a release to all modules of this gateway, many at once, each one's fault its own.</summary>
public sealed class ModuleDeployer : IModuleDeployer
{
    private readonly Func<ModuleSettings> _settings;
    private readonly ModulePlace _place;
    private readonly IFiles _files;
    private readonly ImageStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<ModuleDeployer> _logger;

    /// <summary>Makes it.</summary>
    /// <param name="settings">The settings as they are now.</param>
    /// <param name="place">What it speaks with.</param>
    /// <param name="files">The disk.</param>
    /// <param name="stateFolder">The agent's folder.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it says what no report has room for.</param>
    public ModuleDeployer(
        Func<ModuleSettings> settings,
        ModulePlace place,
        IFiles files,
        string stateFolder,
        TimeProvider time,
        ILogger<ModuleDeployer> logger)
    {
        _settings = settings;
        _place = place;
        _files = files;
        _store = new ImageStore(files, stateFolder);
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    /// <exception cref="FormatException">The release's versions of images, or the list of modules, cannot be read.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public async Task<IReadOnlyList<ModuleState>> DeployAsync(
        string releaseFolder, IProgress<ModuleState> progress, IReadOnlyList<ModuleState> before, CancellationToken cancellation)
    {
        if (FirmwareSet.Open(_files, releaseFolder) is not { } firmware)
        {
            return [];
        }

        ModuleSettings settings = _settings();
        IReadOnlyList<ModuleEntry> modules = await _place.List.ListAsync(cancellation).ConfigureAwait(false);
        ModuleJobParts parts = new(
            firmware,
            _store,
            new OtaPush(settings.Ota, settings.Password, _time),
            _place.Names,
            await VersionsAsync(settings.Modules, cancellation).ConfigureAwait(false),
            TriggerOf(settings.Modules),
            settings.Modules,
            _time,
            _logger);
        using SemaphoreSlim places = new(settings.Modules.Parallel);
        Task<ModuleState>[] jobs =
        [
            .. modules.Where(static module => module.Enabled)
                .Select(module => Find(module, before) is { IsDone: true } done
                    ? Task.FromResult(done)
                    : RunAsync(module, Find(module, before), parts, progress, places, cancellation)),
        ];

        // All are waited for, even when the agent is to stop and some are left alone: those that take an image are finished.
        ModuleState[] states = await Task.WhenAll(jobs).ConfigureAwait(false);
        if (modules.Count > 0)
        {
            ForgetOthers(modules);
        }

        return states;
    }

    private static ModuleState? Find(ModuleEntry module, IReadOnlyList<ModuleState> states) =>
        states.FirstOrDefault(state => string.Equals(state.Hostname, module.Hostname, StringComparison.OrdinalIgnoreCase)
            && string.Equals(state.Type, module.Type, StringComparison.Ordinal));

    /// <summary>
    /// Images of boards that are on the list no more would lie there for ever. An empty list says nothing of boards: it may be that of a
    /// server that was set up anew.
    /// </summary>
    private void ForgetOthers(IReadOnlyList<ModuleEntry> modules)
    {
        try
        {
            _store.ForgetOthers([.. modules.Select(static module => module.Hostname)]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _logger.LogDebug("Images of modules that are gone could not be removed: {Fault}", fault.Message);
        }
    }

    private static async Task<ModuleState> RunAsync(
        ModuleEntry module, ModuleState? earlier, ModuleJobParts parts, IProgress<ModuleState> progress, SemaphoreSlim places,
        CancellationToken stop)
    {
        await places.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            return await new ModuleJob(module, earlier, parts, progress).RunAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Where no broker can be reached modules' versions are not heard: then their own word after the push counts.</summary>
    private async Task<IModuleVersions> VersionsAsync(ModuleOptions options, CancellationToken cancel)
    {
        if (_place.Broker is not { } broker)
        {
            return new VersionBook(_time, areHeard: false);
        }

        if (options.Trigger == TriggerKind.Can || await broker.IsReachedAsync(cancel).ConfigureAwait(false))
        {
            return broker.Versions;
        }

        _logger.LogWarning("The gateway's own broker cannot be reached: the versions of modules are not looked at");
        return new VersionBook(_time, areHeard: false);
    }

    private ITrigger TriggerOf(ModuleOptions options)
    {
        IReadOnlyList<string> faults = options.Faults();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', faults));
        }

        return options.Trigger switch
        {
            TriggerKind.None => new NoTrigger(),
            TriggerKind.Can => new CanTrigger(_place.Broker ?? throw new ArgumentException(
                "modules.trigger is mqtt, which needs the gateway's own broker: set modules.mqtt.")),
            _ => new HttpTrigger(options.TriggerUrl!, _place.Http, _time),
        };
    }
}
