using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Devices;

/// <summary>POST /api/heartbeat. The exact answer is in DeviceResponseTests.</summary>
public abstract class HeartbeatTests(BackendHost host)
{
    [Fact]
    public async Task EveryFieldIsStored()
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.PostAsync("/api/heartbeat",
            $$"""{"d":"{{device.Id}}","v":"6.0.0","uptime":0,"cell_rssi":-87,"bat":55,"b":4294967295,"cv":3,"hf":91000,"rr":5,"ob":"rolled_back:boots","hw":"atoms3-nb1","bf":"i2c","hc":{"lr":2,"br":1000000},"ack":1,"ar":"ok"}""");
        Assert.Equal(200, answer.Status);
        string row = host.Services.GetRequiredService<Store>().Read(device.Id, static (session, id) =>
        {
            using SqlStatement row = session.Query("""
                SELECT firmware_version, uptime_seconds, signal_dbm, battery_pct, b, cv, hf, rr, ob, hw, bf, hc, ip_address, timestamp
                FROM heartbeats WHERE device_id = $1
                """, id);
            Assert.True(row.Read());
            return string.Join(' ', Enumerable.Range(0, 14).Select(column => row.Text(column)));
        });
        long now = ManualClock.Start.ToUnixTimeMilliseconds();
        Assert.Equal(
            $"6.0.0 0 -87 55 4294967295 3 91000 5 rolled_back:boots atoms3-nb1 i2c {{\"br\":1000000,\"lr\":2}} 127.0.0.1 {now}", row);
    }

    [Theory]
    [InlineData("uptime", "-1")]
    [InlineData("hf", "\"many\"")]
    [InlineData("ob", "7")]
    [InlineData("rr", "[]")]
    [InlineData("cv", "1.5")]
    [InlineData("cell_rssi", "7")]
    [InlineData("hw", "5")]
    [InlineData("bf", "{}")]
    [InlineData("bf", "\"01234567890123456789012345678901234567890123456789012345678901234\"")]
    [InlineData("hc", "[1]")]
    [InlineData("hc", "3")]
    [InlineData("hc", "{\"br\":-1}")]
    [InlineData("hc", "{\"br\":2147483648}")]
    [InlineData("hc", "{\"br\":1.5}")]
    [InlineData("hc", "{\"br\":\"1\"}")]
    [InlineData("hc", "{\"br\":{}}")]
    [InlineData("hc", "{\"br\":1,\"br\":2}")]
    [InlineData("hc", "{\"\":1}")]
    [InlineData("hc", "{\"BR\":1}")]
    [InlineData("hc", "{\"0123456789abcdefg\":1}")]
    [InlineData("hc", "{\"<b>\":1}")]
    public async Task RangesAreChecked(string name, string bad)
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}","{{name}}":{{bad}}}""");
        Assert.Equal(400, answer.Status);
        Assert.StartsWith($$"""{"error":"{{name}}: must be """, answer.Body, StringComparison.Ordinal);
    }

    /// <summary>What newer firmware counts is kept under its own names, as many as there may be.</summary>
    [Fact]
    public async Task UnknownCountersAreKeptUpToThirtyTwo()
    {
        TestDevice device = await host.RegisterAsync();
        string counters = string.Join(',', Enumerable.Range(0, 32).Select(i => $"\"counter_{i:D8}\":{i + 1}"));
        Assert.Equal(200, (await device.PostAsync("/api/heartbeat", Body(device, counters))).Status);
        JsonElement heartbeat = await LastHeartbeatAsync(device);
        Assert.Equal(32, heartbeat.GetProperty("hc").EnumerateObject().Count());
        Assert.Equal(17, heartbeat.GetProperty("hc").GetProperty("counter_00000016").GetInt32());

        RawAnswer answer = await device.PostAsync("/api/heartbeat", Body(device, counters + ",\"one_more\":1"));
        Assert.Equal(400, answer.Status);
        Assert.StartsWith("""{"error":"hc: must be an object of at most 32 """, answer.Body, StringComparison.Ordinal);
    }

    /// <summary>The device's page and the list show what the newest heartbeat said, and nothing of it when it said nothing.</summary>
    [Fact]
    public async Task HealthIsShown()
    {
        TestDevice device = await host.RegisterAsync();
        Assert.Equal(JsonValueKind.Null, (await LastHeartbeatAsync(device)).ValueKind);
        await device.PostAsync("/api/heartbeat", Body(device, "\"lb\":3", ",\"hw\":\"atoms3-stock\",\"bf\":\"ble\""));
        JsonElement heartbeat = await LastHeartbeatAsync(device);
        Assert.Equal("atoms3-stock", heartbeat.GetProperty("hw").GetString());
        Assert.Equal("ble", heartbeat.GetProperty("bf").GetString());
        Assert.Equal(3, heartbeat.GetProperty("hc").GetProperty("lb").GetInt32());

        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}","hc":{},"bf":null}""");
        heartbeat = await LastHeartbeatAsync(device);
        Assert.Equal(JsonValueKind.Null, heartbeat.GetProperty("bf").ValueKind);
        Assert.Equal(JsonValueKind.Null, heartbeat.GetProperty("hc").ValueKind);
    }

    private static string Body(TestDevice device, string counters, string more = "") =>
        $"{{\"d\":\"{device.Id}\",\"hc\":{{{counters}}}{more}}}";

    private async Task<JsonElement> LastHeartbeatAsync(TestDevice device)
    {
        HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, $"/api/device/{device.Id}");
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("last_heartbeat").Clone();
    }
}
