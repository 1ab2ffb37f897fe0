using System;
using JamBox.Counting;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.App;

/// <summary>
/// The production firmware: one loop, which counts, closes readings and sends them. Everything that waits comes back here through
/// <see cref="Pump"/>.
/// </summary>
public sealed class Box : ILoop
{
    /// <summary>The watchdog's patience, ms (docs/architecture.md).</summary>
    public const int WatchdogMs = 300000;

    /// <summary>The longest the loop sleeps, ms: the native ring holds more than it can hear in that time.</summary>
    public const int MaxSleepMs = 100;

    /// <summary>How long one wait for the modem is, ms.</summary>
    public const int PumpMs = 20;

    /// <summary>Bytes of the longest head of a request: a host of 100, a token of 128 and the longest path.</summary>
    public const int MaxHeadBytes = 396;

    /// <summary>
    /// Bytes of the longest request: the longest head, and a reading's body. Bodies of answers are shorter: a chunk of an update is 512
    /// bytes (docs/wire.md).
    /// </summary>
    public const int HttpCapacity = 1296;

    private const int HeapLogMs = 60000;
    private const int ButtonFlashMs = 200;
    private const int SentFlashMs = 3000;
    private const int OtaFlashMs = 3000;
    private const int WarningMs = 10000;

    private readonly IClock _clock;
    private readonly Progress _progress;
    private readonly LastResort _lastResort;
    private readonly ISystem _system;
    private readonly MainButton _button;
    private readonly RadioSchedule _schedule;
    private readonly RadioWatch _radioWatch;
    private readonly Restart _restart;
    private readonly string _problem;
    private readonly string _version;
    private readonly bool _isConfigDamaged;
    private int _shownReadings;
    private long _nextHeapLogMs;

    /// <summary>All memory is allocated here.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="modemLink">The modem's UART.</param>
    /// <param name="modem">Makes the modem on it.</param>
    /// <param name="radio">The radio.</param>
    /// <param name="store">Identity and configuration.</param>
    /// <param name="indicator">The LED.</param>
    /// <param name="buttons">The main button.</param>
    /// <param name="watchdog">The watchdog.</param>
    /// <param name="system">The chip.</param>
    /// <param name="firmware">What the running image is called, and which board it is for.</param>
    /// <param name="log">The <c>log</c> partition, where closed readings survive a loss of power; <c>null</c> for none: they wait in RAM
    /// only.</param>
    /// <param name="scanner">The scan of access points; <c>null</c> for none: the box is never located.</param>
    /// <param name="slots">Where an update lives; <c>null</c> for none: the box then has no OTA, and <c>ota_check</c> is answered
    /// <c>failed</c>.</param>
    /// <param name="crypto">Hashes and signatures; <c>null</c> for none: the box then has no OTA.</param>
    /// <param name="heap">Hears of the blocks that an update needs; <c>null</c> on a board.</param>
    public Box(
        IClock clock,
        IModemLink modemLink,
        IModemFactory modem,
        IRadio radio,
        IKeyValueStore store,
        IIndicator indicator,
        IButtons buttons,
        IWatchdog watchdog,
        ISystem system,
        FirmwareInfo firmware,
        IFlashRegion log = null,
        IWifiScanner scanner = null,
        IFirmwareSlots slots = null,
        ICryptography crypto = null,
        IHeap heap = null)
    {
        Health = new Health();
        store = new WatchedStore(store, Health);
        _clock = clock;
        _system = system;
        var random = new byte[4];
        system.Random(random);
        int bootId = BitConverter.ToInt32(random, 0);
        var salt = new byte[PeopleCounter.SaltLength];
        system.Random(salt);
        _version = firmware.Version;
        Identity = new BoxIdentity(store);
        _problem = Identity.Problem;
        Config = new BoxConfig();
        var configStore = new ConfigStore(store);
        configStore.Load(Config);
        _isConfigDamaged = configStore.IsDamaged;
        Clock = new WallClock();
        Ring = ReadingLog.Fits(log) ? new ReadingRing(new ReadingLog(log), new BootTime(store)) : new ReadingRing();
        Led = new Led(indicator);
        _button = new MainButton(buttons);
        _schedule = new RadioSchedule(radio, Config, Health);
        Counter = new PeopleCounter(salt, Config.Thresholds);
        Recorder = new Recorder(radio, Counter, _schedule, Clock, Ring, Config, bootId);
        Modem = modem.Create(modemLink, clock, this);
        Http = new HttpExchange(Modem, clock, HttpCapacity);
        Http.SetServer(Identity.Host, Identity.Port);
        Http.SetToken(Identity.Token);
        if (crypto != null && Identity.MacKey.Length == AnswerMac.KeySize)
        {
            Http.SetMac(new AnswerMac(crypto, system, Identity.DeviceId, Identity.MacKey), Health);
        }

        var healthStore = new HealthStore(store, Health);
        Health.Restore(Health.LogRecordsSkipped, Ring.LogRecordsSkipped);
        _restart = new Restart(clock, system, Recorder, Ring, Health, healthStore);
        _radioWatch = new RadioWatch(radio, _schedule, Recorder, _restart, Health, store, system);
        UplinkState = new UplinkState();
        _progress = new Progress(clock, watchdog);
        Geolocator = new Geolocator(scanner, _schedule, clock, system, Identity.DeviceId, bootId);
        var json = new JsonScanner();
        RemoteConfig = new RemoteConfig(Config, configStore, new ConfigReader(json), Recorder, clock, system, Identity.DeviceId, bootId);
        byte[] version = Ascii.Bytes(_version);
        byte[] hardwareId = Ascii.Bytes(firmware.HardwareId);
        if (slots != null && crypto != null)
        {
            var update = new UpdateContext(
                slots, crypto, hardwareId, firmware.Sequence, store, clock, system, _restart, Identity.DeviceId, heap);
            Updater = new Updater(update, Http, UplinkState, json, version, bootId);
        }

        Commands = new Commands(store, clock, system, Recorder, RemoteConfig, Geolocator, _restart, Updater);
        _lastResort = new LastResort(UplinkState, Modem, _restart, Ring, Health, healthStore, system);
        var connection = new Connection(Modem, clock, system, UplinkState, _progress, Identity.Apn, bootId);
        var piggyback = new Piggyback(Modem, clock, Recorder, Clock, RemoteConfig, Commands, Updater, json);
        Compact = new CompactReport(new CompactWriter(version, hardwareId, Health, bootId), clock, system);
        Readings = new ReadingTask(
            Ring, new ReadingWriter(Identity.DeviceId, version), piggyback, UplinkState, Clock, clock, system, Compact, bootId);
        var heartbeatWriter = new HeartbeatWriter(Identity.DeviceId, version, hardwareId, Health, bootId);
        var heartbeat = new HeartbeatTask(heartbeatWriter, piggyback, UplinkState, clock, system, Config, Compact, Readings, bootId);
        IUplinkTask[] tasks = Updater == null
            ? [heartbeat, RemoteConfig, Readings, Geolocator]
            : [heartbeat, RemoteConfig, Readings, Geolocator, Updater];
        Uplink = new UplinkScheduler(connection, Http, clock, UplinkState, _restart, _progress, tasks);
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
    public IModem Modem { get; }

    /// <summary>Gets the requests.</summary>
    public HttpExchange Http { get; }

    /// <summary>Gets what sends.</summary>
    public UplinkScheduler Uplink { get; }

    /// <summary>Gets what sends readings.</summary>
    public ReadingTask Readings { get; }

    /// <summary>Gets the compact wire.</summary>
    public CompactReport Compact { get; }

    /// <summary>Gets how it goes with the backend.</summary>
    public UplinkState UplinkState { get; }

    /// <summary>Gets what the box had to do to stay alive.</summary>
    public Health Health { get; }

    /// <summary>Gets the configuration from afar.</summary>
    public RemoteConfig RemoteConfig { get; }

    /// <summary>Gets the search for the box's place.</summary>
    public Geolocator Geolocator { get; }

    /// <summary>Gets the commands.</summary>
    public Commands Commands { get; }

    /// <summary>Gets the update over the air; <c>null</c> in a box without.</summary>
    public Updater Updater { get; }

    /// <summary>
    /// Gets a value indicating whether the box has called <see cref="ISystem.Reboot"/>. Where that returns, the host builds a new box; this
    /// one does nothing more, and does not feed the watchdog either.
    /// </summary>
    public bool IsRebooting => _restart.IsUnderWay;

    /// <summary>Gets the bytes of the large tables and buffers together, as on the board; docs/memory.md has all the rest.</summary>
    public int TableBytes => Counter.TableBytes + Ring.TableBytes + Recorder.TableBytes + Http.TableBytes + Modem.TableBytes
        + (Updater == null ? 0 : Updater.TableBytes);

    /// <summary>Starts the watchdog and begins to count. To be called once, before <see cref="RunOnce"/>.</summary>
    public void Start()
    {
        long now = _clock.UptimeMs;
        _progress.Start(WatchdogMs);
        Led.Step(now);
        _schedule.Start(now);
        Recorder.Start(now);
        _lastResort.Start(now);
        _system.Log(
            "JamBox NB " + _version + ", started by " + _system.ResetReason + ", configuration " + Config.Version
                .ToString() + ", " + Ring.Count.ToString() + " readings wait");
        if (_isConfigDamaged)
        {
            _system.Log("the stored configuration is damaged: the defaults are in force");
        }

        if (_problem != null)
        {
            Led.Show(LedState.Fatal);
            _system.Log("not provisioned: " + _problem + ". Provision the box with the bench tool.");
            return;
        }

        if (Identity.MacKey.Length != 0 && Identity.MacKey.Length != AnswerMac.KeySize)
        {
            _system.Log("'" + BoxIdentity.MacKeyKey + "' is damaged: whoever is on the line can give the box orders. Write its identity again.");
        }

        if (!Identity.IsCellularOk)
        {
            // It may still work: the flag says only that nobody has seen it work.
            Led.Flash(LedState.Fatal, now, WarningMs);
            _system.Log("'" + BoxIdentity.CellularOkKey + "' is missing: the modem was not provisioned. Trying all the same.");
        }

        if (Config.GeolocationOnBoot)
        {
            Geolocator.Want();
        }
    }

    /// <summary>One pass of the loop: work, send, sleep until something is due. After a reboot was ordered only the sleep.</summary>
    public void RunOnce()
    {
        if (IsRebooting)
        {
            _clock.Sleep(MaxSleepMs);
            return;
        }

        _progress.Begin(Progress.PassMs);
        Work();
        if (_problem == null)
        {
            Report();
        }

        _restart.Step();
        if (_restart.IsWanted && !IsRebooting)
        {
            // Wished for outside of a session: an update that is staged, or a trial that is over.
            _restart.Now();
            return;
        }

        _clock.Sleep(SleepMs());
    }

    /// <inheritdoc/>
    public void Pump()
    {
        if (!IsRebooting)
        {
            Work();
        }

        _clock.Sleep(PumpMs);
    }

    private void Report()
    {
        Health.Restore(Health.LogRecordsSkipped, Ring.LogRecordsSkipped);
        Health.Restore(Health.LogRefusals, Ring.LogRefusals);
        Updater?.CountInto(Health);
        if (_lastResort.Step(_clock.UptimeMs))
        {
            Uplink.TryNow();
        }

        Commands.BeginSession();
        Commands.Step();
        Uplink.Step();
        ShowState(_clock.UptimeMs);
    }

    private void Work()
    {
        long now = _clock.UptimeMs;
        if (!_progress.Feed())
        {
            // Nobody gets out of this wait any more. In order, so that the open reading is kept; if that hangs too the watchdog ends it.
            _restart.Want("hang");
            _restart.Now();
            return;
        }

        Recorder.Step(now);
        _schedule.Step(now);
        _restart.IsOnTrial = Updater != null && Updater.State == OtaState.Trial;
        _radioWatch.Step(now);
        Geolocator.Step(now);
        if (Updater != null)
        {
            Updater.Step(now);
        }

        if (_problem == null)
        {
            ShowState(now);
        }

        Led.Step(now);
        ButtonPress press = _button.Step(now);
        if (press != ButtonPress.None)
        {
            Press(press, now);
        }

        if (now >= _nextHeapLogMs)
        {
            _nextHeapLogMs = now + HeapLogMs;
            LogState();
        }
    }

    /// <summary>Says with the LED what the uplink and the update are doing. Neither knows that there is one.</summary>
    private void ShowState(long nowMs)
    {
        Led.Show(Updater != null && Updater.IsInstalling ? LedState.Ota : LedOf(UplinkState.Activity));
        if (_shownReadings != UplinkState.AcceptedReadings)
        {
            _shownReadings = UplinkState.AcceptedReadings;
            Led.Flash(LedState.Sent, nowMs, SentFlashMs);
        }
    }

    private static LedState LedOf(UplinkActivity activity)
    {
        switch (activity)
        {
            case UplinkActivity.Searching:
                return LedState.Searching;
            case UplinkActivity.SimMissing:
                return LedState.Fatal;
            case UplinkActivity.Idle:
                return LedState.Counting;
            case UplinkActivity.Sending:
                return LedState.Sending;
            case UplinkActivity.Updating:
                return LedState.Ota;
            case UplinkActivity.Failed:
                return LedState.SendFailed;
            default:
                return LedState.Booting;
        }
    }

    private void Press(ButtonPress press, long nowMs)
    {
        if (press == ButtonPress.Short)
        {
            Led.Flash(LedState.Button, nowMs, ButtonFlashMs);
            Recorder.CloseNow(nowMs);
            SendNow();
            return;
        }

        bool isBegun = Updater != null && Updater.CheckNow();
        if (isBegun)
        {
            Uplink.TryNow();
        }

        Led.Flash(LedState.Ota, nowMs, OtaFlashMs);
        _system.Log(isBegun ? "button: the box asks for an update" : "button: no update can be asked for now");
    }

    private void SendNow()
    {
        Readings.TryNow();
        Uplink.TryNow();
    }

    private void LogState()
    {
        // Flash may fail to give back a reading at any time.
        Health.Restore(Health.LogRecordsSkipped, Ring.LogRecordsSkipped);
        ModemCounters modem = Modem.Counters;
        _system.Log("heap free " + _system.FreeHeapBytes.ToString() + ", largest block " + _system.LargestFreeBlockBytes.ToString()
            + "; waiting " + Ring.Count.ToString() + ", sent " + UplinkState.AcceptedReadings.ToString() + ", lost " + Ring.Dropped
                .ToString()
            + ", failures " + UplinkState.Failures.ToString() + ", flash refused " + Ring.LogRefusals
                .ToString() + ", skipped " + Ring.LogRecordsSkipped.ToString()
            + "; modem restarts " + modem.Restarts.ToString() + "+" + modem.OrderedRestarts.ToString() + "+" + modem.HardwareResets
                .ToString()
            + ", network lost " + modem.NetworkLosses.ToString() + ", reopened " + modem.NetworkReopens.ToString()
            + ", time-outs " + modem.Timeouts.ToString() + ", prompts missed " + modem.MissedPrompts.ToString());
    }

    private int SleepMs()
    {
        long now = _clock.UptimeMs;
        if ((Updater != null && Updater.IsBusy) || Recorder.HasBacklog)
        {
            return 1;
        }

        long until = now + MaxSleepMs;
        until = Recorder.MinuteEndMs < until ? Recorder.MinuteEndMs : until;
        until = _schedule.NextSwitchMs < until ? _schedule.NextSwitchMs : until;
        until = Led.NextChangeMs < until ? Led.NextChangeMs : until;
        return until > now ? (int)(until - now) : 1;
    }
}
