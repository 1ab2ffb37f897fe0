using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Ota.Signing;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.CommandLine;

/// <summary>All that the agent is made of, put together once for the service and for commands that do the same without it.</summary>
internal sealed class AgentParts : IDisposable
{
    private readonly HttpHealthProbe _probe = new();
    private readonly ModuleParts _modules;

    /// <summary>Puts it together; nothing runs yet. The lock of the folder is the caller's.</summary>
    /// <param name="live">The settings.</param>
    /// <param name="program">This program's file, which a package may replace; <c>null</c> = it may not.</param>
    /// <param name="clock">The time.</param>
    /// <param name="loggers">Where things are said.</param>
    public AgentParts(LiveSettings live, string? program, TimeProvider clock, ILoggerFactory loggers)
    {
        Live = live;
        DiskFiles files = new();
        Files = files;
        Folder = new AgentFolder(live.Current.Folder);
        Server = new ServerClient(() => live.Current);
        Reports = new ReportQueue(
            files, Path.Combine(Folder.Root, "queue"), () => live.Current.ReportsKept, loggers.CreateLogger<ReportQueue>());
        Inbox = new NoticeInbox(files, Path.Combine(Folder.Root, "notice.json"), clock, loggers.CreateLogger<NoticeInbox>());
        LocalDownloads downloads = new(
            LocalRequests.FolderIn(Folder.Root),
            new HttpDownloads(Server, () => live.Current, loggers.CreateLogger<HttpDownloads>()));
        _modules = new ModuleParts(live, Server, files, clock, loggers);
        Deployer = new Deployer(
            new DeployerParts(
                Folder, files, downloads, Reports, new ShellScripts(clock), _modules.Deployer, _probe, clock,
                loggers.CreateLogger<Deployer>()),
            () => OptionsOf(live.Current, program));
    }

    /// <summary>The settings.</summary>
    public LiveSettings Live { get; }

    /// <summary>The disk.</summary>
    public IFiles Files { get; }

    /// <summary>Where things lie.</summary>
    public AgentFolder Folder { get; }

    /// <summary>The server.</summary>
    public ServerClient Server { get; }

    /// <summary>What waits for it.</summary>
    public ReportQueue Reports { get; }

    /// <summary>The newest notice.</summary>
    public NoticeInbox Inbox { get; }

    /// <summary>The engine.</summary>
    public Deployer Deployer { get; }

    /// <summary>Listens to the modules until it is told to stop.</summary>
    public Task RunModulesAsync(CancellationToken stop) => _modules.RunAsync(stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _modules.Dispose();
        _probe.Dispose();
        Server.Dispose();
    }

    /// <summary>The engine's part of the settings.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="program">This program's file, which a package may replace; <c>null</c> = it may not.</param>
    internal static DeployerOptions OptionsOf(AgentSettings settings, string? program) => new()
    {
        TrustedKeys = [.. settings.TrustedKeys.Select(PublicKey.Parse)],
        AllowUnsigned = settings.AllowUnsigned,
        DeployLimit = TimeSpan.FromMinutes(settings.DeployMinutes),
        TryWait = TimeSpan.FromSeconds(settings.RetrySeconds),
        HealthCommand = settings.HealthCommand,
        HealthUrl = settings.HealthUrl,
        HealthLimit = TimeSpan.FromSeconds(settings.HealthSeconds),
        HealthTries = settings.HealthTries,
        AgentVersion = AgentVersion.Text,
        Executable = program,
        Target = AgentVersion.Target,
    };
}
