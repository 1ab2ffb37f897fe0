using System.Buffers.Binary;

namespace JamBox.Twin.Captures;

/// <summary>Reads radiotap headers (link type 127), as on radiotap.org.</summary>
internal static class RadiotapHeader
{
    private const int FlagsField = 1;
    private const int ChannelField = 3;
    private const int SignalField = 5;
    private const int RadiotapNamespaceBit = 29;
    private const int VendorNamespaceBit = 30;
    private const int ExtensionBit = 31;
    private const int MaxPresenceWords = 32;
    private const byte FcsAtEndFlag = 0x10;
    private const byte BadFcsFlag = 0x40;

    /// <summary>Reads a header.</summary>
    /// <param name="packet">The packet from its first byte.</param>
    /// <param name="header">The result.</param>
    /// <returns><c>false</c> when the header is not a radiotap header of version 0 or does not fit into the packet.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out RadioHeader header)
    {
        header = default;
        if (packet.Length < 8 || packet[0] != 0)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(packet[2..]);
        if (length < 8 || length > packet.Length)
        {
            return false;
        }

        header = ParseFields(packet[..length]);
        return true;
    }

    private static RadioHeader ParseFields(ReadOnlySpan<byte> bytes)
    {
        RadioHeader header = new(bytes.Length, 0, 0, false, false);
        int words = CountPresenceWords(bytes);
        int at = 4 + (4 * words);
        bool isRadiotap = true;
        for (int word = 0; word < words; word++)
        {
            uint presence = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * word))..]);
            if (isRadiotap && !TryTakeWord(bytes, presence, ref at, ref header))
            {
                return header;
            }

            if ((presence & (1u << VendorNamespaceBit)) != 0)
            {
                // OUI, sub-namespace and the length of the vendor's fields, which nobody else can tell.
                at = (at + 1) & ~1;
                if (at + 6 > bytes.Length)
                {
                    return header;
                }

                at += 6 + BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 4)..]);
                isRadiotap = false;
            }
            else
            {
                // Without a namespace bit the next word goes on with fields 32…63, of which none is defined.
                isRadiotap = (presence & (1u << RadiotapNamespaceBit)) != 0;
            }
        }

        return header;
    }

    private static int CountPresenceWords(ReadOnlySpan<byte> bytes)
    {
        int words = 0;
        while (4 + (4 * (words + 1)) <= bytes.Length && words < MaxPresenceWords)
        {
            uint presence = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * words))..]);
            words++;
            if ((presence & (1u << ExtensionBit)) == 0)
            {
                break;
            }
        }

        return words;
    }

    private static bool TryTakeWord(ReadOnlySpan<byte> bytes, uint presence, ref int at, ref RadioHeader header)
    {
        for (int field = 0; field < RadiotapNamespaceBit; field++)
        {
            if ((presence & (1u << field)) == 0)
            {
                continue;
            }

            (int align, int size) = LayoutOf(field);
            at = (at + align - 1) & ~(align - 1);
            if (size == 0 || at + size > bytes.Length)
            {
                return false;
            }

            header = With(header, field, bytes[at..]);
            at += size;
        }

        return true;
    }

    private static RadioHeader With(in RadioHeader header, int field, ReadOnlySpan<byte> value)
    {
        return field switch
        {
            FlagsField => header with { HasFcs = (value[0] & FcsAtEndFlag) != 0, IsBad = (value[0] & BadFcsFlag) != 0 },
            ChannelField when header.Channel == 0 =>
                header with { Channel = RadioHeader.ChannelOf(BinaryPrimitives.ReadUInt16LittleEndian(value)) },

            // The first is that of the frame; further ones are those of single antennas.
            SignalField when header.RssiDbm == 0 => header with { RssiDbm = (sbyte)value[0] },
            _ => header,
        };
    }

    // Alignment and size of the fields, as on radiotap.org; size 0 = unknown, and then nothing behind it can be found.
    private static (int Align, int Size) LayoutOf(int field)
    {
        return field switch
        {
            0 => (8, 8),
            1 or 2 or 5 or 6 or 10 or 11 or 12 or 13 or 16 or 17 or 26 => (1, 1),
            3 => (2, 4),
            4 or 7 or 8 or 9 or 14 or 15 => (2, 2),
            18 => (4, 8),
            19 => (1, 3),
            20 => (4, 8),
            21 or 23 or 24 => (2, 12),
            22 => (8, 12),
            25 => (2, 6),
            27 => (2, 4),
            _ => (1, 0),
        };
    }
}
