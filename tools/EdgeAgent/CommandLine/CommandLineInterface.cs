using System.CommandLine;
using System.CommandLine.Help;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

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
        if (args is ["guard", "--folder", var folder])
        {
            // Before everything else: it must work where the rest does not.
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

                // The service's own host hears signals, and ends in order; the demo has processes to end.
                ProcessTerminationTimeout = parsed.CommandResult.Command.Name switch
                {
                    RunCommand.Name => null,
                    DemoName => TimeSpan.FromSeconds(30),
                    _ => TimeSpan.FromSeconds(2),
                },
            };
            return await parsed.InvokeAsync(configuration, stop).ConfigureAwait(false);
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
        Option<string> folder = new("--folder") { Description = "The agent's folder.", HelpName = "FOLDER", Required = true };
        Command command =
            new("guard", "Puts the previous agent back when a new one does not come up; the service runs it before each start.") { folder };
        command.SetAction(parsed => GuardCommand.Run(parsed.GetValue(folder)!, terminal.Out));
        return command;
    }

    private static int Refuse(AgentTerminal terminal, string message, int exitCode)
    {
        terminal.Error.WriteLine($"edge-agent: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }
}
