using System.Text;
using System.Text.Json;

using JamBox.Edge.Modules;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Edge.Demo;

/// <summary>
/// What is around simulated modules: their connection to the gateway's broker, where they say their versions and hear the CAN messages that
/// the gateway passes on.
/// </summary>
public sealed class SimulatedPlace : IAsyncDisposable
{
    private const int MacBytes = 3;

    private readonly List<SimulatedModule> _modules = [];
    private readonly IMqttClient? _client;
    private int _activity;

    private SimulatedPlace(IMqttClient? client)
    {
        _client = client;
    }

    /// <summary>The modules.</summary>
    public IReadOnlyList<SimulatedModule> Modules => _modules;

    /// <summary>The CAN messages that were heard.</summary>
    public List<string> CanMessages { get; } = [];

    /// <summary>Rises with whatever happens here and at the modules.</summary>
    public int Activity => Volatile.Read(ref _activity) + _modules.Sum(static module => module.Activity);

    /// <summary>Makes one.</summary>
    /// <param name="brokerPort">The port of the gateway's broker at loopback; 0 = there is none.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<SimulatedPlace> CreateAsync(int brokerPort, CancellationToken cancel)
    {
        if (brokerPort == 0)
        {
            return new SimulatedPlace(null);
        }

        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        SimulatedPlace place = new(client);
        client.ApplicationMessageReceivedAsync += args =>
        {
            place.Hear(Encoding.ASCII.GetString(System.Buffers.BuffersExtensions.ToArray(args.ApplicationMessage.Payload)));
            return Task.CompletedTask;
        };
        MqttClientOptions options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", brokerPort).WithClientId($"modules-{Guid.NewGuid():N}"[..20]).Build();
        await client.ConnectAsync(options, cancel).ConfigureAwait(false);
        await client.SubscribeAsync(CanTrigger.Topic, MqttQualityOfServiceLevel.AtLeastOnce, cancel).ConfigureAwait(false);
        return place;
    }

    /// <summary>Puts a module there and switches it on.</summary>
    /// <param name="options">What it is like.</param>
    /// <param name="time">Its clock.</param>
    public SimulatedModule Add(SimulatedModuleOptions options, TimeProvider time)
    {
        SimulatedModule module = new(options, time, SayAsync);
        lock (_modules)
        {
            _modules.Add(module);
        }

        module.Start();
        return module;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedModule module in _modules)
        {
            await module.DisposeAsync().ConfigureAwait(false);
        }

        _client?.Dispose();
    }

    private async Task SayAsync(string hostname, string version)
    {
        if (_client is not null)
        {
            await _client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic($"local/modules/{hostname}/version")
                .WithPayload(version).WithRetainFlag().WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build())
                .ConfigureAwait(false);
            Interlocked.Increment(ref _activity);
        }
    }

    private void Hear(string json)
    {
        using JsonDocument message = JsonDocument.Parse(json);
        string mac = string.Empty;
        foreach (JsonElement bits in message.RootElement.GetProperty("data").EnumerateArray().Take(MacBytes))
        {
            mac += bits.EnumerateArray().Aggregate(0, static (value, bit) => (value << 1) | bit.GetInt32()).ToString("x2");
        }

        lock (_modules)
        {
            CanMessages.Add(json);
            Interlocked.Increment(ref _activity);
            foreach (SimulatedModule module in _modules.Where(
                module => module.Hostname.EndsWith(mac, StringComparison.OrdinalIgnoreCase)))
            {
                module.Tell();
            }
        }
    }
}
