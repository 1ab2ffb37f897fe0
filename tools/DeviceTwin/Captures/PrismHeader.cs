using System.Buffers.Binary;

namespace JamBox.Twin.Captures;

/// <summary>
/// Reads the headers of the first Linux drivers that monitored: Prism (link type 119), a list of items in the byte order of the machine
/// that captured, and AVS (link type 163), always big-endian. Drivers also wrote AVS headers under the link type of Prism. Whether the
/// frame ends in its FCS neither says.
/// </summary>
internal static class PrismHeader
{
    private const int PrismFixedBytes = 24;
    private const int PrismItemBytes = 12;
    private const uint PrismMessageCode = 0x44;
    private const uint PrismOldMessageCode = 0x41;

    private const uint AvsMagic = 0x8021_1000;
    private const uint AvsRevisionBits = 0x0000_0FFF;
    private const int AvsBytes = 64;
    private const int AvsSignalInDbm = 2;

    // Weaker than any receiver hears, stronger than none reports: what else stands there is a number without unit.
    private const int WeakestDbm = -127;

    /// <summary>The items of a Prism header that matter, by their place in the list.</summary>
    private enum PrismItem
    {
        Channel = 3,
        Rssi = 4,
        Signal = 6,
    }

    /// <summary>Reads a header.</summary>
    /// <param name="packet">The packet from its first byte.</param>
    /// <param name="header">The result.</param>
    /// <returns><c>false</c> when it is neither kind of header or does not fit into the packet.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out RadioHeader header)
    {
        header = default;
        if (packet.Length < 8)
        {
            return false;
        }

        uint first = BinaryPrimitives.ReadUInt32BigEndian(packet);
        return (first & ~AvsRevisionBits) == AvsMagic ? TryParseAvs(packet, out header) : TryParsePrism(packet, out header);
    }

    private static bool TryParsePrism(ReadOnlySpan<byte> packet, out RadioHeader header)
    {
        header = default;
        bool isBigEndian = BinaryPrimitives.ReadUInt32BigEndian(packet) is PrismMessageCode or PrismOldMessageCode;
        if (!isBigEndian && BinaryPrimitives.ReadUInt32LittleEndian(packet) is not (PrismMessageCode or PrismOldMessageCode))
        {
            return false;
        }

        uint length = UInt32(packet[4..], isBigEndian);
        if (length < PrismFixedBytes || length > packet.Length)
        {
            return false;
        }

        header = new RadioHeader((int)length, 0, 0, false, false);
        for (int at = PrismFixedBytes; at + PrismItemBytes <= length; at += PrismItemBytes)
        {
            ReadOnlySpan<byte> item = packet.Slice(at, PrismItemBytes);
            bool isSupplied = item[4] == 0 && item[5] == 0;
            if (isSupplied)
            {
                header = With(header, ItemOf(UInt32(item, isBigEndian)), (int)UInt32(item[8..], isBigEndian));
            }
        }

        return true;
    }

    // Newer drivers count items in the upper half of the id, older ones in the uppermost four bits of the lower half.
    private static PrismItem ItemOf(uint id)
    {
        return (PrismItem)((id & 0xFFFF) == PrismMessageCode ? id >> 16 : (id & 0xFFF) == PrismOldMessageCode ? (id >> 12) & 0xF : 0);
    }

    // Some drivers give dBm as RSSI, others as signal and a positive number without unit as RSSI.
    private static RadioHeader With(in RadioHeader header, PrismItem item, int value)
    {
        return item switch
        {
            PrismItem.Channel when value is > 0 and <= RadioHeader.MaxChannel => header with { Channel = value },
            PrismItem.Rssi or PrismItem.Signal when header.RssiDbm == 0 && value is < 0 and >= WeakestDbm => header with { RssiDbm = value },
            _ => header,
        };
    }

    private static bool TryParseAvs(ReadOnlySpan<byte> packet, out RadioHeader header)
    {
        header = default;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        if (length < AvsBytes || length > packet.Length)
        {
            return false;
        }

        int channel = BinaryPrimitives.ReadInt32BigEndian(packet[28..]);
        bool isInDbm = BinaryPrimitives.ReadUInt32BigEndian(packet[44..]) == AvsSignalInDbm;
        int signal = BinaryPrimitives.ReadInt32BigEndian(packet[48..]);
        header = new RadioHeader(
            (int)length,
            isInDbm && signal is < 0 and >= WeakestDbm ? signal : 0,
            channel is > 0 and <= RadioHeader.MaxChannel ? channel : 0,
            HasFcs: false,
            IsBad: false);
        return true;
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        return isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
