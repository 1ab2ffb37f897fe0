using System.CommandLine;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box provision</c>.</summary>
internal static class ProvisionCommand
{
    private const int DefaultMinutes = 20;
    private const int MaxMinutes = 120;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> port = PortOptions.Port();
        Option<string?> firmware = FirmwareFolder.Option();
        var watchOnly = new Option<bool>("--no-flash")
        {
            Description = "Only watch: the box has the provisioning firmware already. It is started anew.",
        };
        var minutes = new Option<int>("--timeout")
        {
            Description = "Minutes until it is given up, 1 to 120. A modem in a bad place searches for five, twice.",
            DefaultValueFactory = static _ => DefaultMinutes,
            HelpName = "MINUTES",
        };
        var verbose = new Option<bool>("--verbose") { Description = "Show every line that the box says." };
        Option<string?> flasher = FlashTools.Option();
        Option<string> board = RegisterCommand.Board();
        Option<string> revision = RegisterCommand.Revision();
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "provision",
            "Phase 1 of a new box: flash the provisioning firmware and watch it set the modem up, in twelve steps. SIM and antenna must be in place. The box keeps what it found out when it is flashed with its firmware afterwards.",
            "jambox box provision --port COM5")
        {
            port, firmware, flasher, watchOnly, minutes, verbose, board, revision, server, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            string? name = parsed.GetValue(port);
            TimeSpan patience = TimeSpan.FromMinutes(Minutes(parsed.GetValue(minutes)));
            FlashTools? tools = await FlashTools.FindAsync(
                terminal, parsed.GetValue(flasher), name, mayWriteSecret: false, stop).ConfigureAwait(false);
            FirmwareFiles? files = null;
            if (!parsed.GetValue(watchOnly))
            {
                files = FlashCommand.FilesFor(terminal, name, parsed.GetValue(firmware), FirmwareKind.Provisioning)
                    ?? await FromServerAsync(
                        terminal, parsed.GetValue(server), new BoardName(parsed.GetValue(board)!, parsed.GetValue(revision)!), stop)
                        .ConfigureAwait(false);
            }

            using BoxPort box = PortOptions.Open(terminal, name);
            box.Tools = tools;
            var run = new ProvisioningJob(terminal, box)
            {
                Files = files,
                Patience = patience,
                IsVerbose = parsed.GetValue(verbose),
                IsJson = parsed.GetValue(json),
            };
            return await run.RunAsync(stop).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<FirmwareFiles> FromServerAsync(
        BenchTerminal terminal, string? server, BoardName board, CancellationToken stop)
    {
        using BackendClient client = ServerOptions.Connect(terminal, server);
        return await new ServerFirmware(terminal, new Manufacturing(client)).LoadAsync(board, FirmwareKind.Provisioning, stop)
            .ConfigureAwait(false);
    }

    private static int Minutes(int minutes) => minutes is >= 1 and <= MaxMinutes ? minutes : throw new BenchException(
        $"--timeout {minutes}: must be 1 to {MaxMinutes} minutes", ExitCode.BadInput);
}
