using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Wire;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Faults;

/// <summary>The predecessor's faults of limits, storage and security, by their numbers. The limits are those of docs/wire.md.</summary>
public abstract class ServerFaultTests(BackendHost shared) : HostedTest(
    shared, "--RateLimits:FailedPerMinute=60", "--RateLimits:DevicePerHour=60", "--RateLimits:GeolocationPerHour=10",
    "--RateLimits:AdminPerMinute=600")
{
    [Fact]
    public async Task Fault12_AStrangerCannotSilenceADevice()
    {
        byte[] claim = Encoding.ASCII.GetBytes($$"""{"d":"{{Device.Id}}"}""");
        for (int i = 0; i < 60; i++)
        {
            DeviceResponseTests.Refused(401, await Host.RawAsync(BackendHost.DeviceRequest("/api/heartbeat", "wrong", claim)));
        }

        RawAnswer limited = await Host.RawAsync(BackendHost.DeviceRequest("/api/heartbeat", "wrong", claim));
        DeviceResponseTests.Refused(429, limited);
        Assert.Contains("Retry-After: 60", limited.Head, StringComparison.Ordinal);
        Assert.Equal(200, (await HeartbeatAsync()).Status);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        DeviceResponseTests.Refused(401, await Host.RawAsync(BackendHost.DeviceRequest("/api/heartbeat", "wrong", claim)));
    }

    [Fact]
    public async Task Fault13_ABootLoopMaySpeak60TimesAnHourAndEachDeviceForItself()
    {
        for (int i = 0; i < 60; i++)
        {
            Assert.Equal(200, (await HeartbeatAsync()).Status);
        }

        // 2001 s and 2010 s before the end of the window: neither may stand in the answer.
        foreach (int second in new[] { 3600 - 2001, 3600 - 2010, 3600 - 200, 3600 - 1201 })
        {
            Host.Clock.Set(ManualClock.Start.AddSeconds(second));
            DeviceResponseTests.Refused(429, await HeartbeatAsync());
        }

        TestDevice other = await Host.RegisterAsync();
        Assert.Equal(200, (await other.PostAsync("/api/heartbeat", $$"""{"d":"{{other.Id}}"}""")).Status);
        Assert.Equal(200, (await DeviceGetAsync($"/api/config/{Device.Id}")).Status);
        Assert.Equal(201, (await ReadingAsync(1)).Status);
    }

    [Fact]
    public async Task Fault14_LimitsAndBurstsSurviveARestart()
    {
        for (int i = 0; i < 30; i++)
        {
            await HeartbeatAsync();
            await ReadingAsync(i);
        }

        await Host.RestartAsync();
        for (int i = 30; i < 60; i++)
        {
            Assert.Equal(200, (await HeartbeatAsync()).Status);
            await ReadingAsync(i);
        }

        DeviceResponseTests.Refused(429, await HeartbeatAsync());
        Assert.Equal("Burst: 51 requests in 60s", (await DeviceRowAsync()).GetProperty("anomaly_reason").GetString());
    }

    [Fact]
    public async Task Fault15_OnceFlaggedADeviceCostsNothingMoreAndQueuedReadingsDoNotCount()
    {
        for (int i = 0; i < 60; i++)
        {
            await ReadingAsync(i, ",\"cd\":5,\"age\":300");
        }

        Assert.Equal(0, (await DeviceRowAsync()).GetProperty("anomalous").GetInt32());
        for (int i = 60; i < 130; i++)
        {
            Host.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await ReadingAsync(i);
        }

        JsonElement row = await DeviceRowAsync();
        Assert.Equal("Burst: 51 requests in 60s", row.GetProperty("anomaly_reason").GetString());
        Assert.Equal("2026-01-29T10:00:25.5Z", row.GetProperty("anomaly_detected_at").GetString());
        Assert.Single(await Host.ListAsync("/api/alerts"));
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/clear-anomaly")).Status);
        Assert.Empty(await Host.ListAsync("/api/alerts?open=true"));
    }

    [Fact]
    public async Task Fault16_ReadingsShareACommitAndReadersDoNotWait()
    {
        Store store = Host.Services.GetRequiredService<Store>();
        using ManualResetEventSlim go = new();
        Task<bool> blocker = store.WriteAsync(go, static (_, go) => go.Wait(TimeSpan.FromSeconds(120)));
        Task<RawAnswer>[] readings = [.. Enumerable.Range(0, 40).Select(n => ReadingAsync(n))];
        while (store.QueueDepth < 40)
        {
            await Task.Delay(5);
        }

        Assert.Equal(200, (int)(await Host.Http.GetAsync("/ready")).StatusCode);
        double before = await CommitsAsync();
        go.Set();
        Assert.True(await blocker);
        Assert.All(await Task.WhenAll(readings), static answer => Assert.Equal(201, answer.Status));
        Assert.InRange(await CommitsAsync() - before, 1, 3);
    }

    [Fact]
    public async Task Fault17_KeysHaveRolesAndPlacesAndChangesHaveNames()
    {
        long place = (await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"location_name":"Shop A"}""")).Json
            .GetProperty("place_id").GetInt64();
        TestDevice elsewhere = await Host.RegisterAsync();
        string viewer = await NewKeyAsync($$"""{"name":"anna","role":"viewer","places":[{{place}}]}""");
        string operatorKey = await NewKeyAsync("""{"name":"otto","role":"operator"}""");

        Assert.Equal(
            Device.Id,
            (await AdminAsync(HttpMethod.Get, "/api/devices", key: viewer)).Json.EnumerateArray().Single().GetProperty("device_id")
                .GetString());
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/device/{elsewhere.Id}", key: viewer)).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/summary?device={elsewhere.Id}", key: viewer)).Status);
        await ReadingAsync(1, device: elsewhere);
        Assert.Empty((await AdminAsync(HttpMethod.Get, "/api/readings", key: viewer)).Json.EnumerateArray());
        Assert.Equal(
            403, (await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"reboot"}""", viewer)).Status);
        Assert.Equal(
            200, (await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"reboot"}""", operatorKey)).Status);
        Assert.Equal(403, (await AdminAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"JBNB5555"}""", operatorKey)).Status);

        JsonElement line = (await GetAsync($"/api/audit?target={Device.Id}")).EnumerateArray().First();
        Assert.Equal("otto device.command reboot", $"{line.GetProperty("who")} {line.GetProperty("action")} {line.GetProperty("after")}");
        Assert.Equal(204, (await AdminAsync(HttpMethod.Delete, "/api/keys/otto")).Status);
        Assert.Equal(401, (await AdminAsync(HttpMethod.Get, "/api/devices", key: operatorKey)).Status);
        Assert.DoesNotContain(viewer, (await GetAsync("/api/keys")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fault17_AnAdminKeyMayAsk600TimesAMinute()
    {
        string key = await NewKeyAsync("""{"name":"busy","role":"viewer"}""");
        for (int i = 0; i < 600; i++)
        {
            Assert.Equal(200, (await AdminAsync(HttpMethod.Get, "/api/keys/../devices?limit=1", key: key)).Status);
        }

        Assert.Equal(429, (await AdminAsync(HttpMethod.Get, "/api/devices", key: key)).Status);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Get, "/api/devices")).Status);
    }

    [Fact]
    public async Task Fault18_TokensCanBeRenewedWithoutLockingOutAndNoSecretIsLogged()
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/regenerate-token");
        Assert.Equal(200, status);
        TestDevice renewed = Device with { Token = json.GetProperty("token").GetString()! };
        Assert.Equal(201, (await ReadingAsync(1)).Status);
        Assert.Equal(201, (await ReadingAsync(2)).Status);
        Assert.Equal(201, (await ReadingAsync(3, device: renewed)).Status);
        DeviceResponseTests.Refused(401, await ReadingAsync(4));
        Assert.Equal(201, (await ReadingAsync(5, device: renewed)).Status);
        Assert.All(
            [Device.Token, renewed.Token, BackendHost.AdminKey],
            secret => Assert.DoesNotContain(secret, Host.Log.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fault19_APinIsHashedListedNowhereAndTriedFiveTimes()
    {
        Assert.Equal(400, (await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/pin", """{"pin":"12a4"}""")).Status);
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/pin", """{"pin":"4711"}""");
        Assert.Equal(200, status);
        Assert.True(json.GetProperty("success").GetBoolean());
        Assert.DoesNotContain(
            "4711", (await GetAsync("/api/devices")).GetRawText() + (await GetAsync("/api/audit")).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(200, await ActivateAsync("4711"));
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(403, await ActivateAsync($"000{i}"));
        }

        Assert.Equal(429, await ActivateAsync("4711"));
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(200, await ActivateAsync("4711"));
        Assert.Equal("My shop", (await DeviceRowAsync()).GetProperty("location_name").GetString());
    }

    [Fact]
    public async Task Fault20_GeolocationIsAskedAtOnceAndAManualPlaceWins()
    {
        using FakeServer provider = new("""{"location":{"lat":52.5,"lng":13.4},"timeZoneId":"Europe/Berlin"}""");
        await using BackendHost host = Host.Another(
            $"--Geolocation:Key=secret-of-geo", $"--Geolocation:Endpoint={provider.Address}", $"--Geolocation:TimeZoneEndpoint={provider.Address}");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        string body = $$"""{"d":"{{device.Id}}","wifi":[{"bssid":"AA:BB:CC:00:11:22","rssi":-50,"ch":6}]}""";
        Assert.Equal(
            """{"status":"ok","lat":52.5,"lng":13.4,"timezone":"Europe/Berlin"}""",
            (await device.PostAsync("/api/geolocation", body)).Body);
        Assert.Contains("\"considerIp\":false", provider.Requests.First(), StringComparison.Ordinal);
        JsonElement row = (await host.ListAsync("/api/devices")).Single();
        Assert.Equal(
            "52.5 Europe/Berlin geolocation", $"{row.GetProperty("latitude")} {row.GetProperty("timezone")} {row.GetProperty("location_source")}");

        using HttpResponseMessage manual = await host.AdminAsync(
            HttpMethod.Put, $"/api/device/{device.Id}/location", """{"latitude":1,"longitude":2,"timezone":"UTC"}""");
        await device.PostAsync("/api/geolocation", body);
        await TickAsync(host);
        Assert.Equal("1", (await host.ListAsync("/api/devices")).Single().GetProperty("latitude").ToString());
        Assert.DoesNotContain("secret-of-geo", host.Log.Text, StringComparison.Ordinal);
        DeviceResponseTests.Refused(400, await device.PostAsync("/api/geolocation", $$"""{"d":"{{device.Id}}","wifi":[]}"""));
        Assert.Equal(
            200, (await Device.PostAsync("/api/geolocation", body.Replace(device.Id, Device.Id, StringComparison.Ordinal))).Status);
    }

    [Fact]
    public async Task Fault24_ListsAreBoundedAndOldRowsGo()
    {
        await using BackendHost host = Host.Another("--Retention:ReadingsDays=10", "--Retention:HeartbeatsDays=10");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await device.ReadingAsync("\"t\":1769680799,\"ts\":1,\"b\":1,\"n\":1");
        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        Assert.Equal(400, (int)(await host.AdminAsync(HttpMethod.Get, "/api/heartbeats?limit=-1")).StatusCode);
        host.Clock.Advance(TimeSpan.FromDays(11));
        await device.ReadingAsync("\"t\":1770631199,\"ts\":1,\"b\":1,\"n\":2");
        await host.Services.GetRequiredService<JobRunner>().IdleAsync();
        Assert.Equal(200, (int)(await host.AdminAsync(HttpMethod.Post, "/api/admin/maintenance")).StatusCode);
        Assert.Single(await device.StoredAsync());
        Assert.Empty(await host.ListAsync("/api/heartbeats"));
        using JsonDocument stats = JsonDocument.Parse(
            await (await host.AdminAsync(HttpMethod.Get, "/api/stats")).Content.ReadAsStringAsync());
        Assert.Equal(2, stats.RootElement.GetProperty("total_readings").GetInt32());
    }

    [Fact]
    public async Task Fault25_HealthSaysItsVersionAndReadyAsksTheStorage()
    {
        Assert.Contains("\"version\":\"1.", await Host.Http.GetStringAsync("/health"), StringComparison.Ordinal);
        Assert.Contains("\"ready\"", await Host.Http.GetStringAsync("/ready"), StringComparison.Ordinal);
        string metrics = await Host.Http.GetStringAsync("/metrics");
        Assert.All(
            ["jambox_commit_seconds_count", "jambox_write_queue_depth{} 0", "jambox_devices{state=\"new\"} 1"],
            line => Assert.Contains(line, metrics, StringComparison.Ordinal));
    }

    internal static async Task TickAsync(BackendHost host)
    {
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        await host.Services.GetRequiredService<JobRunner>().IdleAsync();
    }

    private async Task<int> ActivateAsync(string pin)
    {
        using StringContent body = new(
            $$"""{"pin":"{{pin}}","location_name":"My shop","timezone":"Europe/Berlin"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.PostAsync(new Uri($"/api/activate/{Device.Id}", UriKind.Relative), body);
        return (int)answer.StatusCode;
    }

    private async Task<string> NewKeyAsync(string body)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, "/api/keys", body);
        Assert.Equal(201, status);
        return json.GetProperty("key").GetString()!;
    }

    private async Task<double> CommitsAsync()
    {
        string line = (await Host.Http.GetStringAsync("/metrics")).Split('\n').Single(
            static line => line.StartsWith("jambox_commit_seconds_count", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1]);
    }
}
