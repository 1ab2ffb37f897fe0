using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Tests.Firmware;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>
/// What devices say over MQTT and what they get: the same, whether the broker is here or outside. Skipped for both where there is no
/// Mosquitto.
/// </summary>
public abstract class DeviceWordTests(BackendHost shared, params string[] args)
    : FirmwareTest(shared, ["--Mqtt:Prefixes=jambox:device+env,vesper:serial", .. args]), IAsyncLifetime
{
    private readonly List<IMqttClient> _clients = [];
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly ConcurrentDictionary<string, string> _tokens = new();

    /// <summary>Where devices connect to.</summary>
    protected abstract int Port { get; }

    /// <summary>Whether the backend hears what they say.</summary>
    protected abstract bool IsListening { get; }

    async Task IAsyncLifetime.InitializeAsync()
    {
        await StartBrokerAsync();
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        await DisposeAsync();
        EndBroker();
    }

    [MosquittoFact]
    public async Task WhatADeviceSaysIsSeen()
    {
        IMqttClient device = await DeviceAsync("clock-1");
        await SayAsync(
            device, "jambox/prod/info/clock-1",
            """{"product":"clock","board":"ESP32-C3","version":"1.0.0","supported_commands":["info"]}""");
        await SayAsync(
            device, "jambox/prod/heartbeat/clock-1", """{"uptime":60,"rssi":-61,"free_heap":1000,"ssid":"Hall","ip":"10.0.0.2"}""");
        await SayAsync(device, "jambox/prod/event/clock-1/door", """{"open":true}""");
        await SayAsync(device, "jambox/prod/display/snapshot/clock-1", """{"rows":[]}""");
        await UntilAsync(async () => (await GetAsync("/api/devices/clock-1/snapshot")).GetProperty("at").ValueKind != JsonValueKind.Null);
        JsonElement thing = await GetAsync("/api/things/clock-1");
        Assert.Equal(
            "online clock esp32c3 1.0.0 prod Hall",
            $"{thing.GetProperty("status")} {thing.GetProperty("product")} {thing.GetProperty("platform")} {thing.GetProperty("version")} "
            + $"{thing.GetProperty("environment")} {thing.GetProperty("network").GetProperty("ssid")}");
        Assert.Equal(1, (await GetAsync("/api/devices/clock-1/events?type=door")).GetArrayLength());
    }

    [MosquittoFact]
    public async Task ValuesAreTelemetry()
    {
        IMqttClient device = await DeviceAsync("clock-10");
        IMqttClient other = await DeviceAsync("clock-11");
        (_, JsonElement token) = await AdminAsync(
            HttpMethod.Post, "/api/device/register", """{"device_id":"clock-12","kind":"thing"}""");
        await SayAsync(device, "jambox/device/clock-10/telemetry", """{"data":{"temperature":20.5,"on":true}}""");
        await SayAsync(other, "/vesper/clock-11/data", """{"bell":{"rings":3}}""");
        await SayAsync(
            device, "jambox/device/clock-10/telemetry",
            $$$"""{"device_token":"{{{token.GetProperty("token")}}}","data":{"temperature":99}}""");
        await UntilAsync(() => Task.FromResult(Service<MqttRefusals>().Count == 1));
        await UntilAsync(async () => (await ValuesAsync("clock-10")) == """{"temperature":20.5,"on":true}""");
        await UntilAsync(async () => (await ValuesAsync("clock-11")) == """{"bell.rings":3}""");
    }

    [MosquittoFact]
    public async Task WhatIsNoneOfOursIsCountedAndTheNextIsTaken()
    {
        IMqttClient device = await DeviceAsync("clock-2");
        foreach ((string topic, string payload) in new[]
        {
            ("jambox/prod/heartbeat/nobody", """{"uptime":1}"""), ("jambox/prod/heartbeat/clock-2", "[]"),
            ("jambox/prod/heartbeat/clock-2", "{"),
            ("jambox/prod/event/clock-2/a.b", "{}"), ("jambox/prod/heartbeat/clock-2", """{"device_id":"clock-3"}"""),
            ($"jambox/prod/heartbeat/{Device.Id}", """{"uptime":1}"""), ("jambox/prod/ota/progress/clock-2", """{"progress":101}"""),
        })
        {
            await SayAsync(device, topic, payload);
        }

        await SayAsync(device, "jambox/prod/event/clock-2/last", "{}");
        await UntilAsync(async () => (await GetAsync("/api/devices/clock-2/events")).GetArrayLength() == 1);
        await UntilAsync(() => Task.FromResult(Service<MqttRefusals>().Count == 7));

        // Said once a minute, not seven times.
        Assert.Single(Host.Log.Text.Split('\n'), static line => line.Contains("was not taken", StringComparison.Ordinal));
    }

    [MosquittoFact]
    public async Task ARestartIsToldOnceAndInfoUntilItCame()
    {
        IMqttClient device = await DeviceAsync("clock-5", "jambox/dev/command/clock-5");
        await SayAsync(device, "jambox/dev/info/clock-5", "{}");
        await UntilAsync(async () => (await GetAsync("/api/things/clock-5")).GetProperty("environment").GetString() == "dev");
        await AdminAsync(HttpMethod.Post, "/api/things/clock-5/commands", """{"command":"restart"}""");
        Assert.Equal("""{"command":"restart"}""", await HeardAsync("jambox/dev/command/clock-5"));
        await AdminAsync(HttpMethod.Post, "/api/things/clock-5/commands", """{"command":"snapshot"}""");
        Assert.Equal("""{"command":"snapshot"}""", await HeardAsync("jambox/dev/command/clock-5"));
        await SayAsync(device, "jambox/dev/info/clock-5", "{}");
        Assert.Equal("""{"command":"snapshot"}""", await HeardAsync("jambox/dev/command/clock-5"));
        await SayAsync(device, "jambox/dev/display/snapshot/clock-5", "{}");
        await UntilAsync(async () => (await GetAsync("/api/devices/clock-5/snapshot")).GetProperty("at").ValueKind != JsonValueKind.Null);
        await SayAsync(device, "jambox/dev/info/clock-5", "{}");
        await WantAsync("clock-5", """{"v0":1}""");
        await AdminAsync(HttpMethod.Post, "/api/things/clock-5/commands", """{"command":"rollback","target_version":"1.0.0"}""");
        Assert.Equal("""{"command":"rollback","target_version":"1.0.0"}""", await HeardAsync("jambox/dev/command/clock-5"));
    }

    [MosquittoFact]
    public async Task AConfigurationIsSentUntilTheDeviceHasIt()
    {
        const string Topic = "jambox/dev/config/clock-13";
        int said = 0;
        IMqttClient device = await DeviceAsync("clock-13", Topic, "jambox/dev/command/clock-13");
        await InfoAsync(device, "{}");
        JsonElement thing = await ConfigureAsync("clock-13", """{ "temp_offset": -2.0, "name": "Hall" }""");
        Assert.Equal("""{"temp_offset":-2.0,"name":"Hall"}""", thing.GetProperty("wanted_config").GetRawText());
        Assert.Equal("""{"temp_offset":-2.0,"name":"Hall"}""", await HeardAsync(Topic));

        // It answers at once and has another value: it is not sent the same again and again, and is when it connects later.
        await InfoAsync(device, """{"temp_offset":0,"name":"Hall"}""");
        await BarrierAsync();
        Assert.DoesNotContain(_heard, static text => text.StartsWith(Topic, StringComparison.Ordinal));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await InfoAsync(device, """{"temp_offset":0,"name":"Hall"}""");
        await HeardAsync(Topic);

        // It has it, and more; what it computes with 32 bits is the same number.
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await InfoAsync(device, """{"temp_offset":-2.0000001,"name":"Hall","volume":3}""");
        await BarrierAsync();
        Assert.DoesNotContain(_heard, static text => text.StartsWith(Topic, StringComparison.Ordinal));

        // Another one is sent at once; what is no longer wanted is not.
        await ConfigureAsync("clock-13", """{"temp_offset":1}""");
        Assert.Equal("""{"temp_offset":1}""", await HeardAsync(Topic));
        await ConfigureAsync("clock-13", "{}");
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await InfoAsync(device, "{}");
        await BarrierAsync();
        Assert.DoesNotContain(_heard, static text => text.StartsWith(Topic, StringComparison.Ordinal));
        Assert.Equal(JsonValueKind.Null, (await GetAsync("/api/things/clock-13")).GetProperty("wanted_config").ValueKind);

        // What it says is taken in order: when the event is there, the info was.
        async Task InfoAsync(IMqttClient device, string config)
        {
            await SayAsync(device, "jambox/dev/info/clock-13", $$"""{"product":"clock","version":"1.0.0","config":{{config}}}""");
            await SayAsync(device, "jambox/dev/event/clock-13/said", "{}");
            said++;
            await UntilAsync(async () => (await GetAsync("/api/devices/clock-13/events")).GetArrayLength() == said);
        }

        async Task<JsonElement> ConfigureAsync(string id, string config)
        {
            (int status, JsonElement json) = await AdminAsync(HttpMethod.Put, $"/api/things/{id}/config", config);
            Assert.Equal(200, status);
            return json;
        }

        // Behind what was said before it, a command comes by in the same turn as a configuration would.
        async Task BarrierAsync()
        {
            await AdminAsync(HttpMethod.Post, "/api/things/clock-13/commands", """{"command":"restart"}""");
            await HeardAsync("jambox/dev/command/clock-13");
        }
    }

    [MosquittoFact]
    public async Task AVersionIsOfferedInItsEnvironmentOnly()
    {
        Assert.Equal(201, (await UploadAsync(EspImages.App(seed: 1), "v1.1.0")).Status);
        Assert.Equal(201, (await UploadAsync(EspImages.App(seed: 2), "v9.0.0", more: [("env", "dev")])).Status);
        IMqttClient device = await DeviceAsync(
            "clock-6", "jambox/prod/version/response/clock-6", "jambox/dev/version/response/clock-6", "jambox/prod/version/updates",
            "jambox/dev/version/updates");
        await SayAsync(
            device, "jambox/prod/version/request",
            """{"device_id":"clock-6","board":"ESP32-C3","version":"v1.0.0","product":"clock"}""");
        JsonElement answer = JsonElement.Parse(await HeardAsync("jambox/prod/version/response/clock-6"));
        Assert.Equal("v1.1.0 v1.0.0 True clock esp32c3 False", string.Join(' ', new[]
        {
            "latest_version", "current_version", "update_available", "product", "platform", "pinned",
        }.Select(name => answer.GetProperty(name).ToString())));
        Assert.Contains("\"update_available\":true", answer.GetRawText(), StringComparison.Ordinal);

        // A heartbeat that shows the old version is answered too, one of the new is not.
        await SayAsync(device, "jambox/prod/heartbeat/clock-6", """{"version":"v1.0.0","board":"ESP32-C3","product":"clock"}""");
        await HeardAsync("jambox/prod/version/response/clock-6");
        await SayAsync(device, "jambox/prod/heartbeat/clock-6", """{"version":"v1.1.0","board":"ESP32-C3","product":"clock"}""");
        await SayAsync(device, "jambox/dev/version/request/clock-6", """{"board":"ESP32-C3","version":"v1.1.0","product":"clock"}""");
        Assert.Contains("v9.0.0", await HeardAsync("jambox/dev/version/response/clock-6"), StringComparison.Ordinal);
        Assert.DoesNotContain(_heard, static text => text.StartsWith("jambox/prod/version/response", StringComparison.Ordinal));

        Host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            """{"product":"clock","platform":"esp32c3","latest_version":"v1.1.0"}""", await HeardAsync("jambox/prod/version/updates"));
        Assert.Equal(
            """{"product":"clock","platform":"esp32c3","latest_version":"v9.0.0"}""", await HeardAsync("jambox/dev/version/updates"));
    }

    [MosquittoFact]
    public async Task ProgressIsCreditedToTheOpenUpdateOfItsEnvironmentOnly()
    {
        IMqttClient device = await DeviceAsync("clock-7");
        await SayAsync(device, "jambox/prod/ota/start/clock-7", """{"old_version":"v1.0.0","new_version":"v1.1.0"}""");
        await SayAsync(device, "jambox/prod/ota/progress/clock-7", """{"progress":30}""");
        await UpdateAsync("downloading 30 v1.1.0");

        // A stale session of another environment.
        await SayAsync(device, "jambox/dev/ota/progress/clock-7", """{"progress":90}""");
        await SayAsync(device, "jambox/dev/ota/complete/clock-7", """{"status":"success"}""");
        await SayAsync(device, "jambox/prod/ota/progress/clock-7", """{"progress":40}""");
        await UpdateAsync("downloading 40 v1.1.0");

        // Without a session: of the newest that is open; older firmware says success in another way, and errors as long as they are.
        await SayAsync(device, "jambox/prod/ota/start/clock-7", """{"old_version":"v1.0.0","new_version":"v1.2.0"}""");
        await SayAsync(device, "jambox/prod/ota/progress/clock-7", """{"progress":50}""");
        await UpdateAsync("downloading 50 v1.2.0", "failed 40 v1.1.0");
        await SayAsync(device, "jambox/prod/ota/complete/clock-7", $$"""{"success":false,"error":"{{new string('e', 300)}}"}""");
        await UpdateAsync("failed 50 v1.2.0", "failed 40 v1.1.0");
        await SayAsync(device, "jambox/prod/ota/progress/clock-7", """{"progress":99}""");
        await SayAsync(device, "jambox/prod/event/clock-7/said", "{}");
        await UntilAsync(async () => (await GetAsync("/api/devices/clock-7/events")).GetArrayLength() == 1);
        await UpdateAsync("failed 50 v1.2.0", "failed 40 v1.1.0");
    }

    [MosquittoFact]
    public async Task AHeartbeatDecidesWhatBecameOfAnUpdate()
    {
        IMqttClient device = await DeviceAsync("clock-8");
        await SayAsync(device, "jambox/prod/ota/start/clock-8", """{"old_version":"v1.0.0","new_version":"v1.1.0"}""");
        await UpdateAsync("started 0 v1.1.0");
        await SayAsync(device, "jambox/prod/heartbeat/clock-8", """{"version":"v1.1.0"}""");
        await UpdateAsync("success 100 v1.1.0");
        await SayAsync(device, "jambox/prod/ota/start/clock-8", """{"old_version":"v1.1.0","new_version":"v1.2.0"}""");
        await UpdateAsync("started 0 v1.2.0", "success 100 v1.1.0");
        Host.Clock.Advance(TimeSpan.FromMinutes(5));
        await SayAsync(device, "jambox/prod/heartbeat/clock-8", """{"version":"v1.1.0"}""");
        await UpdateAsync("failed 0 v1.2.0", "success 100 v1.1.0");
    }

    [MosquittoFact]
    public async Task WhoIsPinnedIsOfferedThatVersionOnly()
    {
        Assert.Equal(201, (await UploadAsync(EspImages.App(seed: 1), "v1.1.0")).Status);
        Assert.Equal(201, (await UploadAsync(EspImages.App(seed: 2), "v1.2.0")).Status);
        IMqttClient device = await DeviceAsync("clock-15", "jambox/prod/version/response/clock-15");
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, "/api/devices/clock-15/pin-version", """{"version":"v1.1.0"}""")).Status);
        foreach ((string runs, bool isAvailable) in new[] { ("v1.0.0", true), ("v1.1.0", false), ("v1.2.0", true) })
        {
            await SayAsync(
                device, "jambox/prod/version/request/clock-15", $$"""{"board":"ESP32-C3","version":"{{runs}}","product":"clock"}""");
            JsonElement answer = JsonElement.Parse(await HeardAsync("jambox/prod/version/response/clock-15"));
            Assert.Equal(
                $"v1.1.0 {isAvailable} True",
                $"{answer.GetProperty("latest_version")} {answer.GetProperty("update_available")} {answer.GetProperty("pinned")}");
        }
    }

    /// <summary>Old firmware looks for the words of commands anywhere in a text: they are written so that it finds none.</summary>
    [MosquittoFact]
    public async Task WhatWouldBeTakenForACommandIsSaidInOtherLetters()
    {
        await DeviceAsync("clock-16", "jambox/device/clock-16/commands", "/vesper/clock-16/control");
        await WantAsync("clock-16", """{"message":"Restart at noon"}""");
        foreach ((string topic, string member) in new[]
        {
            ("/vesper/clock-16/control", "message"), ("jambox/device/clock-16/commands", "state"),
        })
        {
            string said = await HeardAsync(topic);
            Assert.DoesNotContain("restart", said, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("Restart at noon", JsonElement.Parse(said).GetProperty(member).GetString());
        }
    }

    protected async Task WantAsync(string id, string state) =>
        Assert.Equal(200, (await AdminAsync(HttpMethod.Put, $"/api/devices/{id}/state", state)).Status);

    protected virtual Task StartBrokerAsync() => Task.CompletedTask;

    protected virtual void EndBroker()
    {
    }

    private async Task<string> ValuesAsync(string id) => (await GetAsync($"/api/things/{id}")).GetProperty("values").GetRawText();

    protected T Service<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    /// <summary>A registered thing that is connected, and hears what it subscribes to; the backend listens too.</summary>
    protected async Task<IMqttClient> DeviceAsync(string id, params string[] filters)
    {
        (int status, JsonElement registered) = await AdminAsync(
            HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}","kind":"thing"}""");
        Assert.Equal(201, status);
        _tokens[id] = registered.GetProperty("token").GetString()!;
        await UntilAsync(() => Task.FromResult(IsListening));
        IMqttClient client = await ConnectAsync(id);
        foreach (string filter in filters)
        {
            await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        }

        return client;
    }

    protected async Task<IMqttClient> ConnectAsync(
        string id, Func<MqttClientOptionsBuilder, MqttClientOptionsBuilder>? more = null)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        client.ApplicationMessageReceivedAsync += args =>
        {
            _heard.Enqueue($"{args.ApplicationMessage.Topic} {args.ApplicationMessage.ConvertPayloadToString()}");
            return Task.CompletedTask;
        };
        MqttClientOptionsBuilder options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Port).WithClientId(id)
            .WithCredentials(id, _tokens[id]).WithTimeout(TimeSpan.FromSeconds(120));
        await client.ConnectAsync((more?.Invoke(options) ?? options).Build());
        return client;
    }

    protected static async Task SayAsync(IMqttClient device, string topic, string payload) =>
        await device.PublishStringAsync(topic, payload, MqttQualityOfServiceLevel.AtLeastOnce);

    /// <summary>The next that comes by a topic; it is heard once.</summary>
    protected async Task<string> HeardAsync(string topic)
    {
        string? found = null;
        await UntilAsync(() =>
        {
            List<string> others = [];
            while (found is null && _heard.TryDequeue(out string? text))
            {
                if (text.StartsWith($"{topic} ", StringComparison.Ordinal))
                {
                    found = text[(topic.Length + 1)..];
                }
                else
                {
                    others.Add(text);
                }
            }

            others.ForEach(_heard.Enqueue);
            return Task.FromResult(found is not null);
        });
        return found!;
    }

    private Task UpdateAsync(params string[] expected) => UntilAsync(async () =>
        (await GetAsync("/api/ota-logs")).EnumerateArray()
            .Select(one => $"{one.GetProperty("status")} {one.GetProperty("progress")} {one.GetProperty("new_version")}")
            .SequenceEqual(expected));

    protected static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(10))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), "It did not come within 120 s.");
        }
    }
}

/// <summary>Through the broker in the backend.</summary>
public abstract class EmbeddedDeviceWordTests(BackendHost shared)
    : DeviceWordTests(shared, "--Mqtt:Listen=127.0.0.1:0", "--Mqtt:MessagesPerMinute=1000000")
{
    protected override int Port => Service<EmbeddedBroker>().EndPoints[0].Port;

    protected override bool IsListening => true;

    /// <summary>The topic names no device; the payload must not name another one than who is connected.</summary>
    [Fact]
    public async Task WhoAsksInAnothersNameIsNotAnswered()
    {
        IMqttClient other = await DeviceAsync("clock-17", "jambox/prod/version/response/clock-17");
        IMqttClient device = await DeviceAsync("clock-18", "jambox/prod/version/response/clock-18");
        const string Body = ""","board":"ESP32-C3","version":"v1.0.0","product":"clock"}""";
        await SayAsync(device, "jambox/prod/version/request", """{"device_id":"clock-17" """ + Body);
        await SayAsync(device, "jambox/prod/version/request", """{"device_id":"clock-18" """ + Body);
        await HeardAsync("jambox/prod/version/response/clock-18");
        Assert.Equal(1, Service<MqttRefusals>().Count);
        await SayAsync(other, "jambox/prod/version/request", """{"device_id":"clock-17" """ + Body.Replace("1.0.0", "2.0.0"));
        Assert.Contains("v2.0.0", await HeardAsync("jambox/prod/version/response/clock-17"), StringComparison.Ordinal);
    }
}
