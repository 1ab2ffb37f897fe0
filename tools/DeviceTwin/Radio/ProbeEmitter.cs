using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

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

    /// <summary>Initializes a new instance of the <see cref="ProbeEmitter"/> class.</summary>
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
