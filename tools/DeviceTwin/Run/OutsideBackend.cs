using System.Net.Sockets;

namespace JamBox.Twin.Run;

/// <summary>A backend that somebody else runs.</summary>
internal static class OutsideBackend
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks whether anybody listens there. The box itself only blinks and tries again, for hours.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="stop">Ends the question.</param>
    /// <returns>Why not, in a few words; <c>null</c> = somebody does.</returns>
    public static async Task<string?> ProblemOfAsync(Uri address, CancellationToken stop)
    {
        using var socket = new TcpClient();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(s_patience);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, end.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"nothing within {s_patience.TotalSeconds:N0} s";
        }
    }
}
