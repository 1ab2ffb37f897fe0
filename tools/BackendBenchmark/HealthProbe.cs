using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace JamBox.BackendBenchmark;

/// <summary>Asks for <c>/health</c> a hundred times a second, a connection for each, while others load the server.</summary>
internal sealed class HealthProbe
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(10);

    private readonly IPEndPoint _address;
    private readonly byte[] _request;

    /// <summary>Makes the probe.</summary>
    public HealthProbe(Uri address)
    {
        _address = new IPEndPoint(IPAddress.Loopback, address.Port);
        _request = Encoding.ASCII.GetBytes($"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{address.Port}\r\nConnection: close\r\n\r\n");
    }

    /// <summary>How long the answers took, connecting included.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Answers that were no 200.</summary>
    public int Failed { get; private set; }

    /// <summary>Asks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        byte[] answer = new byte[1024];
        using PeriodicTimer timer = new(s_period);
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                Failed += await Exchange.OnceAsync(_address, _request, answer) == 200 ? 0 : 1;
                Latencies.Add(Stopwatch.GetElapsedTime(start));
            }
            catch (SocketException)
            {
                Failed++;
            }
        }
    }
}
