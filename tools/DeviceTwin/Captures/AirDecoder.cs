using JamBox.Twin.Radio;

namespace JamBox.Twin.Captures;

/// <summary>The link types (tcpdump.org's numbers) that hold what the box can hear.</summary>
internal static class LinkTypes
{
    /// <summary>802.11 frames without anything before them.</summary>
    public const int Ieee80211 = 105;

    /// <summary>802.11 frames behind a Prism header, or an AVS header.</summary>
    public const int Prism = 119;

    /// <summary>802.11 frames behind a radiotap header.</summary>
    public const int Radiotap = 127;

    /// <summary>802.11 frames behind an AVS header.</summary>
    public const int Avs = 163;

    /// <summary>Frames behind a Per-Packet Information header, which says what they are.</summary>
    public const int Ppi = 192;

    /// <summary>Bluetooth LE link layer, from the access address on.</summary>
    public const int BluetoothLe = 251;

    /// <summary>Bluetooth LE link layer behind a header with channel and signal strength.</summary>
    public const int BluetoothLeWithRfHeader = 256;

    /// <summary>Bluetooth LE link layer behind the header of Nordic's sniffer.</summary>
    public const int NordicBle = 272;

    /// <summary>Says whether packets of a link type were on air.</summary>
    /// <param name="linkType">The number.</param>
    /// <returns>Whether it is one of the above.</returns>
    public static bool IsRadio(int linkType)
    {
        return linkType is Ieee80211 or Prism or Radiotap or Avs or Ppi or BluetoothLe or BluetoothLeWithRfHeader or NordicBle;
    }
}

/// <summary>Something on air: an 802.11 frame, or a Bluetooth LE advertisement when there is no frame.</summary>
/// <param name="UtcMs">When, ms since 1970.</param>
/// <param name="Frame">The 802.11 frame, without any header before it.</param>
/// <param name="RssiDbm">Its signal strength, −127…−1, 0 = not known.</param>
/// <param name="Channel">Its channel, 0 = not known.</param>
/// <param name="Advert">The advertisement.</param>
internal readonly record struct AirEvent(long UtcMs, byte[]? Frame, int RssiDbm, int Channel, BleAdvert Advert);

/// <summary>Turns packets of a capture into what was on air.</summary>
internal static class AirDecoder
{
    private const int FcsLength = 4;

    /// <summary>Decodes a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="heard">What was on air.</param>
    /// <returns><c>false</c> for what no receiver hands on: damaged frames, noise taken for a frame, Bluetooth packets that do not
    /// advertise, and what was never on air.</returns>
    public static bool TryDecode(in CapturedPacket packet, out AirEvent heard)
    {
        heard = default;
        int behindPpi = LinkTypes.Ieee80211;
        RadioHeader header = default;
        bool hasHeader = packet.LinkType switch
        {
            LinkTypes.Ieee80211 => true,
            LinkTypes.Radiotap => RadiotapHeader.TryParse(packet.Data, out header),
            LinkTypes.Prism or LinkTypes.Avs => PrismHeader.TryParse(packet.Data, out header),
            LinkTypes.Ppi => PpiHeader.TryParse(packet.Data, out header, out behindPpi),
            _ => false,
        };
        if (hasHeader && behindPpi == LinkTypes.Ieee80211)
        {
            return TryTakeFrame(packet, header, out heard);
        }

        BleAdvert advert = default;
        bool isAdvert = packet.LinkType switch
        {
            LinkTypes.BluetoothLe => BleLinkLayer.TryParse(packet.Data, 0, 0, out advert),
            LinkTypes.BluetoothLeWithRfHeader => BleLinkLayer.TryParseWithRfHeader(packet.Data, out advert),
            LinkTypes.NordicBle => BleLinkLayer.TryParseNordic(packet.Data, out advert),
            LinkTypes.Ppi when hasHeader && behindPpi == LinkTypes.BluetoothLe =>
                BleLinkLayer.TryParse(packet.Data.AsSpan(header.Length), 0, 0, out advert),
            _ => false,
        };
        heard = new AirEvent(UtcMs(packet), null, 0, 0, advert with { RssiDbm = KnownRssi(advert.RssiDbm) });
        return isAdvert;
    }

    /// <summary>Gives the time of a packet in the grain of the box.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>Milliseconds since 1970.</returns>
    public static long UtcMs(in CapturedPacket packet)
    {
        // Rounded down also before 1970, so that no minute is longer than another.
        (long ms, long rest) = Math.DivRem(packet.UtcUs, 1_000);
        return rest < 0 ? ms - 1 : ms;
    }

    private static bool TryTakeFrame(in CapturedPacket packet, in RadioHeader header, out AirEvent heard)
    {
        heard = default;

        // What the snap length cut off is missing at the end: first the FCS.
        long cutOff = packet.OriginalLength - packet.Data.Length;
        int fcs = header.HasFcs ? FcsLength - (int)Math.Min(cutOff, FcsLength) : 0;
        int length = packet.Data.Length - header.Length - fcs;
        if (header.IsBad || length <= 0)
        {
            return false;
        }

        byte[] frame = length == packet.Data.Length ? packet.Data : packet.Data.AsSpan(header.Length, length).ToArray();
        heard = new AirEvent(UtcMs(packet), frame, KnownRssi(header.RssiDbm), header.Channel, default);
        return true;
    }

    // 0 dBm and more at a receiver's antenna is no measurement.
    private static int KnownRssi(int dbm)
    {
        return dbm >= 0 ? 0 : Math.Max(dbm, -127);
    }
}
