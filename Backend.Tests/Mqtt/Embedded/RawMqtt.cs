using System.Net.Sockets;
using System.Text;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>A client that writes bytes as the test says, of MQTT 3.1.1 unless told otherwise.</summary>
public sealed class RawMqtt : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };

    public RawMqtt(int port)
    {
        _client.Connect("127.0.0.1", port);
        Stream = _client.GetStream();
    }

    public NetworkStream Stream { get; }

    public Socket Socket => _client.Client;

    public static byte[] Packet(int header, params byte[] body) => [(byte)header, .. Length(body.Length), .. body];

    /// <summary>A length as packets have it.</summary>
    public static byte[] Length(int length)
    {
        List<byte> bytes = [];
        do
        {
            bytes.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80 : 0)));
            length >>= 7;
        }
        while (length > 0);
        return [.. bytes];
    }

    public static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Connect(
        string user, string password, string clientId, bool isClean = true, int keepAlive = 0,
        (string Topic, string Payload)? will = null) =>
        Packet(
            0x10,
            [.. Text("MQTT"), 4, (byte)(0xC0 | (isClean ? 2 : 0) | (will is null ? 0 : 4)), (byte)(keepAlive >> 8), (byte)keepAlive,
            .. Text(clientId), .. will is { } said ? (byte[])[.. Text(said.Topic), .. Text(said.Payload)] : [],
            .. Text(user), .. Text(password)]);

    public static byte[] Publish(string topic, string payload, int qos, int id = 0, bool isDup = false, bool isRetained = false) => Packet(
        0x30 | (qos << 1) | (isDup ? 8 : 0) | (isRetained ? 1 : 0),
        [.. Text(topic), .. qos == 0 ? [] : (byte[])[(byte)(id >> 8), (byte)id], .. Encoding.UTF8.GetBytes(payload)]);

    public static byte[] Subscribe(int id, params string[] filters) => Packet(
        0x82, [(byte)(id >> 8), (byte)id, .. filters.SelectMany(static filter => (byte[])[.. Text(filter), 1])]);

    public async Task SendAsync(params byte[][] packets)
    {
        foreach (byte[] packet in packets)
        {
            await Stream.WriteAsync(packet);
        }
    }

    /// <summary>Signs in, and is let in.</summary>
    public async Task<RawMqtt> ConnectAsync(
        string user, string password, string clientId = "raw", bool isClean = true, int keepAlive = 0,
        (string Topic, string Payload)? will = null)
    {
        await SendAsync(Connect(user, password, clientId, isClean, keepAlive, will));
        (int header, byte[] body) = await ReadAsync();
        Assert.Equal(0x20, header);
        Assert.Equal(0, body[1]);
        return this;
    }

    /// <summary>The next packet.</summary>
    /// <exception cref="EndOfStreamException">The broker has closed the connection.</exception>
    public async Task<(int Header, byte[] Body)> ReadAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
        byte[] one = new byte[1];
        await Stream.ReadExactlyAsync(one, limit.Token);
        int header = one[0];
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            await Stream.ReadExactlyAsync(one, limit.Token);
            length |= (one[0] & 0x7F) << shift;
            if ((one[0] & 0x80) == 0)
            {
                break;
            }
        }

        byte[] body = new byte[length];
        await Stream.ReadExactlyAsync(body, limit.Token);
        return (header, body);
    }

    /// <summary>Reads until the broker closes the connection.</summary>
    /// <returns>What came before.</returns>
    public async Task<List<(int Header, byte[] Body)>> ReadToEndAsync()
    {
        List<(int Header, byte[] Body)> packets = [];
        try
        {
            while (true)
            {
                packets.Add(await ReadAsync());
            }
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            return packets;
        }
    }

    public void Dispose() => _client.Dispose();
}
