using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box retire</c>.</summary>
internal static class RetireCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var scrap = new Option<bool>("--scrap") { Description = "It is no more: scrapped, for good. Else it is out of service." };
        var why = new Option<string>("--why")
        {
            Description = "Why, for the record.", DefaultValueFactory = static _ => "bench", HelpName = "TEXT",
        };
        Option<string?> server = ServerOptions.Server();
        var command = new BenchCommand(
            "retire", "Take a box out of service: the server refuses it from then on. Its readings stay.",
            "jambox box retire JBNB0001 --scrap --why \"water\"") { box, yes, scrap, why, server };
        command.SetAction(async (parsed, stop) =>
        {
            string given = BoxOptions.Checked(parsed.GetRequiredValue(box));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            string id = await BoxId.ResolveAsync(client, given, stop).ConfigureAwait(false);
            bool isScrapped = parsed.GetValue(scrap);
            if (!parsed.GetValue(yes))
            {
                terminal.Confirm($"{(isScrapped ? "Scrap" : "Retire")} {id} at {client.Address.Host}?", "--yes");
            }

            if (isScrapped)
            {
                await new Manufacturing(client).StepAsync(id, "scrapped", parsed.GetValue(why)!, stop).ConfigureAwait(false);
            }
            else
            {
                await client.PostAsync($"api/device/{id}/retire", stop).ConfigureAwait(false);
            }

            terminal.Line($"{id} is {(isScrapped ? "scrapped" : "retired")}");
            return ExitCode.Done;
        });
        return command;
    }
}
