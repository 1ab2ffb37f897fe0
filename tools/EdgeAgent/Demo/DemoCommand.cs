using System.CommandLine;

using JamBox.Demo;
using JamBox.Edge.CommandLine;

namespace JamBox.Edge.Demo;

/// <summary><c>demo</c>.</summary>
internal static class DemoCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Option<bool> stay = new("--stay") { Description = "Go on in the end until Ctrl+C, to look at the page of deployments." };
        Option<string?> keep = new("--keep")
        {
            Description = "Folder for database, packages, gateways and logs; it must be new. Default: one that is deleted in the end.",
            HelpName = "FOLDER",
        };
        Command command = new(
            CommandLineInterface.DemoName,
            "Everything without hardware: a server, three gateways with twenty simulated modules, a deployment that goes well and one that does not.")
        {
            stay, keep,
        };
        command.SetAction(async (parsed, stop) =>
        {
            await using DemoRun demo = new(terminal) { Stays = parsed.GetValue(stay), Keep = parsed.GetValue(keep) };
            try
            {
                return await demo.RunAsync(stop).ConfigureAwait(false);
            }
            catch (DemoException fault)
            {
                throw new AgentException(fault.Message, ExitCode.Refused);
            }
        });
        return command;
    }
}
