using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>Someone outside, on loopback: keeps what it is sent, and answers what the test wants.</summary>
public sealed class FakeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _body;

    public FakeServer(string body)
    {
        _body = body;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public ConcurrentQueue<string> Requests { get; } = new();

    public int Status { get; set; } = 200;

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        // A batch of traces may have hundreds of kilobytes: it has those of every host in this process.
        byte[] buffer = new byte[8 * 1024 * 1024];
        int length = 0;
        while (!IsWhole(buffer.AsSpan(0, length)))
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length));
            if (read == 0)
            {
                return;
            }

            length += read;
        }

        string text = Encoding.UTF8.GetString(buffer, 0, length);
        Requests.Enqueue(text);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {Status} X\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(_body)}\r\nConnection: close\r\n\r\n{_body}"));
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        string? length = Encoding.ASCII.GetString(bytes[..end]).Split("\r\n").FirstOrDefault(
            static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return bytes.Length >= end + 4 + (length is null ? 0 : int.Parse(length.Split(':')[1]));
    }
}
