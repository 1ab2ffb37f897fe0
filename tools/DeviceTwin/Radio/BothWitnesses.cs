namespace JamBox.Twin.Radio;

/// <summary>Two who are told of everything that a radio delivers.</summary>
internal sealed class BothWitnesses(IAirWitness first, IAirWitness second) : IAirWitness
{
    public void AddFrame(ReadOnlySpan<byte> frame, int rssiDbm, long utcMs)
    {
        first.AddFrame(frame, rssiDbm, utcMs);
        second.AddFrame(frame, rssiDbm, utcMs);
    }

    public void AddAdvert(in BleAdvert advert, long utcMs)
    {
        first.AddAdvert(advert, utcMs);
        second.AddAdvert(advert, utcMs);
    }
}
