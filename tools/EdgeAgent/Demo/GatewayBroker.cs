using System.Net;

using MQTTnet.Server;

namespace JamBox.Edge.Demo;

/// <summary>The broker of a gateway's own, where its modules say their versions; on loopback, within this process.</summary>
internal sealed class GatewayBroker : IAsyncDisposable
{
    private readonly MqttServer _server;

    private GatewayBroker(MqttServer server, int port)
    {
        _server = server;
        Port = port;
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Starts one.</summary>
    /// <param name="port">A port that nobody has.</param>
    public static async Task<GatewayBroker> StartAsync(int port)
    {
        MqttServerOptions options = new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(port)
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None).Build();
        MqttServer server = new MqttServerFactory().CreateMqttServer(options);
        await server.StartAsync().ConfigureAwait(false);
        return new GatewayBroker(server, port);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync().ConfigureAwait(false);
        _server.Dispose();
    }
}
