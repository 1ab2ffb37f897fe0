using System.Buffers.Binary;
using System.Net;
using System.Text;

using JamBox.Deployments;

namespace JamBox.Edge.Modules;

/// <summary>An address from an answer of multicast DNS.</summary>
/// <param name="Address">The address.</param>
/// <param name="TtlSeconds">How long it is good, s.</param>
public readonly record struct MdnsAddress(IPAddress Address, uint TtlSeconds);

/// <summary>Questions and answers of multicast DNS (RFC 6762), as far as addresses of names need them.</summary>
public static class MdnsMessage
{
    /// <summary>The longest answer that is read, bytes.</summary>
    public const int MaxBytes = 9000;

    private const int HeaderBytes = 12;
    private const int MaxLabel = 63;
    private const int MaxNameBytes = 255;
    private const int MaxRecords = 200;
    private const int MaxPointers = 16;
    private const ushort TypeA = 1;
    private const ushort ClassIn = 1;
    private const ushort ClassMask = 0x7FFF;
    private const ushort ResponseBit = 0x8000;
    private const ushort OpcodeAndRcode = 0x780F;
    private const byte PointerBits = 0xC0;

    /// <summary>A question for the IPv4 address of a name.</summary>
    /// <param name="name">The name, <c>esp32-aabbcc.local</c>.</param>
    /// <param name="id">What answers to a one-shot question repeat.</param>
    /// <exception cref="FormatException">It is no name.</exception>
    public static byte[] Query(string name, ushort id)
    {
        List<byte> message = [(byte)(id >> 8), (byte)id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        foreach (string label in name.TrimEnd('.').Split('.'))
        {
            if (label.Length is 0 or > MaxLabel || !label.All(static c => c is > ' ' and <= '~'))
            {
                throw new FormatException($"\"{name}\" is no name of a machine.");
            }

            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.AddRange([0, 0, (byte)TypeA, 0, (byte)ClassIn]);
        return message.Count - HeaderBytes - 4 <= MaxNameBytes
            ? [.. message]
            : throw new FormatException($"\"{name[..40]}…\" is longer than names of machines are.");
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="message">The datagram.</param>
    /// <param name="name">The name that was asked for; large and small letters are the same.</param>
    /// <param name="id">The question's; answers that went to everybody have 0.</param>
    /// <returns>The name's address; null when the datagram has none, or is none.</returns>
    public static MdnsAddress? Find(ReadOnlySpan<byte> message, string name, ushort id)
    {
        if (message.Length is < HeaderBytes or > MaxBytes)
        {
            return null;
        }

        ushort answerId = BinaryPrimitives.ReadUInt16BigEndian(message);
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((answerId != id && answerId != 0) || (flags & ResponseBit) == 0 || (flags & OpcodeAndRcode) != 0)
        {
            return null;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int records = BinaryPrimitives.ReadUInt16BigEndian(message[6..])
            + BinaryPrimitives.ReadUInt16BigEndian(message[8..]) + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        if (questions > MaxRecords || records > MaxRecords)
        {
            return null;
        }

        int offset = HeaderBytes;
        for (int index = 0; index < questions; index++)
        {
            if (!TryReadName(message, ref offset, out _) || !TrySkip(message, ref offset, 4))
            {
                return null;
            }
        }

        for (int index = 0; index < records; index++)
        {
            if (!TryReadRecord(message, ref offset, name, out MdnsAddress? found))
            {
                return null;
            }

            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> message, ref int offset, string name, out MdnsAddress? found)
    {
        const int FixedBytes = 10;
        found = null;
        if (!TryReadName(message, ref offset, out string owner) || message.Length - offset < FixedBytes)
        {
            return false;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(message[offset..]);
        int kind = BinaryPrimitives.ReadUInt16BigEndian(message[(offset + 2)..]) & ClassMask;
        uint ttl = BinaryPrimitives.ReadUInt32BigEndian(message[(offset + 4)..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[(offset + 8)..]);
        offset += FixedBytes;
        int data = offset;
        if (!TrySkip(message, ref offset, length))
        {
            return false;
        }

        // A time to live of 0 takes the record back.
        if (type == TypeA && kind == ClassIn && length == 4 && ttl > 0
            && string.Equals(owner, name.TrimEnd('.'), StringComparison.OrdinalIgnoreCase))
        {
            IPAddress address = new(message.Slice(data, 4));
            if (ModuleName.IsOfOneMachine(address))
            {
                found = new MdnsAddress(address, ttl);
            }
        }

        return true;
    }

    private static bool TrySkip(ReadOnlySpan<byte> message, ref int offset, int count)
    {
        offset += count;
        return offset <= message.Length;
    }

    /// <summary>Reads a name, which may go on further ahead: never further back than where it came from, so that it ends.</summary>
    private static bool TryReadName(ReadOnlySpan<byte> message, ref int offset, out string name)
    {
        StringBuilder text = new();
        name = string.Empty;
        int position = offset;
        int end = -1;
        int pointers = 0;
        while (position < message.Length)
        {
            byte length = message[position];
            if (length == 0)
            {
                offset = end >= 0 ? end : position + 1;
                name = text.ToString();
                return true;
            }

            if ((length & PointerBits) == PointerBits)
            {
                if (position + 1 >= message.Length || ++pointers > MaxPointers)
                {
                    return false;
                }

                int target = ((length & ~PointerBits) << 8) | message[position + 1];
                end = end >= 0 ? end : position + 2;
                if (target >= position)
                {
                    return false;
                }

                position = target;
                continue;
            }

            if ((length & PointerBits) != 0 || position + 1 + length > message.Length || text.Length + length + 1 > MaxNameBytes)
            {
                return false;
            }

            if (text.Length > 0)
            {
                text.Append('.');
            }

            text.Append(Encoding.Latin1.GetString(message.Slice(position + 1, length)));
            position += length + 1;
        }

        return false;
    }
}
