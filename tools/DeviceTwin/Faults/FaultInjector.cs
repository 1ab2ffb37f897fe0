using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>
/// Makes things go wrong around one box, at times and in ways that follow from the seed alone: each kind has a random stream of its own,
/// so that one kind more or less in a profile does not change when the others happen.
/// </summary>
internal sealed class FaultInjector
{
    private const double MsADay = 86_400_000;

    private readonly FaultSite _site;
    private readonly FaultProfile _profile;
    private readonly ModemTroubles _modem;
    private readonly BackendTroubles _backend;
    private readonly BoxTroubles _box;
    private readonly FlashTroubles _flash;
    private readonly AirTroubles _air;
    private readonly RadioTroubles _radio;
    private readonly LineTroubles _line;
    private readonly FaultCounts _counts = new();
    private bool _isStopped;

    /// <param name="site">Where.</param>
    /// <param name="profile">What, and how often.</param>
    /// <param name="seed">When, and how.</param>
    public FaultInjector(FaultSite site, FaultProfile profile, long seed)
    {
        _site = site;
        _profile = profile;
        _modem = new ModemTroubles(site);
        _backend = new BackendTroubles(site, _counts);
        _box = new BoxTroubles(site, _counts);
        _flash = new FlashTroubles(site, _counts);
        _air = new AirTroubles(site, _counts);
        _radio = new RadioTroubles(site, _counts);
        _line = new LineTroubles(_counts);
        site.Bridge.Faults.Intercept = _backend.Answer;
        site.Bridge.Faults.Tamper = _line.Tamper;
        site.Power.CutInOperation = () => _counts.Add(FaultKind.PowerLostInFlash);
        for (int kind = 0; kind < FaultTable.Count; kind++)
        {
            if (profile[(FaultKind)kind] > 0)
            {
                ScheduleNext((FaultKind)kind, SeededRandom.For(seed, "fault " + FaultTable.NameOf((FaultKind)kind)));
            }
        }
    }

    /// <summary>Gets how often somebody on the line said that what the box asked for is not there, compact wire aside.</summary>
    public int Denials => _line.Denials;

    /// <summary>Nothing goes wrong any more, and what was wrong is right again, so that the box can send what waits.</summary>
    public void Stop()
    {
        _isStopped = true;
        _modem.Stop();
        _backend.Stop();
        _box.Stop();
        _radio.Stop();
        _line.Stop();
    }

    /// <summary>Adds up what really happened so far.</summary>
    /// <returns>By kind.</returns>
    public FaultCounts Count()
    {
        var counts = new FaultCounts();
        counts.Add(_counts);
        _modem.AddTo(counts);
        counts.Add(FaultKind.RequestLost, _site.Bridge.Faults.LostRequestsSoFar);
        counts.Add(FaultKind.ResponseLost, _site.Bridge.Faults.LostResponsesSoFar);
        counts.Add(FaultKind.ResponseCut, _site.Bridge.Faults.CutResponsesSoFar);
        return counts;
    }

    private void ScheduleNext(FaultKind kind, SeededRandom random)
    {
        long delayMs = (long)Math.Max(random.Exponential(MsADay / _profile[kind]), 1);
        _site.Clock.After(delayMs, () =>
        {
            if (!_isStopped)
            {
                Happen(kind, random);
                ScheduleNext(kind, random);
            }
        });
    }

    private void Happen(FaultKind kind, SeededRandom random)
    {
        switch (kind)
        {
            case <= FaultKind.NetworkSlow:
            case >= FaultKind.ModemRestart and <= FaultKind.ModemReportsNothing:
                _modem.Happen(kind, random, _backend);
                break;
            case FaultKind.RequestLost:
                _site.Bridge.Faults.LostRequests++;
                break;
            case FaultKind.ResponseLost:
                _site.Bridge.Faults.LostResponses++;
                break;
            case FaultKind.ResponseCut:
                _site.Bridge.Faults.CutResponses++;
                break;
            case >= FaultKind.BackendDown and <= FaultKind.AnswerBroken:
            case FaultKind.ClockStep:
                _backend.Happen(kind, random);
                break;
            case >= FaultKind.FlashWriteIgnored and <= FaultKind.FlashReadFails:
                _flash.Happen(kind, random);
                break;
            case >= FaultKind.FloodOfProbes and <= FaultKind.FloodOfAdverts:
                _air.Happen(kind, random);
                break;
            case FaultKind.LineForged:
                _line.Happen(random);
                break;
            case FaultKind.WifiDeaf or FaultKind.BleDeaf:
                _radio.Happen(kind, random);
                break;
            default:
                _box.Happen(kind, random);
                break;
        }
    }
}

/// <summary>Where faults are put: everything around one box.</summary>
/// <param name="Clock">The clock of its world.</param>
/// <param name="Radio">Its radio; <c>null</c> = it has none.</param>
/// <param name="Modem">Its modem.</param>
/// <param name="Bridge">Its network.</param>
/// <param name="Chip">Its flash; <c>null</c> = its firmware uses none.</param>
/// <param name="Power">Its power.</param>
/// <param name="Heap">Its heap.</param>
/// <param name="Buttons">Its button.</param>
/// <param name="ServerTime">The backend's clock.</param>
/// <param name="Crowd">What is on air; <c>null</c> until it begins.</param>
/// <param name="Operator">Who gives orders; <c>null</c> = nobody.</param>
internal sealed record FaultSite(
    VirtualClock Clock,
    TwinRadio? Radio,
    ModemSimulator Modem,
    VirtualHttpBridge Bridge,
    BoxFlash? Chip,
    PowerSwitch Power,
    TwinHeap Heap,
    TwinButtons Buttons,
    VirtualTimeProvider ServerTime,
    Func<Crowd?> Crowd,
    IOperator? Operator);

/// <summary>How often each kind of fault really happened.</summary>
internal sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, long> ByName => _counts;

    /// <summary>All of them.</summary>
    public long Total => _counts.Values.Sum();

    /// <summary>Counts.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="times">How often.</param>
    public void Add(FaultKind kind, long times = 1) => Add(FaultTable.NameOf(kind), times);

    /// <summary>Counts.</summary>
    /// <param name="name">What happened.</param>
    /// <param name="times">How often.</param>
    public void Add(string name, long times)
    {
        if (times > 0)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + times;
        }
    }

    /// <summary>Adds all of another.</summary>
    /// <param name="other">The other.</param>
    public void Add(FaultCounts other)
    {
        foreach ((string name, long times) in other._counts)
        {
            Add(name, times);
        }
    }
}

/// <summary>Somebody at the portal, who gives orders to the box through the backend.</summary>
internal interface IOperator
{
    /// <summary>Queues some command.</summary>
    /// <param name="random">Which.</param>
    /// <returns>Whether the backend took it.</returns>
    bool QueueCommand(SeededRandom random);

    /// <summary>Changes the configuration somehow.</summary>
    /// <param name="random">How.</param>
    /// <returns>Whether the backend took it.</returns>
    bool ChangeConfiguration(SeededRandom random);
}
