using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Posts unique readings, one request at a time on each connection, or a connection for each request. One thread serves all connections,
/// on bare sockets and with requests made in advance, because it shares the two cores with the server: every cycle that it spends is one
/// that the server lacks.
/// </summary>
internal sealed class Load
{
    /// <summary>Numbers of readings begin here, so that all have as many digits.</summary>
    private const int FirstNumber = 100_000_000;

    /// <summary>So often it is looked whether it is enough, ms.</summary>
    private const int WaitMs = 50;

    /// <summary>Answers to the last requests are waited for so long, ms.</summary>
    private const int MaxEndMs = 10_000;

    private readonly IPEndPoint _address;
    private readonly byte[][] _requests;
    private readonly int _numberAt;
    private readonly bool _closes;
    private readonly int _good;
    private int _next = FirstNumber;
    private volatile bool _measuring;
    private volatile bool _stopping;
    private long _stopAt;

    /// <summary>Makes the load.</summary>
    /// <param name="address">The server.</param>
    /// <param name="tokens">The tokens of its devices.</param>
    /// <param name="boot">Boot id of all readings: those of one run.</param>
    /// <param name="closes">True = a connection for each request.</param>
    /// <param name="isTelemetry">Whether it is messages of telemetry, with four keys each, instead of readings.</param>
    public Load(Uri address, string[] tokens, int boot, bool closes, bool isTelemetry = false)
    {
        _address = new IPEndPoint(IPAddress.Loopback, address.Port);
        _closes = closes;
        _good = isTelemetry ? 200 : 201;
        _requests = [.. tokens.Select((token, device) => isTelemetry ? Message(token, boot) : Request(token, device, boot))];
        _numberAt = Encoding.ASCII.GetString(_requests[0]).IndexOf($"\"n\":{FirstNumber}", StringComparison.Ordinal) + 4;
    }

    private Load(Uri address, byte[][] requests)
    {
        _address = new IPEndPoint(IPAddress.Loopback, address.Port);
        _good = 200;
        _requests = requests;
        _numberAt = Encoding.ASCII.GetString(_requests[0]).IndexOf($"\"n\":{FirstNumber}", StringComparison.Ordinal) + 4;
    }

    /// <summary>Makes the load of a broker that asks for each message of each device whether it may be, as mosquitto-go-auth does.</summary>
    /// <param name="address">The server.</param>
    /// <param name="key">What the broker shows.</param>
    /// <param name="devices">How many devices.</param>
    public static Load OfQuestions(Uri address, string key, int devices) => new(address, [.. Enumerable.Range(0, devices).Select(device =>
    {
        string id = Backend.DeviceId(device);
        string body = $$"""
            {"acc":2,"clientid":"{{id}}","n":{{FirstNumber}},"topic":"jambox/device/{{id}}/telemetry","username":"{{id}}"}
            """;
        return Encoding.ASCII.GetBytes(
            $"POST /mqtt/auth/acl?key={key} HTTP/1.1\r\nHost: 127.0.0.1:{address.Port}\r\nUser-Agent: mosquitto\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    })]);

    /// <summary>Numbers of what was answered 201, or 200 where it is telemetry.</summary>
    public List<int> Acknowledged { get; private set; } = [];

    /// <summary>How long answers took while it was measured.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Other answers.</summary>
    public int Refused { get; private set; }

    /// <summary>Starts all connections, on a thread of their own.</summary>
    public Task RunAsync(int connections)
    {
        Acknowledged = new(1_000_000);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                Run(connections);
                ended.SetResult();
            }
#pragma warning disable CA1031 // Whoever waits for the load is told what ended it.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                ended.SetException(failure);
            }
        })
        {
            Name = "load",
        };
        thread.Start();
        return ended.Task;
    }

    /// <summary>From now on latencies count, or no longer.</summary>
    public void Measure(bool on) => _measuring = on;

    /// <summary>Ends every connection after its present request.</summary>
    public void Stop()
    {
        _stopAt = Environment.TickCount64;
        _stopping = true;
    }

    private void Run(int count)
    {
        using Poller poller = new(_address.Port, count);
        Connection[] connections = new Connection[count];
        int[] ready = new int[count];
        int open = 0;
        for (int i = 0; i < count; i++)
        {
            connections[i] = new Connection(_requests[0].Length);
            open += Begin(poller, connections[i], i) ? 1 : 0;
        }

        while (open > 0 && !(_stopping && Environment.TickCount64 - _stopAt > MaxEndMs))
        {
            int answers = poller.Wait(ready, WaitMs);
            for (int i = 0; i < answers; i++)
            {
                open -= Continue(poller, connections[ready[i]], ready[i]) ? 0 : 1;
            }
        }

        foreach (Connection left in connections)
        {
            Poller.Close(left.Socket);
        }
    }

    /// <summary>Sends the next request, on a new connection where there is none.</summary>
    /// <returns>False when the server is gone, or it is enough.</returns>
    private bool Begin(Poller poller, Connection connection, int index)
    {
        if (_stopping)
        {
            return false;
        }

        connection.Number = Write(connection.Request);
        connection.Received = 0;
        connection.StartedAt = Stopwatch.GetTimestamp();
        if (connection.Socket < 0)
        {
            connection.Socket = poller.Connect(index);
        }

        return connection.Socket >= 0 && Poller.Send(connection.Socket, connection.Request);
    }

    /// <summary>Takes what has come, and sends the next request when the answer is whole.</summary>
    /// <returns>False when this connection has ended for good.</returns>
    private bool Continue(Poller poller, Connection connection, int index)
    {
        int read = Poller.Receive(connection.Socket, connection.Answer.AsSpan(connection.Received));
        if (read < 0 && Marshal.GetLastPInvokeError() == Poller.Again)
        {
            return true;
        }

        connection.Received += Math.Max(read, 0);
        int status = read > 0 ? Exchange.Status(connection.Answer.AsSpan(0, connection.Received)) : 0;
        if (read > 0 && status == 0 && connection.Received < connection.Answer.Length)
        {
            return true;
        }

        bool isGood = status != 0 && Note(connection, status);
        if (_closes || !isGood)
        {
            Poller.Close(connection.Socket);
            connection.Socket = -1;
        }

        // An end without an answer: the server was killed, and what is not in the list was not acknowledged.
        return isGood && Begin(poller, connection, index);
    }

    private bool Note(Connection connection, int status)
    {
        if (status != _good)
        {
            Refused++;
            return false;
        }

        Acknowledged.Add(connection.Number);
        if (_measuring)
        {
            Latencies.Add(Stopwatch.GetElapsedTime(connection.StartedAt));
        }

        return true;
    }

    /// <summary>Copies the request of the next device and gives it the next number.</summary>
    private int Write(byte[] request)
    {
        int number = ++_next;
        _requests[number % _requests.Length].CopyTo(request, 0);
        number.TryFormat(request.AsSpan(_numberAt), out _, provider: CultureInfo.InvariantCulture);
        return number;
    }

    /// <summary>A message of a thing: four keys, of which <see cref="Run.ReadTelemetry"/> knows the first two.</summary>
    private byte[] Message(string token, int boot)
    {
        string body = string.Create(
            CultureInfo.InvariantCulture, $$$"""{"data":{"n":{{{FirstNumber}}},"b":{{{boot}}},"temperature":21.57,"rssi":-67}}""");
        return Encoding.ASCII.GetBytes(
            $"POST /telemetry HTTP/1.1\r\nHost: 127.0.0.1:{_address.Port}\r\nAuthorization: Bearer {token}\r\n"
            + "Content-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\n{(_closes ? "Connection: close\r\n" : "")}\r\n{body}");
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

    private sealed class Connection(int requestBytes)
    {
        public int Socket { get; set; } = -1;

        public byte[] Request { get; } = new byte[requestBytes];

        public byte[] Answer { get; } = new byte[1024];

        public int Received { get; set; }

        public int Number { get; set; }

        public long StartedAt { get; set; }
    }
}
