using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>A listener on a bare connection: it answers nothing by itself, and reads only when it is told to.</summary>
internal sealed class BareWebSocket : IDisposable
{
    /// <summary>Opcodes of RFC 6455.</summary>
    public const int Text = 1, Close = 8, Ping = 9, Pong = 10;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    private BareWebSocket(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    /// <summary>What the server answered to the handshake; 101 = it listens.</summary>
    public int Status { get; private set; }

    public static async Task<BareWebSocket> OpenAsync(BackendHost host, string ticket, int receiveBytes = 64 * 1024)
    {
        TcpClient client = new() { ReceiveBufferSize = receiveBytes };
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        BareWebSocket socket = new(client);
        await socket._stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /ws?token={Uri.EscapeDataString(ticket)} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await socket.ReadAsync(one);
            head.Append((char)one[0]);
        }

        socket.Status = int.Parse(head.ToString().Split(' ')[1]);
        return socket;
    }

    /// <summary>The next frame; null = the server has hung up.</summary>
    public async Task<(int Opcode, string Said)?> NextAsync()
    {
        try
        {
            byte[] head = await ReadAsync(new byte[2]);
            int length = head[1] switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(new byte[2])),
                127 => (int)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(new byte[8])),
                _ => head[1],
            };
            int opcode = head[0] & 0x0F;
            byte[] payload = await ReadAsync(new byte[length]);
            return (opcode, Encoding.UTF8.GetString(opcode == Close ? payload.AsSpan(2) : payload));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Says something; masked, as clients do, with zeros.</summary>
    public async Task SayAsync(int opcode, string said = "") =>
        await _stream.WriteAsync((byte[])[(byte)(0x80 | opcode), (byte)(0x80 | said.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(said)]);

    /// <summary>Reads on and throws away until the server has hung up.</summary>
    /// <returns>How many bytes there were.</returns>
    public async Task<long> ReadToEndAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        long all = 0;
        try
        {
            while (await _stream.ReadAsync(buffer).AsTask().WaitAsync(s_patience) is var read and > 0)
            {
                all += read;
            }
        }
        catch (IOException)
        {
            // Reset.
        }

        return all;
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> ReadAsync(byte[] buffer)
    {
        await _stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(s_patience);
        return buffer;
    }
}
