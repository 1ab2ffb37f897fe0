namespace JamBox.Twin.Radio;

/// <summary>Turns packets of a capture into what was on air.</summary>
internal static class AirDecoder
{
    private const int FcsLength = 4;

    /// <summary>Decodes a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="heard">What was on air.</param>
    /// <returns><c>false</c> for what no receiver hands on: damaged frames, noise taken for a frame, Bluetooth packets that do not advertise.</returns>
    public static bool TryDecode(in CapturedPacket packet, out AirEvent heard)
    {
        long utcMs = packet.UtcUs / 1_000;
        switch (packet.LinkType)
        {
            case LinkTypes.Ieee80211:
                heard = new AirEvent(utcMs, packet.Data, 0, 0, default);
                return true;
            case LinkTypes.Radiotap:
                return TryDecodeRadiotap(packet.Data, utcMs, out heard);
            case LinkTypes.BluetoothLe:
                return Finish(BleLinkLayer.TryParse(packet.Data, 0, 0, out BleAdvert bare), bare, utcMs, out heard);
            case LinkTypes.BluetoothLeWithRfHeader:
                return Finish(BleLinkLayer.TryParseWithRfHeader(packet.Data, out BleAdvert advert), advert, utcMs, out heard);
            default:
                throw new ArgumentException($"Link type {packet.LinkType} should have been refused by the reader.", nameof(packet));
        }
    }

    private static bool TryDecodeRadiotap(byte[] data, long utcMs, out AirEvent heard)
    {
        heard = default;
        if (!RadiotapHeader.TryParse(data, out RadiotapHeader header) || header.IsBad)
        {
            return false;
        }

        int length = data.Length - header.Length - (header.HasFcs ? FcsLength : 0);
        if (length <= 0)
        {
            return false;
        }

        byte[] frame = data.AsSpan(header.Length, length).ToArray();
        heard = new AirEvent(utcMs, frame, KnownRssi(header.RssiDbm), header.Channel, default);
        return true;
    }

    private static bool Finish(bool isAdvert, in BleAdvert advert, long utcMs, out AirEvent heard)
    {
        heard = new AirEvent(utcMs, null, 0, 0, advert with { RssiDbm = KnownRssi(advert.RssiDbm) });
        return isAdvert;
    }

    // 0 dBm and more at a receiver's antenna is no measurement.
    private static int KnownRssi(int dbm)
    {
        return dbm >= 0 ? 0 : Math.Max(dbm, -127);
    }
}
