using System.Text;
using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Modem;

/// <summary>A network in which the test is the peer.</summary>
internal sealed class FakeBridge(VirtualClock clock) : INetworkBridge, INetworkConnection
{
    public string Dialled { get; private set; } = string.Empty;

    public string Sent { get; private set; } = string.Empty;

    public int Error { get; set; }

    public bool IsClosed { get; private set; }

    public INetworkSink? Sink { get; private set; }

    public INetworkConnection Open(string host, int port, INetworkSink sink)
    {
        Dialled = $"{host}:{port}";
        IsClosed = false;
        Sink = sink;
        clock.After(500, () =>
        {
            if (IsClosed)
            {
                return;
            }

            if (Error == 0)
            {
                sink.Opened();
            }
            else
            {
                sink.Failed(Error);
            }
        });
        return this;
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        Sent += Encoding.Latin1.GetString(bytes);
    }

    public void Close()
    {
        IsClosed = true;
    }

    public void Answer(string text)
    {
        Sink!.Received(Encoding.Latin1.GetBytes(text));
    }
}
