using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>The network in real time: bytes go to the backend and come from it as they are and when they come.</summary>
internal sealed class TcpBridge : INetworkBridge
{
    private readonly VirtualClock _clock;
    private readonly BridgeRoutes _routes;

    /// <param name="clock">The clock of the device, which somebody paces in real time.</param>
    /// <param name="routes">What can be reached.</param>
    public TcpBridge(VirtualClock clock, BridgeRoutes routes)
    {
        _clock = clock;
        _routes = routes;
    }

    /// <inheritdoc/>
    public INetworkConnection Open(string host, int port, INetworkSink sink)
    {
        DnsEndPoint? backend = _routes.Find(host, port, out int error);
        TcpBridgeConnection connection = new(_clock, sink);
        connection.Start(backend, error);
        return connection;
    }
}

/// <summary>
/// A connection through <see cref="TcpBridge"/>. A thread of its own connects and reads into a queue; the device's thread looks into the
/// queue every few ms of its clock, so that the modem is touched by one thread only.
/// </summary>
internal sealed class TcpBridgeConnection : INetworkConnection
{
    private const int PollMs = 10;

    private readonly VirtualClock _clock;
    private readonly INetworkSink _sink;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly ConcurrentQueue<Action> _news = new();
    private readonly Action _poll;
    private bool _isClosed;

    /// <param name="clock">The device's clock.</param>
    /// <param name="sink">The modem's end.</param>
    public TcpBridgeConnection(VirtualClock clock, INetworkSink sink)
    {
        _clock = clock;
        _sink = sink;
        _poll = Poll;
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _news.Enqueue(CloseByPeer);
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        _isClosed = true;
        _socket.Dispose();
    }

    /// <summary>Begins to connect.</summary>
    /// <param name="backend">Where to; <c>null</c> when it cannot be reached.</param>
    /// <param name="error">Why not, as a code of the modem.</param>
    internal void Start(DnsEndPoint? backend, int error)
    {
        if (backend is null)
        {
            _news.Enqueue(() => Fail(error));
        }
        else
        {
            new Thread(() => ConnectAndRead(backend)) { IsBackground = true, Name = "bridge" }.Start();
        }

        _clock.After(PollMs, _poll);
    }

    private void ConnectAndRead(DnsEndPoint backend)
    {
        try
        {
            _socket.Connect(backend);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            int code = (e as SocketException)?.SocketErrorCode == SocketError.HostNotFound ? NetworkError.Dns : NetworkError.NetworkFailure;
            _news.Enqueue(() => Fail(code));
            return;
        }

        _news.Enqueue(_sink.Opened);
        Read();
        _news.Enqueue(CloseByPeer);
    }

    private void Read()
    {
        byte[] buffer = new byte[4_096];
        try
        {
            for (int count; (count = _socket.Receive(buffer)) > 0;)
            {
                byte[] bytes = buffer.AsSpan(0, count).ToArray();
                _news.Enqueue(() => _sink.Received(bytes));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed from either side: the same to the modem.
        }
    }

    private void Fail(int code)
    {
        Close();
        _sink.Failed(code);
    }

    private void CloseByPeer()
    {
        Close();
        _sink.Closed();
    }

    private void Poll()
    {
        while (!_isClosed && _news.TryDequeue(out Action? news))
        {
            news();
        }

        if (!_isClosed)
        {
            _clock.After(PollMs, _poll);
        }
    }
}
