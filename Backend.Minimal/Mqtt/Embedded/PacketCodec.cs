using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// Packets to bytes and back, by MQTTnet's formatters. How long a packet is, is judged from its header, before anything of it is kept.
/// </summary>
internal static class PacketCodec
{
    /// <summary>The largest packet, bytes: a payload of 64 KB, and its topic.</summary>
    public const int MaxPacketBytes = (64 * 1024) + 1024;

    /// <summary>The largest packet of somebody who has not said yet who he is, bytes.</summary>
    public const int MaxConnectBytes = 4 * 1024;

    /// <summary>Of the length: more is no MQTT.</summary>
    private const int MaxLengthBytes = 4;

    private const byte ConnectHeader = 0x10;
    private const byte LevelMask = 0x7F;

    /// <summary>One a thread: to read or write a packet takes no longer than the call.</summary>
    [ThreadStatic]
    private static MqttPacketFormatterAdapter? s_v311;

    [ThreadStatic]
    private static MqttPacketFormatterAdapter? s_v5;

    /// <summary>Cuts the next packet off.</summary>
    /// <param name="input">What has come; on success what is left of it.</param>
    /// <param name="isFirst">Whether it must be a CONNECT.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>False when it is not whole yet.</returns>
    /// <exception cref="MqttProtocolViolationException">It is too long, or its length is none.</exception>
    public static bool TryCut(ref ReadOnlySequence<byte> input, bool isFirst, out ReceivedMqttPacket packet)
    {
        packet = default;
        SequenceReader<byte> reader = new(input);
        if (!reader.TryRead(out byte header))
        {
            return false;
        }

        if (isFirst && header != ConnectHeader)
        {
            throw new MqttProtocolViolationException("The first packet is no CONNECT");
        }

        int maxBytes = isFirst ? MaxConnectBytes : MaxPacketBytes;
        int length = 0;
        for (int i = 0; ; i++)
        {
            if (i == MaxLengthBytes)
            {
                throw new MqttProtocolViolationException("A length has five bytes");
            }

            if (!reader.TryRead(out byte part))
            {
                return false;
            }

            length |= (part & 0x7F) << (7 * i);
            if ((part & 0x80) == 0)
            {
                break;
            }
        }

        long total = reader.Consumed + length;
        if (total > maxBytes)
        {
            throw new MqttProtocolViolationException($"A packet of {total} bytes; {maxBytes} are allowed");
        }

        if (input.Length < total)
        {
            return false;
        }

        ReadOnlySequence<byte> body = input.Slice(reader.Position, length);
        packet = new ReceivedMqttPacket(header, Segment(body), (int)total);
        input = input.Slice(total);
        return true;
    }

    /// <summary>Which protocol a CONNECT is of.</summary>
    /// <returns>Unknown when it is none, V310 when it is one before 3.1.1.</returns>
    public static MqttProtocolVersion VersionOf(ReceivedMqttPacket packet)
    {
        ReadOnlySpan<byte> body = packet.Body;
        if (packet.FixedHeader != ConnectHeader || body.Length < 10 || body[0] != 0)
        {
            return MqttProtocolVersion.Unknown;
        }

        string name = Encoding.Latin1.GetString(body.Slice(2, Math.Min(body[1], body.Length - 3)));
        int level = body[2 + name.Length] & LevelMask;
        return (name, level) switch
        {
            ("MQTT", 4) => MqttProtocolVersion.V311,
            ("MQTT", 5) => MqttProtocolVersion.V500,
            ("MQTT", _) or ("MQIsdp", _) => MqttProtocolVersion.V310,
            _ => MqttProtocolVersion.Unknown,
        };
    }

    /// <summary>Whether a CONNECT of 3.1.1 wants a session to be kept that it does not name.</summary>
    public static bool IsNamelessSession(ReceivedMqttPacket packet)
    {
        ReadOnlySpan<byte> body = packet.Body;
        return body.Length >= 12 && (body[7] & 0x02) == 0 && body[10] == 0 && body[11] == 0;
    }

    /// <summary>Reads a packet.</summary>
    /// <exception cref="MqttProtocolViolationException">It is broken, in whatever way.</exception>
    public static MqttPacket Decode(ReceivedMqttPacket packet, MqttProtocolVersion version)
    {
        try
        {
            return Formatter(version).Decode(packet) ?? throw new MqttProtocolViolationException("No packet");
        }
        catch (Exception broken) when (broken is not MqttProtocolViolationException and not OutOfMemoryException)
        {
            throw new MqttProtocolViolationException($"A packet is broken: {broken.GetType().Name}");
        }
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="version">The protocol.</param>
    /// <param name="state">Goes to <paramref name="take"/>.</param>
    /// <param name="take">Takes the bytes; they are good until it returns.</param>
    public static void Encode<T>(MqttPacket packet, MqttProtocolVersion version, T state, Action<T, MqttPacketBuffer> take)
    {
        MqttPacketFormatterAdapter formatter = Formatter(version);
        try
        {
            take(state, formatter.Encode(packet));
            formatter.Cleanup();
        }
        catch
        {
            // What it had begun to write would stand before the next packet.
            s_v311 = null;
            s_v5 = null;
            throw;
        }
    }

    private static MqttPacketFormatterAdapter Formatter(MqttProtocolVersion version) => version == MqttProtocolVersion.V500
        ? s_v5 ??= Make(version)
        : s_v311 ??= Make(version);

    private static MqttPacketFormatterAdapter Make(MqttProtocolVersion version) => new(version, new MqttBufferWriter(4096, 65_535));

    private static ArraySegment<byte> Segment(ReadOnlySequence<byte> body) =>
        body.IsSingleSegment && MemoryMarshal.TryGetArray(body.First, out ArraySegment<byte> segment)
            ? segment
            : new ArraySegment<byte>(body.ToArray());
}
