using System.Diagnostics;
using System.Globalization;
using JamBox.App;
using JamBox.Counting;
using JamBox.Twin.Board;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>
/// The program of the board, as it is flashed, in real time: its <c>Main</c> and its adapters on stand-ins of nanoFramework's hardware
/// libraries, against the simulated modem, a crowd and the real backend.
/// </summary>
internal sealed class BoardTwin(TwinOptions options)
{
    private const string DeviceId = "JBNB0001";
    private const int ReportIntervalMs = 60_000;
    private const int ShowEveryMs = 10_000;

    // Minutes until the first whole one is closed and sent, and the one that is open at the end.
    private const int IncompleteMinutes = 2;

    /// <summary>Runs it for as long as asked, or until Ctrl+C.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>Whether every minute's reading is in the database once and nothing went wrong on the board.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        using RunFolder folder = RunFolder.Lasting(options.Keep, "jambox-board");
        BackendHost backend = await BackendHost.StartAsync(folder.Path, TimeProvider.System, options.Seed).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            string token = await backend.RegisterAsync(DeviceId).ConfigureAwait(false);
            Console.WriteLine($"The backend of this run: {backend.PageLink}");
            return Live(backend, token, folder.Path, stop);
        }
    }

    private bool Live(BackendHost backend, string token, string folder, CancellationToken stop)
    {
        using StreamWriter log = OutputFile.Open("--keep", Path.Combine(folder, DeviceId + ".log"));
        log.AutoFlush = true;
        using StreamWriter? transcript = options.Transcript is { } path ? OutputFile.Open("--transcript", path) : null;
        var clock = new VirtualClock(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var modem =
            new ModemSimulator(
                clock, new TcpBridge(clock, TwinNetwork.Routes(backend.Address)), options.Seed, null,
                transcript is null ? null : new Transcript(transcript, token));
        modem.PowerOn();
        var radio = new TwinRadio(clock, RadioMode.Real);
        var truth = new GroundTruth();
        new Crowd(clock, radio, truth, options.Seed, new CrowdOptions { PeoplePerHour = options.Crowd }).Start();
        using var board = new BoardRun(new BoardIdentity(DeviceId, token, TwinNetwork.HostName, TwinNetwork.HostPort), modem, radio, clock)
        {
            Log = line =>
            {
                lock (log)
                {
                    log.WriteLine(line);
                }
            },
        };
        board.AccessPoints.AddRange([("02-00-5E-10-00-01", -48), ("02-00-5E-10-00-02", -71), ("02-00-5E-10-00-03", -86)]);
        board.Nvs.Store("nvs", "jambox", ConfigStore.Key, ConfigOfOneMinute());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(TimeSpan.FromHours(options.Hours));
        var real = Stopwatch.StartNew();
        clock.After(ShowEveryMs, () => Show(clock, backend, board, real));
        board.Run(end.Token);
        return Report(backend, board, real.Elapsed);
    }

    private static byte[] ConfigOfOneMinute()
    {
        var store = new TwinStore();
        new ConfigStore(store).Save(new BoxConfig { Version = 1, ReportIntervalMs = ReportIntervalMs });
        var buffer = new byte[512];
        return buffer[..store.Get(ConfigStore.Key, buffer)];
    }

    private static void Show(VirtualClock clock, BackendHost backend, BoardRun board, Stopwatch real)
    {
        int stored = StoredReadings.Read(backend.DatabasePath, DeviceId).Count;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"{real.Elapsed:hh\\:mm\\:ss} real  boots {board.Boots}  readings stored {stored}"));
        clock.After(ShowEveryMs, () => Show(clock, backend, board, real));
    }

    private static bool Report(BackendHost backend, BoardRun board, TimeSpan elapsed)
    {
        List<(long Boot, int Number, int[] Fields)> rows = StoredReadings.Read(backend.DatabasePath, DeviceId);
        var problems = new List<string>();
        int expected = (int)elapsed.TotalMinutes - IncompleteMinutes;
        if (rows.Count < expected)
        {
            problems.Add($"{rows.Count} readings stored in {elapsed.TotalMinutes:N1} minutes");
        }

        if (!rows.Select(row => row.Number).SequenceEqual(Enumerable.Range(1, rows.Count)))
        {
            problems.Add("the stored readings are not 1, 2, 3, …: " + string.Join(' ', rows.Select(row => row.Number)));
        }

        if (board.Stuck is { } stuck)
        {
            problems.Add("the CLR would wait for a debugger: " + stuck);
        }

        if (board.Boots != 1 || board.LateBytes + board.FlushedBytes + board.RadioConflicts > 0)
        {
            problems.Add(
                $"{board.Boots} boots, {board.LateBytes} bytes written too fast, {board.FlushedBytes} bytes from the modem lost, {board.RadioConflicts} times two users of the radio");
        }

        var stored = new ReadingTotals();
        rows.ForEach(row => stored.Add(row.Fields));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rows.Count} readings stored in {elapsed.TotalMinutes:N1} minutes: i {stored[0]}, u {stored[1]}, ble_i {stored[13]}, listened {stored[21]} of {stored[22]} s."));
        problems.ForEach(Console.WriteLine);
        return problems.Count == 0;
    }
}
