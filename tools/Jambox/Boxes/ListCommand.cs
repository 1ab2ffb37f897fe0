using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary><c>box list</c>.</summary>
internal static class ListCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "list", "List the boxes: where each is in its life, when it was last heard, what it runs.",
            "jambox box list --json") { server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            Dictionary<string, string> serials = (await new Manufacturing(client).ListAsync(stop).ConfigureAwait(false))
                .ToDictionary(static made => made.DeviceId, static made => made.Serial, StringComparer.Ordinal);
            List<BoxStateRow> boxes = await client.ListAsync<BoxStateRow>("api/devices", stop).ConfigureAwait(false);
            foreach (BoxStateRow box in boxes.OrderBy(static box => box.DeviceId, StringComparer.Ordinal))
            {
                Tell(terminal, box, serials.GetValueOrDefault(box.DeviceId), parsed.GetValue(json));
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Tells of a box in a line.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="box">The box.</param>
    /// <param name="serial">Its serial number; <c>null</c> = no batch has made it.</param>
    /// <param name="isJson">For programs.</param>
    public static void Tell(BenchTerminal terminal, BoxStateRow box, string? serial, bool isJson)
    {
        string life = box.RetiredAt is null ? box.Life ?? "registered" : "retired";
        if (isJson)
        {
            terminal.Json(new
            {
                device_id = box.DeviceId,
                serial,
                life,
                connection = box.ConnectionStatus,
                last_seen_at = box.LastSeenAt,
                firmware = box.FirmwareVersion,
                place = box.LocationName,
                signal_dbm = box.LastSignalDbm,
            });
            return;
        }

        string seen = box.LastSeenAt is { } at
            ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)
            : "never heard";
        string who = $"{box.DeviceId,-10}{serial ?? "-",-22}{life,-14}";
        string how = $"{box.ConnectionStatus ?? "-",-12}{seen,-19}{box.FirmwareVersion ?? "-",-9}{box.LocationName}";
        terminal.Line((who + how).TrimEnd());
    }
}
