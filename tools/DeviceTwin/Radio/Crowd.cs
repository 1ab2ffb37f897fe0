using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>What kind of crowd walks by.</summary>
internal sealed record CrowdOptions
{
    /// <summary>Gets how many people come in an hour, on the mean over a day.</summary>
    public double PeoplePerHour { get; init; } = 60;

    /// <summary>Gets a value indicating whether they come evenly by day and night, not as to a shop.</summary>
    public bool IsEven { get; init; }

    /// <summary>Gets the share of people with a phone of Apple's.</summary>
    public double AppleShare { get; init; } = 0.45;

    /// <summary>Gets the share of phones that send no probe requests.</summary>
    public double QuietWifiShare { get; init; } = 0.10;

    /// <summary>Gets the share of phones that probe with their global address, which does not count.</summary>
    public double GlobalAddressShare { get; init; } = 0.10;

    /// <summary>Gets the share of phones that keep a random address for some minutes; the rest takes a new one for every burst.</summary>
    public double KeptAddressShare { get; init; } = 0.25;

    /// <summary>Gets the share of Apple's phones that advertise.</summary>
    public double AppleAdvertisingShare { get; init; } = 0.85;

    /// <summary>Gets the share of other phones that advertise.</summary>
    public double OtherAdvertisingShare { get; init; } = 0.35;

    /// <summary>Gets the share of people who wear something that advertises with a public address, which does not count.</summary>
    public double PublicWearableShare { get; init; } = 0.08;

    /// <summary>Gets the beacons of the place, with public addresses.</summary>
    public int Beacons { get; init; } = 2;
}

/// <summary>
/// People who walk by with phones in their pockets, one event at a time: only what happens next is on the clock, so that a day costs
/// no memory. Nothing in it depends on the box, so the same seed gives the same crowd whatever the firmware does.
/// </summary>
internal sealed class Crowd
{
    private readonly VirtualClock _clock;
    private readonly CrowdOptions _options;
    private readonly SeededRandom _random;
    private readonly PriorityQueue<Emitter, (long TimeMs, long Entry)> _emitters = new();
    private readonly Action _act;
    private readonly CrowdAir _air;
    private long _entries;
    private long _wakeAtMs = long.MaxValue;
    private bool _isStopped;

    /// <param name="clock">The clock of the box.</param>
    /// <param name="radio">The radio of the box.</param>
    /// <param name="truth">Told of everything on air; or <c>null</c>.</param>
    /// <param name="seed">The same seed, the same crowd.</param>
    /// <param name="options">What kind of crowd; <c>null</c> = as usual.</param>
    public Crowd(VirtualClock clock, TwinRadio radio, GroundTruth? truth, long seed, CrowdOptions? options = null)
    {
        _clock = clock;
        _options = options ?? new CrowdOptions();
        _random = SeededRandom.For(seed, "crowd");
        _air = new CrowdAir(clock, radio, truth);
        _act = Act;
    }

    /// <summary>Gets how many people have come so far.</summary>
    public int People { get; private set; }

    /// <summary>Gets the 802.11 frames on air so far.</summary>
    public long Frames => _air.Frames;

    /// <summary>Gets the Bluetooth advertisements and scan responses on air so far.</summary>
    public long Adverts => _air.Adverts;

    /// <summary>People begin to come.</summary>
    public void Start()
    {
        for (int i = 0; i < _options.Beacons; i++)
        {
            Enter(
                new AdvertEmitter(_air, Person.Fixture(3 + i), isRandom: false, isApple: false, _random),
                _clock.NowMs + _random.Between(0, 1_000));
        }

        if (_options.PeoplePerHour > 0)
        {
            ArrivalEmitter arrivals = new(this, _options, _clock, _random);
            Enter(arrivals, arrivals.Next(_clock.NowMs));
        }
    }

    /// <summary>Nothing is on air any more.</summary>
    public void Stop()
    {
        _isStopped = true;
    }

    /// <summary>A fault: somebody floods the air with probe requests of random addresses, on the channels in turn.</summary>
    /// <param name="perSecond">How many a second.</param>
    /// <param name="durationMs">For how long.</param>
    /// <param name="addresses">How many different addresses; 0 = a new one every time.</param>
    public void Flood(int perSecond, int durationMs, int addresses = 0)
    {
        Enter(new FloodEmitter(_air, _random, perSecond, _clock.NowMs + durationMs, addresses), _clock.NowMs);
    }

    /// <summary>A fault: a hall full of Bluetooth devices.</summary>
    /// <param name="perSecond">Advertisements a second, at most 1,000.</param>
    /// <param name="durationMs">For how long.</param>
    /// <param name="addresses">How many different devices.</param>
    public void FloodAdverts(int perSecond, int durationMs, int addresses)
    {
        Enter(new AdvertFloodEmitter(_air, _random, perSecond, _clock.NowMs + durationMs, addresses), _clock.NowMs);
    }

    /// <summary>Somebody comes.</summary>
    /// <param name="nowMs">World time.</param>
    internal void Arrive(long nowMs)
    {
        People++;
        Person person = Person.Arriving(nowMs, _random);
        bool isApple = _random.Chance(_options.AppleShare);
        double wifi = _random.Fraction() - _options.QuietWifiShare;
        if (wifi >= 0)
        {
            AddressPolicy policy = wifi < _options.GlobalAddressShare ? AddressPolicy.Global
                : wifi < _options.GlobalAddressShare + _options.KeptAddressShare ? AddressPolicy.Kept : AddressPolicy.PerBurst;
            Enter(new ProbeEmitter(_air, person, policy, _random), nowMs + _random.Between(500, 20_000));
        }

        if (_random.Chance(isApple ? _options.AppleAdvertisingShare : _options.OtherAdvertisingShare))
        {
            Enter(new AdvertEmitter(_air, person, isRandom: true, isApple, _random), nowMs + _random.Between(0, 2_000));
        }

        if (_random.Chance(_options.PublicWearableShare))
        {
            Enter(new AdvertEmitter(_air, person, isRandom: false, isApple: false, _random), nowMs + _random.Between(0, 2_000));
        }
    }

    private void Enter(Emitter emitter, long timeMs)
    {
        if (timeMs == long.MaxValue)
        {
            return;
        }

        _emitters.Enqueue(emitter, (timeMs, _entries++));
        Wake(timeMs);
    }

    private void Act()
    {
        long nowMs = _clock.NowMs;
        if (nowMs >= _wakeAtMs)
        {
            _wakeAtMs = long.MaxValue;
        }

        while (!_isStopped && _emitters.TryPeek(out Emitter? emitter, out (long TimeMs, long Entry) key) && key.TimeMs <= nowMs)
        {
            _emitters.Dequeue();
            long nextMs = emitter.Act(nowMs);
            if (nextMs != long.MaxValue)
            {
                _emitters.Enqueue(emitter, (nextMs, _entries++));
            }
        }

        if (!_isStopped && _emitters.TryPeek(out _, out (long TimeMs, long Entry) next))
        {
            Wake(next.TimeMs);
        }
    }

    private void Wake(long timeMs)
    {
        if (timeMs < _wakeAtMs)
        {
            _wakeAtMs = timeMs;
            _clock.At(timeMs, _act);
        }
    }
}

/// <summary>Somebody, or something fixed: where it is, and how well it is heard from there.</summary>
internal sealed class Person
{
    private const double WalkMetresPerMs = 1.2 / 1_000;
    private const int EntryMs = 15_000;
    private const double PathLossExponent = 3.0;

    private readonly double _spotMetres;
    private readonly double _shadowDb;
    private readonly bool _isPassing;

    private Person(long arrivesMs, long leavesMs, bool isPassing, double spotMetres, double shadowDb)
    {
        ArrivesMs = arrivesMs;
        LeavesMs = leavesMs;
        _isPassing = isPassing;
        _spotMetres = spotMetres;
        _shadowDb = shadowDb;
    }

    /// <summary>Gets when it comes into reach, world time.</summary>
    public long ArrivesMs { get; }

    /// <summary>Gets when it goes out of reach, world time.</summary>
    public long LeavesMs { get; }

    /// <summary>Somebody comes: half of the people pass by, the others browse, shop or stay.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The person.</returns>
    public static Person Arriving(long nowMs, SeededRandom random)
    {
        double kind = random.Fraction();
        int staySeconds = kind switch
        {
            < 0.50 => random.Between(12, 58),
            < 0.75 => random.Between(90, 360),
            < 0.93 => random.Between(360, 1_500),
            _ => random.Between(1_800, 10_800),
        };
        bool isPassing = kind < 0.50;
        double spot = isPassing ? 2 + (13 * random.Fraction()) : 1.2 + (11 * random.Fraction());
        return new Person(nowMs, nowMs + (staySeconds * 1_000L), isPassing, spot, 4 * random.Gaussian());
    }

    /// <summary>Something that is always there.</summary>
    /// <param name="metres">How far away.</param>
    /// <returns>Its place.</returns>
    public static Person Fixture(double metres)
    {
        return new Person(0, long.MaxValue, isPassing: false, metres, 0);
    }

    /// <summary>Gets the signal of one frame: by distance, by what stands in between, and by fading.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="dbmAtOneMetre">How strong the sender is.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>dBm, −1 at most.</returns>
    public int RssiDbm(long nowMs, double dbmAtOneMetre, SeededRandom random)
    {
        double path = 10 * PathLossExponent * Math.Log10(Math.Max(Metres(nowMs), 0.3));
        double dbm = dbmAtOneMetre - path + _shadowDb + (3 * random.Gaussian());
        return Math.Min((int)Math.Round(dbm), -1);
    }

    private double Metres(long nowMs)
    {
        if (_isPassing)
        {
            double along = (nowMs - ((ArrivesMs + LeavesMs) / 2)) * WalkMetresPerMs;
            return Math.Sqrt((_spotMetres * _spotMetres) + (along * along));
        }

        long fromDoorMs = Math.Min(nowMs - ArrivesMs, LeavesMs - nowMs);
        return _spotMetres + (Math.Max(EntryMs - fromDoorMs, 0) * WalkMetresPerMs);
    }
}
