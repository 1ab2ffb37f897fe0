using System.Net;
using System.Net.Sockets;

namespace JamBox.BackendBenchmark;

/// <summary>One request and its answer over a bare socket.</summary>
internal static class Exchange
{
    /// <summary>A socket that is not connected yet.</summary>
    public static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Connects, sends, receives the answer and closes.</summary>
    /// <returns>The status; 0 when the server closed without an answer.</returns>
    public static async ValueTask<int> OnceAsync(IPEndPoint address, byte[] request, byte[] answer)
    {
        using Socket socket = NewSocket();
        await socket.ConnectAsync(address);
        await socket.SendAsync(request);
        return await ReceiveAsync(socket, answer);
    }

    /// <summary>Receives one answer.</summary>
    /// <returns>The status; 0 when the server closed without an answer.</returns>
    public static async ValueTask<int> ReceiveAsync(Socket socket, byte[] answer)
    {
        int length = 0;
        while (true)
        {
            int read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0)
            {
                return 0;
            }

            length += read;
            int end = answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0 && length >= end + 4 + ContentLength(answer.AsSpan(0, end)))
            {
                return ((answer[9] - '0') * 100) + ((answer[10] - '0') * 10) + answer[11] - '0';
            }
        }
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        int at = head.IndexOf("Content-Length: "u8) + 16;
        int length = 0;
        for (; at < head.Length && head[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            length = (length * 10) + head[at] - '0';
        }

        return length;
    }
}
