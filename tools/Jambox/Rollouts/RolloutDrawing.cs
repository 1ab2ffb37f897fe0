using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace JamBox.Bench.Rollouts;

/// <summary>A roll-out on a terminal: a bar per stage, and a table of the boxes.</summary>
internal static class RolloutDrawing
{
    /// <summary>Head and foot of the table, the head line and the line about what was left away.</summary>
    private const int OtherRows = 7;

    /// <summary>Draws it.</summary>
    /// <param name="row">The roll-out.</param>
    /// <param name="boxes">Its boxes.</param>
    /// <param name="rows">Rows of the terminal: what does not fit is counted only.</param>
    /// <param name="isUnicode">Whether the terminal can show more than ASCII.</param>
    /// <returns>The drawing.</returns>
    public static Rows Of(RolloutRow row, IReadOnlyList<BoxRow> boxes, int rows, bool isUnicode)
    {
        string id = row.Id.ToString(CultureInfo.InvariantCulture);
        string what = $"[bold]{Markup.Escape(row.Version)}[/] for {Markup.Escape(row.Hw)}";
        List<IRenderable> parts = [new Markup($"Roll-out {id} of {what}: {State(row)}{Markup.Escape(Why(row))}")];
        parts.AddRange(row.Stages.Select(stage => new Markup(Stage(row, stage, boxes, isUnicode))));
        BoxRow[] shown = [.. boxes.OrderBy(Interest).ThenBy(static box => box.DeviceId, StringComparer.Ordinal)
            .Take(Math.Max(1, rows - OtherRows - row.Stages.Length))];
        if (shown.Length > 0)
        {
            parts.Add(Boxes(shown));
        }

        if (shown.Length < boxes.Count)
        {
            parts.Add(new Markup($"[grey]and {(boxes.Count - shown.Length).ToString(CultureInfo.InvariantCulture)} boxes more[/]"));
        }

        return new Rows(parts);
    }

    /// <summary>Its state, in colour.</summary>
    /// <param name="row">The roll-out.</param>
    /// <returns>Markup.</returns>
    public static string State(RolloutRow row)
    {
        string color = row.State switch
        {
            "done" => "green",
            "canary" or "rolling" => "blue",
            "aborted" or "stopped" => "red",
            "paused" => "yellow",
            _ => "grey",
        };
        return $"[{color}]{Markup.Escape(row.StateText)}[/]";
    }

    private static string Why(RolloutRow row) =>
        row.Reason is { } reason ? $": {reason}" : row.WaitsFor is { } hold ? $", waits for {hold}" : string.Empty;

    private static string Stage(RolloutRow row, StageRow stage, IReadOnlyList<BoxRow> boxes, bool isUnicode)
    {
        BoxRow[] own = [.. boxes.Where(box => box.Stage == stage.Number && box.State != "excluded")];
        int failures = own.Count(static box => box.IsFailure);
        double share = own.Length == 0
            ? (row.Stage > stage.Number || row.State == "done" ? 1 : 0)
            : own.Average(static box => box.IsFailure ? 1 : box.Share);
        string counts = own.Length == 0
            ? $"[grey]{(row.Stage >= stage.Number ? "no boxes of its own" : "not yet")}[/]"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{own.Count(static box => box.Share >= 1)} of {own.Length} boxes{(failures > 0 ? $", [red]{failures} failed[/]" : string.Empty)}");
        string order = stage.Percent is null ? $"{stage.Devices?.Length ?? 0} named" : stage.Text;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"stage {stage.Number + 1}  {order,-8}  {Bar.Markup(share, failures > 0 ? "yellow" : "green", isUnicode)}  {counts}");
    }

    private static Table Boxes(IEnumerable<BoxRow> boxes)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("Box", "State");
        table.AddColumn(new TableColumn("Chunks").RightAligned()).AddColumns("Runs", "Last seen (UTC)", "Why");
        foreach (BoxRow box in boxes)
        {
            table.AddRow(
                Markup.Escape(box.DeviceId),
                $"[{Color(box)}]{Markup.Escape(box.State)}[/]",
                box.ChunkCount > 0 ? string.Create(CultureInfo.InvariantCulture, $"{box.Chunks} of {box.ChunkCount}") : string.Empty,
                Markup.Escape(box.Version ?? string.Empty),
                box.LastSeenAt?.UtcDateTime.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "never",
                Markup.Escape(box.LeftBehind ? $"{box.Because} (not waited for)".TrimStart() : box.Because));
        }

        return table;
    }

    private static string Color(BoxRow box) => box.State switch
    {
        "confirmed" or "current" => "green",
        "failed" or "rolled_back" or "silent" or "unhealthy" => "red",
        "blocked" => "yellow",
        "waiting" or "excluded" => "grey",
        _ => "blue",
    };

    /// <summary>What one looks for comes first: trouble, then what moves, then what is done, then what has not begun.</summary>
    private static int Interest(BoxRow box) => box.State switch
    {
        "failed" or "rolled_back" or "silent" or "unhealthy" or "blocked" => 0,
        "confirmed" or "current" => 2,
        "waiting" => box.Stage is null ? 3 : 1,
        "excluded" => 4,
        _ => 1,
    };
}
