using System.Globalization;
using System.Text.Json;
using JamBox.Bench.Boxes;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using JamBox.Demo;
using Spectre.Console;

namespace JamBox.Bench.Demo;

/// <summary>A bench, a backend and boxes, on this machine alone.</summary>
/// <param name="terminal">The world around.</param>
internal sealed class DemoRun(BenchTerminal terminal) : IDisposable
{
    private const int ReportIntervalMs = 60_000;

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    private string _folder = string.Empty;
    private LocalBackend? _backend;
    private ChildProcess? _boxes;

    /// <summary>How many boxes.</summary>
    public required int Count { get; init; }

    /// <summary>How long they count at most.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Where everything is kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>Whether it goes on in the end until somebody ends it.</summary>
    public bool Serves { get; init; }

    /// <summary>Does it.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        MakeFolder();
        await StartBackendAsync(stop).ConfigureAwait(false);
        terminal.Line($"The backend of this demo: {new Uri(Backend.Address, $"/#key={Backend.AdminKey}")}");
        string labels = Path.Combine(Keep ?? ".", "demo-labels.pdf");
        int exitCode = await EnrolAsync(labels, stop).ConfigureAwait(false);
        if (exitCode == ExitCode.Done && Patience > TimeSpan.Zero)
        {
            exitCode = await CountAsync(stop).ConfigureAwait(false);
        }

        terminal.Line($"The labels: {Path.GetFullPath(labels)}");
        if (Serves && exitCode == ExitCode.Done)
        {
            await AddVirtualShopAsync(stop).ConfigureAwait(false);
            terminal.Line("It goes on until Ctrl+C.");
            await terminal.Pause(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        }

        return exitCode;
    }

    private LocalBackend Backend => _backend!;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The boxes first: nobody to talk to would only make them wait.
        _boxes?.Dispose();
        _backend?.Dispose();
        if (Keep is null && _folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private void MakeFolder()
    {
        if (Keep is not null && Directory.Exists(Keep) && Directory.EnumerateFileSystemEntries(Keep).Any())
        {
            throw new BenchException($"--keep {Keep}: there is something in it already", ExitCode.BadInput);
        }

        try
        {
            _folder = Keep is null ? Directory.CreateTempSubdirectory("jambox-demo-").FullName : Directory.CreateDirectory(Keep).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BenchException($"--keep {Keep}: {e.Message}", ExitCode.BadInput);
        }
    }

    private async Task StartBackendAsync(CancellationToken stop)
    {
        _backend = LocalBackend.Start(
            OwnProgram.Of(LocalBackend.Assembly), _folder, null, "--Manufacturing:Host=backend.jambox.test");
        await _backend.WaitAsync(terminal.Pause, stop).ConfigureAwait(false);
    }

    /// <summary>The bench, as it is for everybody else: its own command, with simulated boxes whose flashes are kept.</summary>
    private Task<int> EnrolAsync(string labels, CancellationToken stop)
    {
        int made = 0;
        BenchTerminal bench = terminal with
        {
            Environment = name => name switch
            {
                ServerOptions.ServerVariable => Backend.Address.ToString(),
                ServerOptions.AdminKeyVariable => Backend.AdminKey,
                BenchLog.Variable => _folder,
                _ => null,
            },
            OpenTwin = (_, backend) => terminal.OpenTwin(FlashOf(++made), backend),
        };
        return CommandLineInterface.InvokeAsync(
            [
                "box", "enroll", "--count", Count.ToString(CultureInfo.InvariantCulture), "--port", "twin", "--provision", "--new",
                "--labels", labels,
            ], bench, stop);
    }

    /// <summary>So that all pages have something to show: people of four weeks, and things, which no simulated box brings.</summary>
    private async Task AddVirtualShopAsync(CancellationToken stop)
    {
        using BackendClient client = new(Backend.Address, Backend.AdminKey);
        string zone = TimeZoneInfo.Local.HasIanaId ? TimeZoneInfo.Local.Id : "UTC";
        await client.PostAsync<JsonElement>("api/demo", new { timezone = zone }, stop).ConfigureAwait(false);
        terminal.Line(
            $"A virtual shop with four weeks of people, a clock, a bell, a sensor and a gateway: {new Uri(Backend.Address, "/things")}");
    }

    private string FlashOf(int number) =>
        Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"box-{number:D3}{TwinBoxesCommand.FlashEnding}"));

    /// <summary>Puts the boxes on the wall, and shows what comes of them.</summary>
    private async Task<int> CountAsync(CancellationToken stop)
    {
        using BackendClient client = new(Backend.Address, Backend.AdminKey);
        List<BoxStateRow> boxes = await client.ListAsync<BoxStateRow>("api/devices", stop).ConfigureAwait(false);
        foreach (BoxStateRow box in boxes)
        {
            await client.PutAsync<JsonElement>(
                $"api/device/{box.DeviceId}/config", new { report_interval_ms = ReportIntervalMs }, stop).ConfigureAwait(false);
        }

        _boxes = ChildProcess.Start(
            "jambox", OwnProgram.Of("jambox", TwinBoxesCommand.Name, _folder, "--server", Backend.Address.ToString()), endsWithInput: true);
        terminal.Line($"{boxes.Count} boxes count. A reading each comes on the full minute.");
        LiveView view = new(terminal);
        long began = terminal.Time.GetTimestamp();
        return await view.RunAsync(async () =>
        {
            while (true)
            {
                _boxes.Check();
                List<ReadingRow> rows = await client.ListAsync<ReadingRow>("api/readings", stop).ConfigureAwait(false);
                Dictionary<string, List<ReadingRow>> readings = rows.GroupBy(static row => row.DeviceId)
                    .ToDictionary(static box => box.Key, static box => box.ToList());
                view.Show(() => Draw(boxes, readings), Lines(readings));
                if (readings.Count == boxes.Count)
                {
                    return ExitCode.Done;
                }

                if (terminal.Time.GetElapsedTime(began) > Patience)
                {
                    return ExitCode.BoxFailed;
                }

                await terminal.Pause(s_look, stop).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private static IEnumerable<(string About, string Line)> Lines(Dictionary<string, List<ReadingRow>> readings) =>
        readings.OrderBy(static box => box.Key, StringComparer.Ordinal).Select(static box => (box.Key, Text(box.Key, box.Value)));

    private Table Draw(List<BoxStateRow> boxes, Dictionary<string, List<ReadingRow>> readings)
    {
        Table table = new Table().Border(terminal.Out.Profile.Capabilities.Unicode ? TableBorder.Rounded : TableBorder.Ascii)
            .AddColumns("box", "readings", "device-minutes", "Bluetooth");
        foreach (string id in boxes.Select(static box => box.DeviceId).Order(StringComparer.Ordinal))
        {
            List<ReadingRow> rows = readings.GetValueOrDefault(id) ?? [];
            table.AddRow(
                id, Number(rows.Count), Number(rows.Sum(static row => row.UniqueCount)), Number(rows.Sum(static row => row.BleUnique)));
        }

        return table;
    }

    private static string Text(string id, List<ReadingRow> rows) =>
        $"{id}: {Number(rows.Count)} readings, {Number(rows.Sum(static row => row.UniqueCount))} device-minutes of Wi-Fi, {Number(rows.Sum(static row => row.BleUnique))} of Bluetooth";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A reading, as far as it is shown.</summary>
    private sealed record ReadingRow(string DeviceId, int UniqueCount, int BleUnique);
}
