using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>The Bluetooth of a phone, a wearable or a beacon: an advertisement every second or two, a new random address every 15 minutes.</summary>
internal sealed class AdvertEmitter : Emitter
{
    private const double DbmAtOneMetre = -55;
    private const int RotateMs = 900_000;
    private const double ScanResponseChance = 0.02;

    private readonly CrowdAir _air;
    private readonly Person _person;
    private readonly SeededRandom _random;
    private readonly bool _isRandom;
    private readonly bool _isApple;
    private readonly int _intervalMs;
    private ulong _address;
    private long _addressUntilMs;

    /// <summary>Initializes a new instance of the <see cref="AdvertEmitter"/> class.</summary>
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

        BleAdvert advert = new(_address, _isRandom, false, _isApple, _person.RssiDbm(nowMs, DbmAtOneMetre, _random), _random.Between(37, 39));
        _air.SendAdvert(advert);
        if (_random.Chance(ScanResponseChance))
        {
            _air.SendAdvert(advert with { IsScanResponse = true, IsApple = false });
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
