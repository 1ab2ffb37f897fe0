using System.CommandLine;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Doctor;

/// <summary><c>doctor</c>.</summary>
internal static class DoctorCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<string?> firmware = FirmwareFolder.Option();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "doctor",
            "Look whether this bench is fit for work: ports, drivers, permissions, tools, backend, key, clock. Says what to do about what is not. Changes nothing.",
            "jambox doctor --server https://jambox.example") { server, firmware, json };
        command.SetAction(async (parsed, stop) =>
        {
            List<Finding> findings =
            [
                .. new MachineChecks(terminal).Run(),
                .. FirmwareCheck(terminal, parsed.GetValue(firmware)),
                .. await new ServerChecks(terminal, parsed.GetValue(server))
                {
                    LooksForFirmware = IsServers(terminal, parsed.GetValue(firmware)),
                }.RunAsync(stop).ConfigureAwait(false),
            ];
            Finding.Tell(terminal, findings, parsed.GetValue(json));
            return findings.Exists(static finding => finding.State == FindingState.Bad) ? ExitCode.Refused : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Whether the server's firmware is what would be flashed.</summary>
    private static bool IsServers(BenchTerminal terminal, string? folder) =>
        folder == FirmwareFolder.Server || FirmwareFolder.Said(terminal, folder) is null;

    private static IEnumerable<Finding> FirmwareCheck(BenchTerminal terminal, string? folder)
    {
        const string About = "firmware";
        if (IsServers(terminal, folder) || FirmwareFolder.Said(terminal, folder) is not { } said)
        {
            // The server is asked for its own.
            return [];
        }

        List<string> problems = [];
        foreach (FirmwareKind kind in Enum.GetValues<FirmwareKind>())
        {
            try
            {
                FirmwareFolder.Load(said, kind);
            }
            catch (BenchException e)
            {
                problems.Add(e.Message);
            }
        }

        return
        [
            problems.Count == 0
                ? new Finding(About, FindingState.Good, $"both firmwares are in {said}", null)
                : new Finding(About, FindingState.Bad, string.Join("; ", problems.Distinct()), "docs/board-bring-up.md builds them"),
        ];
    }
}
