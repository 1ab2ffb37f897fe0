using System.CommandLine;
using System.CommandLine.Help;
using JamBox.Bench.Boxes;
using JamBox.Bench.Demo;
using JamBox.Bench.Deployments;
using JamBox.Bench.Doctor;
using JamBox.Bench.Patches;
using JamBox.Bench.Releases;
using JamBox.Bench.Users;
using JamBox.Deployments;
using JamBox.Flashing;
using JamBox.Ota.Images;
using JamBox.Ota.Signing;

namespace JamBox.Bench.CommandLine;

/// <summary>The commands, and how the program ends. What goes wrong is one clear line on the error output.</summary>
internal static class CommandLineInterface
{
    /// <summary>Parses and runs.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="terminal">The world around.</param>
    /// <param name="stop">Ctrl+C, for tests; the real one is heard anyway.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(string[] args, BenchTerminal terminal, CancellationToken stop = default)
    {
        if (args.Length == 0 && await GuidedMenu.RunAsync(terminal, stop).ConfigureAwait(false) is { } code)
        {
            return code;
        }

        ParseResult parsed = Root(terminal).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExample)
        {
            return Refuse(terminal, $"{parsed.Errors[0].Message} (--help explains)", ExitCode.BadInput);
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out.Profile.Out.Writer,
                Error = terminal.Error,
            };
            return await parsed.InvokeAsync(configuration, stop).ConfigureAwait(false);
        }
        catch (BenchException e)
        {
            return Refuse(terminal, e.Message, e.ExitCode);
        }
        catch (Exception e) when (e is ImageException or ManifestException or FleetRecordException or PackageException)
        {
            return Refuse(terminal, e.Message, ExitCode.Refused);
        }
        catch (FlashException e)
        {
            return Refuse(terminal, e.Message.TrimEnd('.'), e.Fault == FlashFault.Input ? ExitCode.BadInput : ExitCode.NoBox);
        }
        catch (KeyException e)
        {
            return Refuse(terminal, e.Message, ExitCode.BadInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file of this machine that nobody nearer to it has explained.
            return Refuse(
                terminal, $"a file cannot be read or written: {e.Message.TrimEnd('.')}. Is the disk full, may you?", ExitCode.BadInput);
        }
        catch (OperationCanceledException)
        {
            return Refuse(terminal, "interrupted", ExitCode.Interrupted);
        }
    }

    /// <summary>Makes all commands.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The root.</returns>
    public static RootCommand Root(BenchTerminal terminal)
    {
        var root = new RootCommand(
            "JamBox at the bench: makes boxes out of boards, signs and publishes firmware, rolls it out to the boxes, and lets people in.")
        {
            BoxCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            DemoCommand.Create(terminal),
            TwinBoxesCommand.Create(terminal),
            ReleaseCommand.Create(terminal),
            PatchCommand.Create(terminal),
            DeploymentCommand.Create(terminal),
            UserCommand.Create(terminal),
        };
        ShowHelpOfGroups(root, AddExamples(root));
        return root;
    }

    private static int Refuse(BenchTerminal terminal, string message, int exitCode)
    {
        terminal.Error.WriteLine($"jambox: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }

    private static HelpAction AddExamples(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        var usual = (HelpAction)option.Action!;
        option.Action = new HelpWithExample(usual);
        return usual;
    }

    /// <summary>A group without its command shows what there is.</summary>
    private static void ShowHelpOfGroups(Command group, HelpAction help)
    {
        foreach (Command command in group.Subcommands)
        {
            ShowHelpOfGroups(command, help);
        }

        if (group.Subcommands.Count > 0)
        {
            group.SetAction(parsed =>
            {
                help.Invoke(parsed);
                return ExitCode.BadInput;
            });
        }
    }
}
