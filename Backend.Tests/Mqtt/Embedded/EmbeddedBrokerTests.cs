using System.Text.Json;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Tests.Hosting;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>The broker in the backend, by MQTTnet's client and byte by byte.</summary>
public abstract class EmbeddedBrokerTests(BackendHost shared) : BrokerTest(shared, args: "--Mqtt:MessagesPerMinute=1000000")
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311, MqttQualityOfServiceLevel.AtLeastOnce)]
    [InlineData(MqttProtocolVersion.V500, MqttQualityOfServiceLevel.AtLeastOnce)]
    [InlineData(MqttProtocolVersion.V311, MqttQualityOfServiceLevel.ExactlyOnce)]
    [InlineData(MqttProtocolVersion.V500, MqttQualityOfServiceLevel.ExactlyOnce)]
    public async Task WhatIsAcknowledgedIsStored(MqttProtocolVersion version, MqttQualityOfServiceLevel qos)
    {
        Listener device = await ConnectAsync("clock-1", await ThingAsync("clock-1"), "", version);
        await device.SayAsync("jambox/device/clock-1/telemetry", """{"data":{"temperature":20.5}}""", qos);
        Assert.Equal("""{"temperature":20.5}""", await ValuesAsync("clock-1"));
        await device.SayAsync("jambox/prod/event/clock-1/door", """{"open":true}""", qos);
        Assert.Equal(1, (await GetAsync("/api/devices/clock-1/events?type=door")).GetArrayLength());
    }

    [Fact]
    public async Task WhatIsNotAcknowledgedIsTakenToo()
    {
        Listener device = await ConnectAsync("clock-1", await ThingAsync("clock-1"));
        await device.SayAsync("jambox/prod/heartbeat/clock-1", """{"uptime":1,"rssi":-50}""", MqttQualityOfServiceLevel.AtMostOnce);
        await UntilAsync(async () => (await GetAsync("/api/things/clock-1")).GetProperty("status").GetString() == "online");
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task WhoHasNoTokenOfHisOwnIsRefused(MqttProtocolVersion version)
    {
        string token = await ThingAsync("clock-1");
        await ThingAsync("clock-2");
        foreach ((string user, string password) in new[] { ("clock-1", "wrong"), ("clock-2", token), ("nobody", token), ("clock-1", "") })
        {
            Assert.Equal(
                MqttClientConnectResultCode.BadUserNameOrPassword, (await ConnectAsync(user, password, version: version)).Result);
        }

        Assert.Equal(0, Broker.Counts.Connections);
        Assert.Equal(4, Broker.Counts.Refused);
    }

    [Fact]
    public async Task ADeviceGetsWhatIsWantedAndAgainUntilItHasReportedIt()
    {
        string token = await ThingAsync("clock-1");
        Listener device = await ConnectAsync("clock-1", token);
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await device.SubscribeAsync("jambox/device/clock-1/commands"));
        await AdminAsync(HttpMethod.Put, "/api/devices/clock-1/state", """{"v0":1}""");
        await device.HearAsync("\"virtual_pin\":\"v0\"");

        // It subscribes again, and it connects anew.
        await device.SubscribeAsync("jambox/device/clock-1/commands");
        await device.HearAsync("\"virtual_pin\":\"v0\"");
        Listener again = await ConnectAsync("clock-1", token);
        await again.SubscribeAsync("jambox/device/clock-1/#");
        await again.HearAsync("\"virtual_pin\":\"v0\"");

        await again.SayAsync("jambox/device/clock-1/telemetry", """{"data":{"v0":1}}""");
        await again.HearAsync("telemetry");
        await again.SubscribeAsync("jambox/device/clock-1/commands");
        await AdminAsync(HttpMethod.Put, "/api/devices/clock-1/state", """{"v1":1}""");
        await again.HearAsync("\"virtual_pin\":\"v1\"");
    }

    [Fact]
    public async Task ACommandWaitsForADeviceThatIsAway()
    {
        string token = await ThingAsync("clock-1");
        Listener device = await ConnectAsync(
            "clock-1", token, more: static options => options.WithCleanSession(false).WithSessionExpiryInterval(60));
        await device.SubscribeAsync("jambox/prod/command/clock-1");
        await device.Client.DisconnectAsync();
        await UntilAsync(() => Broker.Counts.Connections == 0);
        Assert.Equal(202, (await AdminAsync(HttpMethod.Post, "/api/things/clock-1/commands", """{"command":"restart"}""")).Status);
        Listener again = await ConnectAsync(
            "clock-1", token, more: static options => options.WithCleanSession(false).WithSessionExpiryInterval(60));
        Assert.Equal("""jambox/prod/command/clock-1 {"command":"restart"}""", await again.HearAsync());
    }

    [Fact]
    public async Task TheSameClientTakesOverAndNobodyElse()
    {
        string token = await ThingAsync("clock-1");
        string others = await ThingAsync("clock-2");
        Listener first = await ConnectAsync("clock-1", token, "same");
        Listener stranger = await ConnectAsync("clock-2", others, "same");
        Listener second = await ConnectAsync("clock-1", token, "other");
        Assert.True(first.Client.IsConnected && stranger.Client.IsConnected && second.Client.IsConnected);

        MqttClientDisconnectReason? reason = null;
        first.Client.DisconnectedAsync += args =>
        {
            reason = args.Reason;
            return Task.CompletedTask;
        };
        Listener successor = await ConnectAsync("clock-1", token, "same");
        await UntilAsync(() => reason is not null);
        Assert.Equal(MqttClientDisconnectReason.SessionTakenOver, reason);
        Assert.True(stranger.Client.IsConnected && second.Client.IsConnected && successor.Client.IsConnected);
        await UntilAsync(() => Broker.Counts.Connections == 3);
    }

    [Fact]
    public async Task ASessionIsResumedByItsOwnUserOnly()
    {
        string token = await ThingAsync("clock-1");
        string others = await ThingAsync("clock-2");
        RawMqtt device = await Raw().ConnectAsync("clock-1", token, "same", isClean: false);
        await device.SendAsync(RawMqtt.Subscribe(1, "jambox/device/clock-1/commands"));
        Assert.Equal(0x90, (await device.ReadAsync()).Header);
        await AdminAsync(HttpMethod.Put, "/api/devices/clock-1/state", """{"v0":1}""");
        (int header, byte[] message) = await device.ReadAsync();
        Assert.Equal(0x32, header);
        device.Dispose();

        // It was not acknowledged. A thief of its name gets nothing of it.
        RawMqtt thief = Raw();
        await thief.SendAsync(RawMqtt.Connect("clock-2", others, "same", isClean: false));
        Assert.Equal([0, 0], (await thief.ReadAsync()).Body);
        await thief.SendAsync([0xC0, 0]);
        Assert.Equal(0xD0, (await thief.ReadAsync()).Header);

        // The device gets it again, with the number that it had.
        RawMqtt again = Raw();
        await again.SendAsync(RawMqtt.Connect("clock-1", token, "same", isClean: false));
        Assert.Equal([1, 0], (await again.ReadAsync()).Body);
        (header, byte[] repeated) = await again.ReadAsync();
        Assert.Equal(0x3A, header);
        Assert.Equal(message, repeated);
    }

    [Fact]
    public async Task WhatItMayNotSayIsAcknowledgedAndNotTaken()
    {
        await ThingAsync("clock-2");
        Listener old = await ConnectAsync("clock-1", await ThingAsync("clock-1"), "old", MqttProtocolVersion.V311);
        Listener late = await ConnectAsync("clock-3", await ThingAsync("clock-3"));
        string[] foreign =
            ["jambox/device/clock-2/telemetry", "elsewhere/x", "$SYS/broker", "jambox/prod/command/clock-2", "jambox/prod/version/updates"];
        foreach (string topic in foreign)
        {
            Assert.Equal(MqttClientPublishReasonCode.Success, (await old.SayAsync(topic, """{"data":{"v":1}}""")).ReasonCode);
            Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await late.SayAsync(topic, """{"data":{"v":1}}""")).ReasonCode);
        }

        Assert.Equal("{}", await ValuesAsync("clock-2"));
        Assert.Equal(2 * foreign.Length, Broker.Counts.Refused);
        Assert.Single(Host.Log.Text.Split('\n'), static line => line.Contains("was not taken", StringComparison.Ordinal));

        // It goes on.
        await old.SayAsync("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""");
        Assert.Equal("""{"v":1}""", await ValuesAsync("clock-1"));
    }

    [Fact]
    public async Task WhatItMayNotHearIsRefused()
    {
        await ThingAsync("clock-2");
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync(RawMqtt.Subscribe(
            7, "#", "$SYS/#", "jambox/device/clock-1/commands", "jambox/device/clock-2/commands", "jambox/+/command/+", "$share/x/jambox/#",
            "jambox/prod/command/clock-1", "a/#/b", "jambox/device/+/commands"));
        (int header, byte[] body) = await device.ReadAsync();
        Assert.Equal(0x90, header);
        Assert.Equal([0, 7, 0x80, 0x80, 1, 0x80, 0x80, 0x80, 1, 0x80, 0x80], body);
    }

    [Fact]
    public async Task OnlyTheServerRetains()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync(
            RawMqtt.Subscribe(1, "jambox/device/clock-1/#"),
            RawMqtt.Publish("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""", qos: 1, id: 5, isRetained: true));
        Assert.Equal([0x32, 0x40, 0x90], (await ReadAsync(device, 3)).Select(static one => one.Header).Order());
        await device.SendAsync(RawMqtt.Packet(0x40, 0, 1), RawMqtt.Subscribe(2, "jambox/device/clock-1/telemetry"));
        Assert.Equal(0x90, (await device.ReadAsync()).Header);
        await Service<MqttPublishers>().PublishAsync("jambox/prod/version/updates", "{}"u8.ToArray(), retain: true);
        await device.SendAsync(RawMqtt.Subscribe(3, "jambox/prod/version/updates"));
        List<(int Header, byte[] Body)> packets = await ReadAsync(device, 2);
        Assert.Contains(packets, static one => one.Header == 0x33);
    }

    [Fact]
    public async Task AWillIsSaidWhenTheConnectionBreaksAndByTheSameRule()
    {
        string token = await ThingAsync("clock-1");
        await ThingAsync("clock-2");
        RawMqtt device = await Raw().ConnectAsync("clock-1", token, will: ("jambox/prod/event/clock-1/gone", """{"n":1}"""));
        device.Dispose();
        await UntilAsync(async () => (await GetAsync("/api/devices/clock-1/events?type=gone")).GetArrayLength() == 1);

        RawMqtt polite = await Raw().ConnectAsync("clock-1", token, will: ("jambox/prod/event/clock-1/gone", """{"n":2}"""));
        await polite.SendAsync([0xE0, 0]);
        await polite.ReadToEndAsync();
        RawMqtt foreign = await Raw().ConnectAsync("clock-1", token, will: ("jambox/prod/event/clock-2/gone", """{"n":3}"""));
        foreign.Dispose();
        await UntilAsync(() => Broker.Counts.Connections == 0);
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, (await ConnectAsync(
            "clock-1", token,
            more: static options => options.WithWillTopic("jambox/prod/event/clock-2/gone").WithWillPayload("{}"))).Result);
        RawMqtt last = await Raw().ConnectAsync("clock-1", token, will: ("jambox/prod/event/clock-1/gone", """{"n":4}"""));
        last.Dispose();
        await UntilAsync(async () => (await GetAsync("/api/devices/clock-1/events?type=gone")).GetArrayLength() == 2);
        Assert.Equal(
            [4, 1], (await GetAsync("/api/devices/clock-1/events?type=gone")).EnumerateArray()
                .Select(static one => one.GetProperty("data").GetProperty("n").GetInt32()));
        Assert.Equal(0, (await GetAsync("/api/devices/clock-2/events")).GetArrayLength());
    }

    [Fact]
    public async Task MessagesOfOneConnectionAreAcknowledgedInTheirOrder()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        const int Many = 300;
        Task saying = Task.Run(async () =>
        {
            for (int i = 1; i <= Many; i++)
            {
                await device.SendAsync(i % 10 == 0
                    ? RawMqtt.Publish("jambox/prod/event/clock-1/n", $$"""{"n":{{i}}}""", 1, i)
                    : RawMqtt.Publish("jambox/device/clock-1/telemetry", $$$"""{"data":{"n":{{{i}}}}}""", 1, i));
            }
        });
        List<int> acknowledged = [];
        while (acknowledged.Count < Many)
        {
            (int header, byte[] body) = await device.ReadAsync();
            Assert.Equal(0x40, header);
            acknowledged.Add((body[0] << 8) | body[1]);
        }

        await saying;
        Assert.Equal(Enumerable.Range(1, Many), acknowledged);
        Assert.Equal("""{"n":299}""", await ValuesAsync("clock-1"));
    }

    [Fact]
    public async Task ARepeatIsStoredOnce()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync(
            RawMqtt.Publish("jambox/prod/event/clock-1/x", "{}", 1, 9),
            RawMqtt.Publish("jambox/prod/event/clock-1/x", "{}", 1, 9, isDup: true),
            RawMqtt.Publish("jambox/prod/event/clock-1/x", "{}", 2, 10),
            RawMqtt.Publish("jambox/prod/event/clock-1/x", "{}", 2, 10, isDup: true),
            RawMqtt.Packet(0x62, 0, 10));
        Assert.Equal([0x40, 0x40, 0x50, 0x50, 0x70], (await ReadAsync(device, 5)).Select(static one => one.Header));
        Assert.Equal(2, (await GetAsync("/api/devices/clock-1/events?type=x")).GetArrayLength());
    }

    [Fact]
    public async Task ANewTokenCutsWhoHasTheOldOne()
    {
        string token = await ThingAsync("clock-1");
        Listener device = await ConnectAsync("clock-1", token);
        Listener other = await ConnectAsync("clock-2", await ThingAsync("clock-2"));
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, "/api/device/clock-1/regenerate-token");
        Assert.True(status is 200 or 201, json.ToString());
        await ConnectAsync("clock-1", json.GetProperty("token").GetString()!, "new");
        await UntilAsync(() => !device.Client.IsConnected);
        Assert.True(other.Client.IsConnected);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, (await ConnectAsync("clock-1", token, "again")).Result);
    }

    [Fact]
    public async Task NothingThatWasAcknowledgedIsLostByARestart()
    {
        string token = await ThingAsync("clock-1");
        RawMqtt device = await Raw().ConnectAsync("clock-1", token);
        HashSet<int> acknowledged = [];
        Task saying = Task.Run(async () =>
        {
            for (int i = 1; i < 5000; i++)
            {
                await device.SendAsync(RawMqtt.Publish("jambox/prod/event/clock-1/n", $$"""{"n":{{i}}}""", 1, i));
            }
        });
        Task restart = Task.CompletedTask;
        try
        {
            while (true)
            {
                (_, byte[] body) = await device.ReadAsync();
                acknowledged.Add((body[0] << 8) | body[1]);
                if (acknowledged.Count == 40)
                {
                    restart = Host.RestartAsync();
                }
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            await restart;
        }

        await saying.ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.True(acknowledged.Count >= 40);
        HashSet<int> stored = [.. (await GetAsync("/api/devices/clock-1/events?limit=1000")).EnumerateArray()
            .Select(static one => one.GetProperty("data").GetProperty("n").GetInt32())];
        Assert.Equal([], acknowledged.Except(stored));
        await Raw().ConnectAsync("clock-1", token);
    }

    [Fact]
    public async Task ItIsThereOverAWebSocketToo()
    {
        Listener device = await ConnectAsync(
            "clock-1", await ThingAsync("clock-1"),
            more: options => options.WithWebSocketServer(server => server.WithUri($"ws://127.0.0.1:{Host.Address.Port}/mqtt")));
        await device.SubscribeAsync("jambox/device/clock-1/commands");
        await device.SayAsync("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""");
        Assert.Equal("""{"v":1}""", await ValuesAsync("clock-1"));
        await AdminAsync(HttpMethod.Put, "/api/devices/clock-1/state", """{"v0":1}""");
        await device.HearAsync("virtual_pin");
        await device.Client.DisconnectAsync();
        await UntilAsync(() => Broker.Counts.Connections == 0);

        using HttpResponseMessage plain = await Host.Http.GetAsync(new Uri("/mqtt", UriKind.Relative));
        Assert.Equal(400, (int)plain.StatusCode);
        using HttpResponseMessage negotiate = await Host.Http.PostAsync(new Uri("/mqtt/negotiate", UriKind.Relative), null);
        Assert.Equal(404, (int)negotiate.StatusCode);
    }

    private static async Task<List<(int Header, byte[] Body)>> ReadAsync(RawMqtt client, int count)
    {
        List<(int Header, byte[] Body)> packets = [];
        for (int i = 0; i < count; i++)
        {
            packets.Add(await client.ReadAsync());
        }

        return packets;
    }
}
