using JamBox.Things.Ports;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Things;

/// <summary>The thing's clock on the virtual one.</summary>
internal sealed class ThingClock(VirtualClock clock) : IClock
{
    public long UptimeMs => clock.UptimeMs;

    public void Sleep(int milliseconds) => clock.Sleep(milliseconds);
}

/// <summary>The chip: chance from the seed, a heap that breathes, and a restart that the run carries out.</summary>
internal sealed class ThingChip(SeededRandom random) : IDevice
{
    public int FreeHeapBytes => 62_000 - random.Between(0, 4_000);

    /// <summary>Gets or sets why the thing wants to start anew; <c>null</c> = it does not.</summary>
    public string? Restarting { get; set; }

    public void Random(byte[] buffer) => random.Fill(buffer);

    public void Restart(string reason) => Restarting = reason;

    public void Log(string line)
    {
    }
}

/// <summary>Settings in memory; they outlive the thing's restarts.</summary>
internal sealed class ThingStore : ISettingsStore
{
    private readonly Dictionary<string, string> _values = [];

    public string? Get(string key) => _values.GetValueOrDefault(key);

    public bool Set(string key, string? value)
    {
        if (value is null)
        {
            _values.Remove(key);
        }
        else
        {
            _values[key] = value;
        }

        return true;
    }
}

/// <summary>A network that is there: connected some seconds after it was asked for.</summary>
internal sealed class ThingWifi(VirtualClock clock, SeededRandom random, int index) : IWifi
{
    public WifiState State { get; private set; }

    public string Address => $"192.168.1.{20 + index}";

    public int RssiDbm => -48 - (index * 7 % 32) - random.Between(0, 4);

    public void Begin(string ssid, string password)
    {
        State = WifiState.Connecting;
        clock.After(random.Between(1_500, 6_000), () => State = WifiState.Connected);
    }

    public void Disconnect() => State = WifiState.Idle;
}

/// <summary>Nobody comes to the access point of a thing of the twin.</summary>
internal sealed class NoAccessPoint : IAccessPoint
{
    public bool Start(string ssid, string password) => false;

    public void Stop()
    {
    }

    public IConnection? Accept() => null;
}

/// <summary>As on the board: nothing replaces its image.</summary>
internal sealed class NoSlot : IFirmwareSlot
{
    public bool CanReplace => false;

    public bool Begin(int sizeBytes) => false;

    public bool Write(byte[] buffer, int count) => false;

    public bool Activate() => false;
}

/// <summary>Five outputs that do what they are told.</summary>
internal sealed class ThingOutputs : IOutputs
{
    private readonly int[] _values = new int[5];

    public int Set(int channel, int value) => _values[channel] = value;

    public int Get(int channel) => _values[channel];
}

/// <summary>The network in virtual time, as the sample's blocking calls see it: waiting is sleeping.</summary>
internal sealed class ThingNetwork(VirtualHttpBridge bridge, VirtualMqttBridge? broker, VirtualClock clock) : INetwork
{
    /// <summary>As Wi-Fi and a server in the same country are; the modem's are a hundred times as long.</summary>
    public static BridgeTimings Timings => new() { Connect = new(4, 20), RoundTrip = new(12, 60) };

    public IConnection? Open(string host, int port, string? rootCertificate)
    {
        // There is no TLS between twin and backend, and no settings of it.
        var connection = new ThingConnection(clock);
        INetworkBridge way = broker is not null && port == TwinNetwork.BrokerPort ? broker : bridge;
        return connection.Open(way, host, port) ? connection : null;
    }
}

/// <summary>A connection through the bridge.</summary>
internal sealed class ThingConnection(VirtualClock clock) : IConnection, INetworkSink
{
    private const int OpenMs = 10_000;
    private const int GrainMs = 5;

    private readonly Queue<byte[]> _received = new();
    private INetworkConnection? _connection;
    private int _at;
    private bool _isOpen;
    private bool _isOver;

    /// <summary>Opens it, and waits until it is.</summary>
    public bool Open(INetworkBridge bridge, string host, int port)
    {
        _connection = bridge.Open(host, port, this);
        WaitFor(() => _isOpen || _isOver, OpenMs);
        if (!_isOpen)
        {
            Close();
        }

        return _isOpen;
    }

    public bool Send(byte[] buffer, int offset, int count)
    {
        if (_isOver)
        {
            return false;
        }

        _connection!.Send(buffer.AsSpan(offset, count));
        return true;
    }

    public int Receive(byte[] buffer, int offset, int count, int timeoutMs)
    {
        WaitFor(() => _received.Count > 0 || _isOver, timeoutMs);
        if (!_received.TryPeek(out byte[]? piece))
        {
            return _isOver ? -1 : 0;
        }

        int got = Math.Min(count, piece.Length - _at);
        piece.AsSpan(_at, got).CopyTo(buffer.AsSpan(offset));
        _at += got;
        if (_at == piece.Length)
        {
            _received.Dequeue();
            _at = 0;
        }

        return got;
    }

    public void Close()
    {
        _isOver = true;
        _connection?.Close();
    }

    void INetworkSink.Opened() => _isOpen = true;

    void INetworkSink.Failed(int code) => _isOver = true;

    void INetworkSink.Received(byte[] bytes) => _received.Enqueue(bytes);

    void INetworkSink.Closed() => _isOver = true;

    private void WaitFor(Func<bool> isDone, int timeoutMs)
    {
        for (long end = clock.NowMs + timeoutMs; !isDone() && clock.NowMs < end;)
        {
            clock.Sleep(GrainMs);
        }
    }
}
