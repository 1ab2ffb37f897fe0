using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

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
