using System.Net;

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

    /// <summary>Initializes a new instance of the <see cref="VirtualHttpConnection"/> class.</summary>
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
