using System.CommandLine;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;

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
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "provision",
            "Phase 1 of a new box: flash the provisioning firmware and watch it set the modem up, in twelve steps. SIM and antenna must be in place. The box keeps what it found out when it is flashed with its firmware afterwards.",
            "jambox box provision --port COM5 --firmware build") { port, firmware, watchOnly, minutes, verbose, json };
        command.SetAction(async (parsed, stop) =>
        {
            string? name = parsed.GetValue(port);
            FirmwareFiles? files = parsed.GetValue(watchOnly) ? null : FilesFor(terminal, name, parsed.GetValue(firmware));
            using BoxPort box = PortOptions.Open(terminal, name);
            var run = new ProvisioningJob(terminal, box)
            {
                Files = files,
                Patience = TimeSpan.FromMinutes(Minutes(parsed.GetValue(minutes))),
                IsVerbose = parsed.GetValue(verbose),
                IsJson = parsed.GetValue(json),
            };
            return await run.RunAsync(stop).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>The provisioning firmware.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="port">The port.</param>
    /// <param name="folder">From the command line.</param>
    /// <returns>It.</returns>
    /// <exception cref="BenchException">Nobody says where it is.</exception>
    public static FirmwareFiles FilesFor(BenchTerminal terminal, string? port, string? folder)
    {
        return FirmwareFolder.Said(terminal, folder) is { } said ? FirmwareFolder.Load(said, FirmwareKind.Provisioning)
            : PortOptions.IsTwin(port) ? TwinFirmwareFiles.Make(FirmwareKind.Provisioning)
            : throw new BenchException(
                $"say where the provisioning firmware is: --firmware, or {FirmwareFolder.Variable} (--no-flash only watches)",
                ExitCode.BadInput);
    }

    private static int Minutes(int minutes) => minutes is >= 1 and <= MaxMinutes ? minutes : throw new BenchException(
        $"--timeout {minutes}: must be 1 to {MaxMinutes} minutes", ExitCode.BadInput);
}
