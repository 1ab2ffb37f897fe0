using System.Net;
using System.Net.Sockets;

namespace JamBox.BackendBenchmark;

/// <summary>One request and its answer over a bare socket.</summary>
internal static class Exchange
{
    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

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
    private static async ValueTask<int> ReceiveAsync(Socket socket, byte[] answer)
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
            if (Status(answer.AsSpan(0, length)) is var status and > 0)
            {
                return status;
            }
        }
    }

    /// <summary>The status of an answer; 0 while it is not whole.</summary>
    public static int Status(ReadOnlySpan<byte> answer)
    {
        int end = answer.IndexOf("\r\n\r\n"u8);
        return end >= 0 && answer.Length >= end + 4 + ContentLength(answer[..end])
            ? ((answer[9] - '0') * 100) + ((answer[10] - '0') * 10) + answer[11] - '0'
            : 0;
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
