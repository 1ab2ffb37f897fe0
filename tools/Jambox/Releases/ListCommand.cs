using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using Spectre.Console;

namespace JamBox.Bench.Releases;

/// <summary><c>release list</c>.</summary>
internal static class ListCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var hardware = new Option<string?>("--hw")
        {
            Description = "Only those for this board.",
            HelpName = ReleaseOptions.DefaultHardwareId,
        };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand("list", "List the releases that the server has.", "jambox release list") { hardware, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            List<BuildRow> rows = await client.ListFirmwareAsync(parsed.GetValue(hardware), stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(rows.Select(static row => new
                {
                    id = row.Id, version = row.Version, hw = row.Hw, seq = row.Seq, size = row.Size, sha256 = row.Sha256,
                    native_checksum = row.NativeChecksum, is_signed = row.IsSigned, notes = row.Notes, uploaded_at = row.UploadedAt,
                }));
                return ExitCode.Done;
            }

            return Show(terminal, rows);
        });
        return command;
    }

    private static int Show(BenchTerminal terminal, List<BuildRow> rows)
    {
        if (rows.Count == 0)
        {
            terminal.Line("no release yet: 'release publish' brings one");
            return ExitCode.Done;
        }

        // What fits 80 columns; the rest is in 'release status' and in the JSON.
        Table table = new Table().Border(TableBorder.Simple).AddColumns(
            new TableColumn("Id").RightAligned(), new TableColumn("Version").NoWrap(), new TableColumn("Board"),
            new TableColumn("Sequence").RightAligned(),
            new TableColumn("Bytes").RightAligned(), new TableColumn("Signed"), new TableColumn("Uploaded"), new TableColumn("Notes"));
        foreach (BuildRow row in rows)
        {
            table.AddRow(
                Text(row.Id), Markup.Escape(row.Version), Markup.Escape(row.Hw), Text(row.Seq),
                row.Size.ToString("N0", CultureInfo.InvariantCulture),
                row.IsSigned ? "yes" : "[yellow]no[/]",
                row.UploadedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Markup.Escape(row.Notes ?? string.Empty));
        }

        terminal.Out.Write(table);
        return ExitCode.Done;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
