using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using Spectre.Console;

namespace JamBox.Twin.Run;

/// <summary>How a run ended.</summary>
internal sealed record TwinResult
{
    /// <summary>Everything on air.</summary>
    public required ReadingTotals Truth { get; init; }

    /// <summary>What the radio delivered.</summary>
    public required ReadingTotals Heard { get; init; }

    /// <summary>What the firmware closed.</summary>
    public required ReadingTotals Counted { get; init; }

    /// <summary>What is in the database; <c>null</c> when it is not ours to read.</summary>
    public ReadingTotals? Stored { get; init; }

    /// <summary>Readings that the firmware closed.</summary>
    public required int Readings { get; init; }

    /// <summary>Readings that the backend said yes to.</summary>
    public required int Taken { get; init; }

    /// <summary>People who came or walked past; 0 with a capture.</summary>
    public long People { get; init; }

    /// <summary>Those of them who came in.</summary>
    public long Visitors { get; init; }

    /// <summary>Most people inside at once, those who work there included, in a place of the run, and when that was, ms since 1970.</summary>
    public (long UtcMs, int People) Most { get; init; }

    /// <summary>The backend's estimate of people beside the truth; <c>null</c>: the run shows none.</summary>
    public PeopleVerdict? Verdict { get; init; }

    /// <summary>Virtual seconds.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Real seconds.</summary>
    public required double RealSeconds { get; init; }

    /// <summary>Bytes on air for readings, request and response.</summary>
    public required long BytesOnAir { get; init; }

    /// <summary>What readings and heartbeats cost on the air.</summary>
    public AirMeter Air { get; init; } = new();

    /// <summary>How many boxes there were.</summary>
    public int Boxes { get; init; } = 1;

    /// <summary>The longest time that a loop stood still, virtual ms.</summary>
    public required long LongestLoopMs { get; init; }

    /// <summary>What went wrong around the boxes; <c>null</c> = nothing was to.</summary>
    public FaultCounts? Faults { get; init; }

    /// <summary>Readings that the backend had taken when things ceased to go wrong.</summary>
    public int TakenUnderFaults { get; init; }

    /// <summary>What is wrong; empty when every reading is in the database once.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Writes the summary as JSON.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path)
    {
        var json = new JsonObject
        {
            ["truth"] = Truth.ToJson(),
            ["heard"] = Heard.ToJson(),
            ["counted"] = Counted.ToJson(),
            ["stored"] = Stored?.ToJson(),
            ["readings"] = Readings,
            ["people"] = People,
            ["visitors"] = Visitors,
            ["most_inside"] = Most.People,
            ["estimate"] = Verdict is not { } verdict ? null : new JsonObject
            {
                ["counts"] = verdict.Counts,
                ["visitors"] = verdict.Visitors,
                ["visitors_estimate"] = Json(verdict.VisitorsEstimate),
                ["present"] = Math.Round(verdict.Present, 2),
                ["present_estimate"] = Json(verdict.PeopleEstimate),
            },
            ["virtual_s"] = Math.Round(VirtualSeconds, 3),
            ["real_s"] = Math.Round(RealSeconds, 3),
            ["bytes_on_air"] = BytesOnAir,
            ["air"] = Air.ToJson(),
            ["problems"] = new JsonArray([.. Problems.Select(p => JsonValue.Create(p))]),
        };
        if (Faults != null)
        {
            json["taken_under_faults"] = TakenUnderFaults;
            json["faults"] = new JsonObject(Faults.ByName.Select(fault => KeyValuePair.Create<string, JsonNode?>(fault.Key, fault.Value)));
        }

        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static JsonArray? Json(PeopleRange? range) => range is { } of
        ? [Math.Round(of.Low, 2), Math.Round(of.Value, 2), Math.Round(of.High, 2)]
        : null;
}

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
        "of Apple: in use",
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
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Readings:N0} readings closed, {(result.Stored is null ? $"{result.Taken:N0} taken by the backend" : $"{result.Stored.Readings:N0} stored")}; {TimeSpan.FromSeconds(result.VirtualSeconds):d\\.hh\\:mm\\:ss} virtual in {result.RealSeconds:N1} s " +
            $"({result.VirtualSeconds / result.RealSeconds:N0} times real time); {(result.Readings == 0 ? 0 : result.BytesOnAir / result.Readings):N0} bytes on air a reading; " +
            $"longest pause of the loop {result.LongestLoopMs} ms."));
        if (result.Air.Requests > 0)
        {
            Console.WriteLine(result.Air.Words(result.Boxes, result.VirtualSeconds));
        }

        if (result.Faults is { } faults)
        {
            Console.WriteLine(
                $"{faults.Total} faults: {string.Join(", ", faults.ByName.Select(fault => $"{fault.Key} {fault.Value}"))}; {result.TakenUnderFaults:N0} readings were taken while they lasted.");
        }

        PrintPeople(result);
        foreach (string problem in result.Problems)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{problem}[/]");
        }
    }

    // What the counts are counts of: nine device-minutes are not nine people.
    private static void PrintPeople(TwinResult result)
    {
        if (result.People > 0)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"People, in truth: {result.Visitors:N0} came in, {result.People - result.Visitors:N0} walked past; " +
                $"at most {result.Most.People} were inside at once, at {DateTimeOffset.FromUnixTimeMilliseconds(result.Most.UtcMs):HH:mm}."));
        }

        foreach (string line in result.Verdict?.Lines() ?? [])
        {
            Console.WriteLine(line);
        }
    }

    private static Spectre.Console.Text Cell(ReadingTotals totals, int field) =>
        new(totals[field] is { } value && (totals.Readings != ReadingTotals.NoReadings || ReadingTotals.IsOnAir(field))
            ? value.ToString(field is 2 or 17 ? "N2" : "N0", CultureInfo.InvariantCulture)
            : "–");
}

/// <summary>
/// Tells how far the run is: one line that is written over on a terminal, a line every few seconds elsewhere. It only looks; real
/// time is nowhere else in the twin.
/// </summary>
internal sealed class LiveProgress(IReadOnlyList<DeviceRun> devices, DateTimeOffset start)
{
    private const int TerminalMs = 200;
    private const int LogMs = 2000;

    private readonly Stopwatch _real = Stopwatch.StartNew();

    /// <summary>Real time since the start.</summary>
    public TimeSpan Elapsed => _real.Elapsed;

    /// <summary>Tells, until the run is over.</summary>
    /// <param name="run">The run.</param>
    public async Task WatchAsync(Task run)
    {
        int pauseMs = Console.IsOutputRedirected ? LogMs : TerminalMs;
        while (await Task.WhenAny(run, Task.Delay(pauseMs)).ConfigureAwait(false) != run)
        {
            Show(Console.IsOutputRedirected ? "\n" : string.Empty);
        }

        Show("\n");
        await run.ConfigureAwait(false);
    }

    private void Show(string end)
    {
        long virtualMs = devices.Min(d => d.VirtualMs);
        DeviceRun first = devices[0];
        long impressions = devices.Sum(d => (long)(d.Counted[0] ?? 0));
        long unique = devices.Sum(d => (long)(d.Counted[1] ?? 0));
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{start.AddMilliseconds(virtualMs):yyyy-MM-dd HH:mm:ss} virtual  ×{virtualMs / Math.Max(1, _real.ElapsedMilliseconds):N0}  i {impressions:N0}  u {unique:N0}  " +
            $"modem {first.Box.Modem.State}  LED {first.Box.Led.State}  sent {devices.Sum(d => d.SentReadings)}/{devices.Sum(d => d.Closed.Count)}");
        Console.Write(
            Console.IsOutputRedirected
                ? line + end
                : "\r" + line.PadRight(Math.Max(1, Console.WindowWidth - 1))[..Math.Max(1, Console.WindowWidth - 1)] + end);
    }
}
