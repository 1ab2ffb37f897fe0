using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box command</c>.</summary>
internal static class CommandCommand
{
    private static readonly string[] s_commands = ["send_now", "reboot", "geolocate", "ota_check", "fetch_config", "set_interval"];

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        var name = new Argument<string>("COMMAND") { Description = $"{string.Join(", ", s_commands)}." };
        name.AcceptOnlyFromAmong(s_commands);
        var argument = new Option<int?>("--arg") { Description = "Of set_interval: the interval, ms.", HelpName = "NUMBER" };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "command", "Have a box do something. It hears of it with the answer to what it sends next, within five minutes as a rule.",
            "jambox box command JBNB0001 reboot") { box, name, argument, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            string id = BoxOptions.Checked(parsed.GetRequiredValue(box));
            string word = parsed.GetRequiredValue(name);
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            id = await BoxId.ResolveAsync(client, id, stop).ConfigureAwait(false);
            QueuedCommand queued = await client.PostAsync<QueuedCommand>(
                $"api/device/{id}/command", new { command = word, arg = parsed.GetValue(argument) }, stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { device_id = id, id = queued.Id, command = queued.Command, status = queued.Status });
            }
            else
            {
                terminal.Line($"{id} gets {word} with its next answer (number {queued.Id})");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private sealed record QueuedCommand(int Id, string Command, string Status);
}

/// <summary>The id of a box.</summary>
internal static class BoxId
{
    /// <summary>Finds the id of a box, where its serial number was said.</summary>
    /// <param name="client">The server.</param>
    /// <param name="box">Its id or serial number.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its id.</returns>
    public static async Task<string> ResolveAsync(BackendClient client, string box, CancellationToken stop) =>
        box.Contains('-', StringComparison.Ordinal)
            ? (await new Manufacturing(client).GetAsync(box, stop).ConfigureAwait(false)).Device.DeviceId
            : box;
}
