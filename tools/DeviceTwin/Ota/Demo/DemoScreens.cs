using System.Globalization;
using JamBox.Twin.Run;
using Spectre.Console;

namespace JamBox.Twin.Ota.Demo;

/// <summary>Where people see the demonstration go on.</summary>
internal interface IDemoScreen
{
    /// <summary>Something has happened.</summary>
    /// <param name="utcMs">When, virtual UTC.</param>
    /// <param name="text">What.</param>
    void Say(long utcMs, string text);

    /// <summary>How far the roll-out is; called every virtual minute.</summary>
    /// <param name="progress">How far.</param>
    void Show(DemoProgress progress);
}

/// <summary>How far a roll-out is.</summary>
/// <param name="UtcMs">When, virtual UTC.</param>
/// <param name="Stage">The stage it is in, from 0.</param>
/// <param name="Counts">Boxes by state, in words.</param>
/// <param name="Canary">Boxes of the canary that have come to an end, good or bad.</param>
/// <param name="Rest">Other boxes that have.</param>
internal sealed record DemoProgress(long UtcMs, int Stage, string Counts, int Canary, int Rest);

/// <summary>Lines of text: what happens, and how far it is every ten virtual minutes in which that changed.</summary>
/// <param name="write">Writes a line.</param>
internal sealed class PlainScreen(Action<string> write) : IDemoScreen
{
    private const long EveryMs = 10 * 60_000;

    private string _shown = string.Empty;
    private long _shownAtMs;

    /// <inheritdoc/>
    public void Say(long utcMs, string text) =>
        write(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(utcMs):ddd HH:mm:ss}  {text}"));

    /// <inheritdoc/>
    public void Show(DemoProgress progress)
    {
        if (progress.Counts != _shown && progress.UtcMs - _shownAtMs >= EveryMs)
        {
            _shown = progress.Counts;
            _shownAtMs = progress.UtcMs;
            Say(progress.UtcMs, "  " + progress.Counts);
        }
    }
}

/// <summary>A terminal: the same lines, and below them two bars that grow.</summary>
internal sealed class LiveScreen : IDemoScreen
{
    private readonly PlainScreen _lines;
    private readonly ProgressTask _canary;
    private readonly ProgressTask _rest;

    private LiveScreen(IAnsiConsole console, ProgressContext context, int boxes)
    {
        _lines = new PlainScreen(console.WriteLine);
        _canary = context.AddTask("canary", autoStart: true, DemoOptions.CanaryBoxes);
        _rest = context.AddTask("the rest", autoStart: true, boxes - DemoOptions.CanaryBoxes);
    }

    /// <summary>Shows bars while something is done.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="boxes">How many boxes there are.</param>
    /// <param name="work">What is done.</param>
    /// <returns>Done when it is done.</returns>
    public static Task RunAsync(IAnsiConsole console, int boxes, Func<IDemoScreen, Task> work) =>
        console.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new LiveScreen(console, context, boxes)));

    /// <inheritdoc/>
    public void Say(long utcMs, string text) => _lines.Say(utcMs, text);

    /// <inheritdoc/>
    public void Show(DemoProgress progress)
    {
        _lines.Show(progress);
        Grow(_canary, "canary", progress.Canary, progress.UtcMs);
        if (progress.Stage > 0)
        {
            Grow(_rest, "the rest", progress.Rest, progress.UtcMs);
        }
    }

    private static void Grow(ProgressTask bar, string name, int ended, long utcMs)
    {
        if (!bar.IsFinished)
        {
            bar.Value = ended;
            bar.Description = string.Create(
                CultureInfo.InvariantCulture,
                $"{name}, {ended} of {bar.MaxValue:N0} at {DateTimeOffset.FromUnixTimeMilliseconds(utcMs):HH:mm}");
        }
    }
}

/// <summary>How the demonstration ended.</summary>
internal sealed record DemoResult
{
    /// <summary>What was expected and is not so; empty = all is well.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The boxes.</summary>
    public required IReadOnlyList<DemoBox> Boxes { get; init; }

    /// <summary>What the backend says of each: state and why, by id.</summary>
    public required IReadOnlyDictionary<string, (string State, string Why)> Standings { get; init; }

    /// <summary>Bytes of the patch.</summary>
    public required int PatchBytes { get; init; }

    /// <summary>Virtual seconds.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Real seconds.</summary>
    public required double RealSeconds { get; init; }

    /// <summary>The database.</summary>
    public required string DatabasePath { get; init; }

    /// <summary>The admin key of the run.</summary>
    public required string AdminKey { get; init; }
}

/// <summary>The end of the demonstration on the screen: where every box is, what happened to the special ones, what it cost.</summary>
internal static class DemoReport
{
    /// <summary>Prints it.</summary>
    /// <param name="console">Where.</param>
    /// <param name="result">How it ended.</param>
    public static void Print(IAnsiConsole console, DemoResult result)
    {
        console.Write(States(result));
        console.Write(Figures(result));
        TextWriter output = console.Profile.Out.Writer;
        foreach (DemoBox box in result.Boxes.Where(box => box.Role != DemoRole.Usual))
        {
            output.WriteLine(Story(box));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Readings: {result.Boxes.Sum(box => box.Readings):N0} closed, {result.Boxes.Sum(box => box.Meter.ReadingsDuring):N0} of them while their box updated, {result.Boxes.Sum(box => box.Meter.ReadingsAfter):N0} after; {result.Boxes.Sum(box => box.Lost)} lost."));
        output.WriteLine(
            "Flash, modem and network take their time here, the processor takes none: on the board applying takes minutes more.");
        foreach (string problem in result.Problems)
        {
            output.WriteLine("NOT AS EXPECTED: " + problem);
        }

        output.WriteLine(result.Problems.Count == 0 ? "Everything is as expected." : $"Not as expected: {result.Problems.Count}.");
    }

    private static Table States(DemoResult result)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("the backend says").AddColumn("the box runs").AddColumn(
            new TableColumn("boxes").RightAligned());
        var groups = result.Boxes.GroupBy(box => (Standing: Standing(result, box), box.Device.Firmware?.Version))
            .OrderByDescending(group => group.Count());
        foreach (var group in groups)
        {
            table.AddRow(group.Key.Standing, group.Key.Version ?? "?", group.Count().ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }

    private static string Standing(DemoResult result, DemoBox box)
    {
        (string state, string why) = result.Standings.GetValueOrDefault(box.Id, ("unknown", string.Empty));
        return why.Length == 0 ? state : $"{state} ({why})";
    }

    private static Table Figures(DemoResult result)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("the update of a box");
        foreach (string column in new[] { "least", "median", "9 of 10", "most" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        List<DemoBox> updated = [.. result.Boxes.Where(box => box.Meter.Status == "success")];
        Add("bytes on air, requests and responses", updated.Select(box => (double)box.Meter.Bytes), "N0");
        Add("chunks", updated.Select(box => (double)box.Meter.Chunks), "N0");
        Add(
            "bytes a chunk beside its own", updated.Select(box => (double)box.Meter.ChunkOverhead / Math.Max(box.Meter.Chunks, 1)), "N1");
        Add("requests", updated.Select(box => (double)box.Meter.Exchanges), "N0");
        Add("minutes from offer to confirm", updated.Select(box => (box.Meter.KnownAtMs - box.Meter.OfferedAtMs) / 60_000.0), "N1");
        Add("readings closed meanwhile", updated.Select(box => (double)box.Meter.ReadingsDuring), "N0");
        Add("trial boots", updated.Select(box => (double)box.TrialBoots), "N0");
        Add("sectors erased", updated.Select(box => (double)box.Erases), "N0");
        Add("seconds of copying at boot", updated.Select(box => box.Device.BootCopyMs / 1_000.0), "N1");
        return table;

        void Add(string name, IEnumerable<double> values, string format)
        {
            double[] sorted = [.. values.Order()];
            string At(double share) => sorted.Length == 0
                ? "–"
                : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)].ToString(format, CultureInfo.InvariantCulture);
            table.AddRow(name, At(0), At(0.5), At(0.9), At(1));
        }
    }

    private static string Story(DemoBox box)
    {
        string boots = string.Create(CultureInfo.InvariantCulture, $"{box.Reboots} reboots, {box.TrialBoots} trial boots");
        string end = string.Create(CultureInfo.InvariantCulture, $"runs {box.Device.Firmware?.Version}, {box.Meter.Bytes:N0} bytes on air");
        if (box.Supply is { } supply)
        {
            string losses = string.Join(", ", BadSupply.Phases.Select(phase => $"{phase} {supply.Losses.GetValueOrDefault(phase)}"));
            return $"{box.Id}, bad power supply: {supply.Losses.Values.Sum()} losses of power ({losses}), {boots}; {box.Meter.Status}, {end}";
        }

        int bites = box.Device.BootReasons.Count(reason => reason == BoxDiedException.Watchdog);
        return $"{box.Id}, on which the new image hangs: {boots}, the watchdog bit {bites} times; {box.Meter.Status} ({box.Meter.Why}), {end}; asked {box.Meter.ChecksAfter} times since and was offered it {box.Meter.OffersAfter} times ({box.Meter.Refusal})";
    }
}

/// <summary>
/// What boxes tell, each from its own thread and at its own virtual time; read by the desk in the order of that time, whatever the order of
/// the threads was.
/// </summary>
internal sealed class DemoDiary
{
    private readonly Lock _gate = new();
    private readonly List<(long UtcMs, int Box, int Number, string Text)> _entries = [];
    private int _number;

    /// <summary>Writes something down.</summary>
    /// <param name="utcMs">When it happened.</param>
    /// <param name="box">Number of the box.</param>
    /// <param name="text">What.</param>
    public void Add(long utcMs, int box, string text)
    {
        lock (_gate)
        {
            _entries.Add((utcMs, box, _number++, text));
        }
    }

    /// <summary>Takes out what happened before a time which every box has passed.</summary>
    /// <param name="beforeUtcMs">The time.</param>
    /// <returns>What happened, in order.</returns>
    public List<(long UtcMs, string Text)> Take(long beforeUtcMs)
    {
        lock (_gate)
        {
            var taken = _entries.Where(entry => entry.UtcMs < beforeUtcMs)
                .OrderBy(entry => entry.UtcMs).ThenBy(entry => entry.Box).ThenBy(entry => entry.Number)
                    .Select(entry => (entry.UtcMs, entry.Text)).ToList();
            _entries.RemoveAll(entry => entry.UtcMs < beforeUtcMs);
            return taken;
        }
    }
}
