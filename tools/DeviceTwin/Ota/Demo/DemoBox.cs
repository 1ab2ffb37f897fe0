using System.Globalization;
using JamBox.App;
using JamBox.Ota;
using JamBox.Ota.Signing;
using JamBox.Ports;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota.Demo;

/// <summary>What a box is there for.</summary>
internal enum DemoRole
{
    /// <summary>Nothing is wrong with it.</summary>
    Usual,

    /// <summary>Its power fails again and again while it updates.</summary>
    BadSupply,

    /// <summary>The new image hangs on it, and never gets as far as a reading.</summary>
    BadImage,
}

/// <summary>One box of the demonstration: the real firmware on simulated hardware, all invariants of the soak checked.</summary>
internal sealed class DemoBox : IBoxWatch
{
    // Boxes are switched on one after the other, so that their hourly heartbeats are spread over the hour.
    private const int SwitchingOnS = 55 * 60;

    // After the end a box has so long to send what still waits.
    private const long DrainMs = 30 * 60_000;

    private const long AirMs = 7L * 86_400_000;
    private const double PeopleAnHour = 6;

    private readonly DemoWorld _world;
    private readonly VirtualClock _clock;
    private readonly int _index;
    private SlotState _slots;

    /// <param name="world">What it shares with the others.</param>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="id">Its id.</param>
    /// <param name="token">Its token.</param>
    /// <param name="macKey">Its key for answers; <c>null</c> = none.</param>
    /// <param name="log">Where its log goes.</param>
    public DemoBox(DemoWorld world, int index, string id, string token, byte[]? macKey, TextWriter log)
    {
        _world = world;
        _index = index;
        Id = id;
        Role = RoleOf(index, world.Options.Boxes);
        long seed = world.Options.Seed + (index * 1_000_003L);
        long startMs = world.Start.ToUnixTimeMilliseconds() + (SeededRandom.For(seed, "power on").Between(0, SwitchingOnS) * 1_000L);
        _clock = new VirtualClock(startMs) { Seat = world.Order.Join(index, startMs) };
        Bridge = new VirtualHttpBridge(_clock, _clock.Seat!, seed, TwinNetwork.Routes(world.Backend.Address));
        Device = new DeviceRun(Parts(seed, token, macKey, log)) { Ends = IsOver };
        Invariants = new Invariants(Device, Bridge, token, null, Faults());
        Meter = new UpdateMeter(_clock);
        Bridge.Exchanged += Meter.See;
        Supply = Role == DemoRole.BadSupply ? new BadSupply(Device, world.NewImage.Length, SeededRandom.For(seed, "supply"), Tell) : null;
        IBoxWatch[] watches = [Device.Watch!, new ImageWatch(Device, world.OldImage, world.NewImage, Invariants.Problems), Meter, this];
        Device.Watch = new Watches(Supply is null ? watches : [.. watches, Supply]);
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>What it is there for.</summary>
    public DemoRole Role { get; }

    /// <summary>The box.</summary>
    public DeviceRun Device { get; }

    /// <summary>Its network.</summary>
    public VirtualHttpBridge Bridge { get; }

    /// <summary>What must hold.</summary>
    public Invariants Invariants { get; }

    /// <summary>Its update, measured.</summary>
    public UpdateMeter Meter { get; }

    /// <summary>Its power supply, when that is bad.</summary>
    public BadSupply? Supply { get; }

    /// <summary>Boots of the new image on trial.</summary>
    public int TrialBoots { get; private set; }

    /// <summary>Times that it was started again, those included in which power went before the firmware ran.</summary>
    public int Reboots => Device.BootReasons.Count - 1 + (Supply?.Losses.GetValueOrDefault(BadSupply.Swap) ?? 0);

    /// <summary>Sectors erased for the update.</summary>
    public int Erases => Device.Parts.Chip.All.Where(region => region != Device.Parts.Chip.Log).Sum(region => region.Erases);

    /// <summary>Readings that were closed.</summary>
    public int Readings => Invariants.Rings.Readings.Count;

    /// <summary>Readings that were closed and are not with the backend.</summary>
    public int Lost => Invariants.Rings.Readings.Values.Count(reading => reading.Fate != Fate.Sent);

    /// <summary>Tells what a box is there for.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="boxes">How many there are.</param>
    /// <returns>Its role; none of the canary has a special one.</returns>
    public static DemoRole RoleOf(int index, int boxes) =>
        index == Math.Max(boxes / 2, DemoOptions.CanaryBoxes) ? DemoRole.BadSupply
        : index == Math.Max(boxes * 3 / 4, DemoOptions.CanaryBoxes + 1) ? DemoRole.BadImage
        : DemoRole.Usual;

    /// <summary>Lets it live until the desk says that it is over.</summary>
    /// <param name="stop">Ends it early.</param>
    public void Live(CancellationToken stop) => Device.Run(stop);

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        SlotState before = _slots;
        _slots = Device.Slots.State;
        TrialBoots += _slots == SlotState.Trial ? 1 : 0;
        if (Role == DemoRole.Usual)
        {
            return;
        }

        if (_slots == SlotState.Trial)
        {
            Tell(string.Create(CultureInfo.InvariantCulture, $"boots {Device.Firmware?.Version} on trial, boot {TrialBoots} of 3"));
        }
        else if (_slots == SlotState.RolledBack && before != SlotState.RolledBack)
        {
            Tell($"is back on {Device.Firmware?.Version}");
        }
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
        if (Role == DemoRole.BadImage && death.Reason == BoxDiedException.Watchdog)
        {
            Tell($"{Device.Firmware?.Version} hangs, the watchdog bites");
        }
    }

    private TwinBehaviour Behave(TwinFirmware firmware) =>
        Role == DemoRole.BadImage && firmware.Version == _world.Release.Version ? TwinBehaviour.Hangs : firmware.Behaviour;

    private FaultProfile Faults()
    {
        var rates = new double[FaultTable.Count];
        rates[(int)FaultKind.BoxHangs] = Role == DemoRole.BadImage ? 1 : 0;
        return new FaultProfile("demo", rates);
    }

    private void Tell(string what) => _world.Diary.Add(_clock.UtcNowMs, _index, $"{Id} {what}");

    private bool IsOver() =>
        _clock.UtcNowMs >= _world.EndUtcMs && (
            (Device.Box.Ring.Count == 0 && !Device.Box.Updater.HasReport) || _clock.UtcNowMs >= _world.EndUtcMs + DrainMs);

    private DeviceParts Parts(long seed, string token, byte[]? macKey, TextWriter log)
    {
        var radio = new TwinRadio(_clock, RadioMode.Real);
        (BoxFlash chip, PowerSwitch power, TwinStore store) = DeviceParts.Memory(
            seed, TwinNetwork.Settings(Id, token, _world.Key.Public.ToBytes(), macKey), FlashSizes.Board, _world.OldImage);
        return new DeviceParts
        {
            DeviceId = Id,
            Clock = _clock,
            Radio = radio,
            Modem = new ModemSimulator(_clock, Bridge, seed),
            Scene = new CrowdScene(radio, seed, new CrowdOptions { PeoplePerHour = PeopleAnHour }, AirMs),
            Store = store,
            Chip = chip,
            Power = power,
            Random = SeededRandom.For(seed, "chip"),
            Log = log,
            BeginsAtPowerOn = true,
            KeepsTruth = false,
            Behaves = Behave,
        };
    }
}

/// <summary>What all boxes and the desk of the demonstration share.</summary>
internal sealed class DemoWorld
{
    private long _endUtcMs = long.MaxValue;

    /// <summary>How it is to be.</summary>
    public required DemoOptions Options { get; init; }

    /// <summary>When it begins, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The backend.</summary>
    public required BackendHost Backend { get; init; }

    /// <summary>The order of all exchanges with it.</summary>
    public required ExchangeOrder Order { get; init; }

    /// <summary>Who signs.</summary>
    public required ReleaseKey Key { get; init; }

    /// <summary>What the boxes run at first.</summary>
    public required TwinFirmware First { get; init; }

    /// <summary>What they shall run.</summary>
    public required TwinFirmware Release { get; init; }

    /// <summary>The image of <see cref="First"/>.</summary>
    public required byte[] OldImage { get; init; }

    /// <summary>The image of <see cref="Release"/>.</summary>
    public required byte[] NewImage { get; init; }

    /// <summary>What boxes have to tell.</summary>
    public DemoDiary Diary { get; } = new();

    /// <summary>When the boxes may stop, true UTC in ms; set by the desk, later than any box can be.</summary>
    public long EndUtcMs
    {
        get => Volatile.Read(ref _endUtcMs);
        set => Volatile.Write(ref _endUtcMs, value);
    }
}
