using JamBox.App;
using JamBox.Counting;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>One box: the firmware, the simulated hardware around it, and a look at every reading that it closes.</summary>
internal sealed class DeviceRun
{
    // A stay ends ten minutes after its last sighting; one more lets the minute of that be booked.
    private const long StaysEndMs = 11 * 60_000;

    // How long what still waits may take to be sent at the end before the run is called failed.
    private const long PatienceMs = 3 * 3_600_000;

    // A box that does not get connected must not keep the people waiting for ever.
    private const long SyncPatienceMs = 30 * 60_000;

    private readonly VirtualClock _clock;
    private readonly IScene _scene;
    private readonly TwinWatchdog _watchdog;
    private int _seenReadings;
    private long _airEndMs = -1;
    private int _closedAtEnd = -1;

    /// <summary>Initializes a new instance of the <see cref="DeviceRun"/> class: the box is built, power comes with <see cref="Run"/>.</summary>
    public DeviceRun(string deviceId, VirtualClock clock, TwinRadio radio, ModemSimulator modem, IScene scene, TwinStore store, SeededRandom random, TextWriter log)
    {
        DeviceId = deviceId;
        _clock = clock;
        _scene = scene;
        Modem = modem;
        Observed = new ObservedClock(clock);
        _watchdog = new TwinWatchdog(Observed);
        Box = new Box(Observed, modem, radio, store, new TwinIndicator(), new TwinButtons(), _watchdog, new TwinSystem(Observed, random, log));
        Observed.Sleeping = Observe;
        radio.Heard = Heard;
        if (!scene.HasBoxTime)
        {
            // Into the minutes of the box's own clock, which is half a second or so beside the world's.
            Heard.MinuteOf = utcMs => (utcMs - clock.UtcAtBootMs + Box.Clock.OffsetMs) / Recorder.MinuteMs;
        }
    }

    /// <summary>The box's id.</summary>
    public string DeviceId { get; }

    /// <summary>The firmware.</summary>
    public Box Box { get; }

    /// <summary>Its modem.</summary>
    public ModemSimulator Modem { get; }

    /// <summary>Everything that was on air.</summary>
    public GroundTruth Truth { get; } = new();

    /// <summary>What the radio delivered of it.</summary>
    public GroundTruth Heard { get; } = new();

    /// <summary>Every reading that was closed, added up.</summary>
    public ReadingTotals Counted { get; } = new();

    /// <summary>Boot id and number of every reading that was closed.</summary>
    public List<(long Boot, int Number)> Closed { get; } = [];

    /// <summary>The longest time that the loop stood still, virtual ms.</summary>
    public long LongestLoopMs => _watchdog.LongestGapMs;

    /// <summary>Whether everything that was closed was taken by the backend.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>Whether a run goes on until every stay has ended; in real time nobody wants to wait for that.</summary>
    public bool WaitsForStays { get; init; } = true;

    /// <summary>Virtual ms since power came.</summary>
    public long VirtualMs => _clock.NowMs;

    private ObservedClock Observed { get; }

    /// <summary>Lets the box live until the air is silent, every stay has ended and every reading is sent.</summary>
    /// <param name="stop">Ends it early.</param>
    public void Run(CancellationToken stop)
    {
        try
        {
            Modem.PowerOn();
            Box.Start();
            bool hasBegun = false;
            while (!stop.IsCancellationRequested && !IsOver())
            {
                Box.RunOnce();
                if (!hasBegun && (Box.Clock.IsSet || _clock.NowMs > SyncPatienceMs))
                {
                    hasBegun = true;
                    _scene.Begin(_clock, Truth, () => Box.Clock.OffsetMs);
                }
            }
        }
        finally
        {
            _clock.Seat?.Leave();
        }
    }

    private bool IsOver()
    {
        if (!_scene.IsOver)
        {
            return false;
        }

        if (_airEndMs < 0)
        {
            _airEndMs = _clock.NowMs;
        }

        long silentMs = _clock.NowMs - _airEndMs;
        if (silentMs >= (WaitsForStays ? StaysEndMs : 0) && _closedAtEnd < 0)
        {
            _closedAtEnd = Box.Recorder.ClosedReadings;
        }

        IsDrained = _closedAtEnd >= 0 && Box.Recorder.ClosedReadings > _closedAtEnd && Box.Ring.Count == 0;
        return IsDrained || silentMs > PatienceMs;
    }

    private void Observe()
    {
        int closed = Box.Recorder.ClosedReadings;
        // The newest stand at the end of the ring; a stall of the loop may have closed several at once.
        for (int back = closed - _seenReadings - 1; back >= 0; back--)
        {
            int row = Box.Ring.At(Box.Ring.Count - 1 - back);
            ReadOnlySpan<int> fields = Box.Ring.Rows.AsSpan(row, ReadingField.Count);
            Counted.Add(fields);
            Closed.Add(((uint)fields[ReadingField.BootId], fields[ReadingField.Number]));
        }

        _seenReadings = closed;
    }
}
