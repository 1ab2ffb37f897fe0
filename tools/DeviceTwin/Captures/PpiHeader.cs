using System.Buffers.Binary;

namespace JamBox.Twin.Captures;

/// <summary>Reads Per-Packet Information headers (link type 192), as CACE Technologies' specification has them: typed fields, little-endian.</summary>
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
