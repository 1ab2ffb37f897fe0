using System.Buffers.Binary;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Captures;

/// <summary>Types of advertising PDU that a legacy scanner reports, with their numbers on air.</summary>
internal enum BlePduType
{
    /// <summary>ADV_IND.</summary>
    Connectable = 0,

    /// <summary>ADV_DIRECT_IND.</summary>
    Directed = 1,

    /// <summary>ADV_NONCONN_IND.</summary>
    NonConnectable = 2,

    /// <summary>SCAN_RSP.</summary>
    ScanResponse = 4,

    /// <summary>ADV_SCAN_IND.</summary>
    Scannable = 6,
}

/// <summary>
/// Finds advertisements in what a Bluetooth LE sniffer captured. Sniffers store whatever follows a preamble: only the right access
/// address together with a CRC that holds makes an advertisement, and the CRC is computed here, not believed.
/// </summary>
internal static class BleLinkLayer
{
    private const uint AdvertisingAccessAddress = 0x8E89BED6;
    private const int RfHeaderLength = 10;

    // Nordic's sniffer: board 1, lengths and version 3, counter 2, packet type 1, then length 1, flags 1, channel 1, RSSI 1, event 2, time
    // 4.
    private const int NordicHeaderLength = 17;
    private const int NordicChannel = 9;
    private const int NordicRssi = 10;

    private const int AccessAddressLength = 4;
    private const int CrcLength = 3;
    private const int AddressLength = 6;
    private const ushort SignalValidFlag = 0x0002;
    private const byte TransmitAddressIsRandom = 0x40;
    private const byte ManufacturerData = 0xFF;
    private const int AppleCompanyId = 0x004C;

    // Initial value 0x555555 and polynomial x^24+x^10+x^9+x^6+x^4+x^3+x+1, both mirrored: bits come in the order of the air.
    private const uint CrcInitial = 0xAAAAAA;
    private const uint CrcPolynomial = 0xDA6000;

    /// <summary>Looks at a packet with RF header (link type 256).</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="advert">The advertisement, if it is one.</param>
    /// <returns>Whether it is an advertisement or a scan response.</returns>
    public static bool TryParseWithRfHeader(ReadOnlySpan<byte> packet, out BleAdvert advert)
    {
        advert = default;
        if (packet.Length < RfHeaderLength)
        {
            return false;
        }

        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(packet[8..]);
        int rssi = (flags & SignalValidFlag) != 0 ? (sbyte)packet[1] : 0;
        return TryParse(packet[RfHeaderLength..], rssi, AdvertisingChannel(packet[0]), out advert);
    }

    /// <summary>Looks at a packet of Nordic's sniffer (link type 272), of version 1.0 or later.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="advert">The advertisement, if it is one.</param>
    /// <returns>Whether it is an advertisement or a scan response.</returns>
    public static bool TryParseNordic(ReadOnlySpan<byte> packet, out BleAdvert advert)
    {
        advert = default;
        if (packet.Length < NordicHeaderLength)
        {
            return false;
        }

        // The channel stands there as Bluetooth numbers it, the signal without its sign.
        int channel = packet[NordicChannel] is >= 37 and <= 39 ? packet[NordicChannel] : 0;
        return TryParse(packet[NordicHeaderLength..], -packet[NordicRssi], channel, out advert);
    }

    /// <summary>Looks at a packet that begins with the access address (link type 251).</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="rssiDbm">Signal strength, 0 = not known.</param>
    /// <param name="channel">Advertising channel, 0 = not known.</param>
    /// <param name="advert">The advertisement, if it is one.</param>
    /// <returns>Whether it is an advertisement or a scan response.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, int rssiDbm, int channel, out BleAdvert advert)
    {
        advert = default;
        if (packet.Length < AccessAddressLength + 2 + AddressLength + CrcLength
            || BinaryPrimitives.ReadUInt32LittleEndian(packet) != AdvertisingAccessAddress)
        {
            return false;
        }

        ReadOnlySpan<byte> pdu = packet[AccessAddressLength..];
        int length = 2 + pdu[1];
        if (length < 2 + AddressLength || pdu.Length < length + CrcLength)
        {
            return false;
        }

        ReadOnlySpan<byte> crc = pdu[length..];
        pdu = pdu[..length];
        return Crc24(pdu) == (uint)(crc[0] | (crc[1] << 8) | (crc[2] << 16)) && TryRead(pdu, rssiDbm, channel, out advert);
    }

    /// <summary>Computes the CRC of an advertising PDU.</summary>
    /// <param name="pdu">Header and payload.</param>
    /// <returns>The CRC; its lowest byte goes on air first.</returns>
    public static uint Crc24(ReadOnlySpan<byte> pdu)
    {
        uint state = CrcInitial;
        foreach (byte octet in pdu)
        {
            state ^= octet;
            for (int bit = 0; bit < 8; bit++)
            {
                state = (state & 1) != 0 ? (state >> 1) ^ CrcPolynomial : state >> 1;
            }
        }

        return state;
    }

    /// <summary>Looks for manufacturer data of Apple in the data of an advertisement.</summary>
    /// <param name="data">Its AD structures: length, type, value.</param>
    /// <param name="messageType">The byte behind the company id, the type of the first Continuity message; 0 = there is none.</param>
    /// <returns>Whether company id 0x004C is there.</returns>
    public static bool BearsApple(ReadOnlySpan<byte> data, out byte messageType)
    {
        messageType = 0;
        while (data.Length > 1 && data[0] != 0 && data[0] < data.Length)
        {
            int length = data[0];
            if (length >= 3 && data[1] == ManufacturerData && (data[2] | (data[3] << 8)) == AppleCompanyId)
            {
                messageType = length > 3 ? data[4] : (byte)0;
                return true;
            }

            data = data[(1 + length)..];
        }

        return false;
    }

    private static bool TryRead(ReadOnlySpan<byte> pdu, int rssiDbm, int channel, out BleAdvert advert)
    {
        advert = default;
        BlePduType type = (BlePduType)(pdu[0] & 0x0F);
        if (type is not (BlePduType.Connectable or BlePduType.Directed or BlePduType.NonConnectable or BlePduType.Scannable or BlePduType.ScanResponse))
        {
            return false;
        }

        ulong address = 0;
        for (int i = AddressLength - 1; i >= 0; i--)
        {
            address = (address << 8) | pdu[2 + i];
        }

        bool isRandom = (pdu[0] & TransmitAddressIsRandom) != 0;
        byte messageType = 0;
        bool isApple = type != BlePduType.Directed && BearsApple(pdu[(2 + AddressLength)..], out messageType);
        advert = new BleAdvert(address, isRandom, type == BlePduType.ScanResponse, isApple, rssiDbm, channel, messageType);
        return true;
    }

    // RF channels are numbered by frequency; the three advertising channels lie at both ends and in the gap.
    private static int AdvertisingChannel(int rfChannel)
    {
        return rfChannel switch
        {
            0 => 37,
            12 => 38,
            39 => 39,
            _ => 0,
        };
    }
}
