using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace JamBox.Edge.Modules;

/// <summary>
/// Asks for the address of a <c>.local</c> name by a one-shot question of multicast DNS (RFC 6762, 5.1), at every network of the gateway:
/// this works without a resolver of the system that knows such names.
/// </summary>
public sealed class MdnsResolver
{
    private const int Port = 5353;
    private const int MaxDatagrams = 200;

    // RFC 6762, 11: answers, and so questions too, have the largest time to live.
    private const short MulticastTtl = 255;

    private static readonly IPEndPoint s_group = new(IPAddress.Parse("224.0.0.251"), Port);

    // RFC 6762, 5.2: the second question a second after the first, then twice as long each time.
    private static readonly TimeSpan[] s_pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)];

    private readonly TimeProvider _time;
    private readonly IPEndPoint? _only;

    /// <summary>Makes it.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="only">Who alone is asked, in place of everybody in all networks; null = everybody.</param>
    public MdnsResolver(TimeProvider time, IPEndPoint? only = null)
    {
        _time = time;
        _only = only;
    }

    /// <summary>Asks, up to three times within five seconds.</summary>
    /// <param name="name">The name, with <c>.local</c>.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The address; null when nobody answered.</returns>
    public async Task<MdnsAddress?> ResolveAsync(string name, CancellationToken cancel)
    {
        ushort id = (ushort)RandomNumberGenerator.GetInt32(1, ushort.MaxValue + 1);
        byte[] query = MdnsMessage.Query(name, id);
        List<Socket> sockets = Open();
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            List<Task<MdnsAddress?>> listening = [.. sockets.Select(socket => ListenAsync(socket, name, id, ends.Token))];
            foreach (TimeSpan pause in s_pauses)
            {
                foreach (Socket socket in sockets)
                {
                    await SendAsync(socket, query, cancel).ConfigureAwait(false);
                }

                if (await FirstAsync(listening, pause, cancel).ConfigureAwait(false) is { } found)
                {
                    return found;
                }
            }

            return null;
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            foreach (Socket socket in sockets)
            {
                socket.Dispose();
            }
        }
    }

    private async Task<MdnsAddress?> FirstAsync(List<Task<MdnsAddress?>> listening, TimeSpan pause, CancellationToken cancel)
    {
        Task over = Task.Delay(pause, _time, cancel);
        while (listening.Count > 0)
        {
            Task first = await Task.WhenAny([over, .. listening]).ConfigureAwait(false);
            if (first == over)
            {
                break;
            }

            Task<MdnsAddress?> answer = (Task<MdnsAddress?>)first;
            listening.Remove(answer);
            if (await answer.ConfigureAwait(false) is { } found)
            {
                return found;
            }
        }

        await over.ConfigureAwait(false);
        return null;
    }

    private async Task SendAsync(Socket socket, byte[] query, CancellationToken cancel)
    {
        try
        {
            await socket.SendToAsync(query, SocketFlags.None, _only ?? s_group, cancel).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // This network is away; the others are asked all the same.
        }
    }

    private async Task<MdnsAddress?> ListenAsync(Socket socket, string name, ushort id, CancellationToken cancel)
    {
        byte[] buffer = new byte[MdnsMessage.MaxBytes];
        int port = (_only ?? s_group).Port;
        for (int count = 0; count < MaxDatagrams; count++)
        {
            try
            {
                SocketReceiveFromResult result = await socket.ReceiveFromAsync(
                    buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), cancel).ConfigureAwait(false);

                // RFC 6762, 6: what does not come from the port of multicast DNS is no answer.
                if (((IPEndPoint)result.RemoteEndPoint).Port == port
                    && MdnsMessage.Find(buffer.AsSpan(0, result.ReceivedBytes), name, id) is { } found)
                {
                    return found;
                }
            }
            catch (SocketException)
            {
                // A port that nobody has open any more, or an answer that is too long: the next one may be right.
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return null;
            }
        }

        return null;
    }

    private List<Socket> Open()
    {
        List<Socket> sockets = [];
        foreach (IPAddress own in _only is null ? OwnAddresses() : [IPAddress.Any])
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                socket.Bind(new IPEndPoint(own, 0));
                if (_only is null)
                {
                    socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, own.GetAddressBytes());
                    socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, MulticastTtl);
                }

                sockets.Add(socket);
            }
            catch (SocketException)
            {
                // The address went away in this moment.
                socket.Dispose();
            }
        }

        return sockets;
    }

    private static IEnumerable<IPAddress> OwnAddresses()
    {
        foreach (NetworkInterface network in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown && network.SupportsMulticast
                && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            {
                foreach (UnicastIPAddressInformation own in network.GetIPProperties().UnicastAddresses)
                {
                    if (own.Address.AddressFamily == AddressFamily.InterNetwork)
                    {
                        yield return own.Address;
                    }
                }
            }
        }
    }
}
