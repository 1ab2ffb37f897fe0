using JamBox.App;
using JamBox.Modem;
using JamBox.Provisioning;
using JamBox.Twin.Chip;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>The provisioning firmware on the simulated modem, in virtual time; its serial port is the output.</summary>
internal sealed class ProvisioningRun
{
    // Five minutes for a network and as many for each retry of the modem: whoever is not done by then never will be.
    private const long PatienceMs = 3_600_000;
    private const int BootMs = 1_500;

    private readonly VirtualClock _clock;
    private readonly TwinWatchdog _watchdog;
    private readonly ObservedClock _observed;
    private readonly FirmwareMeter _meter = new();
    private readonly PowerSwitch _power = new();
    private readonly TwinStore _store;
    private readonly TwinButtons _buttons = new();
    private readonly TwinIndicator _indicator = new();
    private readonly TwinSystem _system;

    /// <summary>A box from the factory.</summary>
    /// <param name="seed">What everything random follows from.</param>
    /// <param name="faults">What goes wrong; <c>null</c> = nothing.</param>
    /// <param name="options">How the modem behaves; <c>null</c> = strictly.</param>
    /// <param name="transcript">Where every AT byte is written; or <c>null</c>.</param>
    /// <param name="serial">The serial port.</param>
    /// <param name="memory">What is in its key-value store, which it keeps up; <c>null</c> = nothing.</param>
    public ProvisioningRun(
        long seed, FaultProfile? faults, ModemOptions? options, TextWriter? transcript, TextWriter serial, StoredMemory? memory = null)
    {
        long startMs = new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var time = new VirtualTimeProvider(startMs);
        _clock = new VirtualClock(startMs) { Seat = new ExchangeOrder(time).Join(0, startMs) };
        _watchdog = new TwinWatchdog(_clock);
        _observed = new ObservedClock(_clock, _watchdog, _power, _meter);
        _store = new TwinStore(_power, SeededRandom.For(seed, "store"));
        memory?.Load(_store);
        _system = new TwinSystem(_clock, SeededRandom.For(seed, "chip"), serial, _meter);
        var bridge = new VirtualHttpBridge(_clock, _clock.Seat!, seed, new BridgeRoutes());
        Modem = new ModemSimulator(_clock, bridge, seed, options, transcript is null ? null : new Transcript(transcript, string.Empty));
        if (faults != null)
        {
            var site = new FaultSite(_clock, null, Modem, bridge, null, _power, new TwinHeap(), _buttons, time, () => null, null);
            Injector = new FaultInjector(site, faults, seed);
        }

        Box = NewBox();
    }

    /// <summary>The firmware.</summary>
    public ProvisioningBox Box { get; private set; }

    /// <summary>The modem.</summary>
    public ModemSimulator Modem { get; }

    /// <summary>What makes things go wrong; <c>null</c> = nothing.</summary>
    public FaultInjector? Injector { get; }

    /// <summary>What is called with the world time whenever it advances: it may block, to slow the world down.</summary>
    public Action<long>? Pace
    {
        get => _clock.Pace;
        init => _clock.Pace = value;
    }

    /// <summary>Whether the flag is in the store.</summary>
    public bool IsFlagSet => BoxIdentity.ReadCellularOk(_store);

    /// <summary>Lets it provision once.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How it ended.</returns>
    public ProvisioningResult Run(CancellationToken stop)
    {
        Modem.PowerOn();
        while (Box.Result == ProvisioningResult.None && _clock.NowMs < PatienceMs && !stop.IsCancellationRequested)
        {
            try
            {
                Live(stop);
            }
            catch (BoxDiedException death)
            {
                Reboot(death);
            }
        }

        return Box.Result;
    }

    private void Live(CancellationToken stop)
    {
        Box.Start();
        while (Box.Result == ProvisioningResult.None && _clock.NowMs < PatienceMs && !stop.IsCancellationRequested)
        {
            Box.RunOnce();
        }
    }

    private void Reboot(BoxDiedException death)
    {
        _watchdog.Reset();
        bool isOutage = death.Reason == BoxDiedException.Power;
        if (isOutage)
        {
            Modem.PowerOff();
        }

        _clock.Sleep(BootMs + (isOutage ? _power.OutageMs : 0));
        if (isOutage)
        {
            Modem.PowerOn();
        }

        _power.Restore();
        _clock.MarkBoot();
        _system.ResetReason = death.Reason;
        Box = NewBox();
    }

    private ProvisioningBox NewBox() => new(
        _observed, Modem, new Sim7028Factory(), _store, _indicator, _buttons, _watchdog, _system);
}
