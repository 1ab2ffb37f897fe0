using System;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>A socket, with or without TLS around it.</summary>
internal sealed class SocketConnection : IConnection
{
    private const int GrainMs = 10;

    private readonly Socket _socket;
    private readonly SslStream _tls;

    /// <param name="socket">Connected.</param>
    /// <param name="tls">Around it; <c>null</c> = none.</param>
    public SocketConnection(Socket socket, SslStream tls)
    {
        _socket = socket;
        _tls = tls;
    }

    /// <inheritdoc/>
    public bool Send(byte[] buffer, int offset, int count)
    {
        try
        {
            if (_tls != null)
            {
                _tls.Write(buffer, offset, count);
                return true;
            }

            while (count > 0)
            {
                int sent = _socket.Send(buffer, offset, count, SocketFlags.None);
                if (sent <= 0)
                {
                    return false;
                }

                offset += sent;
                count -= sent;
            }

            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, int offset, int count, int timeoutMs)
    {
        try
        {
            if (!IsThere(timeoutMs))
            {
                return 0;
            }

            int got = _tls != null ? _tls.Read(buffer, offset, count) : _socket.Receive(buffer, offset, count, SocketFlags.None);
            return got > 0 ? got : -1;
        }
        catch (Exception)
        {
            return -1;
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        try
        {
            if (_tls != null)
            {
                _tls.Dispose();
            }

            _socket.Close();
        }
        catch (Exception)
        {
            // It is closed, or as closed as it gets.
        }
    }

    // A readable socket without a byte is a closed one: then the read says so. What TLS has decrypted is not in the socket any more.
    private bool IsThere(int timeoutMs)
    {
        long endMs = Environment.TickCount64 + timeoutMs;
        while (true)
        {
            if ((_tls != null && _tls.DataAvailable) || _socket.Poll(0, SelectMode.SelectRead))
            {
                return true;
            }

            if (Environment.TickCount64 >= endMs)
            {
                return false;
            }

            Thread.Sleep(GrainMs);
        }
    }
}
