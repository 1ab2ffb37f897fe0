using JamBox.Things.Text;

namespace JamBox.Things.Uplink;

/// <summary>The packets of MQTT 3.1.1 that a thing sends and gets.</summary>
public static class MqttPackets
{
    /// <summary>The broker's answer to a connection.</summary>
    public const int ConnectAnswer = 2;

    /// <summary>A message.</summary>
    public const int Message = 3;

    /// <summary>A message was taken.</summary>
    public const int MessageAnswer = 4;

    /// <summary>The broker's answer to a subscription.</summary>
    public const int SubscribeAnswer = 9;

    /// <summary>The broker is still there.</summary>
    public const int PingAnswer = 13;

    /// <summary>Writes CONNECT with a clean session.</summary>
    /// <param name="to">Where.</param>
    /// <param name="id">Client id and user name.</param>
    /// <param name="password">Password.</param>
    /// <param name="keepAliveSeconds">Keep-alive, s.</param>
    public static void Connect(ByteWriter to, string id, string password, int keepAliveSeconds)
    {
        Head(to, 0x10, 10 + 2 + id.Length + 2 + id.Length + 2 + password.Length);
        Text(to, "MQTT");
        to.Octet(4).Octet(0xC2).Octet(keepAliveSeconds >> 8).Octet(keepAliveSeconds & 0xFF);
        Text(to, id);
        Text(to, id);
        Text(to, password);
    }

    /// <summary>Writes SUBSCRIBE of one topic with QoS 1.</summary>
    /// <param name="to">Where.</param>
    /// <param name="number">Packet id, 1 to 65535.</param>
    /// <param name="topic">ASCII.</param>
    public static void Subscribe(ByteWriter to, int number, string topic)
    {
        Head(to, 0x82, 2 + 2 + topic.Length + 1);
        to.Octet(number >> 8).Octet(number & 0xFF);
        Text(to, topic);
        to.Octet(1);
    }

    /// <summary>Writes PUBLISH.</summary>
    /// <param name="to">Where.</param>
    /// <param name="topic">ASCII.</param>
    /// <param name="number">Packet id of QoS 1; 0 = QoS 0.</param>
    /// <param name="payload">Where the payload is.</param>
    /// <param name="count">Its bytes, from index 0.</param>
    public static void Publish(ByteWriter to, string topic, int number, byte[] payload, int count)
    {
        Head(to, number == 0 ? 0x30 : 0x32, 2 + topic.Length + (number == 0 ? 0 : 2) + count);
        Text(to, topic);
        if (number != 0)
        {
            to.Octet(number >> 8).Octet(number & 0xFF);
        }

        to.Bytes(payload, 0, count);
    }

    /// <summary>Marks a PUBLISH as one that may have come before (DUP).</summary>
    /// <param name="packet">The packet, from index 0.</param>
    public static void MarkAgain(ByteWriter packet)
    {
        packet.Buffer[0] = (byte)(packet.Buffer[0] | 0x08);
    }

    /// <summary>Writes PUBACK.</summary>
    /// <param name="to">Where.</param>
    /// <param name="number">Packet id of what was taken.</param>
    public static void Acknowledge(ByteWriter to, int number)
    {
        to.Octet(0x40).Octet(2).Octet(number >> 8).Octet(number & 0xFF);
    }

    /// <summary>Writes PINGREQ.</summary>
    /// <param name="to">Where.</param>
    public static void Ping(ByteWriter to)
    {
        to.Octet(0xC0).Octet(0);
    }

    /// <summary>Finds the length of a packet.</summary>
    /// <param name="bytes">What has come, from index 0.</param>
    /// <param name="count">How much.</param>
    /// <param name="head">Bytes before what the length counts.</param>
    /// <returns>The whole packet's bytes; 0 = not known yet; −1 = it is no packet.</returns>
    public static int LengthOf(byte[] bytes, int count, out int head)
    {
        int length = 0;
        for (head = 1; head < 5; head++)
        {
            if (head >= count)
            {
                return 0;
            }

            length |= (bytes[head] & 0x7F) << (7 * (head - 1));
            if ((bytes[head] & 0x80) == 0)
            {
                head++;
                return head + length;
            }
        }

        return -1;
    }

    private static void Head(ByteWriter to, int first, int length)
    {
        to.Octet(first);
        do
        {
            int rest = length >> 7;
            to.Octet((length & 0x7F) | (rest > 0 ? 0x80 : 0));
            length = rest;
        }
        while (length > 0);
    }

    // Everything that is written here was checked to be ASCII when it was stored: a character is a byte.
    private static void Text(ByteWriter to, string text)
    {
        to.Octet(text.Length >> 8).Octet(text.Length & 0xFF).Text(text);
    }
}
