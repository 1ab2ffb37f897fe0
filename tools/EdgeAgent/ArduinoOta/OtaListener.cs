using System.Net;
using System.Net.Sockets;

namespace JamBox.Edge.ArduinoOta;

/// <summary>
/// Where one module connects back to: a port of the configured range, at the gateway's address towards that very module, and nobody else is
/// let in.
/// </summary>
internal sealed class OtaListener : IDisposable
{
    private const int MaxPortTries = 64;
    private const int MaxStrangers = 32;

    private readonly Socket _socket;
    private readonly IPAddress _module;

    private OtaListener(Socket socket, IPAddress module)
    {
        _socket = socket;
        _module = module;
    }

    /// <summary>Where the module is to connect to.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Opens one.</summary>
    /// <param name="own">The gateway's address towards the module.</param>
    /// <param name="module">The module's address.</param>
    /// <param name="first">The first port that may be taken.</param>
    /// <param name="last">The last.</param>
    /// <exception cref="OtaException">None of the ports tried was free.</exception>
    public static OtaListener Open(IPAddress own, IPAddress module, int first, int last)
    {
        SocketException? fault = null;
        for (int attempt = 0; attempt < MaxPortTries; attempt++)
        {
            Socket socket = new(own.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(own, Random.Shared.Next(first, last + 1)));
                socket.Listen(4);
                return new OtaListener(socket, module);
            }
            catch (SocketException taken)
            {
                fault = taken;
                socket.Dispose();
            }
        }

        throw new OtaException(
            OtaFault.NoPort, $"No port from {first} to {last} is free at {own}: free some, or widen modules.ports.", fault);
    }

    /// <summary>Waits for the module.</summary>
    /// <returns>The connection; the caller's.</returns>
    /// <exception cref="OtaException">Others connected, again and again.</exception>
    public async Task<Socket> AcceptAsync(CancellationToken cancel)
    {
        for (int strangers = 0; strangers <= MaxStrangers; strangers++)
        {
            Socket connection = await _socket.AcceptAsync(cancel).ConfigureAwait(false);
            if (connection.RemoteEndPoint is IPEndPoint remote && remote.Address.Equals(_module))
            {
                return connection;
            }

            connection.Dispose();
        }

        throw new OtaException(
            OtaFault.NoConnection, $"Others than the module {_module} connected to the port it was given, {MaxStrangers} times.");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
