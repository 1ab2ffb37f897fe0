using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

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

    /// <summary>Initializes a new instance of the <see cref="FloodEmitter"/> class.</summary>
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
            _air.SendProbe((bits & ~KindMask & 0xFFFF_FFFF_FFFF) | LocallyAdministered, _sent & 0xFFF, channel, namesNetwork: false, _random.Between(-90, -45));
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
        air.SendAdvert(new BleAdvert((address & (ResolvablePrivate - 1)) | ResolvablePrivate, true, false, number % 3 == 0, random.Between(-95, -50), FirstChannel + (_sent++ % 3)));
        long nextMs = nowMs + Math.Max(1_000 / perSecond, 1);
        return nextMs < untilMs ? nextMs : long.MaxValue;
    }
}
