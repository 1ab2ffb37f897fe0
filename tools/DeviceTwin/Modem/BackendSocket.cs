using System.Net;
using System.Net.Sockets;

namespace JamBox.Twin.Modem;

/// <summary>A real connection to the backend, over which whole requests go and whole responses come; it blocks in real time.</summary>
internal sealed class BackendSocket : IDisposable
{
    // Only so that a backend that hangs ends the run with a word instead of never; no virtual time depends on it.
    private const int RealTimeoutMs = 60_000;
    private const int MaxResponseBytes = 4 * 1024 * 1024;

    private readonly DnsEndPoint _endPoint;
    private Socket? _socket;
    private byte[] _buffer = new byte[4_096];
    private int _count;

    /// <summary>Not connected yet.</summary>
    /// <param name="endPoint">Where the backend is.</param>
    public BackendSocket(DnsEndPoint endPoint)
    {
        _endPoint = endPoint;
    }

    /// <summary>Sends a request and waits for its response.</summary>
    /// <param name="request">A whole request.</param>
    /// <param name="isLast">Whether the backend closes behind the response.</param>
    /// <returns>The whole response.</returns>
    public byte[] Exchange(ReadOnlySpan<byte> request, out bool isLast)
    {
        // A connection kept open may have been closed by the backend in the meantime: then, and only then, a new one is tried.
        bool isReused = _socket is not null;
        try
        {
            return ExchangeOnce(request, out isLast);
        }
        catch (SocketException) when (isReused && _count == 0)
        {
            Dispose();
            return ExchangeOnce(request, out isLast);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private byte[] ExchangeOnce(ReadOnlySpan<byte> request, out bool isLast)
    {
        _count = 0;
        _socket ??= Connect();
        while (!request.IsEmpty)
        {
            request = request[_socket.Send(request)..];
        }

        int bodyStart;
        while ((bodyStart = HttpFraming.BodyStart(_buffer.AsSpan(0, _count))) < 0)
        {
            if (!TryReceive())
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }
        }

        isLast = ReceiveBody(bodyStart);
        byte[] response = _buffer.AsSpan(0, _count).ToArray();
        if (isLast)
        {
            Dispose();
        }

        return response;
    }

    private bool ReceiveBody(int bodyStart)
    {
        ReadOnlySpan<byte> head = _buffer.AsSpan(0, bodyStart);
        bool isLast = HttpFraming.ClosesAfter(head);
        int length = HttpFraming.HasNoBody(head) ? 0 : HttpFraming.ContentLength(head);
        if (length < 0 && HttpFraming.IsChunked(head))
        {
            // Boxes are never answered like that; things are.
            while ((length = HttpFraming.ChunkedLength(_buffer.AsSpan(bodyStart, _count - bodyStart))) < 0)
            {
                if (!TryReceive())
                {
                    return true;
                }
            }

            return isLast;
        }

        if (length < 0)
        {
            // Its end is the end of the connection (docs/wire.md: never chunked).
            while (TryReceive())
            {
            }

            return true;
        }

        while (_count < bodyStart + length)
        {
            if (!TryReceive())
            {
                return true;
            }
        }

        return isLast;
    }

    private bool TryReceive()
    {
        if (_count == _buffer.Length)
        {
            if (_count >= MaxResponseBytes)
            {
                throw new SocketException((int)SocketError.MessageSize);
            }

            Array.Resize(ref _buffer, _count * 2);
        }

        int received = _socket!.Receive(_buffer.AsSpan(_count));
        _count += received;
        return received > 0;
    }

    private Socket Connect()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = RealTimeoutMs,
            SendTimeout = RealTimeoutMs,
        };
        try
        {
            socket.Connect(_endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
