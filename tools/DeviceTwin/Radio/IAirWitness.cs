namespace JamBox.Twin.Radio;

/// <summary>Somebody who is told of everything that a radio delivers.</summary>
internal interface IAirWitness
{
    /// <summary>An 802.11 frame.</summary>
    /// <param name="frame">From its first header byte, without FCS or with it.</param>
    /// <param name="rssiDbm">Signal strength, 0 or more = not known.</param>
    /// <param name="utcMs">When it was on air.</param>
    void AddFrame(ReadOnlySpan<byte> frame, int rssiDbm, long utcMs);

    /// <summary>A Bluetooth LE advertisement.</summary>
    /// <param name="advert">The advertisement.</param>
    /// <param name="utcMs">When it was on air.</param>
    void AddAdvert(in BleAdvert advert, long utcMs);
}

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
