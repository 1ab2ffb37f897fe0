using System.Net;
using System.Net.Sockets;
using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>
/// A broker in virtual time. It knows MQTT 3.1.1 just enough to tell where a packet ends and what answers it: a packet travels up for a
/// drawn time, takes its turn in the order of all exchanges, is really sent, and virtual time stands still until its answer has really
/// come. What the broker says unasked is looked for five times a second of virtual time: it comes when it comes, and so not in every run
/// at the same moment.
/// </summary>
internal sealed class VirtualMqttBridge : INetworkBridge
{
    private readonly DnsEndPoint _broker;

    /// <param name="clock">The clock of the device.</param>
    /// <param name="seat">Its place in the order of exchanges.</param>
    /// <param name="seed">For the times.</param>
    /// <param name="broker">Where the broker really is.</param>
    /// <param name="timings">How long it takes.</param>
    public VirtualMqttBridge(VirtualClock clock, ExchangeSeat seat, long seed, DnsEndPoint broker, BridgeTimings timings)
    {
        Clock = clock;
        Seat = seat;
        Random = SeededRandom.For(seed, "broker");
        Timings = timings;
        _broker = broker;
    }

    /// <summary>Gets how long it takes.</summary>
    public BridgeTimings Timings { get; }

    /// <summary>Gets what really went wrong on the way to the broker: a run in which it is not <c>null</c> proves nothing.</summary>
    public Exception? Failure { get; internal set; }

    /// <summary>Gets the clock of the device.</summary>
    internal VirtualClock Clock { get; }

    /// <summary>Gets the device's place in the order of exchanges.</summary>
    internal ExchangeSeat Seat { get; }

    /// <summary>Gets where times are drawn from.</summary>
    internal SeededRandom Random { get; }

    /// <inheritdoc/>
    public INetworkConnection Open(string host, int port, INetworkSink sink)
    {
        VirtualMqttConnection connection = new(this, sink, new BrokerSocket(_broker));
        connection.OpenLater(Timings.Connect.Draw(Random));
        return connection;
    }
}

/// <summary>A connection through <see cref="VirtualMqttBridge"/>.</summary>
internal sealed class VirtualMqttConnection(VirtualMqttBridge bridge, INetworkSink sink, BrokerSocket socket) : INetworkConnection
{
    private const int LookEveryMs = 200;

    private readonly List<byte> _output = [];
    private bool _isClosed;
    private long _lastUpMs;
    private long _lastDownMs;

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        foreach (byte octet in bytes)
        {
            _output.Add(octet);
        }

        byte[] gathered = [.. _output];
        while (MqttFraming.LengthOf(gathered) is > 0 and int length && length <= gathered.Length)
        {
            byte[] packet = gathered[..length];
            gathered = gathered[length..];
            _output.RemoveRange(0, length);
            int roundTripMs = bridge.Timings.RoundTrip.Draw(bridge.Random);
            _lastUpMs = Math.Max(_lastUpMs, bridge.Clock.NowMs + (roundTripMs / 2));
            Later(_lastUpMs, () => Exchange(packet, roundTripMs / 2));
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        _isClosed = true;
        socket.Dispose();
    }

    /// <summary>Opens after a while.</summary>
    /// <param name="delayMs">In how many ms.</param>
    internal void OpenLater(int delayMs)
    {
        Later(bridge.Clock.NowMs + delayMs, () =>
        {
            sink.Opened();
            LookLater();
        });
    }

    private void Exchange(byte[] packet, int downMs)
    {
        byte[]? answer = null;
        bridge.Seat.Exchange(bridge.Clock.UtcNowMs, () => answer = Really(() => socket.Exchange(packet)));
        Deliver(answer, downMs);
    }

    private void LookLater()
    {
        Later(bridge.Clock.NowMs + LookEveryMs, () =>
        {
            Deliver(Really(socket.TakeWhatCame), 0);
            LookLater();
        });
    }

    private byte[]? Really(Func<byte[]?> what)
    {
        try
        {
            return what();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            bridge.Failure ??= e;
            return null;
        }
    }

    private void Deliver(byte[]? bytes, int downMs)
    {
        if (bytes is { Length: 0 })
        {
            return;
        }

        _lastDownMs = Math.Max(_lastDownMs, bridge.Clock.NowMs + downMs);
        Later(_lastDownMs, () =>
        {
            if (bytes is not null)
            {
                sink.Received(bytes);
                return;
            }

            Close();
            sink.Closed();
        });
    }

    private void Later(long timeMs, Action action)
    {
        bridge.Clock.At(timeMs, () =>
        {
            if (!_isClosed)
            {
                action();
            }
        });
    }
}

/// <summary>A real connection to the broker; it blocks in real time.</summary>
internal sealed class BrokerSocket(DnsEndPoint broker) : IDisposable
{
    // Only so that a broker that hangs ends the run with a word instead of never; no virtual time depends on it.
    private const int RealTimeoutMs = 60_000;

    private readonly List<byte> _input = [];
    private readonly byte[] _buffer = new byte[8_192];
    private Socket? _socket;

    /// <summary>Sends a packet and waits for its answer, if it is one that is answered.</summary>
    /// <param name="packet">A whole packet.</param>
    /// <returns>What came up to the answer; <c>null</c> = the broker closed the connection.</returns>
    public byte[]? Exchange(byte[] packet)
    {
        Socket connected = _socket ??= Connect();
        for (int sent = 0; sent < packet.Length;)
        {
            sent += connected.Send(packet.AsSpan(sent));
        }

        List<byte> came = [];
        int answer = MqttFraming.AnswerTo(packet);
        while (answer != 0)
        {
            while (TryTake(came, out int kind))
            {
                if (kind == answer)
                {
                    return [.. came];
                }
            }

            int got = connected.Receive(_buffer);
            if (got == 0)
            {
                return null;
            }

            _input.AddRange(_buffer.AsSpan(0, got));
        }

        return [];
    }

    /// <summary>Takes what the broker has said unasked.</summary>
    /// <returns>Whole packets; <c>null</c> = it closed the connection.</returns>
    public byte[]? TakeWhatCame()
    {
        while (_socket is { } connected && connected.Poll(0, SelectMode.SelectRead))
        {
            int got = connected.Receive(_buffer);
            if (got == 0)
            {
                return null;
            }

            _input.AddRange(_buffer.AsSpan(0, got));
        }

        List<byte> came = [];
        while (TryTake(came, out _))
        {
            // All that are whole.
        }

        return [.. came];
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private Socket Connect()
    {
        Socket made = new(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true, SendTimeout = RealTimeoutMs, ReceiveTimeout = RealTimeoutMs,
        };
        made.Connect(broker.Host, broker.Port);
        return made;
    }

    private bool TryTake(List<byte> came, out int kind)
    {
        byte[] bytes = [.. _input];
        int length = MqttFraming.LengthOf(bytes);
        kind = bytes.Length > 0 ? bytes[0] >> 4 : 0;
        if (length == 0 || length > bytes.Length)
        {
            return false;
        }

        came.AddRange(bytes.AsSpan(0, length));
        _input.RemoveRange(0, length);
        return true;
    }
}

/// <summary>Finds the end of packets of MQTT, and what answers them.</summary>
internal static class MqttFraming
{
    /// <summary>Finds the length of the first packet.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <returns>Bytes; 0 = not known yet.</returns>
    /// <exception cref="IOException">It is no MQTT.</exception>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        for (int at = 1; at < bytes.Length; at++)
        {
            if (at > 4)
            {
                throw new IOException("what came from the broker is no MQTT");
            }

            length |= (bytes[at] & 0x7F) << (7 * (at - 1));
            if (bytes[at] < 0x80)
            {
                return at + 1 + length;
            }
        }

        return 0;
    }

    /// <summary>Says what kind of packet answers a device's packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>Its kind; 0 = nothing answers it.</returns>
    public static int AnswerTo(ReadOnlySpan<byte> packet) => (packet[0] >> 4) switch
    {
        1 => 2,
        3 when (packet[0] & 6) != 0 => 4,
        8 => 9,
        12 => 13,
        _ => 0,
    };
}
