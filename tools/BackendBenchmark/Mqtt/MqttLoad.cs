using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace JamBox.BackendBenchmark.Mqtt;

/// <summary>Devices that talk to a broker at once: some flood it, the others send a heartbeat a minute.</summary>
internal sealed class MqttLoad : IDisposable
{
    /// <summary>How times of messages are written; all have the same length.</summary>
    public const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>Numbers of messages begin here, so that all have as many digits.</summary>
    private const int FirstNumber = 100_000_000;

    /// <summary>Connections that are made at once: more would wait in the kernel's queue, and there a lost one waits a second.</summary>
    private const int MaxConnecting = 256;

    private const int PollMs = 20;

    /// <summary>Acknowledgements of the last messages are waited for so long.</summary>
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(30);

    private readonly List<MqttDevice> _devices = [];
    private readonly List<Task> _lives = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _turns = new(MaxConnecting, MaxConnecting);
    private readonly Lock _probing = new();
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private Task _reachable = Task.CompletedTask;
    private volatile bool _measuring;
    private int _connected;
    private int _next = FirstNumber;
    private int _answered;
    private int _beats;
    private int _cuts;

    /// <summary>Makes it.</summary>
    /// <param name="port">The broker's port on 127.0.0.1.</param>
    /// <param name="boot">What all its messages have in common, so that they are known in the storage.</param>
    /// <param name="hasTimes">Whether messages bear the time of their device: by it one that comes again is known for good.</param>
    /// <param name="certificate">The broker's certificate; null = without TLS.</param>
    public MqttLoad(int port, int boot, bool hasTimes, X509Certificate2? certificate)
    {
        Address = new IPEndPoint(IPAddress.Loopback, port);
        HasTimes = hasTimes;
        Certificate = certificate;
        string data = string.Create(
            CultureInfo.InvariantCulture, $$"""{"n":{{FirstNumber}},"b":{{boot}},"temperature":21.57,"rssi":-67}""");
        string time = DateTimeOffset.UnixEpoch.ToString(TimeFormat, CultureInfo.InvariantCulture);
        Payload = hasTimes ? $$"""{"batch":[{"t":"{{time}}","data":{{data}}}]}""" : $$"""{"data":{{data}}}""";
    }

    /// <summary>The broker.</summary>
    public IPEndPoint Address { get; }

    /// <summary>The broker's certificate; null = without TLS.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Whether messages bear the time of their device.</summary>
    public bool HasTimes { get; }

    /// <summary>A message: four keys, of which <see cref="Run.ReadTelemetry"/> knows the first two.</summary>
    public string Payload { get; }

    /// <summary>Ends when no new message is to be sent.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Ends when everything is to end.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Devices that are connected and subscribed.</summary>
    public int Connected => Volatile.Read(ref _connected);

    /// <summary>Heartbeats that were sent.</summary>
    public int Beats => Volatile.Read(ref _beats);

    /// <summary>Questions whether the broker is there, one with each heartbeat, that were answered.</summary>
    public int BeatsAnswered => Volatile.Read(ref _answered);

    /// <summary>Connections that ended before they should.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>How long acknowledgements took while it was measured.</summary>
    public Latencies Latencies { get; } = new();

    /// <summary>Numbers of what was acknowledged; to be read when the load has ended.</summary>
    public IEnumerable<int> Acknowledged => _devices.SelectMany(static device => device.Acknowledged);

    /// <summary>What went wrong, the most frequent first.</summary>
    public IEnumerable<string> Failures => _failures.OrderByDescending(static one => one.Value).Select(one => $"{one.Value} x {one.Key}");

    /// <summary>Starts devices.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="tokens">Tokens, one for each.</param>
    /// <param name="window">Messages of each on their way at once; 0 = heartbeats alone.</param>
    public void Start(int first, ReadOnlySpan<string> tokens, int window)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            MqttDevice device = new(this, first + i, tokens[i], window);
            _devices.Add(device);
            _lives.Add(Task.Run(device.RunAsync));
        }
    }

    /// <summary>Waits until so many are connected.</summary>
    /// <returns>How long that took.</returns>
    /// <exception cref="TimeoutException">They are not.</exception>
    public async Task<TimeSpan> WaitAsync(int connected, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (Connected < connected)
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"{Connected} of {connected} are connected: {string.Join("; ", Failures.Take(3))}");
            }

            await Task.Delay(PollMs);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Lets every device send one heartbeat, evenly over a time.</summary>
    public async Task BeatAsync(TimeSpan over)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _devices.Count; i++)
        {
            TimeSpan early = (over * i / _devices.Count) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }

            if (await _devices[i].BeatAsync())
            {
                Interlocked.Increment(ref _beats);
            }
        }

        TimeSpan left = over - Stopwatch.GetElapsedTime(start);
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>From now on latencies count, or no longer.</summary>
    public void Measure(bool on) => _measuring = on;

    /// <summary>Sends nothing new, and ends every connection when what is on its way is acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _end.CancelAfter(s_endLimit);
        await Task.WhenAll(_lives);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _end.Dispose();
        _turns.Dispose();
    }

    /// <summary>Gives the next number.</summary>
    public int NextNumber() => Interlocked.Increment(ref _next);

    /// <summary>Is told that a device is connected.</summary>
    public void Came() => Interlocked.Increment(ref _connected);

    /// <summary>Is told that it is no longer.</summary>
    public void Went()
    {
        Interlocked.Decrement(ref _connected);
        if (!Stopping.IsCancellationRequested)
        {
            Interlocked.Increment(ref _cuts);
        }
    }

    /// <summary>Is told of an acknowledgement.</summary>
    public void Took(TimeSpan after)
    {
        if (_measuring)
        {
            Latencies.Add(after);
        }
    }

    /// <summary>Is told that the broker answered a question whether it is there.</summary>
    public void Answered() => Interlocked.Increment(ref _answered);

    /// <summary>Is told what ended a connection.</summary>
    public void Failed(Exception fault)
    {
        if (!Stopping.IsCancellationRequested)
        {
            _failures.AddOrUpdate(fault.Message, 1, static (_, count) => count + 1);
        }
    }

    /// <summary>Waits for a turn to connect.</summary>
    public async Task<IDisposable> TurnAsync()
    {
        await _turns.WaitAsync(End);
        return new Turn(_turns);
    }

    /// <summary>
    /// Is told that nobody listens: one asks for all from now on, so that thousands that are refused do not take the processor from the
    /// broker that is just starting.
    /// </summary>
    public void Refused()
    {
        lock (_probing)
        {
            if (_reachable.IsCompleted)
            {
                _reachable = ProbeAsync();
            }
        }
    }

    /// <summary>Waits until somebody listens.</summary>
    public Task ReachableAsync()
    {
        lock (_probing)
        {
            return _reachable;
        }
    }

    private async Task ProbeAsync()
    {
        while (true)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(Address, End);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(PollMs, End);
            }
        }
    }

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
