using System.Net;
using System.Net.Sockets;
using System.Text;
using JamBox.Twin.Modem;

namespace JamBox.Twin.Tests.Modem;

/// <summary>A server on a real port that gives each request to the test and sends back what it says, in pieces.</summary>
internal sealed class TinyBackend : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string> _answer;

    public TinyBackend(Func<string, string> answer)
    {
        _answer = answer;
        _listener.Start();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections { get; private set; }

    public static string Response(string body, bool closes = true)
    {
        return $"HTTP/1.1 201 Created\r\nContent-Length: {body.Length}\r\n{(closes ? "Connection: close\r\n" : string.Empty)}\r\n{body}";
    }

    public BridgeRoutes Routes()
    {
        return new BridgeRoutes().Add("backend.jambox.test", 80, "127.0.0.1", Port);
    }

    public void Dispose()
    {
        _listener.Dispose();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.AcceptSocket();
                Connections++;
                new Thread(() => Talk(socket)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Talk(Socket socket)
    {
        try
        {
            Answer(socket);
        }
        catch (SocketException)
        {
            // The other end is gone.
        }
    }

    private void Answer(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            byte[] buffer = new byte[8_192];
            int have = 0;
            for (int count; (count = socket.Receive(buffer, have, buffer.Length - have, SocketFlags.None)) > 0;)
            {
                have += count;
                int length = HttpFraming.RequestLength(buffer.AsSpan(0, have));
                if (length <= 0)
                {
                    continue;
                }

                byte[] response = Encoding.Latin1.GetBytes(_answer(Encoding.Latin1.GetString(buffer, 0, length)));
                have = 0;
                socket.Send(response.AsSpan(0, response.Length / 2));
                socket.Send(response.AsSpan(response.Length / 2));
                if (HttpFraming.BodyStart(response) is > 0 and int body
                    && (HttpFraming.ClosesAfter(response.AsSpan(0, body)) || HttpFraming.ContentLength(response.AsSpan(0, body)) < 0))
                {
                    return;
                }
            }
        }
    }
}
