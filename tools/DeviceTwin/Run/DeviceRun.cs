using JamBox.App;
using JamBox.Counting;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Twin.Modem;
using JamBox.Twin.Ota;
using JamBox.Twin.Radio;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>
/// One box over all its boots: the firmware, the simulated hardware around it, and a look at every reading that it closes. When it dies
/// a new <see cref="App.Box"/> boots on the same flash, store and modem, as on the board.
/// </summary>
internal sealed class DeviceRun
{
    // A stay ends ten minutes after its last sighting; one more lets the minute of that be booked.
    private const long StaysEndMs = 11 * 60_000;

    // How long what still waits may take to be sent at the end before the run is called failed.
    private const long PatienceMs = 3 * 3_600_000;

    // A box that does not get connected must not keep the people waiting for ever.
    private const long SyncPatienceMs = 30 * 60_000;

    // The chip's boot loader and runtime, until the firmware's first instruction.
    private const int BootMs = 1_500;

    // An image that hangs does so before it can have sent anything.
    private const int HangsAfterMs = 3_000;

    private readonly DeviceParts _parts;
    private readonly VirtualClock _clock;
    private readonly ObservedClock _observed;
    private readonly TwinWatchdog _watchdog;
    private readonly TwinSystem _system;
    private readonly WatchedModem _modem;
    private readonly TwinScanner _scanner;
    private readonly FirmwareMeter _meter = new();
    private readonly int[] _row = new int[ReadingField.Count];
    private int _seenReadings;
    private int _sentBefore;
    private bool _hasBegun;
    private long _airEndMs = -1;
    private int _closedAtEnd = -1;

    /// <summary>The box is built, power comes with <see cref="Run"/>.</summary>
    /// <param name="parts">What it is put together from.</param>
    public DeviceRun(DeviceParts parts)
    {
        _parts = parts;
        _clock = parts.Clock;
        _watchdog = new TwinWatchdog(_clock);
        _observed = new ObservedClock(_clock, _watchdog, parts.Power, _meter) { Sleeping = () => Observe(isLast: false) };
        _system = new TwinSystem(_clock, parts.Random, parts.Log, _meter);
        _modem = new WatchedModem(parts.Modem, _meter);
        _scanner = new TwinScanner(_clock, parts.Radio, parts.Random);
        parts.Store.Meter = _meter;
        foreach (SimulatedFlash flash in parts.Chip.All)
        {
            flash.Meter = _meter;
        }

        Slots = new TwinSlots(parts.Chip, parts.BootCopies, _meter);
        Cryptography = new TwinCryptography(_meter);
        parts.Radio.IlASecond = parts.IlASecond;
        parts.Radio.Working = _observed.Sleep;
        parts.Radio.Fetching = TellFetching;
        parts.Radio.Fetched = TellFetched;
        Box = FirstBoot();
        parts.Radio.Heard = parts.KeepsTruth ? Heard : null;
        if (!parts.Scene.HasBoxTime)
        {
            // Into the minutes of the box's own clock, which is half a second or so beside the world's.
            Heard.MinuteOf = utcMs => (utcMs - _clock.UtcAtBootMs + Box.Clock.OffsetMs) / Recorder.MinuteMs;
        }
    }

    /// <summary>The box's id.</summary>
    public string DeviceId => _parts.DeviceId;

    /// <summary>What it is put together from.</summary>
    public DeviceParts Parts => _parts;

    /// <summary>The firmware, as of the present boot.</summary>
    public Box Box { get; private set; }

    /// <summary>Its modem.</summary>
    public ModemSimulator Modem => _parts.Modem;

    /// <summary>Its line to the modem.</summary>
    public WatchedModem ModemLine => _modem;

    /// <summary>Its LED.</summary>
    public TwinIndicator Indicator { get; } = new();

    /// <summary>The chip.</summary>
    public TwinSystem System => _system;

    /// <summary>Its scans of access points.</summary>
    public TwinScanner Scanner => _scanner;

    /// <summary>Its slots.</summary>
    public TwinSlots Slots { get; }

    /// <summary>Its hashes and signatures.</summary>
    public TwinCryptography Cryptography { get; }

    /// <summary>What the image that it runs says of itself; <c>null</c> when it is no twin image.</summary>
    public TwinFirmware? Firmware { get; private set; }

    /// <summary>Somebody who looks on; <c>null</c> = nobody.</summary>
    public IBoxWatch? Watch { get; set; }

    /// <summary>Says that the run is over, although the scene is not; <c>null</c> = never.</summary>
    public Func<bool>? Ends { get; set; }

    /// <summary>Told when nothing is on air any more.</summary>
    public Action? AirEnded { get; set; }

    /// <summary>Everything that was on air.</summary>
    public GroundTruth Truth { get; } = new();

    /// <summary>What the radio delivered of it.</summary>
    public GroundTruth Heard { get; } = new();

    /// <summary>Every reading that was closed, added up.</summary>
    public ReadingTotals Counted { get; } = new();

    /// <summary>Boot id and number of every reading that was closed.</summary>
    public List<(long Boot, int Number)> Closed { get; } = [];

    /// <summary>Readings that the backend took.</summary>
    public int SentReadings => _sentBefore + Box.UplinkState.AcceptedReadings;

    /// <summary>How often it booted, and why, in words.</summary>
    public List<string> BootReasons { get; } = [BoxDiedException.Power];

    /// <summary>How long the boot copies ran in all boots, virtual ms.</summary>
    public long BootCopyMs { get; private set; }

    /// <summary>The longest time that the loop stood still, virtual ms.</summary>
    public long LongestLoopMs => _watchdog.LongestGapMs;

    /// <summary>Bytes allocated by the firmware so far, in all boots, construction included.</summary>
    public long AllocatedBytes => _meter.AllocatedBytes;

    /// <summary>Whether everything that was closed was taken by the backend.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>Whether a run goes on until every stay has ended; in real time nobody wants to wait for that.</summary>
    public bool WaitsForStays { get; init; } = true;

    /// <summary>Virtual ms since power came.</summary>
    public long VirtualMs => _clock.NowMs;

    /// <summary>Lets the box live until the air is silent, every stay has ended and every reading is sent.</summary>
    /// <param name="stop">Ends it early.</param>
    public void Run(CancellationToken stop)
    {
        try
        {
            Modem.PowerOn();
            if (_parts.BeginsAtPowerOn)
            {
                BeginScene();
            }

            while (!stop.IsCancellationRequested && !IsOver())
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
        }
        finally
        {
            _clock.Seat?.Leave();
        }
    }

    private void Live(CancellationToken stop)
    {
        Watch?.Booted(Box);
        Misbehave();
        _meter.Resume();
        Box.Start();
        while (!stop.IsCancellationRequested && !IsOver())
        {
            Box.RunOnce();
            if (!_hasBegun && (Box.Clock.IsSet || _clock.NowMs > SyncPatienceMs))
            {
                BeginScene();
            }
        }

        _meter.Pause();
    }

    private void Misbehave()
    {
        TwinBehaviour? behaviour = Firmware is { } found && _parts.Behaves is { } behaves ? behaves(found) : Firmware?.Behaviour;
        _modem.IsMute = behaviour == TwinBehaviour.CannotSend;
        _parts.Radio.IsDeaf = behaviour == TwinBehaviour.CountsNothing;
        if (behaviour == TwinBehaviour.Hangs)
        {
            Box hanging = Box;
            _clock.After(HangsAfterMs, () => _parts.Power.IsHanging |= ReferenceEquals(Box, hanging));
        }
    }

    private void BeginScene()
    {
        _hasBegun = true;
        _parts.Scene.Begin(_clock, _parts.KeepsTruth ? Truth : null, () => Box.Clock.OffsetMs);
    }

    private void Reboot(BoxDiedException death)
    {
        _meter.Pause();
        Observe(isLast: true);
        Watch?.Died(death);
        _sentBefore += Box.UplinkState.AcceptedReadings;
        _seenReadings = 0;
        string reason = BoxDiedException.Power;
        for (BoxDiedException? cause = death; cause != null;)
        {
            Restart(cause);
            reason = cause.Reason;
            cause = CopyImages();
        }

        _clock.MarkBoot();
        _system.ResetReason = reason;
        BootReasons.Add(reason);
        Box = NewBox();
    }

    private void Restart(BoxDiedException cause)
    {
        _watchdog.Reset();
        _modem.IsMute = false;
        bool isOutage = cause.Reason == BoxDiedException.Power;
        bool modemToo = isOutage && !_parts.Power.SparesModem;
        if (modemToo)
        {
            Modem.PowerOff();
        }

        _parts.Radio.Reset();
        _clock.Sleep(BootMs + (isOutage ? _parts.Power.OutageMs : 0));
        if (modemToo)
        {
            Modem.PowerOn();
        }

        _parts.Radio.Reset();
        _scanner.Cancel();
        _parts.Power.Restore();
    }

    // What the start-up hook does before the firmware's first instruction. An error of theirs is in the record, or comes again at the
    // next boot.
    private BoxDiedException? CopyImages()
    {
        int tookMs = 0;
        BoxDiedException? death = null;
        try
        {
            _ = _parts.Chip.BootWith(_parts.BootCopies, out tookMs);
        }
        catch (BoxDiedException e)
        {
            death = e;
        }

        BootCopyMs += tookMs;
        _clock.Sleep(tookMs);
        return death;
    }

    // Power comes with Run: before that no time passes.
    private Box FirstBoot()
    {
        _ = _parts.Chip.BootWith(_parts.BootCopies, out _);
        _parts.Chip.Sleep = _clock.Sleep;
        return NewBox();
    }

    private Box NewBox()
    {
        byte[] deploy = _parts.Chip.Deploy.Content;
        if (TwinImage.Length(deploy) == 0)
        {
            throw new InvalidOperationException($"{DeviceId} has nothing to boot from: deploy holds no whole image");
        }

        _parts.Heap.Reset();
        Firmware = TwinImage.Read(deploy);
        TwinFirmware found = Firmware ?? new TwinFirmware(FirmwareVersion.Text, FirmwareVersion.Sequence);
        var info = new FirmwareInfo(found.Version, found.Sequence, JamBox.Atoms3.Program.HardwareId);
        var box = new Box(
            _observed,
            _modem,
            new Sim7028Factory(),
            _parts.Radio,
            _parts.Store,
            Indicator,
            _parts.Buttons,
            _watchdog,
            _system,
            info,
            _parts.Flash,
            _scanner,
            Slots,
            Cryptography,
            _parts.Heap);
        if (_parts.SendsJson)
        {
            box.Compact.TurnOff();
        }

        return box;
    }

    private bool IsOver()
    {
        if (Ends?.Invoke() == true)
        {
            return true;
        }

        if (!_parts.Scene.IsOver)
        {
            return false;
        }

        if (_airEndMs < 0)
        {
            _airEndMs = _clock.NowMs;
            AirEnded?.Invoke();
        }

        long silentMs = _clock.NowMs - _airEndMs;
        if (silentMs >= (WaitsForStays ? StaysEndMs : 0) && _closedAtEnd < 0)
        {
            _closedAtEnd = Closed.Count;
        }

        IsDrained = _closedAtEnd >= 0 && Closed.Count > _closedAtEnd && Box.Ring.Count == 0;
        return IsDrained || silentMs > PatienceMs;
    }

    // Nothing is allocated before the pause: it would count as the firmware's.
    private void TellFetching()
    {
        _meter.Pause();
        Watch?.Fetching();
        _meter.Resume();
    }

    private void TellFetched(int probes, int adverts)
    {
        _meter.Pause();
        Watch?.Fetched(probes, adverts);
        _meter.Resume();
    }

    // From outside the box: whatever is wrong with its flash, these reads do not meet it.
    private void Observe(bool isLast)
    {
        int closed = Box.Recorder.ClosedReadings;
        // The newest stand at the end of the ring, but for one whose writing power cut off; a stall of the loop may have closed several at
        // once.
        int waiting = Box.Ring.Count;
        _parts.Flash.IsLookedAt = true;
        bool isCutOff = closed > _seenReadings && !IsLastInRing(Box.Ring.Newest);
        for (int back = closed - _seenReadings - 1; back >= 0; back--)
        {
            int[] fields = new int[ReadingField.Count];
            if (isCutOff && back == 0)
            {
                Box.Ring.Newest.CopyTo(fields, 0);
            }
            else
            {
                Box.Ring.Read(waiting - 1 - back + (isCutOff ? 1 : 0), fields);
            }

            Counted.AddRow(fields);
            Closed.Add(((uint)fields[ReadingField.BootId], fields[ReadingField.Number]));
            Watch?.Closed(fields);
        }

        _parts.Flash.IsLookedAt = false;
        _seenReadings = closed;
        Watch?.Look(isLast);
    }

    private bool IsLastInRing(int[] fields)
    {
        int last = Box.Ring.Count - 1;
        return last >= 0
            && Box.Ring.Read(last, _row)
            && _row[ReadingField.Number] == fields[ReadingField.Number]
            && _row[ReadingField.BootId] == fields[ReadingField.BootId];
    }
}
