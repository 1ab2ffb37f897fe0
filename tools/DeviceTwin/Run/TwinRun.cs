using System.Globalization;
using JamBox.Twin.Captures;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Soak;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>A whole run: backend, boxes, what is on air, and the comparison at the end.</summary>
internal sealed class TwinRun(TwinOptions options) : IDisposable
{
    // A box needs some 40 s to be connected; five minutes leave room for a slow network.
    private const long HeadStartMs = 5 * 60_000;
    private const long MinuteMs = 60_000;
    private const long DayMs = 24 * 60 * MinuteMs;

    // A Monday morning, when a shop opens. Every run without a capture takes place on the same days.
    private static readonly DateTimeOffset s_crowdStart = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly List<DeviceRun> _devices = [];
    private readonly List<CrowdScene> _crowds = [];
    private readonly List<VirtualHttpBridge> _bridges = [];
    private readonly List<TextWriter> _files = [];
    private readonly Dictionary<DeviceRun, FaultyWorld> _worlds = [];
    private VirtualTimeProvider? _serverTime;
    private RunFolder? _folder;

    /// <summary>The boxes, for whoever wants to look closer.</summary>
    public IReadOnlyList<DeviceRun> Devices => _devices;

    /// <summary>Runs it.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How it ended.</returns>
    public async Task<TwinResult> RunAsync(CancellationToken stop)
    {
        CaptureSurvey? captures = options.Captures.Count > 0 ? ReadCaptures() : null;
        _folder = RunFolder.Lasting(options.Keep, "jambox-twin");
        string folder = _folder.Path;
        long startMs = captures != null
            ? (captures.FirstUtcMs / MinuteMs * MinuteMs) - HeadStartMs
            : (options.IsRealTime ? DateTimeOffset.UtcNow : s_crowdStart).ToUnixTimeMilliseconds();
        if (options.Backend is { } outside)
        {
            if (await OutsideBackend.ProblemOfAsync(outside, stop).ConfigureAwait(false) is { } problem)
            {
                string warning = $"twin: {outside} does not answer ({problem}); the box goes on trying, Ctrl+C ends it";
                await Console.Error.WriteLineAsync(warning).ConfigureAwait(false);
            }

            AddDevice(0, options.DeviceId, options.Token!, null, folder, startMs, null, null, null, stop);
            TwinResult live = await LiveAsync(null, startMs, stop).ConfigureAwait(false);
            Report(live);
            return live;
        }

        var time = new VirtualTimeProvider(startMs);
        _serverTime = time;
        var order = new ExchangeOrder(time);
        BackendHost backend = await BackendHost.StartAsync(folder, time, options.Seed).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            Console.WriteLine($"The backend of this run: {backend.PageLink}");
            for (int index = 0; index < options.Devices; index++)
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"JBNB{index + 1:D4}");
                (string token, byte[]? macKey) = await backend.AddAsync(id, index).ConfigureAwait(false);
                AddDevice(index, id, token, macKey, folder, startMs, order, backend, captures, stop);
            }

            TwinResult result = await LiveAsync(backend, startMs, stop).ConfigureAwait(false);
            result = await CheckPeopleAsync(backend, time, startMs, result).ConfigureAwait(false);
            await FinishAsync(backend, result, stop).ConfigureAwait(false);
            return result;
        }
    }

    public void Dispose()
    {
        _files.ForEach(file => file.Dispose());
        foreach (FaultyWorld world in _worlds.Values)
        {
            world.Dispose();
        }

        _folder?.Dispose();
    }

    /// <summary>Says how to look at the database of a run in the browser.</summary>
    /// <param name="database">The database.</param>
    /// <param name="adminKey">Its admin key.</param>
    public static void ShowWhereToLook(string database, string adminKey)
    {
        Console.WriteLine("Look at it:");
        Console.WriteLine($"  dotnet run --project Backend.Minimal -- --Storage:Path={database} --Admin:Key={adminKey}");
        Console.WriteLine($"  http://localhost:5000/#key={adminKey}");
    }

    private CaptureSurvey ReadCaptures()
    {
        var survey = new CaptureSurvey(options.Captures);
        foreach (string note in survey.Notes)
        {
            Console.WriteLine(note);
        }

        return survey;
    }

    private void AddDevice(
        int index, string id, string token, byte[]? macKey, string folder, long startMs, ExchangeOrder? order, BackendHost? host,
        CaptureSurvey? captures,
        CancellationToken stop)
    {
        var clock = new VirtualClock(startMs) { Seat = order?.Join(index, startMs) };
        double speed = options.IsRealTime && options.Speed == 0 ? 1 : options.Speed;
        if (speed > 0)
        {
            clock.Pace = new Pacer(speed, stop).Pace;
        }

        long seed = options.Seed + (index * 1_000_003L);
        RadioMode mode = options.Radio ?? (captures is null ? RadioMode.Real : RadioMode.HearEverything);
        var radio = new TwinRadio(clock, mode);
        IScene scene;
        if (captures is null)
        {
            var crowd = new CrowdScene(radio, seed, new CrowdOptions { PeoplePerHour = options.Crowd }, (long)(options.Hours * 3_600_000));
            _crowds.Add(crowd);
            scene = crowd;
        }
        else
        {
            scene = new CaptureScene(new CaptureReplay(captures), radio);
        }

        BridgeRoutes routes = TwinNetwork.Routes(host?.Address ?? options.Backend!);
        INetworkBridge bridge = clock.Seat is { } seat
            ? Virtual(new VirtualHttpBridge(clock, seat, seed, routes))
            : new TcpBridge(clock, routes);
        var modem = new ModemSimulator(clock, bridge, seed, null, OpenTranscript(index, id, token));
        (BoxFlash chip, PowerSwitch power, TwinStore store) = DeviceParts.Memory(seed, TwinNetwork.Settings(id, token, macKey: macKey));
        var parts = new DeviceParts
        {
            DeviceId = id,
            Clock = clock,
            Radio = radio,
            Modem = modem,
            Scene = scene,
            Store = store,
            Chip = chip,
            Power = power,
            Random = SeededRandom.For(seed, "chip"),
            Log = OpenFile("--keep", Path.Combine(folder, id + ".log")),
            SendsJson = options.SendsJson,
        };
        var device = new DeviceRun(parts) { WaitsForStays = !options.IsRealTime };
        _devices.Add(device);
        if (options.Faults is { } faults && bridge is VirtualHttpBridge virtualBridge)
        {
            power.CutAtOperation = options.PowerLossAt;
            var desk = new Desk(host!.Address, host.AdminKey, clock, id);
            _worlds[device] = new FaultyWorld(
                device, virtualBridge, token, desk, faults, _serverTime!, () => (scene as CrowdScene)?.Crowd, seed);
        }
    }

    private VirtualHttpBridge Virtual(VirtualHttpBridge bridge)
    {
        _bridges.Add(bridge);
        return bridge;
    }

    private Transcript? OpenTranscript(int index, string id, string token)
    {
        if (options.Transcript is not { } path)
        {
            return null;
        }

        string own = index == 0 ? path : Path.ChangeExtension(path, null) + "." + id + Path.GetExtension(path);
        return new Transcript(OpenFile("--transcript", own), token);
    }

    // One writer a box, used by its thread only.
    private StreamWriter OpenFile(string option, string path)
    {
        StreamWriter file = OutputFile.Open(option, path);
        _files.Add(file);
        return file;
    }

    private async Task<TwinResult> LiveAsync(BackendHost? backend, long startMs, CancellationToken stop)
    {
        var progress = new LiveProgress(_devices, DateTimeOffset.FromUnixTimeMilliseconds(startMs));
        Task[] lives = [.. _devices.Select(device => Task.Factory.StartNew(() => device.Run(stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await progress.WatchAsync(Task.WhenAll(lives)).ConfigureAwait(false);
        double realSeconds = progress.Elapsed.TotalSeconds;
        var stored = backend is null ? null : new ReadingTotals();
        var problems = new List<string>();
        if (stop.IsCancellationRequested)
        {
            problems.Add("the run was stopped before its end");
        }

        foreach (DeviceRun device in _devices)
        {
            problems.AddRange(
                _worlds.TryGetValue(device, out FaultyWorld? world)
                    ? Check(device, world, backend!, stored!)
                    : Compare(device, backend, stored));
        }

        problems.AddRange(_bridges.Where(b => b.Failure != null).Select(b => $"the way to the backend failed: {b.Failure!.Message}"));
        var air = new AirMeter();
        _bridges.ForEach(bridge => air.Add(bridge.Air));
        var counted = new ReadingTotals();
        _devices.ForEach(device => counted.Add(device.Counted));
        return new TwinResult
        {
            Truth = ReadingTotals.Of(_devices.Select(d => d.Truth.Report())),
            Heard = ReadingTotals.Of(_devices.Select(d => d.Heard.Report())),
            Counted = counted,
            Stored = stored,
            Readings = counted.Readings,
            Taken = _devices.Sum(d => d.Box.UplinkState.AcceptedReadings),
            People = _crowds.Sum(c => c.People),
            Visitors = _crowds.Sum(c => c.Visitors),
            Most = _crowds.Select(c => c.Most(startMs, options.Hours)).DefaultIfEmpty().MaxBy(most => most.People),
            VirtualSeconds = _devices.Max(d => d.VirtualMs) / 1000.0,
            RealSeconds = realSeconds,
            Air = air,
            Boxes = _devices.Count,
            BytesOnAir = _bridges.Sum(b => b.RequestBytes + b.ResponseBytes),
            LongestLoopMs = _devices.Max(d => d.LongestLoopMs),
            Problems = problems,
            Faults = CountFaults(),
            TakenUnderFaults = _worlds.Values.Sum(world => world.TakenUnderFaults),
        };
    }

    private FaultCounts? CountFaults()
    {
        if (options.Faults is null)
        {
            return null;
        }

        var counts = new FaultCounts();
        foreach (FaultyWorld world in _worlds.Values)
        {
            counts.Add(world.Injector.Count());
        }

        return counts;
    }

    // With faults readings may be lost for good reasons; the invariants know them.
    private static IEnumerable<string> Check(DeviceRun device, FaultyWorld world, BackendHost backend, ReadingTotals stored)
    {
        StoredReadings.Read(backend.DatabasePath, device.DeviceId).ForEach(row => stored.Add(row.Fields));
        world.Invariants.Finish(backend.DatabasePath);
        return world.Invariants.Problems.Words.Select(problem => $"{device.DeviceId}: {problem}");
    }

    private static IEnumerable<string> Compare(DeviceRun device, BackendHost? backend, ReadingTotals? stored)
    {
        if (!device.IsDrained)
        {
            yield return $"{device.DeviceId}: {device.Box.Ring.Count} readings still wait in the box";
        }

        if (backend is null)
        {
            if (device.SentReadings != device.Closed.Count)
            {
                yield return $"{device.DeviceId}: {device.Closed.Count} readings closed, {device.SentReadings} taken by the backend";
            }

            yield break;
        }

        List<(long Boot, int Number, int[] Fields)> rows = StoredReadings.Read(backend.DatabasePath, device.DeviceId);
        rows.ForEach(row => stored!.Add(row.Fields));
        ILookup<(long, int), int[]> byKey = rows.ToLookup(row => (row.Boot, row.Number), row => row.Fields);
        foreach ((long boot, int number) in device.Closed)
        {
            int times = byKey[(boot, number)].Count();
            if (times != 1)
            {
                yield return $"{device.DeviceId}: reading {number} of boot {boot} is {times} times in the database";
            }
        }

        if (rows.Count != device.Closed.Count)
        {
            yield return $"{device.DeviceId}: {device.Closed.Count} readings closed, {rows.Count} in the database";
        }
    }

    // One shop, a whole day, and nothing that keeps its readings away.
    private async Task<TwinResult> CheckPeopleAsync(BackendHost backend, VirtualTimeProvider time, long startMs, TwinResult result)
    {
        bool isShown = _crowds.Count == 1 && options.Crowd > 0 && options.Hours >= PeopleCheck.LeastHours && options.Faults is null
            && result.Problems.Count == 0;
        if (!isShown || _crowds[0].Inside is not { } inside)
        {
            return result;
        }

        try
        {
            long end = startMs + (long)(options.Hours * 3_600_000);
            PeopleVerdict verdict = await new PeopleCheck(backend, time, inside).RunAsync(startMs - (startMs % DayMs), end)
                .ConfigureAwait(false);
            return result with { Verdict = verdict };
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or TimeoutException)
        {
            return result with { Problems = [.. result.Problems, $"no figures of people: {e.Message}"] };
        }
    }

    private void Report(TwinResult result)
    {
        SummaryTable.Print(result);
        if (options.Summary is { } path)
        {
            result.Save(path);
        }
    }

    private async Task FinishAsync(BackendHost backend, TwinResult result, CancellationToken stop)
    {
        Report(result);
        if (options.Serve)
        {
            Console.WriteLine($"Look at it: {backend.PageLink}   (Ctrl+C ends)");
            await backend.ServeAsync(stop).ConfigureAwait(false);
        }
        else
        {
            ShowWhereToLook(backend.DatabasePath, backend.AdminKey);
        }
    }
}
