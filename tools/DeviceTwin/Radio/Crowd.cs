using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>
/// What kind of place it is and who comes. Where a number is measured its source is in docs/twin.md, "The crowd"; the others are assumed
/// there, and said to be.
/// </summary>
internal sealed record CrowdOptions
{
    /// <summary>Gets how many people come in an hour, passers-by included, on the mean over a day.</summary>
    public double PeoplePerHour { get; init; } = 60;

    /// <summary>Gets a value indicating whether they come evenly by day and night, not as to a shop with opening hours.</summary>
    public bool IsEven { get; init; }

    /// <summary>Gets the share of people who come in; the others walk past.</summary>
    public double TurnInShare { get; init; } = 0.30;

    /// <summary>Gets how many work there, in shifts.</summary>
    public int Staff { get; init; } = 3;

    /// <summary>Gets the share of people with a phone that is switched on.</summary>
    public double PhoneShare { get; init; } = 0.93;

    /// <summary>Gets the share of phones that are Apple's.</summary>
    public double AppleShare { get; init; } = 0.45;

    /// <summary>Gets the share of phones that send no probe requests.</summary>
    public double QuietWifiShare { get; init; } = 0.10;

    /// <summary>Gets the share of phones that probe with their global address, which does not count.</summary>
    public double GlobalAddressShare { get; init; } = 0.10;

    /// <summary>Gets the share of phones that keep a random address for some minutes; the rest takes a new one for every burst.</summary>
    public double KeptAddressShare { get; init; } = 0.06;

    /// <summary>Gets the share of visitors' phones that are connected to a network, and so hardly probe.</summary>
    public double ConnectedShare { get; init; } = 0.15;

    /// <summary>Gets the same of those who work there.</summary>
    public double StaffConnectedShare { get; init; } = 0.90;

    /// <summary>Gets the share of Apple's phones that advertise.</summary>
    public double AppleAdvertisingShare { get; init; } = 0.85;

    /// <summary>Gets the share of other phones that advertise.</summary>
    public double OtherAdvertisingShare { get; init; } = 0.35;

    /// <summary>Gets the share of people with a phone of Apple's who wear a watch of Apple's.</summary>
    public double WatchShare { get; init; } = 0.25;

    /// <summary>Gets the share of people with headphones in use that advertise with a random address.</summary>
    public double HeadphonesShare { get; init; } = 0.10;

    /// <summary>Gets the share of people with a tag on their keys.</summary>
    public double TagShare { get; init; } = 0.08;

    /// <summary>Gets the share of people with a second device that probes: a tablet, a laptop, the phone of work.</summary>
    public double SecondDeviceShare { get; init; } = 0.06;

    /// <summary>Gets the share of people who wear something that advertises with a public address, which does not count.</summary>
    public double PublicWearableShare { get; init; } = 0.08;

    /// <summary>Gets the beacons of the place, with public addresses.</summary>
    public int Beacons { get; init; } = 2;

    /// <summary>
    /// Gets a value indicating whether the place has what is heard when nobody is there: a printer that probes, a television set, a tag that
    /// somebody lost, and neighbours behind the wall.
    /// </summary>
    public bool HasEquipment { get; init; } = true;
}

/// <summary>
/// People with what they carry, one event at a time: only what happens next is on the clock, so that a day costs no memory. Nothing in it
/// depends on the box, so the same seed gives the same crowd whatever the firmware does.
/// </summary>
internal sealed class Crowd
{
    private const int Neighbours = 4;
    private const int WallDb = 26;

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

    /// <summary>Gets how many people have come so far, passers-by included, those who work there not.</summary>
    public int People { get; private set; }

    /// <summary>Gets how many of them came in.</summary>
    public int Visitors { get; private set; }

    /// <summary>Gets who was inside when.</summary>
    public PeopleTruth Inside { get; } = new();

    /// <summary>Gets the 802.11 frames on air so far.</summary>
    public long Frames => _air.Frames;

    /// <summary>Gets the Bluetooth advertisements and scan responses on air so far.</summary>
    public long Adverts => _air.Adverts;

    /// <summary>People begin to come.</summary>
    public void Start()
    {
        for (int i = 0; i < _options.Beacons; i++)
        {
            Advertise(Person.Fixture(3 + i), AdvertKind.PublicBeacon, _clock.NowMs);
        }

        if (_options.HasEquipment)
        {
            Furnish();
        }

        if (_options.PeoplePerHour > 0)
        {
            double turnIn = _options.TurnInShare;
            Begin(new ArrivalEmitter(
                PassBy, DayProfile.Street(_options.IsEven), _options.PeoplePerHour * (1 - turnIn), _clock, _random));
            Begin(new ArrivalEmitter(
                ComeIn, DayProfile.Shop(_options.IsEven), _options.PeoplePerHour * turnIn / Person.MeanGroup, _clock, _random));
            var staff = new StaffEmitter(Work, _options.Staff, _options.IsEven, _clock);
            Enter(staff, staff.Begin(_clock.NowMs));
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

    // A printer probes with a local address that it keeps, day and night; the television set and the tag advertise; the neighbours' phones
    // are heard through the wall.
    private void Furnish()
    {
        long nowMs = _clock.NowMs;
        Enter(
            new ProbeEmitter(_air, Person.Fixture(5), AddressPolicy.Fixed, ProbeHabit.Printer, _random), nowMs + _random.Between(0, 60_000));
        Advertise(Person.Fixture(6), AdvertKind.AirPlay, nowMs);
        Advertise(Person.Fixture(4), AdvertKind.Tag, nowMs);
        for (int i = 0; i < Neighbours; i++)
        {
            ProbeHabit habit = i % 2 == 0 ? ProbeHabit.Searching : ProbeHabit.Connected;
            Enter(
                new ProbeEmitter(_air, Person.Fixture(4 + i, WallDb), AddressPolicy.PerBurst, habit, _random),
                nowMs + _random.Between(0, 60_000));
        }
    }

    private void PassBy(long nowMs)
    {
        People++;
        Carry(Person.Passing(nowMs, _random), nowMs, _options.ConnectedShare / 3);
    }

    private void ComeIn(long nowMs)
    {
        long closesMs = DayProfile.ClosesAtMs(_clock.UtcNowMs, nowMs, _options.IsEven);
        int group = Person.Group(_random);
        Person first = Person.Visiting(nowMs, closesMs, _random);
        for (int i = 0; i < group; i++)
        {
            // Who comes together stays and leaves together.
            Person person = i == 0 ? first : first.Beside(_random);
            People++;
            Visitors++;
            Inside.Add(Utc(person.ArrivesMs, nowMs), Utc(person.LeavesMs, nowMs), isStaff: false);
            Carry(person, nowMs, _options.ConnectedShare);
        }
    }

    private void Work(long nowMs, long untilMs)
    {
        Person person = Person.Working(nowMs, untilMs, _random);
        Inside.Add(Utc(nowMs, nowMs), untilMs == long.MaxValue ? long.MaxValue : Utc(untilMs, nowMs), isStaff: true);
        Carry(person, nowMs, _options.StaffConnectedShare);
    }

    private long Utc(long timeMs, long nowMs) => _clock.UtcNowMs + timeMs - nowMs;

    private void Carry(Person person, long nowMs, double connectedShare)
    {
        bool isApple = _random.Chance(_options.AppleShare);
        if (_random.Chance(_options.PhoneShare))
        {
            Probe(person, nowMs, connectedShare);
            if (_random.Chance(isApple ? _options.AppleAdvertisingShare : _options.OtherAdvertisingShare))
            {
                Advertise(person, isApple ? AdvertKind.ApplePhone : AdvertKind.OtherPhone, nowMs);
            }
        }

        if (_random.Chance(_options.SecondDeviceShare))
        {
            Probe(person, nowMs, connectedShare);
        }

        if (isApple && _random.Chance(_options.WatchShare))
        {
            Advertise(person, AdvertKind.AppleWatch, nowMs);
        }

        if (_random.Chance(_options.HeadphonesShare))
        {
            Advertise(person, isApple ? AdvertKind.AirPods : AdvertKind.OtherHeadphones, nowMs);
        }

        if (_random.Chance(_options.TagShare))
        {
            Advertise(person, AdvertKind.Tag, nowMs);
        }

        if (_random.Chance(_options.PublicWearableShare))
        {
            Advertise(person, AdvertKind.PublicBeacon, nowMs);
        }
    }

    private void Probe(Person person, long nowMs, double connectedShare)
    {
        double wifi = _random.Fraction() - _options.QuietWifiShare;
        if (wifi < 0)
        {
            return;
        }

        AddressPolicy policy = wifi < _options.GlobalAddressShare ? AddressPolicy.Global
            : wifi < _options.GlobalAddressShare + _options.KeptAddressShare ? AddressPolicy.Kept : AddressPolicy.PerBurst;
        ProbeHabit habit = _random.Chance(connectedShare) ? ProbeHabit.Connected : ProbeHabit.Searching;
        var phone = new ProbeEmitter(_air, person, policy, habit, _random);
        Enter(phone, phone.First(nowMs));
    }

    private void Advertise(Person person, AdvertKind kind, long nowMs)
    {
        Enter(new AdvertEmitter(_air, person, kind, _random), nowMs + _random.Between(0, 2_000));
    }

    private void Begin(ArrivalEmitter arrivals)
    {
        Enter(arrivals, arrivals.Next(_clock.NowMs));
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
