using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Wire;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Faults;

/// <summary>The predecessor's faults that devices suffered from, by their numbers.</summary>
public abstract class DeviceFaultTests(BackendHost shared) : HostedTest(shared)
{
    private static readonly string[] s_thresholds =
        ["config_version", "rssi_immediate_threshold", "rssi_near_threshold", "rssi_far_threshold", "dwell_short_threshold",
            "dwell_medium_threshold", "dwell_long_threshold"];

    [Fact]
    public async Task Fault01_ConfigIsFetchedByThePathAlone()
    {
        await AdminAsync(
            HttpMethod.Put, $"/api/config/{Device.Id}",
            """{"wifi_channels":[1,2,3,4,5,6,7,8,9,10,11,12,13],"report_interval_ms":3600000,"heartbeat_interval_ms":604800000}""");
        RawAnswer answer = await DeviceGetAsync($"/api/config/{Device.Id}");
        Assert.Equal(200, answer.Status);
        Assert.InRange(answer.Length, 1, 500);
        Assert.All(s_thresholds, name => Assert.InRange(answer.Text.IndexOf($"\"{name}\":", StringComparison.Ordinal), 1, 420));
    }

    [Fact]
    public async Task Fault02_AnUpdateGoesThroughInTheFirmwaresWords()
    {
        byte[] patch = RandomNumberGenerator.GetBytes(1100);
        await UploadAsync(patch);
        RawAnswer check = await CheckAsync();
        Assert.InRange(check.Length, 1, 480);
        Assert.StartsWith(
            $"{{\"update_available\":true,\"target\":\"5.6\",\"sha256\":\"{Convert.ToHexStringLower(SHA256.HashData(patch))}\",\"patch_size\":1100,\"chunk_count\":3,",
            check.Body, StringComparison.Ordinal);
        List<byte> received = [];
        for (int chunk = 0; chunk < 3; chunk++)
        {
            RawAnswer answer = await DeviceGetAsync($"/api/ota/chunk?device_id={Device.Id}&from=5.5&to=5.6&chunk={chunk}");
            Assert.InRange(answer.Length, 1, 959);
            JsonElement json = JsonElement.Parse(answer.Body);
            received.AddRange(json.GetProperty("data").GetBytesFromBase64());
            Assert.Equal(json.GetProperty("crc16").GetInt32(), json.GetProperty("crc").GetInt32());
        }

        Assert.Equal(patch, received);
        Assert.Equal(0x29B1, Crc16.Of("123456789"u8));
        Assert.Equal(200, (await CompleteAsync("success")).Status);
        Assert.Equal("5.6", (await DeviceRowAsync()).GetProperty("firmware_version").GetString());
    }

    [Fact]
    public async Task Fault03_TheFirstChangeRaisesTheVersion()
    {
        Assert.Contains("\"config_version\":1", (await HeartbeatAsync()).Body, StringComparison.Ordinal);
        await AdminAsync(HttpMethod.Put, $"/api/config/{Device.Id}", """{"rssi_near_threshold":-60}""");
        Assert.Contains("\"config_version\":2", (await HeartbeatAsync()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fault04_ADifferentLiveReadingInTheSameSlotIsKept()
    {
        foreach (int second in new[] { 10, 20 })
        {
            RawAnswer answer = await Device.ReadingAsync($"\"t\":\"2026-01-29T09:59:{second}Z\",\"ts\":1");
            Assert.DoesNotContain("duplicate", answer.Body, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await Device.StoredAsync()).Length);
    }

    [Fact]
    public async Task Fault05_ReportsOfOneMinuteAreAllKeptAndSummed()
    {
        (int status, _) = await AdminAsync(HttpMethod.Put, $"/api/config/{Device.Id}", """{"report_interval_ms":60000}""");
        Assert.Equal(200, status);
        for (int n = 0; n < 5; n++)
        {
            Host.Clock.Advance(TimeSpan.FromMinutes(1));
            await ReadingAsync(n, ",\"iv\":60,\"ls\":58");
        }

        JsonElement figures = (await GetAsync($"/api/summary?device={Device.Id}")).GetProperty("figures");
        Assert.Equal(50, figures.GetProperty("total_impressions").GetInt32());
    }

    [Fact]
    public async Task Fault06_ADelayAcrossASlotStoresNothingTwiceAndShiftsNothing()
    {
        await Device.ReadingAsync("\"t\":\"2026-01-29T09:59:50Z\",\"ts\":1");
        Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Contains(
            "duplicate_ignored", (await Device.ReadingAsync("\"t\":\"2026-01-29T09:59:50Z\",\"ts\":1,\"age\":200")).Body,
            StringComparison.Ordinal);
        Assert.Equal("2026-01-29T09:55:00Z", Assert.Single(await Device.StoredAsync()).GetProperty("period_start_ts").GetString());
    }

    [Fact]
    public async Task Fault07_ACommandIsRepeatedUntilItIsAcknowledgedAndNoneIsOverwritten()
    {
        int first = await QueueAsync("""{"command":"reboot"}""");
        int second = await QueueAsync("""{"command":"set_interval","arg":60000}""");
        for (int n = 0; n < 3; n++)
        {
            Assert.Contains($"\"command\":\"reboot\",\"cid\":{first}", (await ReadingAsync(n)).Body, StringComparison.Ordinal);
        }

        Assert.Contains(
            $"\"command\":\"set_interval\",\"arg\":60000,\"cid\":{second}",
            (await ReadingAsync(3, $",\"ack\":{first},\"ar\":\"ok\"")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "command", (await HeartbeatAsync($",\"b\":1,\"ack\":{second},\"ar\":\"failed\"")).Body, StringComparison.Ordinal);
        JsonElement[] history = await Host.ListAsync($"/api/device/{Device.Id}/commands");
        Assert.Equal(
            ["done failed", "done ok"],
            history.Select(static row => $"{row.GetProperty("state").GetString()} {row.GetProperty("result").GetString()}"));
        Assert.Equal(
            60000, (await GetAsync($"/api/device/{Device.Id}/config")).GetProperty("wanted").GetProperty("report_interval_ms").GetInt32());
    }

    [Fact]
    public async Task Fault07_AnOldBoxGetsEachCommandOnceAndNoneAfterItsTime()
    {
        await QueueAsync("""{"command":"send_now"}""");
        await QueueAsync("""{"command":"reboot"}""");
        await QueueAsync("""{"command":"geolocate"}""");
        Assert.Contains("send_now", (await HeartbeatAsync()).Body, StringComparison.Ordinal);
        Assert.Contains("reboot", (await HeartbeatAsync()).Body, StringComparison.Ordinal);
        Host.Clock.Advance(TimeSpan.FromHours(24));
        Assert.DoesNotContain("command", (await HeartbeatAsync()).Body, StringComparison.Ordinal);
        Assert.Equal("expired", (await Host.ListAsync($"/api/device/{Device.Id}/commands"))[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Fault07_TheLongestAnswerWithACommandIsWithin300Bytes()
    {
        await Host.Services.GetRequiredService<Store>().WriteAsync(Device.Id, static (session, id) =>
        {
            session.Execute("UPDATE devices SET config_version = 2147483647, has_commands = 1 WHERE device_id = $1", id);
            return session.Execute("""
                INSERT INTO commands (id, device_id, command, arg, state, queued_by, queued_at, expires_at)
                VALUES (2147483647, $1, 'set_interval', 3600000, 'queued', 'x', 0, 9999999999999)
                """, id);
        });
        await ReadingAsync(1);
        RawAnswer answer = await ReadingAsync(1);
        Assert.EndsWith(
            "\"config_version\":2147483647,\"command\":\"set_interval\",\"arg\":3600000,\"cid\":2147483647,\"note\":\"duplicate_ignored\"}",
            answer.Body, StringComparison.Ordinal);
        Assert.InRange(answer.Length, 290, 300);
    }

    [Fact]
    public async Task Fault08_FetchConfigCanBeQueued()
    {
        await QueueAsync("""{"command":"fetch_config"}""");
        Assert.Contains("\"command\":\"fetch_config\"", (await HeartbeatAsync()).Body, StringComparison.Ordinal);
        (int status, _) = await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"format"}""");
        Assert.Equal(400, status);
    }

    [Fact]
    public async Task Fault09_NobodyReadsAnothersConfigAndAChangeKeepsWhatItDoesNotName()
    {
        TestDevice other = await Host.RegisterAsync();
        DeviceResponseTests.Refused(403, await DeviceGetAsync($"/api/config/{other.Id}"));
        Assert.Equal(404, (await AdminAsync(HttpMethod.Put, "/api/config/JBNB9999", "{}")).Status);
        await AdminAsync(HttpMethod.Put, $"/api/config/{Device.Id}", """{"report_interval_ms":60000}""");
        await AdminAsync(HttpMethod.Put, $"/api/config/{Device.Id}", """{"dwell_long_threshold":20}""");
        JsonElement wanted = (await GetAsync($"/api/device/{Device.Id}/config")).GetProperty("wanted");
        Assert.Equal(
            "60000 20 3", $"{wanted.GetProperty("report_interval_ms")} {wanted.GetProperty("dwell_long_threshold")} {wanted.GetProperty("config_version")}");
    }

    [Theory]
    [InlineData("""{"wifi_channels":"abc"}""", "wifi_channels")]
    [InlineData("""{"wifi_channels":[1,14]}""", "wifi_channels")]
    [InlineData("""{"wifi_channels":[]}""", "wifi_channels")]
    [InlineData("""{"report_interval_ms":90000}""", "report_interval_ms")]
    [InlineData("""{"rssi_near_threshold":-40}""", "rssi_near_threshold")]
    [InlineData("""{"rssi_immediate_threshold":-60,"rssi_near_threshold":-50}""", "rssi_near_threshold")]
    [InlineData("""{"dwell_short_threshold":5}""", "dwell_medium_threshold")]
    [InlineData("""{"heartbeat_interval_ms":1}""", "heartbeat_interval_ms")]
    public async Task Fault10_WhatNoDeviceCouldUseIsRefusedByName(string body, string field)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Put, $"/api/config/{Device.Id}", body);
        Assert.Equal(400, status);
        Assert.StartsWith(field + ": ", json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await DeviceGetAsync($"/api/config/{Device.Id}")).Status);
    }

    [Theory]
    [InlineData("\"i\":\"many\"")]
    [InlineData("\"u\":-1")]
    [InlineData("\"age\":-5")]
    [InlineData("\"age\":1e30")]
    [InlineData("\"cell_rssi\":[]")]
    [InlineData("\"of\":1000001")]
    public async Task Fault11_ReadingsOfWrongTypeOrRangeAreRefused(string field)
    {
        DeviceResponseTests.Refused(
            400, await Device.PostAsync("/api/reading", $$"""{"d":"{{Device.Id}}","t":1769680799,"ts":1,"i":1,"u":1,{{field}}}"""));
        Assert.Empty(await Device.StoredAsync());
    }

    [Fact]
    public async Task Fault21_WhatARequestLacksIsNotForgotten()
    {
        await ReadingAsync(1, ",\"cell_rssi\":-80,\"bat\":55");
        await ReadingAsync(2, ",\"cell_rssi\":-999");
        await HeartbeatAsync();
        JsonElement row = await DeviceRowAsync();
        Assert.Equal("-80 55", $"{row.GetProperty("last_signal_dbm")} {row.GetProperty("last_battery_pct")}");
    }

    /// <summary>Its firmware has versions of its own: it is not behind boxes.</summary>
    [Fact]
    public async Task AThingIsNoBoxThatNeedsAnUpdate()
    {
        await UploadAsync(new byte[600]);
        Assert.Equal(
            201,
            (await AdminAsync(
                HttpMethod.Post, "/api/device/register", """{"device_id":"clock-1","kind":"thing","product":"clock"}""")).Status);
        JsonElement behind = (await GetAsync("/api/ota/status")).GetProperty("devices_needing_update");
        Assert.Equal(Device.Id, Assert.Single(behind.EnumerateArray()).GetProperty("device_id").GetString());
    }

    [Fact]
    public async Task Fault22_ProgressIsCreditedToTheTokensDevice()
    {
        await UploadAsync(new byte[600]);
        TestDevice other = await Host.RegisterAsync();
        DeviceResponseTests.Refused(401, await DeviceGetAsync($"/api/ota/chunk?device_id={other.Id}&from=5.5&to=5.6&chunk=0"));
        Assert.Equal(200, (await DeviceGetAsync($"/api/ota/chunk?d={Device.Id}&from=5.5&to=5.6&chunk=1")).Status);
        JsonElement progress = Assert.Single((await GetAsync("/api/ota/status")).GetProperty("update_progress").EnumerateArray());
        Assert.Equal(
            $"{Device.Id} 2 downloading", $"{progress.GetProperty("device_id")} {progress.GetProperty("chunks_received")} {progress.GetProperty("status")}");
        foreach (string query in new[]
        {
            "from=5.5&to=5.6",
            "from=5.5&to=5.6&chunk=2",
            "from=5.5&to=5.6&chunk=-1",
            "from=../../etc&to=passwd&chunk=0",
            "from=5.5&to=9&chunk=0",
        })
        {
            Assert.InRange((await DeviceGetAsync($"/api/ota/chunk?d={Device.Id}&{query}")).Status, 400, 404);
        }
    }

    [Theory]
    [InlineData("failed_verify")]
    [InlineData("success")]
    public async Task Fault23_WhatHasEndedIsNotOfferedAgainUntilAllowed(string status)
    {
        await UploadAsync(new byte[600]);
        Assert.Contains("\"update_available\":true", (await CheckAsync()).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await CompleteAsync(status)).Status);
        Assert.Contains("\"update_available\":false", (await CheckAsync()).Body, StringComparison.Ordinal);
        Assert.Equal(204, (await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/ota/allow?version=5.6")).Status);
        Assert.Contains("\"resume_from\":0", (await CheckAsync()).Body, StringComparison.Ordinal);
    }

    /// <summary>SQLite gives the id of a deleted patch again: what was kept in memory under it must not be taken for the new one.</summary>
    [Fact]
    public async Task APatchThatIsUploadedAgainIsTheOneThatIsHandedOut()
    {
        await UploadAsync([1, 2, 3]);
        Assert.Contains("\"data\":\"AQID\"", (await ChunkAsync()).Body, StringComparison.Ordinal);
        await UploadAsync([4, 5, 6]);
        Assert.Contains("\"data\":\"BAUG\"", (await ChunkAsync()).Body, StringComparison.Ordinal);
    }

    private async Task<int> QueueAsync(string body)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", body);
        Assert.Equal(200, status);
        return json.GetProperty("id").GetInt32();
    }

    private async Task UploadAsync(byte[] patch)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/ota/patch?from=5.5&to=5.6") { Content = new ByteArrayContent(patch) };
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(201, (int)answer.StatusCode);
        (int status, _) = await AdminAsync(
            HttpMethod.Post, "/api/ota/register-firmware",
            $$"""{"version":"5.6","binary_size":1000,"sha256":"{{new string('a', 64)}}","is_current":true}""");
        Assert.Equal(201, status);
    }

    private Task<RawAnswer> CheckAsync() => Device.PostAsync("/api/ota/check", $$"""{"device_id":"{{Device.Id}}","fw_version":"5.5"}""");

    private Task<RawAnswer> ChunkAsync() => DeviceGetAsync($"/api/ota/chunk?d={Device.Id}&from=5.5&to=5.6&chunk=0");

    private Task<RawAnswer> CompleteAsync(string status) =>
        Host.RawAsync(
            BackendHost.DeviceRequest(
                "/api/ota/complete", Device.Token,
                Encoding.ASCII.GetBytes($$"""{"device_id":"{{Device.Id}}","fw_version":"5.6","status":"{{status}}"}""")));
}
