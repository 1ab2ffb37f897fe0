using System.CommandLine;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Service;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace JamBox.Edge.CommandLine;

/// <summary>Runs the agent until it is told to stop: what the service does.</summary>
internal static class RunCommand
{
    /// <summary>The word on the command line.</summary>
    public const string Name = "run";

    /// <summary>A script's minute, and then some; less than the unit gives.</summary>
    private static readonly TimeSpan s_stop = TimeSpan.FromSeconds(SystemdUnit.StopSeconds - 10);

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<string?> config = CommandLineInterface.ConfigOption();
        Command command = new(Name, "Runs the agent until it is told to stop (SIGTERM, Ctrl+C): what the service does.") { config };
        command.SetAction((parsed, stop) => RunAsync(terminal, AgentPaths.ConfigOf(terminal, parsed.GetValue(config)), stop));
        return command;
    }

    private static async Task<int> RunAsync(AgentTerminal terminal, string file, CancellationToken stop)
    {
        HostApplicationBuilder builder =
            Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "edge-agent" });
        LiveSettings? live = null;
        builder.Logging.AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });

        // The level may change while it runs.
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        builder.Logging.AddFilter((category, level) =>
            level >= (category?.StartsWith("JamBox", StringComparison.Ordinal) == true
                ? live?.Current.LogLevel ?? LogLevel.Information
                : LogLevel.Warning));
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService(static service => service.ServiceName = WindowsService.Name);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = s_stop);
        builder.Services.AddSingleton(terminal.Time);
        builder.Services.AddSingleton(services => new AgentWorker(
            live!, terminal.Program, terminal.Time, services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IHostApplicationLifetime>()));
        builder.Services.AddHostedService(static services => services.GetRequiredService<AgentWorker>());
        if (SystemdHelpers.IsSystemdService())
        {
            builder.Services.AddHostedService(services =>
            {
                AgentWorker watched = services.GetRequiredService<AgentWorker>();
                return new Watchdog(services.GetRequiredService<ISystemdNotifier>(), () => watched.IsAlive, terminal.Time);
            });
        }

        using IHost host = builder.Build();
        using LiveSettings settings =
            new(file, terminal.Environment, host.Services.GetRequiredService<ILoggerFactory>().CreateLogger<LiveSettings>());
        live = settings;
        if (OperatingSystem.IsWindows() && terminal.Program is { } program && IsPutBack(program, settings.Current.Folder, terminal.Out))
        {
            return ExitCode.Restart;
        }

        AgentWorker worker = host.Services.GetRequiredService<AgentWorker>();
        await host.RunAsync(stop).ConfigureAwait(false);
        return worker.ExitCode;
    }

    /// <summary>
    /// On Windows nothing runs before a service starts: there the agent counts its own starts, and steps aside when they are too many.
    /// </summary>
    private static bool IsPutBack(string program, string folder, TextWriter output)
    {
        DiskFiles files = new();
        string? before = files.Hash(program);
        GuardCommand.Run(folder, output);
        return files.Hash(program) != before;
    }
}
