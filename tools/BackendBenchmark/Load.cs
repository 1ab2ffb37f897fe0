using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Posts unique readings, one request at a time on each connection, or a connection for each request. Written on bare sockets, with
/// requests made in advance, because it shares the two cores with the server: every cycle that it spends is one that the server lacks.
/// </summary>
internal sealed class Load
{
    /// <summary>Numbers of readings begin here, so that all have as many digits.</summary>
    private const int FirstNumber = 100_000_000;

    private readonly IPEndPoint _address;
    private readonly byte[][] _requests;
    private readonly int _numberAt;
    private readonly bool _closes;
    private int _next = FirstNumber;
    private volatile bool _measuring;
    private volatile bool _stopping;

    /// <summary>Makes the load.</summary>
    /// <param name="address">The server.</param>
    /// <param name="tokens">The tokens of its devices.</param>
    /// <param name="boot">Boot id of all readings: those of one run.</param>
    /// <param name="closes">True = a connection for each request.</param>
    public Load(Uri address, string[] tokens, int boot, bool closes)
    {
        _address = new IPEndPoint(IPAddress.Loopback, address.Port);
        _closes = closes;
        _requests = [.. tokens.Select((token, device) => Request(token, device, boot))];
        _numberAt = Encoding.ASCII.GetString(_requests[0]).IndexOf($"\"n\":{FirstNumber}", StringComparison.Ordinal) + 4;
    }

    /// <summary>Numbers of the readings that were answered 201.</summary>
    public List<int>[] Acknowledged { get; private set; } = [];

    /// <summary>How long answers took while it was measured.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Answers that were no 201.</summary>
    public int Refused { get; private set; }

    /// <summary>Starts all connections.</summary>
    public Task RunAsync(int connections)
    {
        Acknowledged = [.. Enumerable.Range(0, connections).Select(static _ => new List<int>(100_000))];
        return Task.WhenAll(
            Enumerable.Range(0, connections).Select(
                i => Task.Run(() => _closes ? CloseAsync(Acknowledged[i]) : KeepAsync(Acknowledged[i]))));
    }

    /// <summary>From now on latencies count, or no longer.</summary>
    public void Measure(bool on) => _measuring = on;

    /// <summary>Ends every connection after its present request.</summary>
    public void Stop() => _stopping = true;

    private async Task KeepAsync(List<int> acknowledged)
    {
        using Socket socket = Exchange.NewSocket();
        byte[] answer = new byte[1024];
        byte[] request = new byte[_requests[0].Length];
        try
        {
            await socket.ConnectAsync(_address);
            while (!_stopping)
            {
                int number = Write(request);
                long start = Stopwatch.GetTimestamp();
                await socket.SendAsync(request);
                if (!Note(acknowledged, number, start, await Exchange.ReceiveAsync(socket, answer)))
                {
                    return;
                }
            }
        }
        catch (SocketException)
        {
            // The server was killed: what is not in the list was not acknowledged.
        }
    }

    private async Task CloseAsync(List<int> acknowledged)
    {
        byte[] answer = new byte[1024];
        byte[] request = new byte[_requests[0].Length];
        try
        {
            while (!_stopping)
            {
                int number = Write(request);
                long start = Stopwatch.GetTimestamp();
                if (!Note(acknowledged, number, start, await Exchange.OnceAsync(_address, request, answer)))
                {
                    return;
                }
            }
        }
        catch (SocketException)
        {
            // As above.
        }
    }

    private bool Note(List<int> acknowledged, int number, long start, int status)
    {
        if (status != 201)
        {
            Refused++;
            return false;
        }

        acknowledged.Add(number);
        if (_measuring)
        {
            Latencies.Add(Stopwatch.GetElapsedTime(start));
        }

        return true;
    }

    /// <summary>Copies the request of the next device and gives it the next number.</summary>
    private int Write(byte[] request)
    {
        int number = Interlocked.Increment(ref _next);
        _requests[number % _requests.Length].CopyTo(request, 0);
        number.TryFormat(request.AsSpan(_numberAt), out _, provider: CultureInfo.InvariantCulture);
        return number;
    }

    /// <summary>A reading of our firmware: 580 bytes, with its headers about 740.</summary>
    private byte[] Request(string token, int device, int boot)
    {
        string body = string.Create(CultureInfo.InvariantCulture, $$"""
            {"d":"{{Backend.DeviceId(device)}}","t":"2026-01-29T10:04:59Z","i":120,"u":34,"probe_rssi_avg":-71,"probe_rssi_min":-42,
            "probe_rssi_max":-93,"cell_rssi":-87,"dwell_0_1":20,"dwell_1_5":6,"dwell_5_10":2,"dwell_10plus":1,
            "rssi_immediate":2,"rssi_near":10,"rssi_far":12,"rssi_remote":10,"ble_i":80,
            "ble_u":15,"ble_apple":9,"ble_other":6,"ble_rssi_avg":-77,
            "of":0,"cd":1,"sf":0,"age":0,
            "ts":1,"bt":1769680800,"b":{{boot}},"n":{{FirstNumber}},"v":"6.0.0","dr":0,"do":0,"rl":0,"ls":291,"iv":300,"cv":1,"baa":6}
            """).ReplaceLineEndings("");
        return Encoding.ASCII.GetBytes(
            $"POST /api/reading HTTP/1.1\r\nHost: 127.0.0.1:{_address.Port}\r\nAuthorization: Bearer {token}\r\n"
            + "Content-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\n{(_closes ? "Connection: close\r\n" : "")}\r\n{body}");
    }
}
