using JamBox.App;
using JamBox.Counting;
using JamBox.Modem;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Tests.Modem;
using JamBox.Tests.Storage;
using JamBox.Uplink;

namespace JamBox.Tests.App;

/// <summary>A last resort, a modem that it can reset, and a backend that takes nothing: weeks in a moment.</summary>
internal sealed class LastResortBench
{
    /// <summary>Time between two looks, ms.</summary>
    public const int StepMs = 600000;

    private readonly bool _hasLog;
    private LastResort _lastResort;
    private Restart _restart;

    /// <param name="hasLog">Whether readings survive a reboot.</param>
    public LastResortBench(bool hasLog)
    {
        _hasLog = hasLog;
        Boot();
    }

    public FakeStore Store { get; } = new FakeStore();

    public FakeClock Clock { get; private set; }

    public FakeModem Modem { get; private set; }

    public Health Health { get; private set; }

    public UplinkState State { get; private set; }

    /// <summary>Whether the image is on trial.</summary>
    public bool IsOnTrial { get; set; }

    /// <summary>A new boot on the same store.</summary>
    public void Boot()
    {
        Clock = new FakeClock { UptimeMs = 0, Stretch = 10 };
        var board = new FakeBoard();
        Health = new Health();
        var store = new HealthStore(Store, Health);
        ReadingRing ring = _hasLog ? new ReadingRing(new ReadingLog(new SimFlash(4, 512)), new BootTime(Store)) : new ReadingRing();
        State = new UplinkState();
        Modem = new FakeModem(Clock);
        _restart = new Restart(Clock, board, new Recorder(null, null, null, null, null, null, 1), ring, Health, store);
        _lastResort = new LastResort(State, new Sim7028(Modem, Clock, Clock), _restart, ring, Health, store, board);
        _lastResort.Start(0);
    }

    /// <summary>A look, and time that passes.</summary>
    /// <returns>Whether the box is to reboot. No interval ends here: it does so when it is tired of waiting for that.</returns>
    public bool Step()
    {
        _restart.IsOnTrial = IsOnTrial;
        _lastResort.Step(Clock.UptimeMs);
        _restart.Step();
        Clock.UptimeMs += StepMs;
        return _restart.IsWanted;
    }
}
