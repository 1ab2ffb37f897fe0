using System.Globalization;
using Spectre.Console;

namespace JamBox.Twin.Run;

/// <summary>The end of a run on the screen: truth, counted and stored side by side, field by field.</summary>
internal static class SummaryTable
{
    /// <summary>Columns that a file has which output is redirected to.</summary>
    public const int WidthOfFiles = 120;

    private static readonly string[] s_words =
    [
        "probe requests of random addresses", "device-minutes", "mean signal, dBm", "strongest, dBm", "weakest, dBm",
        "stays of ≤ 1 minute", "≤ 5 minutes", "≤ 10 minutes", "more", "zone immediate", "zone near", "zone far", "zone remote",
        "Bluetooth advertisements", "Bluetooth device-minutes", "of them Apple", "others", "mean signal, dBm",
        "overflow (estimated)", "dwell overflow", "records lost in the ring", "seconds Wi-Fi listened", "seconds in all",
    ];

    /// <summary>Prints it.</summary>
    /// <param name="result">How the run ended.</param>
    public static void Print(TwinResult result)
    {
        if (Console.IsOutputRedirected)
        {
            // Nobody tells how wide a file is; Spectre.Console would break the lines at 80.
            AnsiConsole.Profile.Width = WidthOfFiles;
        }

        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("field").AddColumn("what");
        foreach (string column in new[] { "on air (truth)", "heard", "counted", "stored" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        for (int field = 0; field < ReadingTotals.Names.Length; field++)
        {
            table.AddRow(
                new Spectre.Console.Text(ReadingTotals.Names[field]),
                new Spectre.Console.Text(s_words[field]),
                Cell(result.Truth, field),
                Cell(result.Heard, field),
                Cell(result.Counted, field),
                result.Stored is null ? new Spectre.Console.Text("–") : Cell(result.Stored, field));
        }

        AnsiConsole.Write(table);
        string people = result.People > 0 ? string.Create(CultureInfo.InvariantCulture, $"{result.People:N0} people walked by. ") : string.Empty;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{people}{result.Readings:N0} readings closed, {(result.Stored is null ? $"{result.Taken:N0} taken by the backend" : $"{result.Stored.Readings:N0} stored")}; {TimeSpan.FromSeconds(result.VirtualSeconds):d\\.hh\\:mm\\:ss} virtual in {result.RealSeconds:N1} s " +
            $"({result.VirtualSeconds / result.RealSeconds:N0} times real time); {(result.Readings == 0 ? 0 : result.BytesOnAir / result.Readings):N0} bytes on air a reading; " +
            $"longest pause of the loop {result.LongestLoopMs} ms."));
        if (result.Faults is { } faults)
        {
            Console.WriteLine($"{faults.Total} faults: {string.Join(", ", faults.ByName.Select(fault => $"{fault.Key} {fault.Value}"))}; {result.TakenUnderFaults:N0} readings were taken while they lasted.");
        }

        foreach (string problem in result.Problems)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{problem}[/]");
        }
    }

    // The first five to seventeen fields are measured on air; what follows is the box's own word, of which there is no truth.
    private static Spectre.Console.Text Cell(ReadingTotals totals, int field) =>
        new(totals[field] is { } value && (totals.Readings != ReadingTotals.NoReadings || field < ReadingTotals.FieldsOnAir)
            ? value.ToString(field is 2 or 17 ? "N2" : "N0", CultureInfo.InvariantCulture)
            : "–");
}
