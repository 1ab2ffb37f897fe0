using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Posts unique readings over keep-alive connections, one request at a time on each. Written on bare sockets, because it shares the two
/// cores with the server: every cycle that it spends is one that the server lacks.
/// </summary>
internal sealed class Load
{
    /// <summary>Latencies in steps of 10 µs, up to 10 s.</summary>
    private const int StepUs = 10;

    private const int Steps = 1_000_000;
    private const int NumberDigits = 9;

    private readonly Uri _address;
    private readonly string[] _tokens;
    private readonly int _boot;
    private readonly int[] _latencies = new int[Steps];
    private int _next;
    private volatile bool _measuring;
    private volatile bool _stopping;

    /// <summary>Makes the load.</summary>
    /// <param name="address">The server.</param>
    /// <param name="tokens">The tokens of its devices.</param>
    /// <param name="boot">Boot id of all readings: those of one run.</param>
    public Load(Uri address, string[] tokens, int boot)
    {
        _address = address;
        _tokens = tokens;
        _boot = boot;
    }

    /// <summary>Numbers of the readings that were answered 201.</summary>
    public List<int>[] Acknowledged { get; private set; } = [];

    /// <summary>Readings that were answered 201 while it was measured.</summary>
    public long Measured => _latencies.Sum(static count => (long)count);

    /// <summary>Answers that were no 201.</summary>
    public int Refused { get; private set; }

    /// <summary>Starts all connections.</summary>
    public Task RunAsync(int connections)
    {
        Acknowledged = [.. Enumerable.Range(0, connections).Select(static _ => new List<int>(100_000))];
        return Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(() => OneAsync(Acknowledged[i]))));
    }

    /// <summary>From now on latencies count, or no longer.</summary>
    public void Measure(bool on) => _measuring = on;

    /// <summary>Ends every connection after its present request.</summary>
    public void Stop() => _stopping = true;

    /// <summary>The latency that a share of the answers did not exceed, ms.</summary>
    public double Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(Measured * share);
        long seen = 0;
        for (int i = 0; i < Steps; i++)
        {
            seen += _latencies[i];
            if (seen >= wanted)
            {
                return (i + 1) * StepUs / 1000.0;
            }
        }

        return double.NaN;
    }

    private async Task OneAsync(List<int> acknowledged)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        byte[] answer = new byte[1024];
        byte[] request = new byte[1500];
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _address.Port);
            while (!_stopping)
            {
                int number = Interlocked.Increment(ref _next);
                int length = Write(request, number);
                long start = Stopwatch.GetTimestamp();
                await socket.SendAsync(request.AsMemory(0, length));
                if (!await ReceiveAsync(socket, answer))
                {
                    Refused++;
                    return;
                }

                acknowledged.Add(number);
                if (_measuring)
                {
                    long us = (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                    Interlocked.Increment(ref _latencies[Math.Min(us / StepUs, Steps - 1)]);
                }
            }
        }
        catch (SocketException)
        {
            // The server was killed: what is not in the list was not acknowledged.
        }
    }

    /// <summary>A reading of our firmware, 570 bytes with its headers about 730.</summary>
    private int Write(byte[] request, int number)
    {
        int device = number % _tokens.Length;
        string body = $$"""{"d":"{{Server.DeviceId(device)}}","t":"2026-01-29T10:04:59Z","i":120,"u":34,"probe_rssi_avg":-71,"probe_rssi_min":-42,"probe_rssi_max":-93,"cell_rssi":-87,"dwell_0_1":20,"dwell_1_5":6,"dwell_5_10":2,"dwell_10plus":1,"rssi_immediate":2,"rssi_near":10,"rssi_far":12,"rssi_remote":10,"ble_i":80,"ble_u":15,"ble_apple":9,"ble_other":6,"ble_rssi_avg":-77,"of":0,"cd":1,"sf":0,"age":0,"ts":1,"bt":1769680800,"b":{{_boot}},"n":{{number.ToString($"D{NumberDigits}").TrimStart('0')}},"v":"6.0.0","dr":0,"do":0,"rl":0,"ls":291,"iv":300,"cv":1}""";
        return Encoding.ASCII.GetBytes(
            $"POST /api/reading HTTP/1.1\r\nHost: 127.0.0.1:{_address.Port}\r\nAuthorization: Bearer {_tokens[device]}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            request);
    }

    private static async ValueTask<bool> ReceiveAsync(Socket socket, byte[] answer)
    {
        int length = 0;
        while (true)
        {
            int read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0)
            {
                return false;
            }

            length += read;
            int end = answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0 && length >= end + 4 + ContentLength(answer.AsSpan(0, end)))
            {
                return answer.AsSpan().StartsWith("HTTP/1.1 201"u8);
            }
        }
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        int at = head.IndexOf("Content-Length: "u8) + 16;
        int length = 0;
        for (; at < head.Length && head[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            length = (length * 10) + head[at] - '0';
        }

        return length;
    }
}
