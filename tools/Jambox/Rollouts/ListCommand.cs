using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;
using Spectre.Console;

namespace JamBox.Bench.Rollouts;

/// <summary><c>release rollout list</c>.</summary>
internal static class ListCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand("list", "List the roll-outs, newest first.", "jambox release rollout list") { server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            List<RolloutRow> rows = await client.ListAsync<RolloutRow>("api/ota/rollouts", stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(rows.Select(static row => RolloutText.Object(row)));
            }
            else if (rows.Count == 0)
            {
                terminal.Line("no roll-out yet: 'release rollout create' makes one");
            }
            else
            {
                terminal.Out.Write(Table(rows));
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Draws them.</summary>
    /// <param name="rows">The roll-outs.</param>
    /// <returns>The table.</returns>
    public static Table Table(IEnumerable<RolloutRow> rows)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Roll-out").RightAligned());
        table.AddColumns("Version", "Board", "State", "Stages", "Made (UTC)", "Why");
        foreach (RolloutRow row in rows)
        {
            table.AddRow(
                row.Id.ToString(CultureInfo.InvariantCulture), Markup.Escape(row.Version), Markup.Escape(row.Hw), RolloutDrawing.State(row),
                Markup.Escape(string.Join(", ", row.Stages.Select(static stage => stage.Text))),
                row.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                Markup.Escape(row.Reason ?? string.Empty));
        }

        return table;
    }
}
