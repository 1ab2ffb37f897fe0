using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

using JamBox.CommandLine;
using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Service;

namespace JamBox.Edge.CommandLine;

/// <summary>The commands, and how the program ends. What goes wrong is one clear line on the error output.</summary>
internal static class CommandLineInterface
{
    /// <summary>The demo; it is in no file that goes to gateways.</summary>
    public const string DemoName = "demo";

    /// <summary>Parses and runs.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="terminal">The world around.</param>
    /// <param name="stop">Ctrl+C, for tests; the real one is heard anyway.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(string[] args, AgentTerminal terminal, CancellationToken stop = default)
    {
        if (args is ["guard", "--config", var config])
        {
            // Before everything else: it must work where the rest does not.
            return Guard(config, terminal);
        }

        if (args is ["guard", "--folder", var folder])
        {
            // As units of before say it.
            return GuardCommand.Run(folder, terminal.Out);
        }

        ParseResult parsed = Root(terminal).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            return Refuse(terminal, $"{parsed.Errors[0].Message} (--help explains)", ExitCode.BadInput);
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out,
                Error = terminal.Error,

                ProcessTerminationTimeout = null,
            };
            return await InvokeAsync(parsed, configuration, stop).ConfigureAwait(false);
        }
        catch (AgentException fault)
        {
            return Refuse(terminal, fault.Message, fault.ExitCode);
        }
        catch (SettingsException fault)
        {
            foreach (string line in fault.Faults)
            {
                Refuse(terminal, line, ExitCode.BadInput);
            }

            return ExitCode.BadInput;
        }
        catch (LinkException fault)
        {
            bool isOfServer = fault.Fault is LinkFault.Unreachable or LinkFault.Busy or LinkFault.Denied;
            return Refuse(terminal, fault.Message, isOfServer ? ExitCode.NoServer : ExitCode.Refused);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            string advice = fault is UnauthorizedAccessException ? "May you? Say sudo" : "Is the disk full?";
            return Refuse(terminal, $"a file cannot be read or written: {fault.Message.TrimEnd('.')}. {advice}", ExitCode.BadInput);
        }
        catch (OperationCanceledException)
        {
            return Refuse(terminal, "interrupted", ExitCode.Interrupted);
        }
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, InvocationConfiguration configuration, CancellationToken stop)
    {
        string command = parsed.CommandResult.Command.Name;
        if (command == RunCommand.Name || parsed.Action is not AsynchronousCommandLineAction)
        {
            // The service's own host hears signals, and ends in order. What hears none is ended at once.
            return await parsed.InvokeAsync(configuration, stop).ConfigureAwait(false);
        }

        using Interruption interruption = new(TimeSpan.FromSeconds(command switch
        {
            // It has processes to end.
            DemoName => 30,

            // A script that runs here has the minute that it has under the service, and what it leaves is put right.
            ApplyCommand.Name or RollbackCommand.Name => SystemdUnit.StopSeconds,
            _ => 2,
        }));
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, interruption.Stop);
        return await parsed.InvokeAsync(configuration, either.Token).ConfigureAwait(false);
    }

    /// <summary>Makes all commands.</summary>
    /// <param name="terminal">The world around.</param>
    public static RootCommand Root(AgentTerminal terminal)
    {
        RootCommand root = new(
            "The agent of a JamBox gateway: brings deployments to this computer and to the modules behind it. Exit codes: "
            + ExitCode.Explanation)
        {
            InstallCommand.Create(terminal),
            UninstallCommand.Create(terminal),
            RunCommand.Create(terminal),
            StatusCommand.Create(terminal),
            ApplyCommand.Create(terminal),
            RollbackCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            Guard(terminal),
#if DEMO
            Demo.DemoCommand.Create(terminal),
#endif
        };
        HelpAction help = (HelpAction)root.Options.OfType<HelpOption>().Single().Action!;
        root.SetAction(parsed =>
        {
            help.Invoke(parsed);
            return ExitCode.BadInput;
        });
        return root;
    }

    /// <summary>The option that names the configuration.</summary>
    public static Option<string?> ConfigOption() => new("--config")
    {
        Description = $"The configuration ({AgentPaths.Usual.Config} unless said, or {SettingTable.FileVariable}).",
        HelpName = "FILE",
    };

    /// <summary>The option for programs.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Write JSON, for programs." };

    private static Command Guard(AgentTerminal terminal)
    {
        Option<string?> config = ConfigOption();
        Option<string?> folder = new("--folder")
        {
            Description = "The agent's folder, whatever the configuration says.", HelpName = "FOLDER",
        };
        Command command =
            new("guard", "Puts the previous agent back when a new one does not come up; the service runs it before each start.")
            {
                config, folder,
            };
        command.SetAction(parsed => parsed.GetValue(folder) is { } said
            ? GuardCommand.Run(said, terminal.Out)
            : Guard(AgentPaths.ConfigOf(terminal, parsed.GetValue(config)), terminal));
        return command;
    }

    /// <summary>Where the agent's folder is the configuration says: that it may change.</summary>
    private static int Guard(string config, AgentTerminal terminal)
    {
        string folder;
        try
        {
            folder = LiveSettings.FindFolder(config, terminal.Environment);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            folder = new SettingsBuilder().Folder;
            terminal.Out.WriteLine($"{config} cannot be read, so that the agent's folder is taken for {folder}: {fault.Message}");
        }

        return GuardCommand.Run(folder, terminal.Out);
    }

    private static int Refuse(AgentTerminal terminal, string message, int exitCode)
    {
        terminal.Error.WriteLine($"edge-agent: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }
}
