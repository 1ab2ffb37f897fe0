using System.Net;

namespace JamBox.Twin.Modem;

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
