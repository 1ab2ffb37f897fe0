using System.Net;

namespace JamBox.Twin.Modem;

/// <summary>What is behind the modem: a network in which only the backend can be reached.</summary>
internal interface INetworkBridge
{
    /// <summary>Begins a connection.</summary>
    /// <param name="host">Name as the box dials it.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="sink">Told how it went and what comes; on the clock's thread, and never before this call returns.</param>
    /// <returns>The connection, which takes bytes once the sink was told that it is open.</returns>
    INetworkConnection Open(string host, int port, INetworkSink sink);
}

/// <summary>A connection through <see cref="INetworkBridge"/>, the modem's end.</summary>
internal interface INetworkConnection
{
    /// <summary>Sends bytes.</summary>
    /// <param name="bytes">Copied before the call returns.</param>
    void Send(ReadOnlySpan<byte> bytes);

    /// <summary>Closes it, or gives it up while it is being made. The sink hears nothing any more.</summary>
    void Close();
}

/// <summary>Hears what happens to a connection.</summary>
internal interface INetworkSink
{
    /// <summary>It is open.</summary>
    void Opened();

    /// <summary>It could not be opened.</summary>
    /// <param name="code">Error code of the modem, see <see cref="NetworkError"/>.</param>
    void Failed(int code);

    /// <summary>Bytes came.</summary>
    /// <param name="bytes">The bytes, owned by the sink from now on.</param>
    void Received(byte[] bytes);

    /// <summary>The peer closed it.</summary>
    void Closed();
}

/// <summary>Which names and ports the box can reach, and where they really are: nothing else of the world is behind the modem.</summary>
internal sealed class BridgeRoutes
{
    private readonly Dictionary<(string Host, int Port), DnsEndPoint> _routes = [];

    /// <summary>Lets the box reach something.</summary>
    /// <param name="host">Name as the box dials it.</param>
    /// <param name="port">Port as the box dials it.</param>
    /// <param name="realHost">Where that really is.</param>
    /// <param name="realPort">Its real port.</param>
    /// <returns>This object.</returns>
    public BridgeRoutes Add(string host, int port, string realHost, int realPort)
    {
        _routes[(host.ToLowerInvariant(), port)] = new DnsEndPoint(realHost, realPort);
        return this;
    }

    /// <summary>Looks a name up.</summary>
    /// <param name="host">The name.</param>
    /// <param name="port">The port.</param>
    /// <param name="error">Why not, as a code of the modem; 0 = found.</param>
    /// <returns>Where it really is; <c>null</c> when it cannot be reached.</returns>
    public DnsEndPoint? Find(string host, int port, out int error)
    {
        string name = host.ToLowerInvariant();
        if (_routes.TryGetValue((name, port), out DnsEndPoint? real))
        {
            error = 0;
            return real;
        }

        bool isAddress = IPAddress.TryParse(name, out _);
        bool isKnownName = _routes.Keys.Any(route => route.Host == name);
        error = isAddress || isKnownName ? NetworkError.NetworkFailure : NetworkError.Dns;
        return null;
    }
}
