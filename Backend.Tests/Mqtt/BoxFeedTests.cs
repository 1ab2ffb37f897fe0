using System.Diagnostics;
using System.Text.Json;

using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>What others hear of boxes through Debian's Mosquitto.</summary>
public abstract class BoxFeedTests : PlaceTest, IAsyncLifetime
{
    private readonly MosquittoServer _broker;
    private readonly List<IMqttClient> _clients = [];
    private readonly List<(string Topic, string Payload)> _heard = [];

    protected BoxFeedTests(BackendHost shared)
        : this(shared, new MosquittoServer())
    {
    }

    private BoxFeedTests(BackendHost shared, MosquittoServer broker)
        : base(shared, Args(broker, "one"))
    {
        _broker = broker;
    }

    private string ReadingTopic => $"jambox/box/{Device.Id}/reading";

    private string StateTopic => $"jambox/box/{Device.Id}/state";

    async Task IAsyncLifetime.InitializeAsync()
    {
        await _broker.StartAsync();
        await InitializeAsync();
        if (MosquittoServer.Missing is null)
        {
            await ListenAsync("jambox/box/#", "homeassistant/+/+/config");
            await ConnectedAsync(Host);
            await TurnAsync();
        }
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        await DisposeAsync();
        _broker.Dispose();
    }

    [MosquittoFact]
    public async Task AReadingIsToldAsTheApiGivesIt()
    {
        await ReadingAsync(1);
        await ReadingAsync(2, ""","v":"1.4.0","bat":80""");
        await TurnAsync();
        string[] told = await HeardAsync(ReadingTopic, 2);
        JsonElement[] listed = await Host.ListAsync($"/api/readings?device_id={Device.Id}");
        Assert.Equal(listed.Reverse().Select(static row => row.GetRawText()), told);
        foreach (string member in new[] { "period_start_ts", "timestamp", "unique_count", "quality", "firmware_version" })
        {
            Assert.NotEqual(JsonValueKind.Undefined, JsonElement.Parse(told[1]).GetProperty(member).ValueKind);
        }

        // Once: the next turn has nothing to say, and a repeat of the box is no new reading.
        await ReadingAsync(2, ""","v":"1.4.0","bat":80""");
        await TurnAsync();
        Assert.Equal(2, (await MarkedAsync(ReadingTopic)).Length);
    }

    [MosquittoFact]
    public async Task WhoComesLaterHearsHowABoxIs()
    {
        long place = await PlaceAsync("Centro", "Europe/Madrid");
        await MoveAsync(Device.Id, place);
        await HeartbeatAsync(""","v":"1.4.0","bat":87,"cell_rssi":-97""");
        await ReadingAsync(1, ""","iv":300,"ls":290""");
        await TurnAsync();
        JsonElement state = await StateAsync(static state => state.GetProperty("unique_count_today").GetInt64() == 5);
        JsonElement row = await DeviceRowAsync();
        foreach (string member in new[]
        {
            "device_id", "connection_status", "last_seen_at", "firmware_version", "place_id", "timezone",
        })
        {
            Assert.Equal(row.GetProperty(member).GetRawText(), state.GetProperty(member).GetRawText());
        }

        Assert.Equal("online Centro -97 87 2026-01-28T23:00:00Z 2026-01-29T10:00:10Z", string.Join(' ', new[]
        {
            "connection_status", "place", "signal_dbm", "battery_pct", "day_start", "last_heartbeat_at",
        }.Select(member => state.GetProperty(member).ToString())));

        // As the page of the place says it, to tenths.
        JsonElement now = await GetAsync($"/api/places/{place}/now");
        foreach ((string end, double off) in new[] { ("low", -0.1), ("value", 0.05), ("high", 0.1) })
        {
            double shown = now.GetProperty("people").GetProperty(end).GetDouble();
            double told = state.GetProperty("people_now").GetProperty(end).GetDouble();
            Assert.InRange(told, shown - Math.Max(0.05, -off) - 1e-9, shown + Math.Max(0.05, off) + 1e-9);
        }

        // Silence says something, too.
        Host.Clock.Advance(TimeSpan.FromMinutes(16));
        await TurnAsync();
        await StateAsync(static state => state.GetProperty("connection_status").GetString() == "warning");
        Host.Clock.Advance(TimeSpan.FromHours(24));
        await TurnAsync();
        await StateAsync(static state => state.GetProperty("connection_status").GetString() == "offline");
    }

    [MosquittoFact]
    public async Task WhatABrokerMissedComesAfterItsRestartAndOurs()
    {
        await ReadingAsync(1);
        await TurnAsync();
        await HeardAsync(ReadingTopic, 1);
        await _broker.StopAsync();
        await UntilAsync(() => !Host.Services.GetRequiredService<OutsideBroker>().IsConnected);
        for (int number = 2; number <= 40; number++)
        {
            await ReadingAsync(number);
        }

        await TurnAsync();
        await Host.RestartAsync();
        await _broker.StartAsync();
        await ListenAsync("jambox/box/#");
        await ConnectedAsync(Host);
        await TurnAsync();
        string[] told = await HeardAsync(ReadingTopic, 40);
        Assert.Equal(Enumerable.Range(1, 40), told.Select(static text => JsonElement.Parse(text).GetProperty("n").GetInt32()));
    }

    [MosquittoFact]
    public async Task ABrokerThatHasForgottenEverythingIsToldAnew()
    {
        await HeartbeatAsync(""","v":"1.4.0" """.TrimEnd());
        await TurnAsync();
        await StateAsync(static state => state.GetProperty("firmware_version").GetString() == "1.4.0");
        await _broker.StopAsync();
        await UntilAsync(() => !Host.Services.GetRequiredService<OutsideBroker>().IsConnected);
        _broker.Forget();
        await _broker.StartAsync();
        await ConnectedAsync(Host);
        await TurnAsync();
        await StateAsync(static state => state.GetProperty("firmware_version").GetString() == "1.4.0");
    }

    [MosquittoFact]
    public async Task OfTwoProcessesOneTells()
    {
        await using BackendHost other = new(Host.Storage) { Args = [.. Host.StorageArgs, .. Args(_broker, "two")] };
        await other.InitializeAsync();
        await ConnectedAsync(other);
        for (int number = 1; number <= 10; number++)
        {
            await ReadingAsync(number);
            other.Clock.Advance(TimeSpan.FromSeconds(5));
            await TurnAsync();
        }

        Assert.Equal(10, (await MarkedAsync(ReadingTopic)).Length);

        // The one has died: the other takes over where it was, after half a minute.
        await ReadingAsync(11);
        other.Clock.Advance(TimeSpan.FromMinutes(2));
        await TurnOfAsync(other);
        Assert.Equal(
            Enumerable.Range(1, 11),
            (await HeardAsync(ReadingTopic, 11)).Select(static text => JsonElement.Parse(text).GetProperty("n").GetInt32()));
    }

    [MosquittoFact]
    public async Task WhatIsOlderThanADayIsNotToldAndTheLogSaysSo()
    {
        await _broker.StopAsync();
        await UntilAsync(() => !Host.Services.GetRequiredService<OutsideBroker>().IsConnected);
        await ReadingAsync(1);
        await ReadingAsync(2);
        Host.Clock.Advance(TimeSpan.FromHours(25));
        await ReadingAsync(3);
        await _broker.StartAsync();
        await ListenAsync("jambox/box/#");
        await ConnectedAsync(Host);
        await TurnAsync();
        Assert.Equal(3, JsonElement.Parse(Assert.Single(await HeardAsync(ReadingTopic, 1))).GetProperty("n").GetInt32());
        Assert.Contains("were not published, for they came more than 24 h ago: 1 to 2, 2 at most", Host.Log.Text, StringComparison.Ordinal);
    }

    [MosquittoFact]
    public async Task TheVirtualBoxIsNotToldOf()
    {
        string demo = (await DoAsync(HttpMethod.Post, "/api/demo", "{}")).GetProperty("device_id").GetString()!;
        Host.Clock.Advance(TimeSpan.FromMinutes(10));
        await ReadingAsync(1);
        await TurnAsync();
        await HeardAsync(ReadingTopic, 1);
        Assert.NotEmpty(await Host.ListAsync($"/api/readings?device_id={demo}"));
        Assert.DoesNotContain(_heard, message => message.Topic.Contains(demo, StringComparison.Ordinal));
    }

    [MosquittoFact]
    public async Task HomeAssistantShowsABoxUntilItIsRetired()
    {
        long place = await PlaceAsync("Centro");
        await MoveAsync(Device.Id, place);
        await HeartbeatAsync(""","v":"1.4.0","cell_rssi":-97""");
        await TurnAsync();
        string config = $"homeassistant/sensor/{Device.Id}_visitors_today/config";
        await UntilHeardAsync(config, text => text.Contains($"\"Centro {Device.Id}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(_heard, static message => message.Topic.EndsWith("_battery/config", StringComparison.Ordinal));

        // It says how full its battery is; its place is called otherwise.
        await HeartbeatAsync(""","v":"1.4.0","bat":50""");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}", """{"name":"Norte"}""");
        await TurnAsync();
        await UntilHeardAsync($"homeassistant/sensor/{Device.Id}_battery/config", static text => text.Length > 0);
        await UntilHeardAsync(config, text => text.Contains($"\"Norte {Device.Id}\"", StringComparison.Ordinal));
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/retire");
        await TurnAsync();
        await UntilAsync(async () => (await RetainedAsync()).Count == 0);
        Assert.Equal(0, await CountTopicsAsync());
    }

    [MosquittoFact]
    public async Task HomeAssistantIsToldAnewWhenItStarts()
    {
        await TurnAsync();
        string config = $"homeassistant/binary_sensor/{Device.Id}_online/config";
        await HeardAsync(config, 1);
        IMqttClient assistant = await ListenAsync("nothing");
        await assistant.PublishStringAsync("homeassistant/status", "offline", MqttQualityOfServiceLevel.AtLeastOnce);
        await assistant.PublishStringAsync("homeassistant/status", "online", MqttQualityOfServiceLevel.AtLeastOnce);
        await UntilAsync(async () =>
        {
            await TurnAsync();
            return Payloads(config).Length == 2;
        });

        // Asked again at once, it is not told again at once.
        for (int times = 0; times < 20; times++)
        {
            await assistant.PublishStringAsync("homeassistant/status", "online", MqttQualityOfServiceLevel.AtLeastOnce);
        }

        await MarkedAsync(config);
        Assert.InRange(Payloads(config).Length, 2, 3);
    }

    [MosquittoFact]
    public async Task WhatHomeAssistantWasToldIsTakenBackWhenItIsSwitchedOff()
    {
        await TurnAsync();
        await UntilAsync(async () => (await RetainedAsync()).Count > 7);
        await using BackendHost later = new(Host.Storage)
        {
            Args = [.. Host.StorageArgs, .. Args(_broker, "two"), "--Mqtt:HomeAssistant=false", "--Mqtt:Boxes=true"],
        };
        await later.InitializeAsync();
        await ConnectedAsync(later);

        // The first does nothing any more: its clock stands still.
        later.Clock.Advance(TimeSpan.FromMinutes(2));
        await TurnOfAsync(later);
        await UntilAsync(async () => (await RetainedAsync()).SetEquals([StateTopic]));
    }

    private static string[] Args(MosquittoServer broker, string name) =>
    [
        $"--Mqtt:Broker=mqtt://127.0.0.1:{broker.Port}", $"--Mqtt:ClientId={name}", "--Mqtt:HomeAssistant=true",
    ];

    private static async Task ConnectedAsync(BackendHost host) =>
        await UntilAsync(() => host.Services.GetRequiredService<OutsideBroker>().IsConnected);

    /// <summary>Lets the backend tell what is new; in PostgreSQL it waits a turn for writers that are under way.</summary>
    private Task TurnAsync() => TurnOfAsync(Host);

    private static Task TurnOfAsync(BackendHost host)
    {
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        return Task.CompletedTask;
    }

    private async Task<IMqttClient> ListenAsync(params string[] filters)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        client.ApplicationMessageReceivedAsync += args =>
        {
            lock (_heard)
            {
                _heard.Add((args.ApplicationMessage.Topic, args.ApplicationMessage.ConvertPayloadToString() ?? ""));
            }

            return Task.CompletedTask;
        };
        await client.ConnectAsync(
            new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _broker.Port).WithTimeout(TimeSpan.FromSeconds(120)).Build());
        foreach (string filter in filters)
        {
            await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        }

        return client;
    }

    private string[] Payloads(string topic)
    {
        lock (_heard)
        {
            return [.. _heard.Where(message => message.Topic == topic).Select(static message => message.Payload)];
        }
    }

    private async Task<string[]> HeardAsync(string topic, int count)
    {
        await UntilAsync(() => Payloads(topic).Length >= count);
        return Payloads(topic);
    }

    private Task UntilHeardAsync(string topic, Func<string, bool> isIt) => UntilAsync(() => Payloads(topic).Any(isIt));

    /// <summary>What was heard by a topic until a message of the test's own came by, behind all others.</summary>
    private async Task<string[]> MarkedAsync(string topic)
    {
        string mark = $"jambox/box/{Guid.NewGuid():N}/mark";
        await _clients[0].PublishStringAsync(mark, "", MqttQualityOfServiceLevel.AtLeastOnce);
        await HeardAsync(mark, 1);
        return Payloads(topic);
    }

    /// <summary>The state of the device as somebody hears it who comes now.</summary>
    private async Task<JsonElement> StateAsync(Func<JsonElement, bool> isIt)
    {
        JsonElement state = default;
        await UntilAsync(async () => (await RetainedAsync(StateTopic)).TryGetValue(StateTopic, out string? text)
            && isIt(state = JsonElement.Parse(text)));
        return state;
    }

    private async Task<HashSet<string>> RetainedAsync() =>
        [.. (await RetainedAsync("jambox/box/#", "homeassistant/#")).Keys];

    private async Task<Dictionary<string, string>> RetainedAsync(params string[] filters)
    {
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        Dictionary<string, string> kept = new(StringComparer.Ordinal);
        TaskCompletionSource end = new();
        client.ApplicationMessageReceivedAsync += args =>
        {
            MqttApplicationMessage message = args.ApplicationMessage;
            if (message.Topic == "end")
            {
                end.TrySetResult();
            }
            else if (message.Retain)
            {
                kept[message.Topic] = message.ConvertPayloadToString() ?? "";
            }

            return Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _broker.Port).Build());
        foreach (string filter in filters)
        {
            await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        }

        await client.SubscribeAsync("end", MqttQualityOfServiceLevel.AtLeastOnce);
        await client.PublishStringAsync("end", "", MqttQualityOfServiceLevel.AtLeastOnce);
        await end.Task.WaitAsync(TimeSpan.FromSeconds(120));
        return kept;
    }

    private Task<long> CountTopicsAsync() => Host.Services.GetRequiredService<Store>().ReadAsync(0, static (session, _) =>
    {
        using SqlStatement row = session.Query("SELECT count(*) FROM mqtt_box_topics");
        row.Read();
        return row.Int64(0);
    });

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(10))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), "It did not come within 120 s.");
        }
    }
}
