using System.Net;
using System.Net.Sockets;

namespace JamBox.Demo;

/// <summary>
/// Ports of loopback for servers that must be told theirs before they start, and keep it over their restarts. A port that the system gave
/// and got back is none of them: the next outgoing connection of anybody may have it when the server comes to it.
/// </summary>
internal static class LoopbackPort
{
    // Below what Linux (from 32,768), Windows and macOS (both from 49,152) give to outgoing connections; above what services have.
    private const int First = 15_000;
    private const int End = 32_000;
    private const int MaxTries = 1_000;

    private static readonly HashSet<int> s_taken = [];

    /// <summary>A TCP port that nobody has, and that this process has not been given before.</summary>
    /// <exception cref="SocketException">None was found.</exception>
    public static int Pick()
    {
        for (int tries = 0; tries < MaxTries; tries++)
        {
            int port = Random.Shared.Next(First, End);
            lock (s_taken)
            {
                if (s_taken.Add(port) && IsFree(port))
                {
                    return port;
                }
            }
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            // Somebody has it, or may not be disturbed there.
            return false;
        }
    }
}
