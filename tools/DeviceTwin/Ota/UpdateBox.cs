using JamBox.App;
using JamBox.Boot;
using JamBox.Counting;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>How the box of an update is.</summary>
internal sealed record UpdateBoxOptions
{
    /// <summary>Its flash.</summary>
    public FlashSizes Sizes { get; init; } = FlashSizes.Tiny;

    /// <summary>Its boot copies; <c>null</c> = the best that there are.</summary>
    public IBootCopies? BootCopies { get; init; }

    /// <summary>How often it closes a reading, ms; 0 = as it does without a configuration.</summary>
    public int ReportIntervalMs { get; init; }

    /// <summary>How often it sends a heartbeat, and asks for an update, ms; 0 = as it does without a configuration.</summary>
    public int HeartbeatIntervalMs { get; init; }

    /// <summary>Who walks by.</summary>
    public double PeopleAnHour { get; init; } = 20;

    /// <summary>Whether its modem has manners of its own, by seed.</summary>
    public bool HasManners { get; init; }

    /// <summary>How long people walk by, and it may take, virtual ms.</summary>
    public long PatienceMs { get; init; } = 24 * 3_600_000L;

    /// <summary>Where its log goes.</summary>
    public TextWriter Log { get; init; } = TextWriter.Null;
}

/// <summary>One box of a fleet, alone in the world with the fleet's backend, on flash as small as it goes.</summary>
internal sealed class UpdateBox
{
    private const long HourMs = 3_600_000;

    private readonly CrowdScene _scene;

    /// <summary>Nothing else may use the fleet meanwhile.</summary>
    /// <param name="fleet">Backend, release and roll-out.</param>
    /// <param name="deviceId">Which box; one that has not been used yet.</param>
    /// <param name="seed">Everything else: the same for all boxes whose operations shall have the same numbers.</param>
    /// <param name="options">How the box is.</param>
    public UpdateBox(UpdateFleet fleet, string deviceId, long seed, UpdateBoxOptions options)
    {
        Fleet = fleet;

        // Always as far from a full minute, so that operations keep their numbers from box to box.
        long startMs = ((fleet.Time.UtcNowMs / HourMs) + 1) * HourMs;
        Clock = new VirtualClock(startMs) { Seat = new ExchangeOrder(fleet.Time).Join(0, startMs) };
        Bridge = new VirtualHttpBridge(Clock, Clock.Seat!, seed, TwinNetwork.Routes(fleet.Backend.Address));
        var radio = new TwinRadio(Clock, RadioMode.Real);
        _scene = new CrowdScene(radio, seed, new CrowdOptions { PeoplePerHour = options.PeopleAnHour }, options.PatienceMs);
        (BoxFlash chip, PowerSwitch power, TwinStore store) = DeviceParts.Memory(
            seed,
            TwinNetwork.Settings(
                deviceId, fleet.TokenOf(deviceId), fleet.Key.Public.ToBytes(), fleet.MacKeyOf(deviceId), fleet.Recovery.Public.ToBytes()),
            options.Sizes, fleet.OldImage);
        if (options.ReportIntervalMs > 0 || options.HeartbeatIntervalMs > 0)
        {
            var usual = new BoxConfig();
            new ConfigStore(store).Save(new BoxConfig
            {
                Version = 1,
                ReportIntervalMs = options.ReportIntervalMs > 0 ? options.ReportIntervalMs : usual.ReportIntervalMs,
                HeartbeatIntervalMs = options.HeartbeatIntervalMs > 0 ? options.HeartbeatIntervalMs : usual.HeartbeatIntervalMs,
            });
        }

        Device = new DeviceRun(new DeviceParts
        {
            DeviceId = deviceId,
            Clock = Clock,
            Radio = radio,
            Modem = new ModemSimulator(Clock, Bridge, seed, Manners(options.HasManners, seed), null),
            Scene = _scene,
            Store = store,
            Chip = chip,
            BootCopies = options.BootCopies ?? BootCopies.Best,
            Power = power,
            Random = SeededRandom.For(seed, "chip"),
            Log = options.Log,
            BeginsAtPowerOn = true,
            KeepsTruth = false,
        });
    }

    /// <summary>Backend, release and roll-out.</summary>
    public UpdateFleet Fleet { get; }

    /// <summary>The clock of its world.</summary>
    public VirtualClock Clock { get; }

    /// <summary>Its network.</summary>
    public VirtualHttpBridge Bridge { get; }

    /// <summary>The box.</summary>
    public DeviceRun Device { get; }

    /// <summary>Who walks by.</summary>
    public Crowd? Crowd => _scene.Crowd;

    private static ModemOptions? Manners(bool hasManners, long seed)
    {
        if (!hasManners)
        {
            return null;
        }

        var options = new ModemOptions();
        ModemManners.Draw(options, SeededRandom.For(seed, "manners"));
        return options;
    }
}
