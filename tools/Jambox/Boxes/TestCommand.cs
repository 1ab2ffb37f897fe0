using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Doctor;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box test</c>: asks, and sends nothing in a box's name, so that no heartbeat is counted that none has sent.</summary>
internal static class TestCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var box = new Argument<string?>("ID")
        {
            Description = "The box: JBNB and four digits, or its serial number. Without it only the server is tried.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "test",
            "Try the way to the server, the key, and whether a box talks to it. Nothing is changed, and nothing sent in a box's name.",
            "jambox box test JBNB0001") { box, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            string? id = parsed.GetValue(box) is { } given ? BoxOptions.Checked(given) : null;
            List<Finding> findings = [.. await new ServerChecks(terminal, parsed.GetValue(server)).RunAsync(stop).ConfigureAwait(false)];
            if (id is not null && findings.TrueForAll(static finding => finding.State != FindingState.Bad))
            {
                using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
                findings.Add(await LookAsync(client, id, stop).ConfigureAwait(false));
            }

            Finding.Tell(terminal, findings, parsed.GetValue(json));
            return findings.Exists(static finding => finding.State == FindingState.Bad) ? ExitCode.Refused : ExitCode.Done;
        });
        return command;
    }

    private static async Task<Finding> LookAsync(BackendClient client, string id, CancellationToken stop)
    {
        MadeDetail? made = await ShowCommand.MadeAsync(client, id, stop).ConfigureAwait(false);
        BoxStateRow state;
        try
        {
            state = (await client.GetAsync<BoxStateDetail>($"api/device/{made?.Device.DeviceId ?? id}", stop).ConfigureAwait(false)).Device;
        }
        catch (BenchException e) when (e.ExitCode == ExitCode.Refused)
        {
            return new Finding(
                id, FindingState.Bad, e.Message, "jambox box register makes a box; jambox box list shows those that there are");
        }

        return state switch
        {
            { RetiredAt: not null } => new Finding(
                id, FindingState.Bad, "is retired: the server refuses it", "flash the board as another box"),
            { LastSeenAt: null } => new Finding(
                id, FindingState.Doubt, $"was never heard; it is {state.Life ?? "registered"}",
                made?.Device.Images == 0 ? $"jambox box flash {id}" : "jambox box monitor shows what it says"),
            { ConnectionStatus: "online" } => new Finding(id, FindingState.Good, $"talks to the server, last {Seen(state)}", null),
            _ => new Finding(
                id, FindingState.Doubt, $"was last heard {Seen(state)}: {state.ConnectionStatus}", "jambox box monitor shows what it says"),
        };
    }

    private static string Seen(BoxStateRow state) =>
        state.LastSeenAt!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)
        + (state.LastSignalDbm is { } dbm ? string.Create(CultureInfo.InvariantCulture, $", signal {dbm} dBm") : string.Empty);
}
