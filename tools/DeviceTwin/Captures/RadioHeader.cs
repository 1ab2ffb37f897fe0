using System.Buffers.Binary;

namespace JamBox.Twin.Captures;

/// <summary>
/// What of the header before an 802.11 frame matters here: where the frame is, how strong, on which channel, and whether it is whole.
/// </summary>
/// <param name="Length">Bytes before the 802.11 frame.</param>
/// <param name="RssiDbm">Signal at the antenna in dBm, 0 = not said.</param>
/// <param name="Channel">Channel in the 2.4 or 5 GHz band, 0 = not said.</param>
/// <param name="HasFcs">The frame ends in its four bytes of FCS.</param>
/// <param name="IsBad">The frame was damaged on air.</param>
internal readonly record struct RadioHeader(int Length, int RssiDbm, int Channel, bool HasFcs, bool IsBad)
{
    /// <summary>The highest channel number of the 5 GHz band.</summary>
    public const int MaxChannel = 177;

    /// <summary>Turns a frequency into a channel number.</summary>
    /// <param name="mhz">Its centre in MHz.</param>
    /// <returns>The channel, 0 for a frequency outside both bands.</returns>
    public static int ChannelOf(int mhz)
    {
        return mhz switch
        {
            2484 => 14,
            >= 2412 and <= 2472 => (mhz - 2407) / 5,
            >= 5160 and <= 5885 => (mhz - 5000) / 5,
            _ => 0,
        };
    }
}

/// <summary>
/// Reads Per-Packet Information headers (link type 192), as CACE Technologies' specification has them: typed fields, little-endian.
/// </summary>
internal static class PpiHeader
{
    private const int FixedBytes = 8;
    private const int FieldHeaderBytes = 4;
    private const byte AlignedFlag = 0x01;

    private const int Common80211Field = 2;
    private const int Common80211Bytes = 20;
    private const ushort FcsPresentFlag = 0x0001;
    private const ushort FcsInvalidFlag = 0x0004;
    private const ushort PhyErrorFlag = 0x0008;
    private const sbyte NoSignal = -128;

    /// <summary>Reads a header.</summary>
    /// <param name="packet">The packet from its first byte.</param>
    /// <param name="header">The result.</param>
    /// <param name="linkType">What is behind it.</param>
    /// <returns><c>false</c> when it is no header of version 0 or does not fit into the packet.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out RadioHeader header, out int linkType)
    {
        header = default;
        linkType = 0;
        if (packet.Length < FixedBytes || packet[0] != 0)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(packet[2..]);
        if (length < FixedBytes || length > packet.Length)
        {
            return false;
        }

        linkType = BinaryPrimitives.ReadInt32LittleEndian(packet[4..]);
        header = ParseFields(packet[..length], isAligned: (packet[1] & AlignedFlag) != 0);
        return true;
    }

    private static RadioHeader ParseFields(ReadOnlySpan<byte> bytes, bool isAligned)
    {
        RadioHeader header = new(bytes.Length, 0, 0, false, false);
        for (int at = FixedBytes; at + FieldHeaderBytes <= bytes.Length;)
        {
            int type = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            int size = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
            at += FieldHeaderBytes;
            if (at + size > bytes.Length)
            {
                break;
            }

            if (type == Common80211Field && size >= Common80211Bytes)
            {
                header = With(header, bytes.Slice(at, size));
            }

            at += isAligned ? (size + 3) & ~3 : size;
        }

        return header;
    }

    // TSF timer 8, flags 2, rate 2, frequency 2, channel flags 2, hop set 1, hop pattern 1, signal 1, noise 1.
    private static RadioHeader With(in RadioHeader header, ReadOnlySpan<byte> common)
    {
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(common[8..]);
        sbyte signal = (sbyte)common[18];
        return header with
        {
            RssiDbm = signal == NoSignal ? 0 : signal,
            Channel = RadioHeader.ChannelOf(BinaryPrimitives.ReadUInt16LittleEndian(common[12..])),
            HasFcs = (flags & FcsPresentFlag) != 0,
            IsBad = (flags & (FcsInvalidFlag | PhyErrorFlag)) != 0,
        };
    }
}

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
            PrismItem.Rssi or PrismItem.Signal when header.RssiDbm == 0 && value is < 0 and >= WeakestDbm =>
                header with { RssiDbm = value },
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
