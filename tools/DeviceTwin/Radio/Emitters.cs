using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>
/// The Bluetooth of a phone, a wearable or a beacon: an advertisement every second or two, a new random address every 15 minutes.
/// </summary>
internal sealed class AdvertEmitter : Emitter
{
    private const double DbmAtOneMetre = -55;
    private const int RotateMs = 900_000;
    private const double ScanResponseChance = 0.02;
    private const byte NearbyInfo = 0x10;

    private readonly CrowdAir _air;
    private readonly Person _person;
    private readonly SeededRandom _random;
    private readonly bool _isRandom;
    private readonly bool _isApple;
    private readonly int _intervalMs;
    private ulong _address;
    private long _addressUntilMs;

    /// <param name="air">What it sends into.</param>
    /// <param name="person">Who carries it.</param>
    /// <param name="isRandom">Whether its address is a random one.</param>
    /// <param name="isApple">Whether it bears Apple's company id.</param>
    /// <param name="random">Where chance comes from.</param>
    public AdvertEmitter(CrowdAir air, Person person, bool isRandom, bool isApple, SeededRandom random)
    {
        _air = air;
        _person = person;
        _random = random;
        _isRandom = isRandom;
        _isApple = isApple;
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
            _address, _isRandom, false, _isApple, _person.RssiDbm(nowMs, DbmAtOneMetre, _random), _random.Between(37, 39),
            _isApple ? NearbyInfo : (byte)0);
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
        _addressUntilMs = _isRandom ? nowMs + RotateMs + _random.Between(-30_000, 30_000) : long.MaxValue;
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

/// <summary>Brings people: a Poisson process whose rate follows the day of a shop, by the hour of UTC.</summary>
internal sealed class ArrivalEmitter : Emitter
{
    private const int MsPerHour = 3_600_000;

    private static readonly double[] s_day =
    [
        0.10, 0.08, 0.06, 0.06, 0.08, 0.15, 0.35, 0.70, 1.20, 1.60, 1.90, 2.10,
        2.20, 2.00, 1.80, 1.80, 2.00, 2.30, 2.10, 1.50, 0.80, 0.50, 0.30, 0.20,
    ];

    private static readonly double s_mean = s_day.Average();
    private static readonly double s_peak = s_day.Max();

    private readonly Crowd _crowd;
    private readonly CrowdOptions _options;
    private readonly VirtualClock _clock;
    private readonly SeededRandom _random;

    /// <param name="crowd">Told of each person.</param>
    /// <param name="options">How many come.</param>
    /// <param name="clock">For the hour of the day.</param>
    /// <param name="random">Where chance comes from.</param>
    public ArrivalEmitter(Crowd crowd, CrowdOptions options, VirtualClock clock, SeededRandom random)
    {
        _crowd = crowd;
        _options = options;
        _clock = clock;
        _random = random;
    }

    /// <inheritdoc/>
    public override long Act(long nowMs)
    {
        _crowd.Arrive(nowMs);
        return Next(nowMs);
    }

    /// <summary>Draws the next arrival: candidates at the peak rate, each taken with the share of the peak that its hour has.</summary>
    /// <param name="nowMs">World time.</param>
    /// <returns>World time of the next arrival.</returns>
    public long Next(long nowMs)
    {
        double peakFactor = _options.IsEven ? 1 : s_peak / s_mean;
        double meanMs = MsPerHour / (_options.PeoplePerHour * peakFactor);
        double at = nowMs;
        while (true)
        {
            at += _random.Exponential(meanMs);
            long utcHour = ((long)at - nowMs + _clock.UtcNowMs) / MsPerHour;
            if (_options.IsEven || _random.Chance(s_day[utcHour % 24] / s_peak))
            {
                return Math.Max((long)at, nowMs + 1);
            }
        }
    }
}

/// <summary>Which source address a phone's probe requests have.</summary>
internal enum AddressPolicy
{
    /// <summary>A new random one for every burst.</summary>
    PerBurst,

    /// <summary>A random one kept for some minutes.</summary>
    Kept,

    /// <summary>The global one it was made with.</summary>
    Global,
}

/// <summary>
/// The Wi-Fi of a phone: bursts of probe requests over channels 1, 6 and 11 within 100 to 300 ms, every 20 to 120 s, with an address
/// that changes as the model has it.
/// </summary>
internal sealed class ProbeEmitter : Emitter
{
    private const double DbmAtOneMetre = -40;

    private readonly CrowdAir _air;
    private readonly Person _person;
    private readonly SeededRandom _random;
    private readonly AddressPolicy _policy;
    private readonly bool _namesNetwork;
    private readonly int _meanIntervalMs;
    private readonly int _framesPerChannel;
    private ulong _address;
    private long _addressUntilMs;
    private int _sequence;
    private int _frame;

    /// <param name="air">What it sends into.</param>
    /// <param name="person">Who carries it.</param>
    /// <param name="policy">Its addresses.</param>
    /// <param name="random">Where chance comes from.</param>
    public ProbeEmitter(CrowdAir air, Person person, AddressPolicy policy, SeededRandom random)
    {
        _air = air;
        _person = person;
        _random = random;
        _policy = policy;
        _namesNetwork = random.Chance(0.15);
        _meanIntervalMs = random.Between(35_000, 80_000);
        _framesPerChannel = random.Between(1, 3);
        _addressUntilMs = long.MinValue;
    }

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
        return nowMs + Math.Clamp(_random.Between(_meanIntervalMs / 2, _meanIntervalMs * 3 / 2), 20_000, 120_000);
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
