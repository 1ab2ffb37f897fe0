using System.Buffers.Text;
using System.Net;
using System.Text;

namespace JamBox.Twin.Modem;

/// <summary>A connection through <see cref="VirtualHttpBridge"/>.</summary>
internal sealed class VirtualHttpConnection : INetworkConnection
{
    private const int MaxRequestBytes = 256 * 1024;

    private readonly VirtualHttpBridge _bridge;
    private readonly INetworkSink _sink;
    private readonly BackendSocket? _socket;
    private readonly List<byte> _request = [];
    private bool _isClosed;
    private int _underWay;
    private long _lastUpMs;
    private long _lastDownMs;
    private int _activity;

    /// <param name="bridge">Whose connection.</param>
    /// <param name="sink">The modem's end.</param>
    /// <param name="backend">The backend's end; <c>null</c> when it cannot be reached.</param>
    public VirtualHttpConnection(VirtualHttpBridge bridge, INetworkSink sink, DnsEndPoint? backend)
    {
        _bridge = bridge;
        _sink = sink;
        _socket = backend is null ? null : new BackendSocket(backend);
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        _activity++;
        foreach (byte octet in bytes)
        {
            _request.Add(octet);
        }

        if (_request.Count > MaxRequestBytes)
        {
            CloseByPeer();
            return;
        }

        // Several requests may wait in one connection; each goes as soon as it is whole.
        byte[] gathered = [.. _request];
        while (!_isClosed && HttpFraming.RequestLength(gathered) is > 0 and int length)
        {
            SendUp(gathered[..length]);
            gathered = gathered[length..];
            _request.RemoveRange(0, length);
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        _isClosed = true;
        _socket?.Dispose();
    }

    /// <summary>Opens, or fails to, after a while.</summary>
    /// <param name="delayMs">In how many ms.</param>
    /// <param name="error">The modem's error code, 0 = it opens.</param>
    internal void OpenLater(int delayMs, int error)
    {
        Later(_bridge.Clock.NowMs + delayMs, () =>
        {
            if (error != 0)
            {
                _isClosed = true;
                _sink.Failed(error);
                return;
            }

            _sink.Opened();
            WatchIdleness();
        });
    }

    private void SendUp(byte[] request)
    {
        if (_bridge.Faults.LostRequests > 0)
        {
            _bridge.Faults.LostRequests--;
            _bridge.Faults.LostRequestsSoFar++;
            return;
        }

        (int upMs, int downMs) = _bridge.DrawRoundTrip();
        _lastUpMs = Math.Max(_lastUpMs, _bridge.Clock.NowMs + upMs);
        _underWay++;
        Later(_lastUpMs, () => Exchange(request, downMs));
    }

    private void Exchange(byte[] request, int downMs)
    {
        byte[]? response = _bridge.Exchange(_socket!, request, out bool isLast);
        _lastDownMs = Math.Max(_lastDownMs, _bridge.Clock.NowMs + downMs);
        Later(_lastDownMs, () =>
        {
            _underWay--;
            _activity++;
            if (response is not null)
            {
                _sink.Received(response);
            }

            if (isLast)
            {
                // A response that is lost takes the end of the connection with it: the box hears nothing more.
                if (response is not null || _bridge.Failure is not null)
                {
                    CloseByPeer();
                }
            }
            else
            {
                WatchIdleness();
            }
        });
    }

    private void WatchIdleness()
    {
        int activity = _activity;
        Later(_bridge.Clock.NowMs + _bridge.Timings.IdleCloseMs, () =>
        {
            if (activity == _activity && _underWay == 0)
            {
                CloseByPeer();
            }
        });
    }

    private void CloseByPeer()
    {
        if (!_isClosed)
        {
            Close();
            _sink.Closed();
        }
    }

    private void Later(long timeMs, Action action)
    {
        _bridge.Clock.At(timeMs, () =>
        {
            if (!_isClosed)
            {
                action();
            }
        });
    }
}

/// <summary>Finds the end of HTTP/1.1 messages, no more.</summary>
internal static class HttpFraming
{
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>Finds the end of the headers.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <returns>Index of the body's first byte; −1 = not there yet.</returns>
    public static int BodyStart(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        return end < 0 ? -1 : end + 4;
    }

    /// <summary>Finds the end of a request.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <returns>Its length; −1 = not there yet. A request without <c>Content-Length</c> has no body.</returns>
    public static int RequestLength(ReadOnlySpan<byte> bytes)
    {
        int bodyStart = BodyStart(bytes);
        if (bodyStart < 0)
        {
            return -1;
        }

        int length = bodyStart + Math.Max(ContentLength(bytes[..bodyStart]), 0);
        return bytes.Length >= length ? length : -1;
    }

    /// <summary>Gets the body's length as the headers have it.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Bytes; −1 = they do not say.</returns>
    public static int ContentLength(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> value = Header(head, "content-length");
        return Utf8Parser.TryParse(value, out int length, out int used)
            && used == value.Length
            && length is >= 0 and <= MaxMessageBytes ? length : -1;
    }

    /// <summary>Says whether the body comes in chunks.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Whether it is said.</returns>
    public static bool IsChunked(ReadOnlySpan<byte> head) =>
        Encoding.Latin1.GetString(Header(head, "transfer-encoding")).Contains("chunked", StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds the end of a body in chunks.</summary>
    /// <param name="body">What has come of it so far.</param>
    /// <returns>Its length as it is sent; −1 = not there yet.</returns>
    public static int ChunkedLength(ReadOnlySpan<byte> body)
    {
        int at = 0;
        while (body[at..].IndexOf("\r\n"u8) is > 0 and int line)
        {
            if (!Utf8Parser.TryParse(body.Slice(at, line), out int size, out _, 'x') || size is < 0 or > MaxMessageBytes)
            {
                return -1;
            }

            at += line + 2 + size + 2;
            if (at > body.Length)
            {
                return -1;
            }

            if (size == 0)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Says whether the response's sender closes behind it.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Whether it is said, or follows from the version.</returns>
    public static bool ClosesAfter(ReadOnlySpan<byte> head)
    {
        string connection = Encoding.Latin1.GetString(Header(head, "connection"));
        return connection.Contains("close", StringComparison.OrdinalIgnoreCase)
            || (head.StartsWith("HTTP/1.0"u8) && !connection.Contains("keep-alive", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Says whether a response has no body whatever its headers say.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Whether its status is 1xx, 204 or 304.</returns>
    public static bool HasNoBody(ReadOnlySpan<byte> head)
    {
        return head.Length > 12
            && head[9..12] is [(byte)'1', _, _] or [(byte)'2', (byte)'0', (byte)'4'] or [(byte)'3', (byte)'0', (byte)'4'];
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, string name)
    {
        while (head.IndexOf("\r\n"u8) is >= 0 and int end)
        {
            head = head[(end + 2)..];
            int lineEnd = Math.Max(head.IndexOf("\r\n"u8), 0);
            ReadOnlySpan<byte> line = head[..lineEnd];
            if (line.Length > name.Length && line[name.Length] == ':' && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[(name.Length + 1)..].Trim((byte)' ');
            }
        }

        return default;
    }
}
