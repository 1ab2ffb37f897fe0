using System.Buffers;
using System.Text;

namespace JamBox.BackendBenchmark.Mqtt;

/// <summary>A packet of MQTT 3.1.1 as it came.</summary>
/// <param name="Kind">The upper half of its first byte.</param>
/// <param name="Flags">The lower half.</param>
/// <param name="Body">What stands behind its length.</param>
internal readonly record struct MqttPacket(int Kind, int Flags, ReadOnlySequence<byte> Body)
{
    /// <summary>Two bytes of the body as a number; −1 when there are none.</summary>
    public int Number(long at)
    {
        if (Body.Length < at + 2)
        {
            return -1;
        }

        Span<byte> bytes = stackalloc byte[2];
        Body.Slice(at, 2).CopyTo(bytes);
        return (bytes[0] << 8) | bytes[1];
    }
}

/// <summary>The packets of MQTT 3.1.1 that a device sends, as bytes.</summary>
internal static class MqttPackets
{
    /// <summary>The answer to CONNECT.</summary>
    public const int ConnectAnswer = 2;

    /// <summary>A message.</summary>
    public const int Message = 3;

    /// <summary>The answer to a message.</summary>
    public const int MessageAnswer = 4;

    /// <summary>The answer to SUBSCRIBE.</summary>
    public const int SubscribeAnswer = 9;

    /// <summary>The answer to PINGREQ.</summary>
    public const int PingAnswer = 13;

    /// <summary>Set in the first byte of a message that may have come before.</summary>
    public const byte Again = 8;

    /// <summary>PINGREQ.</summary>
    public static ReadOnlyMemory<byte> Ping { get; } = new byte[] { 0xC0, 0 };

    /// <summary>DISCONNECT.</summary>
    public static ReadOnlyMemory<byte> Disconnect { get; } = new byte[] { 0xE0, 0 };

    /// <summary>CONNECT.</summary>
    public static byte[] Connect(string clientId, string user, string password, bool isClean, int keepAliveSeconds) =>
        Packet(
            0x10,
            [
                .. Text("MQTT"), 4, (byte)(0xC0 | (isClean ? 2 : 0)), (byte)(keepAliveSeconds >> 8), (byte)keepAliveSeconds,
                .. Text(clientId), .. Text(user), .. Text(password),
            ]);

    /// <summary>SUBSCRIBE with QoS 1.</summary>
    public static byte[] Subscribe(int packetId, params string[] filters) =>
        Packet(0x82, [(byte)(packetId >> 8), (byte)packetId, .. filters.SelectMany(static filter => Text(filter).Append((byte)1))]);

    /// <summary>PUBLISH; of QoS 1 it has the packet id 0, to be written over at <see cref="IdAt"/>.</summary>
    public static byte[] Publish(string topic, string payload, int quality) =>
        Packet((byte)(0x30 | (quality << 1)), [.. Text(topic), .. quality > 0 ? new byte[2] : [], .. Encoding.UTF8.GetBytes(payload)]);

    /// <summary>PUBACK.</summary>
    public static byte[] Acknowledge(int packetId) => [0x40, 2, (byte)(packetId >> 8), (byte)packetId];

    /// <summary>Where the packet id of a message of ours stands.</summary>
    public static int IdAt(ReadOnlySpan<byte> publish)
    {
        int at = 1;
        while ((publish[at++] & 0x80) != 0)
        {
            // To the end of the length.
        }

        return at + 2 + ((publish[at] << 8) | publish[at + 1]);
    }

    /// <summary>Takes the first packet, when it is whole.</summary>
    /// <param name="input">What has come; then what stands behind the packet.</param>
    /// <param name="packet">The packet.</param>
    /// <exception cref="IOException">This is no MQTT.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> input, out MqttPacket packet)
    {
        SequenceReader<byte> reader = new(input);
        packet = default;
        if (!reader.TryRead(out byte first))
        {
            return false;
        }

        long length = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (shift > 21)
            {
                throw new IOException("the broker sends what is no MQTT");
            }

            if (!reader.TryRead(out byte next))
            {
                return false;
            }

            length |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                break;
            }
        }

        if (reader.Remaining < length)
        {
            return false;
        }

        packet = new MqttPacket(first >> 4, first & 0xF, input.Slice(reader.Position, length));
        input = input.Slice(packet.Body.End);
        return true;
    }

    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    private static byte[] Packet(byte first, byte[] body)
    {
        List<byte> packet = [first];
        int length = body.Length;
        do
        {
            packet.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80 : 0)));
            length >>= 7;
        }
        while (length > 0);
        packet.AddRange(body);
        return [.. packet];
    }
}
