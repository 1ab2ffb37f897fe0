using System.Net;
using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>The network in real time: bytes go to the backend and come from it as they are and when they come.</summary>
internal sealed class TcpBridge : INetworkBridge
{
    private readonly VirtualClock _clock;
    private readonly BridgeRoutes _routes;

    /// <summary>Initializes a new instance of the <see cref="TcpBridge"/> class.</summary>
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
