using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.OldFleet;

/// <summary>
/// Every call that the old fleet, its bench and its portal made to the old backend, one after the other, and what it answered. An expected
/// answer names the members that must be there: <c>*</c> = any value. Ours may have more, and devices find <c>status</c> where it was.
/// What differs on purpose has its reason beside it.
/// </summary>
public abstract class ReplayTests(BackendHost shared) : HostedTest(shared)
{
    private const string Stranger = "0123456789012345678901234567890123456789012";

    private readonly List<string> _wrong = [];
    private int _calls;

    [Fact]
    public async Task EveryCallIsAnsweredAsBefore()
    {
        await AuthenticationAsync();
        await ReadingsAsync();
        await HeartbeatsAsync();
        await ConfigurationAsync();
        await UpdatesAsync();
        await AdminAsync();
        await PortalAsync();
        Assert.True(_wrong.Count == 0, $"{_wrong.Count} of {_calls} calls:\n{string.Join('\n', _wrong)}");
        Assert.InRange(_calls, 90, 200);
    }

    [Fact]
    public async Task TheLongestOfferFitsTheirBuffer()
    {
        const string From = "5.5.0-long-beta";
        const string To = "5.6.0-long-beta";
        string hash = new('a', 64);
        (await Host.AdminAsync(
            HttpMethod.Post, "/api/ota/register-firmware",
            $$"""{"version":"{{To}}","binary_size":8388608,"sha256":"{{hash}}","is_current":true}""")).Dispose();
        (await Host.AdminAsync(
            HttpMethod.Post, "/api/ota/register-patch",
            $$"""{"from_version":"{{From}}","to_version":"{{To}}","patch_size":8388608,"chunk_count":16384,"sha256":"{{hash}}"}""")).Dispose();
        RawAnswer offer = await Device.PostAsync("/api/ota/check", $$"""{"device_id":"{{Device.Id}}","fw_version":"{{From}}"}""");
        Assert.StartsWith(
            $$"""{"update_available":true,"target":"{{To}}","sha256":"{{hash}}","patch_size":8388608,"chunk_count":16384,""", offer.Body);

        // By then it has fetched thousands of chunks and is downloading: 4 and 4 bytes more.
        Assert.InRange(offer.Length + 8, 1, 480);
    }

    private async Task AuthenticationAsync()
    {
        string reading = Reading(1);
        await CallAsync("GET", "/health", null, null, 200, """{"service":"*","status":"ok","version":"*"}""");
        await CallAsync("POST", "/api/reading", reading, null, 401, """{"error":"Missing Authorization header"}""");
        await CallAsync("POST", "/api/reading", reading, "Basic abc", 401, """{"error":"Missing Authorization header"}""");
        await CallAsync("POST", "/api/reading", reading, Stranger, 401, """{"error":"Invalid token"}""");

        // "Device not registered" told strangers which ids exist.
        await CallAsync(
            "POST", "/api/reading", reading.Replace(Device.Id, "JBNB9999", StringComparison.Ordinal), Stranger, 401, """{"error":"*"}""");
        await CallAsync("POST", "/api/reading", """{"t":1,"i":1,"u":1}""", Device.Token, 400, """{"error":"*"}""");
        await CallAsync(
            "POST", $"/api/reading?d={Device.Id}", """{"t":1769680799,"ts":1,"i":1,"u":1}""", Device.Token, 201, """{"status":"ok"}""");
        foreach (string status in (string[])["inactive", "maintenance", "active"])
        {
            await CallAsync(
                "PUT", $"/api/device/{Device.Id}/status", $$"""{"status":"{{status}}"}""", BackendHost.AdminKey, 200,
                $$"""{"device_id":"{{Device.Id}}","new_status":"{{status}}","status":"ok"}""");
            if (status != "active")
            {
                await CallAsync("POST", "/api/reading", reading, Device.Token, 401, $$"""{"error":"Device status: {{status}}"}""");
            }
        }
    }

    private async Task ReadingsAsync()
    {
        await CallAsync("POST", "/api/reading", Reading(1), Device.Token, 201, """{"status":"ok"}""");
        await CallAsync("POST", "/api/reading", Reading(1), Device.Token, 201, """{"note":"duplicate_ignored","status":"ok"}""");
        await CallAsync("POST", "/api/reading", Reading(2, age: 300), Device.Token, 201, """{"status":"ok"}""");
        await CallAsync(
            "POST", "/api/reading",
            $$"""{"device_id":"{{Device.Id}}","timestamp":"2026-01-29T09:40:00Z","ts":1,"impressions":5,"unique_count":2,"battery_pct":90,"firmware_version":"5.5","other_count":1,"sig":-80,"ble_impressions":3,"ble_unique":2}""",
            Device.Token, 201, """{"status":"ok"}""");
        string whole = Reading(3);
        foreach (string name in (string[])["t", "i", "u"])
        {
            string without = whole.Replace($"\"{name}\":", "\"x\":", StringComparison.Ordinal);
            await CallAsync("POST", "/api/reading", without, Device.Token, 400, """{"error":"Missing required fields: t, i, u"}""");
            await CallAsync(
                "POST", "/api/reading", without.Replace("\"x\":", $"\"{name}\":null,\"y\":", StringComparison.Ordinal), Device.Token, 400,
                """{"error":"Missing required fields: t, i, u"}""");
        }

        // These were 500, and an HTML page.
        await CallAsync("POST", "/api/reading", "[1,2]", Device.Token, 400, """{"error":"*"}""");
        await CallAsync(
            "POST", "/api/reading", whole.Replace("\"i\":", "\"i\":\"many\",\"x\":", StringComparison.Ordinal), Device.Token, 400,
            """{"error":"*"}""");
        foreach (string command in (string[])["reboot", "send_now", "geolocate", "ota_check"])
        {
            await CallAsync(
                "POST", $"/api/device/{Device.Id}/command", $$"""{"command":"{{command}}"}""", BackendHost.AdminKey, 200,
                $$"""{"command":"{{command}}","device_id":"{{Device.Id}}","status":"queued"}""");
            await CallAsync("POST", "/api/reading", Reading(3), Device.Token, 201, $$"""{"status":"ok","command":"{{command}}"}""");
        }
    }

    private async Task HeartbeatsAsync()
    {
        const string Answer = """{"config_version":1,"server_time":"*","status":"ok"}""";
        await CallAsync(
            "POST", "/api/heartbeat", $$"""{"d":"{{Device.Id}}","v":"5.5","uptime":12,"cell_rssi":-999}""", Device.Token, 200, Answer);
        await CallAsync(
            "POST", "/api/heartbeat",
            $$"""{"device_id":"{{Device.Id}}","firmware_version":"5.5","uptime_seconds":0,"signal_dbm":-80,"battery_pct":50}""",
            Device.Token, 200, Answer);
        await CallAsync("POST", "/api/heartbeat", $$"""{"d":"{{Device.Id}}","fw":"5.5","sig":-80,"bat":50}""", Device.Token, 200, Answer);
        await CallAsync(
            "POST", $"/api/device/{Device.Id}/command", """{"command":"reboot"}""", BackendHost.AdminKey, 200, """{"status":"queued"}""");
        await CallAsync(
            "POST", "/api/heartbeat", $$"""{"d":"{{Device.Id}}"}""", Device.Token, 200, """{"status":"ok","command":"reboot"}""");
        await CallAsync(
            "POST", "/api/geolocation", $$"""{"d":"{{Device.Id}}","wifi":[]}""", Device.Token, 400,
            """{"error":"No WiFi networks provided"}""");
        await CallAsync(
            "POST", "/api/geolocation", $$"""{"d":"{{Device.Id}}"}""", Device.Token, 400, """{"error":"No WiFi networks provided"}""");
        await CallAsync(
            "POST", "/api/geolocation", $$"""{"d":"{{Device.Id}}","wifi":[{"bssid":"AA:BB:CC:DD:EE:FF","rssi":-51,"ch":6}]}""",
            Device.Token, 200,
            """{"message":"Could not determine location from WiFi networks","status":"error"}""");
        using FakeServer provider = new("""{"location":{"lat":52.5,"lng":13.4},"timeZoneId":"Europe/Berlin"}""");
        await using BackendHost host = Host.Another(
            "--Geolocation:Key=k", $"--Geolocation:Endpoint={provider.Address}", $"--Geolocation:TimeZoneEndpoint={provider.Address}");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await CallAsync(
            "POST", "/api/geolocation", $$"""{"d":"{{device.Id}}","wifi":[{"bssid":"AA:BB:CC:DD:EE:FF","rssi":-51,"ch":6}]}""",
            device.Token, 200,
            """{"lat":52.5,"lng":13.4,"status":"ok","timezone":"Europe/Berlin"}""", host);
    }

    private async Task ConfigurationAsync()
    {
        string path = $"/api/config/{Device.Id}";
        string defaults = """
            {"config_version":1,"report_interval_ms":300000,"heartbeat_interval_ms":86400000,"geolocation_on_boot":true,"wifi_channels":[1,6,11],
             "rssi_immediate_threshold":-50,"rssi_near_threshold":-65,"rssi_far_threshold":-80,
             "dwell_short_threshold":1,"dwell_medium_threshold":5,"dwell_long_threshold":10,"updated_at":null}
            """;
        await CallAsync("GET", $"{path}?d={Device.Id}", null, Device.Token, 200, defaults);
        await CallAsync("GET", path, null, Device.Token, 200, defaults);

        // Any device could read any other's; an unknown one was 404.
        await CallAsync("GET", "/api/config/JBNB9999", null, Device.Token, 403, """{"error":"*"}""");
        foreach (string wrong in (string[])[
            "\"rssi_immediate_threshold\":-29", "\"rssi_immediate_threshold\":-61", "\"rssi_near_threshold\":-49", "\"rssi_near_threshold\":-76",
            "\"rssi_far_threshold\":-64", "\"rssi_far_threshold\":-91", "\"dwell_short_threshold\":0", "\"dwell_short_threshold\":6",
            "\"dwell_medium_threshold\":1", "\"dwell_medium_threshold\":16", "\"dwell_long_threshold\":4", "\"dwell_long_threshold\":31",
            "\"report_interval_ms\":59999", "\"report_interval_ms\":3600001", "\"dwell_short_threshold\":5,\"dwell_medium_threshold\":5",
            "\"rssi_near_threshold\":-65,\"rssi_far_threshold\":-65"])
        {
            await CallAsync("PUT", path, $"{{{wrong}}}", BackendHost.AdminKey, 400, """{"error":"*"}""");
        }

        // Version 1 again was what devices never noticed.
        await CallAsync(
            "PUT", path, """{"report_interval_ms":600000,"wifi_channels":[1,6]}""", BackendHost.AdminKey, 200,
            """{"config_version":2,"status":"ok","updated_at":"*"}""");
        await CallAsync("GET", path, null, Device.Token, 200, """{"config_version":2,"report_interval_ms":600000,"wifi_channels":[1,6]}""");
    }

    private async Task UpdatesAsync()
    {
        string check = $$"""{"device_id":"{{Device.Id}}","fw_version":"5.5"}""";
        await CallAsync(
            "POST", "/api/ota/check", $$"""{"device_id":"{{Device.Id}}"}""", Device.Token, 400,
            """{"error":"Missing current version (v)"}""");
        await CallAsync(
            "POST", "/api/ota/check", check, Device.Token, 200, """{"reason":"no_current_firmware","update_available":false}""");
        string hash = new('a', 64);
        await CallAsync("POST", "/api/ota/register-firmware", """{"version":"5.6"}""", BackendHost.AdminKey, 400, """{"error":"*"}""");
        await CallAsync(
            "POST", "/api/ota/register-firmware", $$"""{"version":"5.6","binary_size":1000,"sha256":"{{hash}}","is_current":true}""",
            BackendHost.AdminKey, 201, """{"is_current":true,"status":"ok","version":"5.6"}""");
        await CallAsync(
            "POST", "/api/ota/check", check, Device.Token, 200,
            """{"current":"5.5","reason":"no_patch","target":"5.6","update_available":false}""");
        await CallAsync(
            "POST", "/api/ota/check", $$"""{"d":"{{Device.Id}}","v":"5.6"}""", Device.Token, 200,
            """{"reason":"up_to_date","update_available":false}""");
        await CallAsync("POST", "/api/ota/register-patch", """{"from_version":"5.5"}""", BackendHost.AdminKey, 400, """{"error":"*"}""");
        await CallAsync(
            "POST", "/api/ota/register-patch",
            $$"""{"from_version":"5.4","to_version":"5.6","patch_size":1000,"chunk_count":2,"sha256":"{{hash}}","compression":"heatshrink"}""",
            BackendHost.AdminKey, 201, """{"chunk_count":2,"from_version":"5.4","status":"ok","to_version":"5.6"}""");
        await CallAsync(
            "POST", "/api/ota/patch?from=5.5&to=5.6", new string('p', 1000), BackendHost.AdminKey, 201, """{"chunk_count":2}""");
        const string Offer = """
            {"chunk_count":2,"chunk_size":512,"patch_sha256":"*","patch_size":1000,"resume_from":N,"status":"S","target_version":"5.6","update_available":true}
            """;
        await CallAsync("POST", "/api/ota/check", check, Device.Token, 200, Offer.Replace("N", "0").Replace("\"S\"", "\"pending\""));
        string chunk = $"/api/ota/chunk?device_id={Device.Id}&from=5.5&to=5.6";
        await CallAsync("GET", chunk, null, Device.Token, 400, """{"error":"Missing required params: from, to, chunk"}""");
        await CallAsync("GET", chunk + "&chunk=2", null, Device.Token, 400, """{"error":"*"}""");
        await CallAsync("GET", chunk.Replace("5.5", "5.3") + "&chunk=0", null, Device.Token, 404, """{"error":"Patch not found"}""");
        await CallAsync("GET", chunk + "&chunk=0", null, Device.Token, 200, """{"chunk":0,"crc16":"*","data":"*","size":512,"total":2}""");
        await CallAsync("POST", "/api/ota/check", check, Device.Token, 200, Offer.Replace("N", "1").Replace("\"S\"", "\"downloading\""));
        await CallAsync("GET", chunk + "&chunk=1", null, Device.Token, 200, """{"chunk":1,"crc16":"*","data":"*","size":488,"total":2}""");
        await CallAsync(
            "POST", "/api/ota/complete", $$"""{"device_id":"{{Device.Id}}"}""", Device.Token, 400, """{"error":"Missing version (v)"}""");
        await CallAsync(
            "POST", "/api/ota/complete", $$"""{"d":"{{Device.Id}}","v":"5.6","success":false,"error":"bad \"crc\""}""", Device.Token, 200,
            """{"message":"bad \"crc\"","status":"failed"}""");
        await CallAsync(
            "POST", "/api/ota/complete", $$"""{"d":"{{Device.Id}}","v":"5.6"}""", Device.Token, 200,
            """{"message":null,"status":"failed"}""");
        await CallAsync(
            "POST", "/api/ota/complete", $$"""{"device_id":"{{Device.Id}}","fw_version":"5.6","status":"failed_verify"}""", Device.Token,
            200,
            """{"message":"failed_verify","status":"failed"}""");
        await CallAsync(
            "POST", "/api/ota/complete", $$"""{"d":"{{Device.Id}}","version":"5.6","success":true}""", Device.Token, 200,
            """{"message":"OTA update confirmed","status":"ok"}""");
        await CallAsync(
            "GET", "/api/ota/status", null, BackendHost.AdminKey, 200,
            """{"current_version":"5.6","devices_needing_update":"*","firmware_versions":"*","patches":"*","update_progress":"*"}""");
    }

    private async Task AdminAsync()
    {
        const string Key = BackendHost.AdminKey;
        string device = $"/api/device/{Device.Id}";

        // Now people may be signed in too: the text says so.
        await CallAsync("GET", "/api/devices", null, null, 401, """{"error":"*"}""");
        await CallAsync("GET", "/api/devices", null, "wrong", 401, """{"error":"Invalid admin key"}""");
        await CallAsync("POST", "/api/device/register", "{}", Key, 400, """{"error":"*"}""");
        await CallAsync(
            "POST", "/api/device/register", """{"device_id":"JBNB0500","project_name":"P","location_name":"L","timezone":"UTC"}""", Key,
            201,
            """{"device_id":"JBNB0500","message":"*","status":"ok","token":"*"}""");
        await CallAsync(
            "POST", "/api/device/register", """{"device_id":"JBNB0500"}""", Key, 409, """{"error":"Device already registered"}""");
        await CallAsync(
            "POST", "/api/device/JBNB0500/regenerate-token", null, Key, 200,
            """{"device_id":"JBNB0500","message":"*","status":"ok","token":"*"}""");
        await CallAsync("POST", "/api/device/JBNB9999/regenerate-token", null, Key, 404, """{"error":"Device not found"}""");
        await CallAsync("PUT", device + "/status", """{"status":"asleep"}""", Key, 400, """{"error":"*"}""");
        await CallAsync("PUT", "/api/device/JBNB9999/status", """{"status":"active"}""", Key, 404, """{"error":"*"}""");
        await CallAsync("POST", device + "/command", """{"command":"dance"}""", Key, 400, """{"error":"*"}""");
        await CallAsync("POST", "/api/device/JBNB9999/command", """{"command":"reboot"}""", Key, 404, """{"error":"*"}""");
        await CallAsync(
            "PUT", device + "/location", """{"latitude":52.5,"longitude":13.4,"location_name":"Shop"}""", Key, 200,
            $$"""{"device_id":"{{Device.Id}}","latitude":52.5,"longitude":13.4,"status":"ok","timezone":"*"}""");
        await CallAsync("PUT", device + "/location", "{}", Key, 400, """{"error":"*"}""");
        await CallAsync("PUT", device + "/location", """{"latitude":91,"longitude":0}""", Key, 400, """{"error":"*"}""");
        await CallAsync(
            "POST", device + "/clear-anomaly", null, Key, 200,
            $$"""{"device_id":"{{Device.Id}}","message":"Anomaly flag cleared","status":"ok"}""");
        await CallAsync(
            "PUT", device + "/pin", """{"pin":"4711"}""", Key, 200, $$"""{"device_id":"{{Device.Id}}","message":"*","success":true}""");
        await CallAsync("PUT", device + "/pin", """{"pin":"47111"}""", Key, 400, """{"error":"PIN must be exactly 4 digits"}""");
        await CallAsync("PUT", "/api/device/JBNB9999/pin", """{"pin":"4711"}""", Key, 404, """{"error":"*"}""");
        await CallAsync(
            "GET", "/api/stats", null, Key, 200,
            """{"total_readings":"*","total_devices":"*","active_devices":"*","total_impressions":"*","total_unique":"*","total_apple":"*","total_android":"*","total_other":"*"}""");

        // Lists are bare arrays. The PIN is not told any more.
        await ListAsync("/api/devices", "device_id project_name location_name timezone firmware_version status registered_at last_seen_at "
            + "last_signal_dbm last_battery_pct latitude longitude anomalous anomaly_reason anomaly_detected_at");
        await ListAsync($"/api/readings?device_id={Device.Id}&limit=5", "id device_id timestamp impressions unique_count battery_pct "
            + "firmware_version apple_count android_count other_count probe_rssi_avg probe_rssi_min probe_rssi_max cell_rssi dwell_0_1 dwell_1_5 "
            + "dwell_5_10 dwell_10plus rssi_immediate rssi_near rssi_far rssi_remote received_at ble_impressions ble_unique ble_apple ble_android "
            + "ble_other ble_rssi_avg period_start_ts overflow_count cache_depth send_failures age_seconds");
        await ListAsync(
            $"/api/heartbeats?device_id={Device.Id}", "id device_id timestamp signal_dbm battery_pct firmware_version uptime_seconds ip_address");
    }

    /// <summary>The portal's function, under the one API; what both had takes the portal's members too.</summary>
    private async Task PortalAsync()
    {
        const string Key = BackendHost.AdminKey;
        string device = $"/api/device/{Device.Id}";
        await CallAsync("GET", device, null, Key, 200, """{"device":"*","recent_readings":"*"}""");
        await CallAsync("GET", "/api/device/JBNB9999", null, Key, 404, """{"error":"Device not found"}""");
        await CallAsync("GET", $"/api/readings?device_id={Device.Id}&days=7&limit=10", null, Key, 200, null);
        await CallAsync("GET", $"/api/hourly?device_id={Device.Id}&days=7", null, Key, 200, """{"hourly":"*","period":"*","totals":"*"}""");
        await CallAsync("GET", "/api/stats", null, Key, 200, """{"fleet":"*","today":"*","devices":"*"}""");
        await CallAsync(
            "POST", "/api/device/JBNB0500/regenerate-token", null, Key, 200,
            """{"success":true,"device_id":"JBNB0500","token":"*","message":"*"}""");
        await CallAsync(
            "PUT", $"/api/config/{Device.Id}", """{"rssi_near_threshold":-64}""", Key, 200,
            $$"""{"success":true,"device_id":"{{Device.Id}}","config_version":3}""");
        await CallAsync(
            "POST", device + "/command", """{"command":"send_now"}""", Key, 200,
            """{"success":true,"command":"send_now","device_id":"*","message":"*"}""");
        await CallAsync("POST", device + "/clear-anomaly", null, Key, 200, """{"success":true,"device_id":"*","message":"*"}""");
        await CallAsync("GET", "/api/nowhere", null, Key, 404, """{"error":"*"}""");
        await CallAsync("DELETE", "/api/reading", null, Device.Token, 405, """{"error":"*"}""");
    }

    private string Reading(int number, int age = 0) =>
        $$"""{"d":"{{Device.Id}}","t":"2026-01-29T09:{{number * 5:D2}}:58Z","i":{{100 + number}},"u":45,"probe_rssi_avg":-71,"probe_rssi_min":-42,"probe_rssi_max":-93,"cell_rssi":-87,"dwell_0_1":20,"dwell_1_5":6,"dwell_5_10":2,"dwell_10plus":1,"rssi_immediate":2,"rssi_near":10,"rssi_far":12,"rssi_remote":10,"ble_i":80,"ble_u":15,"ble_apple":9,"ble_other":6,"ble_rssi_avg":-77,"of":78,"cd":0,"sf":0,"age":{{age}},"ts":1,"bt":1769680800}""";

    private async Task ListAsync(string path, string columns)
    {
        _calls++;
        JsonElement[] rows = await Host.ListAsync(path);
        string[] missing = [.. columns.Split(' ').Where(column => !rows[0].TryGetProperty(column, out _))];
        if (missing.Length > 0)
        {
            _wrong.Add($"GET {path}: without {string.Join(", ", missing)}");
        }
    }

    private async Task CallAsync(
        string method, string path, string? body, string? token, int status, string? expected, BackendHost? host = null)
    {
        _calls++;
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation(
                "Authorization", token.Contains(' ', StringComparison.Ordinal) ? token : $"Bearer {token}");
        }

        if (body is not null)
        {
            bool isJson = body[0] is '{' or '[';
            request.Content = new StringContent(body, Encoding.UTF8, isJson ? "application/json" : "application/octet-stream");
        }

        using HttpResponseMessage answer = await (host ?? Host).Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        if ((int)answer.StatusCode != status || (expected is not null && !Has(text, expected)))
        {
            _wrong.Add($"{method} {path} {body}: {(int)answer.StatusCode} {text}\n    instead of {status} {expected}");
        }
    }

    /// <summary>Whether an answer has all that is expected.</summary>
    private static bool Has(string text, string expected)
    {
        using JsonDocument answer = JsonDocument.Parse(text);
        using JsonDocument wanted = JsonDocument.Parse(expected);
        return wanted.RootElement.EnumerateObject().All(member =>
            answer.RootElement.TryGetProperty(member.Name, out JsonElement given)
            && (
                (member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("*"u8)) || JsonElement
                    .DeepEquals(given, member.Value)));
    }
}
