using System;
using JamBox.Counting;
using JamBox.Http;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Reporting;

namespace JamBox.App;

/// <summary>
/// The production firmware: one loop, which counts, closes readings and sends them. Everything that waits comes back here through
/// <see cref="Pump"/>.
/// </summary>
public sealed class Box : ILoop
{
    /// <summary>The watchdog's patience, ms (SYSTEM.md §3).</summary>
    public const int WatchdogMs = 300000;

    /// <summary>The longest the loop sleeps, ms: the native ring holds more than it can hear in that time.</summary>
    public const int MaxSleepMs = 100;

    /// <summary>How long one wait for the modem is, ms.</summary>
    public const int PumpMs = 20;

    private const int HeapLogMs = 60000;
    private const int ButtonFlashMs = 200;
    private const int RequestCapacity = 1400;
    private const int BodyCapacity = 1024;

    private readonly IClock _clock;
    private readonly IWatchdog _watchdog;
    private readonly ISystem _system;
    private readonly MainButton _button;
    private readonly RadioSchedule _schedule;
    private long _nextHeapLogMs;

    /// <summary>Initializes a new instance of the <see cref="Box"/> class. All memory is allocated here.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="modemLink">The modem's UART.</param>
    /// <param name="radio">The radio.</param>
    /// <param name="store">Identity and configuration.</param>
    /// <param name="indicator">The LED.</param>
    /// <param name="buttons">The main button.</param>
    /// <param name="watchdog">The watchdog.</param>
    /// <param name="system">The chip.</param>
    public Box(
        IClock clock,
        IModemLink modemLink,
        IRadio radio,
        IKeyValueStore store,
        IIndicator indicator,
        IButtons buttons,
        IWatchdog watchdog,
        ISystem system)
    {
        _clock = clock;
        _watchdog = watchdog;
        _system = system;
        var random = new byte[4];
        system.Random(random);
        int bootId = BitConverter.ToInt32(random, 0);
        var salt = new byte[PeopleCounter.SaltLength];
        system.Random(salt);
        Identity = new BoxIdentity(store);
        Config = new BoxConfig();
        Clock = new WallClock();
        Ring = new ReadingRing();
        Led = new Led(indicator);
        _button = new MainButton(buttons);
        _schedule = new RadioSchedule(radio, Config);
        Counter = new PeopleCounter(salt, Config.Thresholds);
        Recorder = new Recorder(radio, Counter, _schedule, Clock, Ring, Config, bootId);
        Modem = new Sim7028(modemLink, clock, this);
        Http = new HttpExchange(Modem, clock, RequestCapacity, BodyCapacity);
        Uplink = new Uplink(Modem, Http, clock, system, Ring, Recorder, Clock, Config, Identity, Led, bootId);
    }

    /// <summary>Gets who the box is.</summary>
    public BoxIdentity Identity { get; }

    /// <summary>Gets what an operator can set.</summary>
    public BoxConfig Config { get; }

    /// <summary>Gets UTC.</summary>
    public WallClock Clock { get; }

    /// <summary>Gets the readings that wait.</summary>
    public ReadingRing Ring { get; }

    /// <summary>Gets the LED's patterns.</summary>
    public Led Led { get; }

    /// <summary>Gets the counting tables.</summary>
    public PeopleCounter Counter { get; }

    /// <summary>Gets minutes and intervals.</summary>
    public Recorder Recorder { get; }

    /// <summary>Gets the modem.</summary>
    public Sim7028 Modem { get; }

    /// <summary>Gets the requests.</summary>
    public HttpExchange Http { get; }

    /// <summary>Gets what sends.</summary>
    public Uplink Uplink { get; }

    /// <summary>Starts the watchdog and begins to count. To be called once, before <see cref="RunOnce"/>.</summary>
    public void Start()
    {
        long now = _clock.UptimeMs;
        _watchdog.Start(WatchdogMs);
        Led.Step(now);
        _schedule.Start(now);
        Recorder.Start(now);
        _system.Log("JamBox NB " + FirmwareVersion.Text + ", started by " + _system.ResetReason);
        if (Identity.MissingKey != null)
        {
            Led.Show(LedState.Fatal);
            _system.Log("not provisioned: '" + Identity.MissingKey + "' is missing. Provision the box with the bench tool.");
        }
    }

    /// <summary>One pass of the loop: work, send, sleep until something is due.</summary>
    public void RunOnce()
    {
        Work();
        if (Identity.MissingKey == null)
        {
            Uplink.Step();
        }

        _clock.Sleep(SleepMs());
    }

    /// <inheritdoc/>
    public void Pump()
    {
        Work();
        _clock.Sleep(PumpMs);
    }

    private void Work()
    {
        long now = _clock.UptimeMs;
        _watchdog.Feed();
        Recorder.Step(now);
        _schedule.Step(now);
        Led.Step(now);
        if (_button.Step(now) == ButtonPress.Short)
        {
            Led.Flash(LedState.Button, now, ButtonFlashMs);
            Recorder.CloseNow(now);
            Uplink.TryNow();
        }

        if (now >= _nextHeapLogMs)
        {
            _nextHeapLogMs = now + HeapLogMs;
            _system.Log("heap free " + _system.FreeHeapBytes.ToString() + ", largest block " + _system.LargestFreeBlockBytes.ToString());
        }
    }

    private int SleepMs()
    {
        long now = _clock.UptimeMs;
        long until = now + MaxSleepMs;
        until = Recorder.MinuteEndMs < until ? Recorder.MinuteEndMs : until;
        until = _schedule.NextSwitchMs < until ? _schedule.NextSwitchMs : until;
        until = Led.NextChangeMs < until ? Led.NextChangeMs : until;
        return until > now ? (int)(until - now) : 1;
    }
}
