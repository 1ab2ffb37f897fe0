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
    private const double JsonChance = 0.25;

    // Boxes of before have none, and are not told apart by anything else.
    private const double MacKeyChance = 0.75;

    // IL instructions a second. Slower than this a flood with an order in it makes the loop stand still for longer than it may
    // (docs/counting.md); FloodTests try the slowest chip.
    private const int SlowestChip = 500_000;
    private const int FastestChip = 5_000_000;

    private static readonly DateTimeOffset s_week = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly WorldOptions _options;
    private readonly SeededRandom _random;
    private VirtualTimeProvider? _time;
    private byte[]? _macKey;
    private FaultProfile? _faults;
    private CrowdScene? _scene;
    private DeviceRun? _device;
    private FaultyWorld? _world;

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
        _time = new VirtualTimeProvider(startMs);
        BackendHost backend = await BackendHost.StartAsync(_options.Folder, _time, _options.Seed).ConfigureAwait(false);
        await using (backend.ConfigureAwait(false))
        {
            bool hasKey = _options.HasMacKey ?? SeededRandom.For(_options.Seed, "key for answers").Chance(MacKeyChance);
            (string token, _macKey) = hasKey
                ? await backend.ManufactureAsync(DeviceId).ConfigureAwait(false)
                : (await backend.RegisterAsync(DeviceId).ConfigureAwait(false), null);
            var clock = new VirtualClock(startMs, uptimeMs) { Seat = new ExchangeOrder(_time).Join(0, startMs) };
            using var log = _options.KeepsLog ? new StreamWriter(Path.Combine(_options.Folder, DeviceId + ".log")) : TextWriter.Null;
            using TextWriter? transcript = _options.Transcript is { } path ? OutputFile.Open("--transcript", path) : null;
            Live(backend, token, clock, log, transcript is null ? null : new Transcript(transcript, token), stop);
            return Result(real);
        }
    }

    private void Live(BackendHost backend, string token, VirtualClock clock, TextWriter log, Transcript? transcript, CancellationToken stop)
    {
        long seed = _options.Seed;
        _faults = _options.IsMixed ? _options.Faults.Mix(SeededRandom.For(seed, "mix")) : _options.Faults;
        var bridge = new VirtualHttpBridge(clock, clock.Seat!, seed, TwinNetwork.Routes(backend.Address));
        var modem = new ModemSimulator(clock, bridge, seed, Manners(_faults), transcript);
        _device = new DeviceRun(Parts(token, clock, modem, log));
        var desk = new Desk(backend.Address, backend.AdminKey, clock, DeviceId);
        _world = new FaultyWorld(_device, bridge, token, desk, _faults, _time!, () => _scene?.Crowd, seed);
        using (_world)
        {
            _options.Prepared?.Invoke(_device, _world.Invariants, bridge);
            _device.Run(stop);
        }

        stop.ThrowIfCancellationRequested();
        _options.Ended?.Invoke(backend.DatabasePath);
        _world.Invariants.Finish(backend.DatabasePath);
        if (bridge.Failure is { } failure)
        {
            _world.Invariants.Problems.Add(clock.NowMs, $"the way to the backend failed: {failure.Message}");
        }
    }

    private DeviceParts Parts(string token, VirtualClock clock, ModemSimulator modem, TextWriter log)
    {
        long seed = _options.Seed;
        var radio = new TwinRadio(clock, RadioMode.Real);
        var crowd = new CrowdOptions { PeoplePerHour = _options.Crowd ?? _random.Between(5, 40), IsEven = _random.Chance(0.5) };
        _scene = new CrowdScene(radio, seed, crowd, (long)(_options.Hours * 3_600_000));
        (BoxFlash chip, PowerSwitch power, TwinStore store) = DeviceParts.Memory(seed, TwinNetwork.Settings(DeviceId, token, macKey: _macKey));
        power.CutAtOperation = _options.PowerLossAt;
        return new DeviceParts
        {
            DeviceId = DeviceId,
            Clock = clock,
            Radio = radio,
            Modem = modem,
            Scene = _scene,
            Store = store,
            Chip = chip,
            Power = power,
            Random = SeededRandom.For(seed, "chip"),
            IlASecond = _options.IlASecond ?? SeededRandom.For(seed, "chip's speed").Between(SlowestChip, FastestChip),
            Log = log,
            SendsJson = _options.SendsJson ?? SeededRandom.For(seed, "wire").Chance(JsonChance),
            BeginsAtPowerOn = true,
            KeepsTruth = false,
        };
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

    private WorldResult Result(Stopwatch real)
    {
        DeviceRun device = _device!;
        Invariants invariants = _world!.Invariants;
        return new WorldResult
        {
            Seed = _options.Seed,
            Problems = invariants.Problems.Words,
            ProblemCount = invariants.Problems.Count,
            Faults = _world.Injector.Count(),
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
            OnAir = (_scene!.Crowd?.Frames ?? 0) + (_scene.Crowd?.Adverts ?? 0),
            Undated = invariants.Undated,
            SentBeforeFirstSync = invariants.Exchanges.SentBeforeFirstSync,
            WorstClockErrorMs = _faults![FaultKind.ClockStep] > 0 ? null : invariants.Counts.WorstClockErrorMs,
        };
    }
}

/// <summary>How a world is to be.</summary>
internal sealed record WorldOptions
{
    /// <summary>What everything random follows from.</summary>
    public required long Seed { get; init; }

    /// <summary>What may go wrong.</summary>
    public required FaultProfile Faults { get; init; }

    /// <summary>Whether the seed draws a mix out of <see cref="Faults"/>.</summary>
    public bool IsMixed { get; init; } = true;

    /// <summary>Virtual hours for which people walk by.</summary>
    public double Hours { get; init; } = 24;

    /// <summary>People an hour; <c>null</c> = the seed says.</summary>
    public double? Crowd { get; init; }

    /// <summary>How fast the chip is, IL instructions a second; <c>null</c> = the seed says, 500,000 to 5,000,000.</summary>
    public int? IlASecond { get; init; }

    /// <summary>Whether the box sends JSON, and not the compact wire; <c>null</c> = the seed says, in one world of four.</summary>
    public bool? SendsJson { get; init; }

    /// <summary>The operation on flash or store in which power goes; 0 = none.</summary>
    public int PowerLossAt { get; init; }

    /// <summary>Whether the box has a key for answers; <c>null</c> = the seed says, three times in four.</summary>
    public bool? HasMacKey { get; init; }

    /// <summary>Where its database goes.</summary>
    public required string Folder { get; init; }

    /// <summary>Where every AT byte is written; <c>null</c> = nowhere.</summary>
    public string? Transcript { get; init; }

    /// <summary>Whether the box's log is written into the folder.</summary>
    public bool KeepsLog { get; init; }

    /// <summary>Meddles with the world before it begins, so that the checks themselves can be tested.</summary>
    public Action<DeviceRun, Invariants, VirtualHttpBridge>? Prepared { get; init; }

    /// <summary>Meddles with the database before it is checked.</summary>
    public Action<string>? Ended { get; init; }
}

/// <summary>What makes things go wrong around a box, and what then must hold all the same.</summary>
internal sealed class FaultyWorld : IDisposable
{
    private readonly Desk _desk;

    /// <summary>Before the box runs.</summary>
    /// <param name="device">The box.</param>
    /// <param name="bridge">Its network.</param>
    /// <param name="token">Its token.</param>
    /// <param name="desk">Its operator, disposed with this.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="serverTime">The backend's clock.</param>
    /// <param name="crowd">What is on air, once it has begun.</param>
    /// <param name="seed">When and how.</param>
    public FaultyWorld(
        DeviceRun device, VirtualHttpBridge bridge, string token, Desk desk, FaultProfile faults, VirtualTimeProvider serverTime,
        Func<Crowd?> crowd, long seed)
        : this(device, bridge, token, desk, faults, faults, serverTime, crowd, seed)
    {
    }

    /// <summary>In which more goes wrong than is put there.</summary>
    /// <param name="device">The box.</param>
    /// <param name="bridge">Its network.</param>
    /// <param name="token">Its token.</param>
    /// <param name="desk">Its operator, disposed with this.</param>
    /// <param name="faults">What is put there.</param>
    /// <param name="known">What the invariants are to reckon with.</param>
    /// <param name="serverTime">The backend's clock.</param>
    /// <param name="crowd">What is on air, once it has begun.</param>
    /// <param name="seed">When and how.</param>
    public FaultyWorld(
        DeviceRun device, VirtualHttpBridge bridge, string token, Desk desk, FaultProfile faults, FaultProfile known,
        VirtualTimeProvider serverTime, Func<Crowd?> crowd, long seed)
    {
        _desk = desk;
        DeviceParts parts = device.Parts;
        Invariants = new Invariants(device, bridge, token, desk, known);
        var site = new FaultSite(
            parts.Clock, parts.Radio, parts.Modem, bridge, parts.Chip, parts.Power, parts.Heap, parts.Buttons, serverTime, crowd, desk);
        Injector = new FaultInjector(site, faults, seed);
        Invariants.Memory.Faults = () => Injector.Count().Total;
        device.AirEnded = () =>
        {
            TakenUnderFaults = device.SentReadings;
            Injector.Stop();
        };

        // On the box's own thread, when it is its turn among all boxes.
        parts.Clock.At(0, desk.NoteConfig);
    }

    /// <summary>What must hold.</summary>
    public Invariants Invariants { get; }

    /// <summary>What makes things go wrong.</summary>
    public FaultInjector Injector { get; }

    /// <summary>Readings that the backend had taken when things ceased to go wrong.</summary>
    public int TakenUnderFaults { get; private set; }

    public void Dispose() => _desk.Dispose();
}
