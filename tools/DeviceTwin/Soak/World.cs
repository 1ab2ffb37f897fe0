using System.Diagnostics;
using System.Globalization;
using JamBox.App;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// One box, one backend of its own, one virtual day, everything from one seed. Nothing is shared with other worlds, so that a seed gives
/// the same day alone and among thousands.
/// </summary>
internal sealed class World
{
    private const string DeviceId = "JBNB0001";
    private const int DayMs = 86_400_000;

    // Uptime as 32 bits wraps after 49.7 days: in some worlds the box is that old.
    private const double OldBoxChance = 0.1;
    private const double StrictModemChance = 0.5;

    private static readonly DateTimeOffset s_week = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly WorldOptions _options;
    private readonly SeededRandom _random;

    private World(WorldOptions options)
    {
        _options = options;
        _random = SeededRandom.For(options.Seed, "world");
    }

    /// <summary>Lets a world happen and checks it.</summary>
    /// <param name="options">How it is to be.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How it went.</returns>
    public static async Task<WorldResult> RunAsync(WorldOptions options, CancellationToken stop)
    {
        var real = Stopwatch.StartNew();
        Directory.CreateDirectory(options.Folder);
        return await new World(options).HappenAsync(real, stop).ConfigureAwait(false);
    }

    private async Task<WorldResult> HappenAsync(Stopwatch real, CancellationToken stop)
    {
        long startMs = s_week.ToUnixTimeMilliseconds() + (_random.Between(0, 6) * (long)DayMs) + _random.Between(0, DayMs - 1);
        long uptimeMs = _random.Chance(OldBoxChance) ? (1L << 32) - _random.Between(0, DayMs) : 0;
        var time = new VirtualTimeProvider(startMs);
        BackendHost backend = await BackendHost.StartAsync(_options.Folder, time, _options.Seed).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            string token = await backend.RegisterAsync(DeviceId).ConfigureAwait(false);
            var clock = new VirtualClock(startMs, uptimeMs) { Seat = new ExchangeOrder(time).Join(0, startMs) };
            var desk = new Desk(backend.Address, backend.AdminKey, clock, DeviceId);
            using var log = _options.KeepsLog ? new StreamWriter(Path.Combine(_options.Folder, DeviceId + ".log")) : TextWriter.Null;
            using TextWriter? transcript = _options.Transcript is { } path ? new StreamWriter(path) : null;
            return Live(backend, token, clock, time, desk, log, transcript is null ? null : new Transcript(transcript, token), real, stop);
        }
    }

    private WorldResult Live(
        BackendHost backend, string token, VirtualClock clock, VirtualTimeProvider time, Desk desk, TextWriter log, Transcript? transcript, Stopwatch real, CancellationToken stop)
    {
        long seed = _options.Seed;
        FaultProfile faults = _options.IsMixed ? _options.Faults.Mix(SeededRandom.For(seed, "mix")) : _options.Faults;
        var bridge = new VirtualHttpBridge(clock, clock.Seat!, seed, TwinNetwork.Routes(backend.Address));
        var modem = new ModemSimulator(clock, bridge, seed, Manners(faults), transcript);
        var radio = new TwinRadio(clock, RadioMode.Real);
        var crowd = new CrowdOptions { PeoplePerHour = _options.Crowd ?? _random.Between(5, 40), IsEven = _random.Chance(0.5) };
        var scene = new CrowdScene(radio, seed, crowd, (long)(_options.Hours * 3_600_000));
        (SimulatedFlash flash, PowerSwitch power, TwinStore store) = DeviceParts.Memory(seed, TwinNetwork.Settings(DeviceId, token));
        var parts = new DeviceParts
        {
            DeviceId = DeviceId,
            Clock = clock,
            Radio = radio,
            Modem = modem,
            Scene = scene,
            Store = store,
            Flash = flash,
            Power = power,
            Random = SeededRandom.For(seed, "chip"),
            Log = log,
            BeginsAtPowerOn = true,
            KeepsTruth = false,
        };
        power.CutAtOperation = _options.PowerLossAt;
        var device = new DeviceRun(parts);
        using var world = new FaultyWorld(device, bridge, token, desk, faults, time, () => scene.Crowd, seed);
        Invariants invariants = world.Invariants;
        _options.Prepared?.Invoke(device, invariants, bridge);
        device.Run(stop);
        stop.ThrowIfCancellationRequested();
        _options.Ended?.Invoke(backend.DatabasePath);
        invariants.Finish(backend.DatabasePath);
        if (bridge.Failure is { } failure)
        {
            invariants.Problems.Add(clock.NowMs, $"the way to the backend failed: {failure.Message}");
        }

        return Result(device, invariants, world.Injector, faults, scene, real);
    }

    private ModemOptions Manners(FaultProfile faults)
    {
        var options = new ModemOptions();
        if (faults[FaultKind.ModemDialect] > 0 && !_random.Chance(StrictModemChance))
        {
            ModemManners.Draw(options, _random);
        }

        return options;
    }

    private WorldResult Result(DeviceRun device, Invariants invariants, FaultInjector injector, FaultProfile faults, CrowdScene scene, Stopwatch real) => new()
    {
        Seed = _options.Seed,
        Problems = invariants.Problems.Words,
        ProblemCount = invariants.Problems.Count,
        Faults = injector.Count(),
        Boots = device.BootReasons.CountBy(reason => reason).ToDictionary(),
        Readings = invariants.Rings.Readings.Values.CountBy(reading => reading.Fate).ToDictionary(),
        VirtualDays = device.VirtualMs / (double)DayMs,
        RealSeconds = real.Elapsed.TotalSeconds,
        LongestLoopMs = device.LongestLoopMs,
        FlashWrites = device.Parts.Flash.Writes,
        FlashErases = device.Parts.Flash.Erases,
        StoreWrites = device.Parts.Store.Writes,
        Torn = device.Parts.Flash.Torn + device.Parts.Store.Torn,
        AllocatedADay = invariants.Memory.AllocatedADay,
        Kept = invariants.Memory.Kept,
        Commands = invariants.Orders.CarriedOut.Count,
        Configurations = invariants.Orders.Changes,
        Exchanges = invariants.Exchanges.Exchanges,
        DeepestQueue = invariants.Rings.DeepestQueue,
        OnAir = (scene.Crowd?.Frames ?? 0) + (scene.Crowd?.Adverts ?? 0),
        Undated = invariants.Undated,
        WorstClockErrorMs = faults[FaultKind.ClockStep] > 0 ? null : invariants.Counts.WorstClockErrorMs,
    };
}
