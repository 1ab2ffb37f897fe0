using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Releases;

/// <summary><c>release allow</c>.</summary>
internal static class AllowCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var box = new Argument<string>("BOX") { Description = "Id of the box." };
        var version = new Argument<string>("VERSION") { Description = "Version that it failed at." };
        Option<string?> server = ServerOptions.Server();
        var command = new BenchCommand(
            "allow", "Let a box have a release again that failed on it or that it rolled back from.",
            "jambox release allow JBNB0009 6.1.0") { box, version, server };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            string id = parsed.GetRequiredValue(box);
            string wanted = parsed.GetRequiredValue(version);
            await client.PostAsync(
                $"api/device/{Uri.EscapeDataString(id)}/ota/allow?version={Uri.EscapeDataString(wanted)}", stop).ConfigureAwait(false);
            terminal.Line($"{id} may have {wanted} again");
            return ExitCode.Done;
        });
        return command;
    }
}
