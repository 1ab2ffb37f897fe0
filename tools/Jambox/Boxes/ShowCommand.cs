using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box show</c>.</summary>
internal static class ShowCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> box = BoxOptions.Box();
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "show", "Show a box: where it is in its life and how it came there, what it runs, when it was last heard.",
            "jambox box show JBNB0001") { box, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            string id = BoxOptions.Checked(parsed.GetRequiredValue(box));
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            MadeDetail? made = await MadeAsync(client, id, stop).ConfigureAwait(false);
            BoxStateRow state = (await client.GetAsync<BoxStateDetail>(
                $"api/device/{made?.Device.DeviceId ?? id}", stop).ConfigureAwait(false)).Device;
            bool isJson = parsed.GetValue(json);
            ListCommand.Tell(terminal, state, made?.Device.Serial, isJson);
            foreach (StepRow step in isJson ? [] : made?.Steps ?? [])
            {
                string at = step.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                terminal.Line($"  {at}  {step.From} -> {step.To}  by {step.Who}{(step.Why is null ? string.Empty : $": {step.Why}")}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What manufacturing knows of a box.</summary>
    /// <param name="client">The server.</param>
    /// <param name="id">Its id or serial number.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>It; <c>null</c> when no batch has made it.</returns>
    public static async Task<MadeDetail?> MadeAsync(BackendClient client, string id, CancellationToken stop)
    {
        try
        {
            return await new Manufacturing(client).GetAsync(id, stop).ConfigureAwait(false);
        }
        catch (BenchException e) when (e.ExitCode == ExitCode.Refused)
        {
            return null;
        }
    }
}
