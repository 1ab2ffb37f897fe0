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
        byte[] buffer = new byte[16 * 1024];
        int length = 0;
        string text = "";
        while (!IsWhole(text))
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length));
            if (read == 0)
            {
                return;
            }

            length += read;
            text = Encoding.UTF8.GetString(buffer, 0, length);
        }

        Requests.Enqueue(text);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {Status} X\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(_body)}\r\nConnection: close\r\n\r\n{_body}"));
    }

    private static bool IsWhole(string text)
    {
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        string? length = text[..end].Split("\r\n").FirstOrDefault(
            static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return Encoding.UTF8.GetByteCount(text) >= end + 4 + (length is null ? 0 : int.Parse(length.Split(':')[1]));
    }
}
