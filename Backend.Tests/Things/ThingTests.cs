using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Things;

/// <summary>What things say of themselves over HTTP, what people see of it, and when they are told.</summary>
public abstract class ThingTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task AHeartbeatIsSeenWithTheNetwork()
    {
        TestDevice clock = await RegisterThingAsync("clock-1");
        Assert.Equal("never", await StatusAsync("clock-1"));
        RawAnswer answer = await clock.PostAsync(
            "/api/things/heartbeat",
            """{"uptime":3600,"rssi":-61,"free_heap":151234,"ssid":"Hall","ip":"192.168.1.20","version":"1.2.3","board":"ESP32-C3"}""");
        Assert.Equal((200, """{"status":"ok"}"""), (answer.Status, answer.Body));

        JsonElement thing = await GetAsync("/api/things/clock-1");
        Assert.Equal("online", thing.GetProperty("status").GetString());
        Assert.Equal("1.2.3", thing.GetProperty("version").GetString());
        Assert.Equal("esp32c3", thing.GetProperty("platform").GetString());
        JsonElement network = thing.GetProperty("network");
        Assert.Equal("Hall 192.168.1.20", $"{network.GetProperty("ssid")} {network.GetProperty("ip")}");
        Assert.Equal(
            "-61 151234 3600", $"{network.GetProperty("rssi")} {network.GetProperty("free_heap")} {network.GetProperty("uptime_s")}");
    }

    [Fact]
    public async Task HowItGetsToTheServerIsToldToWhoSetsItUp()
    {
        await RegisterThingAsync("clock-door");
        JsonElement way = await GetAsync("/api/things/clock-door/connection");
        Assert.Equal("clock-door", way.GetProperty("device_id").GetString());
        Assert.Equal(JsonValueKind.Null, way.GetProperty("mqtt").ValueKind);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, "/api/things/nobody/connection")).Status);
    }

    [Fact]
    public async Task TheHeartbeatOfBoxesCountsForThingsToo()
    {
        TestDevice clock = await RegisterThingAsync("clock-2");
        Assert.Equal(200, (await clock.PostAsync("/api/heartbeat", """{"d":"clock-2","v":"1.0.0","uptime":5,"hf":41200}""")).Status);
        JsonElement thing = await GetAsync("/api/things/clock-2");
        Assert.Equal("online 41200", $"{thing.GetProperty("status")} {thing.GetProperty("network").GetProperty("free_heap")}");

        // And a box is none.
        await HeartbeatAsync();
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/things/{Device.Id}")).Status);
        Assert.DoesNotContain(await ListAsync(""), id => id == Device.Id);
    }

    [Fact]
    public async Task SilenceIsToldOnceAndItsEndToo()
    {
        TestDevice clock = await RegisterThingAsync("clock-3");
        await BeatAsync(clock);
        await LookAsync();
        Host.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(10));
        await LookAsync();

        // Fifteen heartbeats are missing, but it may come back.
        Assert.Equal("degraded", await StatusAsync("clock-3"));
        Assert.Equal([], await AlertsAsync("clock-3", open: false));
        await LookAsync();
        Assert.Equal("offline", await StatusAsync("clock-3"));
        Assert.Equal(["offline"], await AlertsAsync("clock-3", open: true));
        await BeatAsync(clock);
        await LookAsync();
        Assert.Equal([], await AlertsAsync("clock-3", open: true));
        Assert.Equal(["offline"], await AlertsAsync("clock-3", open: false));
    }

    [Fact]
    public async Task HeartbeatsThatAreLostMakeItDegraded()
    {
        TestDevice clock = await RegisterThingAsync("clock-4");
        for (int minute = 0; minute < 60; minute++)
        {
            // One of four is lost.
            if (minute % 4 != 3)
            {
                await BeatAsync(clock);
            }

            Host.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("degraded", await StatusAsync("clock-4"));
        for (int minute = 0; minute < 20; minute++)
        {
            await BeatAsync(clock);
            Host.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("online", await StatusAsync("clock-4"));
    }

    [Fact]
    public async Task WhatItTellsOfItselfIsKept()
    {
        TestDevice clock = await RegisterThingAsync("clock-5");
        await OkAsync(clock, "/api/things/info", """
            {"product":"clock","board":"ESP32-C3","version":"1.2.3","environment":"dev","config":{"temp_offset":-2.0},
            "supported_commands":["restart","snapshot"],"timestamp":17}
            """);
        JsonElement thing = await GetAsync("/api/things/clock-5");
        Assert.Equal("dev clock", $"{thing.GetProperty("environment")} {thing.GetProperty("product")}");
        Assert.Equal("""{"temp_offset":-2.0}""", thing.GetProperty("config").GetRawText());
        Assert.Equal("""["restart","snapshot"]""", thing.GetProperty("supported_commands").GetRawText());
        foreach (string broken in new[]
        {
            "[]", """{"environment":"Dev Ops"}""", """{"config":[1]}""", """{"supported_commands":["two words"]}""",
            """{"device_id":"clock-6"}""", """{"config":{"a":"\u0000"}}""", "{",
        })
        {
            Assert.Equal(400, (await clock.PostAsync("/api/things/info", broken)).Status);
        }

        Assert.Equal("dev", (await GetAsync("/api/things/clock-5")).GetProperty("environment").GetString());
    }

    [Fact]
    public async Task AConfigurationIsWantedByOperatorsInPlainValues()
    {
        await RegisterThingAsync("clock-8");
        const string Path = "/api/things/clock-8/config";
        (int status, JsonElement thing) = await AdminAsync(HttpMethod.Put, Path, """{ "temp_offset" : -2.0, "on": true, "name":"Hall" }""");
        Assert.Equal(200, status);
        Assert.Equal("""{"temp_offset":-2.0,"on":true,"name":"Hall"}""", thing.GetProperty("wanted_config").GetRawText());
        Assert.Equal(JsonValueKind.Null, thing.GetProperty("config").ValueKind);
        Assert.Equal(thing.GetRawText(), (await GetAsync("/api/things/clock-8")).GetRawText());
        foreach ((string body, string fault) in new[]
        {
            ("[]", "A configuration must be one JSON object"), ("{", "A configuration must be one JSON object"),
            ("""{"a":{"b":1}}""", "a: must be a number, a boolean or a text"), ("""{"a":null}""", "a: must be a number"),
            ("""{"a b":1}""", "Names must be 1 to 40"), ("""{"a":1,"a":2}""", "a: is there twice"), ("""{"a":1e999}""", "a: is too large"),
            ("""{"a":"then Restart"}""", "a: must not contain restart"), ("""{"rollback":1}""", "rollback: must not contain rollback"),
            ($$"""{"a":"{{new string('x', 257)}}"}""", "a: must have at most 256 characters"),
            ("""{"a":"\u0000"}""", "A configuration must"),
            ("{" + string.Join(',', Enumerable.Range(0, 65).Select(static n => $"\"k{n}\":1")) + "}", "A configuration must be"),
            ("{" + string.Join(',', Enumerable.Range(0, 20).Select(static n => $"\"k{n}\":\"{new string('x', 250)}\"")) + "}",
                "A configuration must be one JSON object of at most 4096 bytes"),
        })
        {
            (int refused, JsonElement json) = await AdminAsync(HttpMethod.Put, Path, body);
            Assert.Equal(400, refused);
            Assert.StartsWith(fault, json.GetProperty("error").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal("Hall", (await GetAsync("/api/things/clock-8")).GetProperty("wanted_config").GetProperty("name").GetString());
        Assert.Equal(404, (await AdminAsync(HttpMethod.Put, $"/api/things/{Device.Id}/config", "{}")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Put, "/api/things/nobody/config", "{}")).Status);
        JsonElement line = (await GetAsync("/api/audit?target=clock-8")).EnumerateArray().First(
            static one => one.GetProperty("action").GetString() == "device.config");
        Assert.Equal("""{"temp_offset":-2.0,"on":true,"name":"Hall"}""", line.GetProperty("after").GetString());
    }

    [Fact]
    public async Task EventsAreListedByTypeNewestFirst()
    {
        TestDevice bell = await RegisterThingAsync("bell-1");
        await OkAsync(bell, "/api/things/events/door", """{"open":true}""");
        await OkAsync(bell, "/api/things/events/ring", """{"n":1}""");
        await OkAsync(bell, "/api/things/events/door", """{"open":false}""");
        JsonElement all = await GetAsync("/api/devices/bell-1/events");
        Assert.Equal(
            ["door {\"open\":false}", "ring {\"n\":1}", "door {\"open\":true}"],
            all.EnumerateArray().Select(one => $"{one.GetProperty("type")} {one.GetProperty("data").GetRawText()}"));
        Assert.Equal(2, (await GetAsync("/api/devices/bell-1/events?type=door")).GetArrayLength());
        Assert.Equal(1, (await GetAsync("/api/devices/bell-1/events?type=door&limit=1")).GetArrayLength());
        Assert.Equal(400, (await bell.PostAsync("/api/things/events/ring", $$"""{"long":"{{new string('x', 4096)}}"}""")).Status);
        Assert.Equal(400, (await bell.PostAsync("/api/things/events/a.b", "{}")).Status);
        Assert.Equal(400, (await bell.PostAsync("/api/things/events/ring", "[]")).Status);
    }

    [Fact]
    public async Task TheNewestSnapshotIsShown()
    {
        TestDevice clock = await RegisterThingAsync("clock-7");
        Assert.Equal("""{"at":null,"snapshot":null}""", (await GetAsync("/api/devices/clock-7/snapshot")).GetRawText());
        await OkAsync(clock, "/api/things/snapshot", """{"rows":[{"width":8,"text":"12:00"}]}""");
        await OkAsync(clock, "/api/things/snapshot", $$"""{"rows":[{"pixels":"{{new string('A', 50_000)}}"}]}""");
        Assert.Equal(
            50_000,
            (await GetAsync("/api/devices/clock-7/snapshot")).GetProperty("snapshot").GetProperty("rows")[0].GetProperty("pixels")
                .GetString()!.Length);
        Assert.Equal(413, (await clock.PostAsync("/api/things/snapshot", $$"""{"a":"{{new string('A', 66_000)}}"}""")).Status);
    }

    [Fact]
    public async Task ListsAreFilteredAndPaged()
    {
        await BeatAsync(await RegisterThingAsync("a-clock"));
        await RegisterThingAsync("b-bell");
        await BeatAsync(await RegisterThingAsync("c-clock"));
        await RegisterThingAsync("d-gateway", "gateway");
        Assert.Equal(["a-clock", "b-bell", "c-clock", "d-gateway"], await ListAsync(""));
        Assert.Equal(["d-gateway"], await ListAsync("kind=gateway"));
        Assert.Equal(["a-clock", "c-clock"], await ListAsync("status=online"));
        Assert.Equal(["b-bell", "d-gateway"], await ListAsync("status=never"));
        Assert.Equal(["a-clock", "c-clock"], await ListAsync("q=CLOCK"));
        Assert.Equal(["a-clock"], await ListAsync("q=CLOCK&limit=1"));
        Assert.Equal(["c-clock"], await ListAsync("q=CLOCK&limit=1&cursor=a-clock"));
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, "/api/things?place=99")).Status);
        Assert.Equal(400, (await AdminAsync(HttpMethod.Get, "/api/things?status=well")).Status);
    }

    [Fact]
    public async Task ANameIsGivenAndTakenAway()
    {
        await RegisterThingAsync("clock-8");
        (int status, JsonElement thing) = await AdminAsync(HttpMethod.Put, "/api/things/clock-8/name", """{"name":"Clock in the hall"}""");
        Assert.Equal((200, "Clock in the hall"), (status, thing.GetProperty("name").GetString()));
        Assert.Equal(["clock-8"], await ListAsync("q=in+the+hall"));
        await AdminAsync(HttpMethod.Put, "/api/things/clock-8/name", """{"name":""}""");
        Assert.Equal(JsonValueKind.Null, (await GetAsync("/api/things/clock-8")).GetProperty("name").ValueKind);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Put, $"/api/things/{Device.Id}/name", """{"name":"x"}""")).Status);
    }

    [Fact]
    public async Task CommandsWaitAndAreBounded()
    {
        await RegisterThingAsync("clock-9");
        Assert.Equal(202, (await CommandAsync("clock-9", """{"command":"restart"}""")).Status);
        Assert.Equal(202, (await CommandAsync("clock-9", """{"command":"rollback","target_version":"1.2.0"}""")).Status);
        Assert.Equal(400, (await CommandAsync("clock-9", """{"command":"restart","target_version":"1.2.0"}""")).Status);
        Assert.Equal(400, (await CommandAsync("clock-9", """{"command":"explode"}""")).Status);
        for (int i = 2; i < 20; i++)
        {
            Assert.Equal(202, (await CommandAsync("clock-9", """{"command":"info"}""")).Status);
        }

        Assert.Equal(409, (await CommandAsync("clock-9", """{"command":"info"}""")).Status);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(202, (await CommandAsync("clock-9", """{"command":"info"}""")).Status);
    }

    private Task<(int Status, JsonElement Json)> CommandAsync(string id, string body) =>
        AdminAsync(HttpMethod.Post, $"/api/things/{id}/commands", body);

    private async Task<TestDevice> RegisterThingAsync(string id, string kind = "thing")
    {
        (int status, JsonElement registered) = await AdminAsync(
            HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}","kind":"{{kind}}"}""");
        Assert.Equal(201, status);
        return new TestDevice(Host, id, registered.GetProperty("token").GetString()!);
    }

    private static async Task OkAsync(TestDevice device, string path, string body) =>
        Assert.Equal(200, (await device.PostAsync(path, body)).Status);

    private static Task BeatAsync(TestDevice device) => OkAsync(device, "/api/things/heartbeat", """{"uptime":60}""");

    private async Task<string> StatusAsync(string id) => (await GetAsync($"/api/things/{id}")).GetProperty("status").GetString()!;

    private async Task<IEnumerable<string>> ListAsync(string query) =>
        (await GetAsync($"/api/things?{query}")).EnumerateArray().Select(one => one.GetProperty("device_id").GetString()!);

    private async Task<IEnumerable<string>> AlertsAsync(string id, bool open) =>
        (await GetAsync($"/api/alerts?device_id={id}{(open ? "&open=true" : "")}")).EnumerateArray()
            .Select(one => one.GetProperty("alert_type").GetString()!);

    /// <summary>Five seconds later the states were looked at.</summary>
    private async Task LookAsync()
    {
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
    }
}
