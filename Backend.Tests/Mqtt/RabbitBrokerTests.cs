using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>
/// Debian's RabbitMQ as the outside broker: it asks the backend about each device, and about the backend, which is its client. It knows no
/// MQTT 5, and cuts whoever may not do something.
/// </summary>
public abstract class RabbitBrokerTests(BackendHost shared, RabbitServer rabbit) : PlaceTest(
    shared, $"--Urls=http://127.0.0.1:{rabbit.BackendPort}", $"--Mqtt:AuthKey={RabbitServer.AuthKey}",
    $"--Mqtt:Broker=mqtt://jambox:secret%40rabbit@127.0.0.1:{rabbit.Port}", "--Mqtt:Prefixes=jambox:device+env,vesper:serial"),
    IClassFixture<RabbitServer>, IAsyncLifetime
{
    private readonly List<IMqttClient> _clients = [];
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly Dictionary<string, string> _tokens = [];

    async Task IAsyncLifetime.DisposeAsync()
    {
        foreach (IMqttClient client in _clients)
        {
            client.Dispose();
        }

        await DisposeAsync();
    }

    [RabbitFact]
    public async Task ADeviceSaysAndHearsAndTheBackendIsAClientLikeIt()
    {
        (string token, IMqttClient device) = await DeviceAsync("clock-1");
        Assert.NotEmpty(token);
        await SubscribeAsync(device, "jambox/device/clock-1/commands");
        await SayAsync(device, "jambox/device/clock-1/telemetry", """{"data":{"temperature":20.5}}""");
        await SayAsync(device, "/vesper/clock-1/data", """{"bell":3}""");
        await UntilAsync(async () =>
            (await GetAsync("/api/things/clock-1")).GetProperty("values").GetRawText() is """{"temperature":20.5,"bell":3}""");
        await DoAsync(HttpMethod.Put, "/api/devices/clock-1/state", """{"v0":true}""");
        await UntilAsync(() => Task.FromResult(_heard.Any(static text =>
            text.StartsWith("""jambox/device/clock-1/commands {"type":"led","state":1""", StringComparison.Ordinal))));
        Assert.Contains("as jambox, V311", Host.Log.Text, StringComparison.Ordinal);
    }

    /// <summary>It cuts the connection of whoever publishes where it may not; nothing of it is taken.</summary>
    [RabbitFact]
    public async Task AForeignTopicIsRefused()
    {
        (_, IMqttClient thief) = await DeviceAsync("clock-2");
        await RegisterThingAsync("clock-3");
        await Assert.ThrowsAnyAsync<Exception>(
            () => SayAsync(thief, "jambox/device/clock-3/telemetry", """{"data":{"temperature":99}}"""));
        await UntilAsync(() => Task.FromResult(!thief.IsConnected));

        thief = await ConnectAsync("clock-2", _tokens["clock-2"], "clock-2");
        await Assert.ThrowsAnyAsync<Exception>(() => SubscribeAsync(thief, "jambox/device/clock-3/commands"));
        thief = await ConnectAsync("clock-2", _tokens["clock-2"], "clock-2");
        await Assert.ThrowsAnyAsync<Exception>(() => SubscribeAsync(thief, "jambox/device/+/telemetry"));

        // What it may goes on, behind what it may not.
        thief = await ConnectAsync("clock-2", _tokens["clock-2"], "clock-2");
        await SayAsync(thief, "jambox/device/clock-2/telemetry", """{"data":{"temperature":1}}""");
        await UntilAsync(async () => (await GetAsync("/api/things/clock-2")).GetProperty("values").GetRawText() == """{"temperature":1}""");
        Assert.Equal("{}", (await GetAsync("/api/things/clock-3")).GetProperty("values").GetRawText());
    }

    [RabbitFact]
    public async Task ATokenThatWasReplacedIsRefusedAtTheNextConnect()
    {
        (string old, IMqttClient device) = await DeviceAsync("clock-4");
        string next = (await DoAsync(HttpMethod.Post, "/api/device/clock-4/regenerate-token")).GetProperty("token").GetString()!;

        // Both are good until the new one is used.
        await LeaveAsync(device);
        await LeaveAsync(await ConnectAsync("clock-4", old, "clock-4"));
        IMqttClient renewed = await ConnectAsync("clock-4", next, "clock-4");
        await SayAsync(renewed, "jambox/device/clock-4/telemetry", """{"data":{"on":true}}""");
        await LeaveAsync(renewed);
        await RefusedAsync("clock-4", old, "clock-4");
        await LeaveAsync(await ConnectAsync("clock-4", next, "clock-4"));
    }

    /// <summary>RabbitMQ gives a session to whoever knows its client id.</summary>
    [RabbitFact]
    public async Task AnothersClientIdIsRefused()
    {
        await DeviceAsync("clock-5");
        string token = await RegisterThingAsync("clock-6");
        await RefusedAsync("clock-6", token, "clock-5");
        await RefusedAsync("clock-6", token, OutsideBroker.ClientId);
        await LeaveAsync(await ConnectAsync("clock-6", token, "clock-6"));
        Assert.True(Host.Services.GetRequiredService<OutsideBroker>().IsConnected);
    }

    [RabbitFact]
    public async Task AKeyOfAllPlacesHearsEverything()
    {
        (_, IMqttClient device) = await DeviceAsync("clock-7");
        IMqttClient listener = await ConnectAsync("key", await KeyAsync("viewer"), "listener");
        await SubscribeAsync(listener, "jambox/#");
        await SayAsync(device, "jambox/device/clock-7/telemetry", """{"data":{"on":true}}""");
        await UntilAsync(() => Task.FromResult(_heard.Contains("""jambox/device/clock-7/telemetry {"data":{"on":true}}""")));
        await Assert.ThrowsAnyAsync<Exception>(() => SayAsync(listener, "jambox/device/clock-7/commands", "{}"));
    }

    private async Task<string> RegisterThingAsync(string id)
    {
        JsonElement made = await DoAsync(HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}","kind":"thing"}""");
        return _tokens[id] = made.GetProperty("token").GetString()!;
    }

    /// <summary>A registered thing that is connected, while the backend is connected too.</summary>
    private async Task<(string Token, IMqttClient Client)> DeviceAsync(string id)
    {
        string token = await RegisterThingAsync(id);
        await UntilAsync(() => Task.FromResult(Host.Services.GetRequiredService<OutsideBroker>().IsConnected));
        return (token, await ConnectAsync(id, token, id));
    }

    private async Task<IMqttClient> ConnectAsync(string user, string password, string clientId)
    {
        (IMqttClient client, MqttClientConnectResultCode code) = await TryConnectAsync(user, password, clientId);
        Assert.Equal(MqttClientConnectResultCode.Success, code);
        return client;
    }

    private async Task<(IMqttClient Client, MqttClientConnectResultCode Code)> TryConnectAsync(
        string user, string password, string clientId)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        client.ApplicationMessageReceivedAsync += args =>
        {
            _heard.Enqueue($"{args.ApplicationMessage.Topic} {args.ApplicationMessage.ConvertPayloadToString()}");
            return Task.CompletedTask;
        };
        MqttClientConnectResult result = await client.ConnectAsync(
            new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", rabbit.Port).WithProtocolVersion(MqttProtocolVersion.V311)
                .WithClientId(clientId).WithCredentials(user, password).WithTimeout(TimeSpan.FromSeconds(120)).Build());
        return (client, result.ResultCode);
    }

    private async Task RefusedAsync(string user, string password, string clientId)
    {
        (_, MqttClientConnectResultCode code) = await TryConnectAsync(user, password, clientId);
        Assert.True(code is MqttClientConnectResultCode.BadUserNameOrPassword or MqttClientConnectResultCode.NotAuthorized, $"{code}");
    }

    private static Task LeaveAsync(IMqttClient client) => client.DisconnectAsync(new MqttClientDisconnectOptions(), CancellationToken.None);

    private static async Task SayAsync(IMqttClient device, string topic, string payload) =>
        Assert.True((await device.PublishStringAsync(topic, payload, MqttQualityOfServiceLevel.AtLeastOnce)).IsSuccess);

    private static async Task SubscribeAsync(IMqttClient client, string filter)
    {
        MqttClientSubscribeResult result = await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        Assert.All(result.Items, static item => Assert.True(item.ResultCode <= MqttClientSubscribeResultCode.GrantedQoS2));
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(20))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), "It did not come within 120 s.");
        }
    }
}
