using System.Net;
using System.Net.Sockets;
using JamBox.Demo;
using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Run;

/// <summary>Whoever names a backend that is not there is told so.</summary>
public sealed class OutsideBackendTests
{
    [Fact]
    public async Task WhoListensIsNoProblem()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Null(await OutsideBackend.ProblemOfAsync(AddressOf(listener), CancellationToken.None));
    }

    [Fact]
    public async Task APortThatNobodyListensOnIsOne()
    {
        Uri address = new($"http://127.0.0.1:{LoopbackPort.Pick()}");
        Assert.False(string.IsNullOrEmpty(await OutsideBackend.ProblemOfAsync(address, CancellationToken.None)));
    }

    private static Uri AddressOf(TcpListener listener) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
}
