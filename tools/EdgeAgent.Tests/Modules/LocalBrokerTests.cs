using System.Net;
using System.Net.Sockets;

using JamBox.Backend.Tests.Mqtt;
using JamBox.Edge.Modules;

using Microsoft.Extensions.Logging.Abstractions;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Edge.Tests.Modules;

/// <summary>The connection to the gateway's own broker, with a real one.</summary>
public sealed class LocalBrokerTests
{
    [MosquittoFact]
    public async Task Versions_are_heard_again_after_the_broker_was_away()
    {
        using MosquittoServer mosquitto = new();
        await mosquitto.StartAsync();
        using CancellationTokenSource ends = new();
        LocalBrokerOptions options = new(LocalBrokerOptions.ReadAddress($"mqtt://127.0.0.1:{mosquitto.Port}"));
        using LocalBroker broker = new(options, TimeProvider.System, NullLogger<LocalBroker>.Instance);
        Task runs = broker.RunAsync(ends.Token);
        await SayAsync(mosquitto.Port, "1.0.0");
        await ModuleBench.UntilAsync(() => broker.Versions.Of("esp32-1").Version == "1.0.0");

        await mosquitto.StopAsync();
        await ModuleBench.UntilAsync(() => !broker.IsConnected);
        await mosquitto.StartAsync();
        await ModuleBench.UntilAsync(() => broker.IsConnected);
        long heard = broker.Versions.Of("esp32-1").Messages;
        await SayAsync(mosquitto.Port, "1.1.0");
        VersionSeen seen = await broker.Versions.WaitAsync("esp32-1", heard, TimeSpan.FromSeconds(120), CancellationToken.None);
        Assert.Equal("1.1.0", seen.Version);
        await broker.PublishAsync(CanTrigger.Topic, "{}"u8.ToArray(), CancellationToken.None);

        await ends.CancelAsync();
        await runs;
    }

    [Fact]
    public async Task One_that_takes_the_connection_and_says_nothing_is_left_and_tried_again()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        using CancellationTokenSource ends = new();
        LocalBrokerOptions options = new(
            LocalBrokerOptions.ReadAddress($"mqtt://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"));
        using LocalBroker broker = new(options, TimeProvider.System, NullLogger<LocalBroker>.Instance)
        {
            EnterLimit = TimeSpan.FromMilliseconds(50),
        };
        Task runs = broker.RunAsync(ends.Token);
        List<TcpClient> held = [];
        while (held.Count < 2)
        {
            // Held, or it would be the broker that ends them.
            held.Add(await silent.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(120)));
        }

        await ends.CancelAsync();
        await runs;
        held.ForEach(static client => client.Dispose());
    }

    [Theory]
    [InlineData("broker", "mqtt://broker")]
    [InlineData("10.0.0.1:1884", "mqtt://10.0.0.1:1884")]
    [InlineData("mqtts://broker:8884", "mqtts://broker:8884")]
    [InlineData("http://broker", null)]
    [InlineData("mqtt://user:secret@broker", null)]
    [InlineData("mqtt://broker/path", null)]
    [InlineData("", null)]
    public void An_address_of_a_broker_is_read_or_refused(string text, string? address)
    {
        if (address is null)
        {
            FormatException refusal = Assert.Throws<FormatException>(() => LocalBrokerOptions.ReadAddress(text));
            Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(new Uri(address), LocalBrokerOptions.ReadAddress(text));
        }
    }

    private static async Task SayAsync(int port, string version)
    {
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build());
        await client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic("local/modules/esp32-1/version")
            .WithPayload(version).WithRetainFlag().WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build());
        await client.DisconnectAsync();
    }
}
