using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>What advertises.</summary>
internal enum AdvertKind
{
    /// <summary>Apple's phone: Nearby Info, and Handoff before it while somebody uses it.</summary>
    ApplePhone,

    /// <summary>Another phone, with data of no maker.</summary>
    OtherPhone,

    /// <summary>Apple's watch: Nearby Info.</summary>
    AppleWatch,

    /// <summary>Apple's headphones.</summary>
    AirPods,

    /// <summary>Other headphones, with a random address.</summary>
    OtherHeadphones,

    /// <summary>A tag on keys, or one that was lost: Find My.</summary>
    Tag,

    /// <summary>A television set or a loudspeaker.</summary>
    AirPlay,

    /// <summary>A beacon, or something worn, with a public address.</summary>
    PublicBeacon,
}

/// <summary>
/// Something that advertises: every second or two, with a new random address every 15 minutes.
/// </summary>
internal sealed class AdvertEmitter : Emitter
{
    private const double DbmAtOneMetre = -55;
    private const int RotateMs = 900_000;
    private const double ScanResponseChance = 0.02;
    private const double HandoffShare = 0.3;
    private const byte HandoffType = 0x0C;
    private const byte NearbyInfoType = 0x10;
    private const byte AirPodsType = 0x07;
    private const byte AirPlayType = 0x09;
    private const byte FindMyType = 0x12;

    private readonly CrowdAir _air;
    private readonly Person _person;
    private readonly SeededRandom _random;
    private readonly bool _isRandom;
    private readonly bool _keepsAddress;
    private readonly byte _messageType;
    private readonly int _intervalMs;
    private ulong _address;
    private long _addressUntilMs;

    /// <param name="air">What it sends into.</param>
    /// <param name="person">Who carries it.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="random">Where chance comes from.</param>
    public AdvertEmitter(CrowdAir air, Person person, AdvertKind kind, SeededRandom random)
    {
        _air = air;
        _person = person;
        _random = random;
        _isRandom = kind != AdvertKind.PublicBeacon;
        _keepsAddress = kind is AdvertKind.PublicBeacon or AdvertKind.AirPlay;
        _messageType = kind switch
        {
            AdvertKind.ApplePhone => random.Chance(HandoffShare) ? HandoffType : NearbyInfoType,
            AdvertKind.AppleWatch => NearbyInfoType,
            AdvertKind.AirPods => AirPodsType,
            AdvertKind.AirPlay => AirPlayType,
            AdvertKind.Tag => FindMyType,
            _ => 0,
        };
        _intervalMs = random.Between(1_000, 2_000);
        _addressUntilMs = long.MinValue;
    }

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        if (nowMs >= _person.LeavesMs)
        {
            return long.MaxValue;
        }

        if (nowMs >= _addressUntilMs)
        {
            TakeAddress(nowMs);
        }

        BleAdvert advert = new(
            _address, _isRandom, false, _messageType != 0, _person.RssiDbm(nowMs, DbmAtOneMetre, _random), _random.Between(37, 39),
            _messageType);
        _air.SendAdvert(advert);
        if (_random.Chance(ScanResponseChance))
        {
            _air.SendAdvert(advert with { IsScanResponse = true, IsApple = false, MessageType = 0 });
        }

        // The controller adds up to 10 ms to every interval, so that two advertisers do not collide for ever.
        return nowMs + _intervalMs + _random.Between(0, 10);
    }

    private void TakeAddress(long nowMs)
    {
        // A resolvable private address: its two top bits are 01.
        ulong bits = _random.NextUInt64() >> 16;
        _address = _isRandom ? (bits >> 2) | (1UL << 46) : bits;
        _addressUntilMs = _keepsAddress ? long.MaxValue : nowMs + RotateMs + _random.Between(-30_000, 30_000);
    }
}

/// <summary>A Bluetooth LE advertisement or scan response, as a controller reports it.</summary>
/// <param name="Address">The advertiser's address, 48 bits, most significant byte uppermost.</param>
/// <param name="IsRandom">The address is a random one.</param>
/// <param name="IsScanResponse">It answers an active scanner.</param>
/// <param name="IsApple">It bears manufacturer data of company 0x004C.</param>
/// <param name="RssiDbm">Signal strength in dBm, 0 = not known.</param>
/// <param name="Channel">Advertising channel 37…39, 0 = not known.</param>
/// <param name="MessageType">The first byte behind that company id, the type of the first Continuity message; 0 = none.</param>
internal readonly record struct BleAdvert(
    ulong Address, bool IsRandom, bool IsScanResponse, bool IsApple, int RssiDbm, int Channel, byte MessageType = 0);

/// <summary>Which source address probe requests have.</summary>
internal enum AddressPolicy
{
    /// <summary>A new random one for every burst.</summary>
    PerBurst,

    /// <summary>A random one kept for some minutes.</summary>
    Kept,

    /// <summary>A locally administered one for good, as printers have.</summary>
    Fixed,

    /// <summary>The global one it was made with.</summary>
    Global,
}

/// <summary>How often something probes.</summary>
internal enum ProbeHabit
{
    /// <summary>A phone that is connected to no network: often while its screen is lit, now and then in a pocket.</summary>
    Searching,

    /// <summary>A phone that is connected: hardly.</summary>
    Connected,

    /// <summary>A printer: every few minutes.</summary>
    Printer,
}

/// <summary>
/// The Wi-Fi of a phone: bursts of probe requests over channels 1, 6 and 11 within 100 to 300 ms, with an address that changes as the
/// model has it, at times that depend on whether somebody looks at it.
/// </summary>
internal sealed class ProbeEmitter : Emitter
{
    private const double DbmAtOneMetre = -40;
    private const int LeastIntervalMs = 8_000;

    // A look at a phone takes a minute, and there are some three minutes between two.
    private const int LitMs = 60_000;
    private const int DarkMs = 180_000;
    private const int LitSearchingMs = 20_000;
    private const int DarkSearchingMs = 90_000;
    private const int LitConnectedMs = 180_000;
    private const int DarkConnectedMs = 900_000;
    private const int PrinterMs = 150_000;

    private readonly CrowdAir _air;
    private readonly Person _person;
    private readonly SeededRandom _random;
    private readonly AddressPolicy _policy;
    private readonly ProbeHabit _habit;
    private readonly bool _namesNetwork;
    private readonly int _framesPerChannel;
    private ulong _address;
    private long _addressUntilMs;
    private int _sequence;
    private int _frame;
    private bool _isLit;
    private long _litChangesMs;

    /// <param name="air">What it sends into.</param>
    /// <param name="person">Who carries it.</param>
    /// <param name="policy">Its addresses.</param>
    /// <param name="habit">How often it probes.</param>
    /// <param name="random">Where chance comes from.</param>
    public ProbeEmitter(CrowdAir air, Person person, AddressPolicy policy, ProbeHabit habit, SeededRandom random)
    {
        _air = air;
        _person = person;
        _random = random;
        _policy = policy;
        _habit = habit;
        _namesNetwork = random.Chance(0.15);
        _framesPerChannel = random.Between(1, 3);
        _addressUntilMs = long.MinValue;
        _isLit = random.Chance(LitMs / (double)(LitMs + DarkMs));
        _litChangesMs = person.ArrivesMs + (long)random.Exponential(_isLit ? LitMs : DarkMs);
    }

    /// <summary>Draws when it probes for the first time: who comes into reach is somewhere between two bursts.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>World time.</returns>
    public long First(long nowMs) => nowMs + (long)_random.Exponential(MeanIntervalMs(nowMs));

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        if (nowMs >= _person.LeavesMs)
        {
            return long.MaxValue;
        }

        if (_frame == 0)
        {
            BeginBurst(nowMs);
        }

        int channel = 1 + (5 * (_frame / _framesPerChannel));
        _sequence = (_sequence + 1) & 0xFFF;
        _air.SendProbe(_address, _sequence, channel, _namesNetwork, _person.RssiDbm(nowMs, DbmAtOneMetre, _random));
        _frame++;
        if (_frame < 3 * _framesPerChannel)
        {
            return nowMs + _random.Between(100, 300) / (3 * _framesPerChannel);
        }

        _frame = 0;
        return nowMs + Math.Max((long)_random.Exponential(MeanIntervalMs(nowMs)), LeastIntervalMs);
    }

    private int MeanIntervalMs(long nowMs)
    {
        for (; nowMs >= _litChangesMs; _isLit = !_isLit)
        {
            _litChangesMs += (long)_random.Exponential(_isLit ? DarkMs : LitMs) + 1;
        }

        return _habit switch
        {
            ProbeHabit.Printer => PrinterMs,
            ProbeHabit.Connected => _isLit ? LitConnectedMs : DarkConnectedMs,
            _ => _isLit ? LitSearchingMs : DarkSearchingMs,
        };
    }

    private void BeginBurst(long nowMs)
    {
        if (nowMs < _addressUntilMs)
        {
            return;
        }

        ulong bits = _random.NextUInt64() >> 16;
        const ulong KindMask = 0x03UL << 40;
        const ulong LocallyAdministered = 0x02UL << 40;
        _address = (bits & ~KindMask) | (_policy == AddressPolicy.Global ? 0 : LocallyAdministered);
        _sequence = _random.Between(0, 0xFFF);
        _addressUntilMs = _policy switch
        {
            AddressPolicy.PerBurst => nowMs,
            AddressPolicy.Kept => nowMs + _random.Between(180_000, 900_000),
            _ => long.MaxValue,
        };
    }
}

/// <summary>Somebody who floods the air with probe requests.</summary>
internal sealed class FloodEmitter : Emitter
{
    private const ulong LocallyAdministered = 0x02UL << 40;
    private const ulong KindMask = 0x03UL << 40;

    private readonly CrowdAir _air;
    private readonly SeededRandom _random;
    private readonly int _perSecond;
    private readonly long _untilMs;
    private readonly int _addresses;
    private readonly ulong _base;
    private long _owedThousandths;
    private int _sent;

    /// <param name="air">What it sends into.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="perSecond">Frames a second.</param>
    /// <param name="untilMs">World time of its end.</param>
    /// <param name="addresses">How many different addresses; 0 = a new one every time.</param>
    public FloodEmitter(CrowdAir air, SeededRandom random, int perSecond, long untilMs, int addresses)
    {
        _air = air;
        _random = random;
        _perSecond = perSecond;
        _untilMs = untilMs;
        _addresses = addresses;
        _base = random.NextUInt64() >> 16;
    }

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        for (_owedThousandths += _perSecond; _owedThousandths >= 1_000; _owedThousandths -= 1_000)
        {
            ulong bits = _addresses > 0 ? _base + (ulong)(_sent % _addresses) : _random.NextUInt64() >> 16;
            int channel = 1 + (5 * (_sent % 3));
            _air.SendProbe(
                (bits & ~KindMask & 0xFFFF_FFFF_FFFF) | LocallyAdministered, _sent & 0xFFF, channel, namesNetwork: false,
                _random.Between(-90, -45));
            _sent++;
        }

        return nowMs + 1 < _untilMs ? nowMs + 1 : long.MaxValue;
    }
}

/// <summary>A hall full of Bluetooth devices, all of which advertise.</summary>
internal sealed class AdvertFloodEmitter(CrowdAir air, SeededRandom random, int perSecond, long untilMs, int addresses) : Emitter
{
    private const int FirstChannel = 37;
    private const ulong ResolvablePrivate = 1UL << 46;

    private readonly ulong _base = random.NextUInt64() >> 19;
    private int _sent;

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        int number = random.Between(0, addresses - 1);
        ulong address = _base + ((ulong)number * 0x9E3779B1UL);
        air.SendAdvert(
            new BleAdvert(
                (address & (ResolvablePrivate - 1)) | ResolvablePrivate, true, false, number % 3 == 0, random.Between(-95, -50),
                FirstChannel + (_sent++ % 3), (byte)random.Between(0, 0x16)));
        long nextMs = nowMs + Math.Max(1_000 / perSecond, 1);
        return nextMs < untilMs ? nextMs : long.MaxValue;
    }
}
