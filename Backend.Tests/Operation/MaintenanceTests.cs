using System.Net.Http.Headers;
using System.Text.Json;

using JamBox.Backend.Builds;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Operation;

/// <summary>Import, backup, and several processes at once.</summary>
public abstract class MaintenanceTests(BackendHost shared) : HostedTest(shared)
{
    private const string OldToken = "token-of-the-old-fleet";

    [Fact]
    public async Task ThePredecessorsFileComesInOnceHoweverOftenItIsSent()
    {
        string folder = Directory.CreateTempSubdirectory("jambox-old-").FullName;
        try
        {
            string path = Path.Combine(folder, "old.db");
            MakePredecessor(path);
            Assert.Equal("2 3 1 1", await ImportAsync(path));
            Assert.Equal("0 0 0 0", await ImportAsync(path));
            TestDevice old = new(Host, "JBNB0777", OldToken);
            Assert.Contains("\"config_version\":2", (await old.ReadingAsync("\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1")).Body, StringComparison.Ordinal);

            JsonElement[] rows = await old.StoredAsync();
            Assert.Equal(4, rows.Length);
            // Near its receipt the device's time counts, the compiled-in one does not, and nonsense is cut to the range.
            Assert.Equal(["device 2026-01-28T09:59:58Z 7", "age 2026-01-28T10:05:01Z 9", "age 2026-01-28T10:00:00Z 0"], rows.Skip(1).Reverse().Select(static row =>
                $"{row.GetProperty("time_source").GetString()} {row.GetProperty("timestamp").GetString()} {row.GetProperty("impressions")}").OrderByDescending(static text => text, StringComparer.Ordinal));
            JsonElement figures = (await GetAsync("/api/summary?device=JBNB0777&day=2026-01-28")).GetProperty("figures");
            Assert.Equal(16, figures.GetProperty("total_impressions").GetInt32());
            Assert.DoesNotContain("4711", (await GetAsync("/api/devices")).GetRawText(), StringComparison.Ordinal);
            Assert.Equal(400, (await AdminAsync(HttpMethod.Post, "/api/admin/import", "this is no database")).Status);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task ABackupMadeWhileRunningIsARestore()
    {
        await ReadingAsync(1);
        using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Post, "/api/admin/backup");
        if (Host.Storage == TestStorage.Postgres)
        {
            Assert.Equal(501, (int)answer.StatusCode);
            return;
        }

        await ReadingAsync(2);
        await using BackendHost restored = Host.Another();
        await File.WriteAllBytesAsync(restored.DatabasePath, await answer.Content.ReadAsByteArrayAsync());
        await restored.StartAsync();
        TestDevice there = Device with { Host = restored };
        Assert.Equal(1, Assert.Single(await there.StoredAsync()).GetProperty("n").GetInt32());
        Assert.Equal(201, (await there.ReadingAsync("\"t\":1769680799,\"ts\":1,\"b\":1,\"n\":2")).Status);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Host.DatabasePath)!, "*.backup-*"));
    }

    [Fact]
    public async Task SeveralProcessesShareOneDatabase()
    {
        await using WebApplication second = Host.Build();
        await second.StartAsync();
        Uri other = new(second.Urls.Single());
        Task<bool>[] sends = [.. Enumerable.Range(0, 120).Select(n => SendAsync(n % 2 == 0 ? Host.Address : other, n / 4))];
        bool[] duplicates = await Task.WhenAll(sends);
        Assert.Equal(30, duplicates.Count(static duplicate => !duplicate));
        Assert.Equal(30, (await Device.StoredAsync()).Length);
        Assert.Equal(300, (await GetAsync("/api/summary")).GetProperty("figures").GetProperty("total_impressions").GetInt32());

        await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/status", """{"status":"inactive"}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        using HttpResponseMessage refused = await PostAsync(other, 99);
        Assert.Equal(401, (int)refused.StatusCode);
        await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/status", """{"status":"active"}""");

        // One alert, by whichever of them looks first.
        Host.Clock.Advance(TimeSpan.FromHours(30));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
        await second.Services.GetRequiredService<JobRunner>().IdleAsync();
        Assert.Single(await Host.ListAsync("/api/alerts"));
    }

    [Fact]
    public async Task ALostConnectionIsMadeAnew()
    {
        await ReadingAsync(1);
        await Device.StoredAsync();
        Host.CutConnections();
        Assert.Equal(201, (await ReadingAsync(2)).Status);
        Assert.Equal(2, (await Device.StoredAsync()).Length);
    }

    private async Task<bool> SendAsync(Uri address, int number)
    {
        using HttpResponseMessage answer = await PostAsync(address, number);
        Assert.Equal(201, (int)answer.StatusCode);
        return (await answer.Content.ReadAsStringAsync()).Contains("duplicate", StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> PostAsync(Uri address, int number)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(address, "/api/reading"))
        {
            Content = new StringContent($$"""{"d":"{{Device.Id}}","t":1769680799,"ts":1,"b":1,"n":{{number}},"i":10,"u":5}"""),
        };
        request.Headers.Authorization = new("Bearer", Device.Token);
        return await Host.Http.SendAsync(request);
    }

    private async Task<string> ImportAsync(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/admin/import") { Content = new ByteArrayContent(await File.ReadAllBytesAsync(path)) };
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return string.Join(' ', new[] { "devices", "readings", "heartbeats", "configs" }.Select(name => json.RootElement.GetProperty(name).GetInt32()));
    }

    /// <summary>A file in the predecessor's schema, with the kinds of rows that its missing checks let in.</summary>
    internal static void MakePredecessor(string path)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"""
            CREATE TABLE devices (id INTEGER PRIMARY KEY AUTOINCREMENT, device_id TEXT UNIQUE NOT NULL, token_hash TEXT NOT NULL, project_name TEXT,
                location_name TEXT, timezone TEXT DEFAULT 'UTC', firmware_version TEXT, status TEXT DEFAULT 'active', registered_at TEXT NOT NULL,
                last_seen_at TEXT, last_signal_dbm INTEGER, last_battery_pct INTEGER, latitude REAL, longitude REAL, device_pin VARCHAR(4),
                pending_command TEXT, anomalous INTEGER DEFAULT 0, anomaly_reason TEXT, anomaly_detected_at TEXT);
            CREATE TABLE readings (id INTEGER PRIMARY KEY AUTOINCREMENT, device_id TEXT NOT NULL, timestamp TEXT NOT NULL, impressions INTEGER NOT NULL,
                unique_count INTEGER NOT NULL, signal_dbm INTEGER, battery_pct INTEGER, firmware_version TEXT, apple_count INTEGER DEFAULT 0,
                android_count INTEGER DEFAULT 0, other_count INTEGER DEFAULT 0, probe_rssi_avg INTEGER, probe_rssi_min INTEGER, probe_rssi_max INTEGER,
                cell_rssi INTEGER, dwell_0_1 INTEGER DEFAULT 0, dwell_1_5 INTEGER DEFAULT 0, dwell_5_10 INTEGER DEFAULT 0, dwell_10plus INTEGER DEFAULT 0,
                rssi_immediate INTEGER DEFAULT 0, rssi_near INTEGER DEFAULT 0, rssi_far INTEGER DEFAULT 0, rssi_remote INTEGER DEFAULT 0,
                received_at TEXT NOT NULL, synced_to_supabase INTEGER DEFAULT 0, ble_impressions INTEGER DEFAULT 0, ble_unique INTEGER DEFAULT 0,
                ble_apple INTEGER DEFAULT 0, ble_android INTEGER DEFAULT 0, ble_other INTEGER DEFAULT 0, ble_rssi_avg INTEGER, period_start_ts TEXT,
                overflow_count INTEGER DEFAULT 0, cache_depth INTEGER DEFAULT 0, send_failures INTEGER DEFAULT 0, age_seconds INTEGER DEFAULT 0);
            CREATE TABLE heartbeats (id INTEGER PRIMARY KEY, device_id TEXT NOT NULL, timestamp TEXT NOT NULL, signal_dbm INTEGER, battery_pct INTEGER,
                firmware_version TEXT, uptime_seconds INTEGER, ip_address TEXT);
            CREATE TABLE device_configs (device_id TEXT PRIMARY KEY, report_interval_ms INTEGER DEFAULT 300000, heartbeat_interval_ms INTEGER DEFAULT 86400000,
                geolocation_on_boot INTEGER DEFAULT 1, wifi_channels TEXT DEFAULT '1,6,11', rssi_immediate_threshold INTEGER DEFAULT -50,
                rssi_near_threshold INTEGER DEFAULT -65, rssi_far_threshold INTEGER DEFAULT -80, dwell_short_threshold INTEGER DEFAULT 1,
                dwell_medium_threshold INTEGER DEFAULT 5, dwell_long_threshold INTEGER DEFAULT 10, config_version INTEGER DEFAULT 1, updated_at TEXT);
            INSERT INTO devices (device_id, token_hash, timezone, registered_at, device_pin, last_signal_dbm) VALUES
                ('JBNB0777', '{JamBox.Backend.Security.Token.Hash(OldToken)}', 'UTC', '2026-01-01T00:00:00.123456+00:00', '4711', -999),
                ('box-from-the-bench', 'ff', 'Nowhere/Land', '2026-01-01T00:00:00+00:00', NULL, NULL);
            INSERT INTO readings (device_id, timestamp, impressions, unique_count, received_at, age_seconds) VALUES
                ('JBNB0777', '2026-01-28T09:59:58Z', 7, 3, '2026-01-28T10:00:01.000000+00:00', 0),
                ('JBNB0777', '2026-01-28T08:05:00Z', 9, 4, '2026-01-28T10:10:01.000000+00:00', 300),
                ('JBNB0777', 'yesterday', 'many', -5, '2026-01-28T10:00:00.000000+00:00', -100),
                ('stranger', '2026-01-28T08:05:00Z', 9, 4, '2026-01-28T10:10:01.000000+00:00', 300);
            INSERT INTO heartbeats (device_id, timestamp, uptime_seconds) VALUES ('JBNB0777', '2026-01-28T10:00:00.5+00:00', 77);
            INSERT INTO device_configs (device_id, wifi_channels) VALUES ('JBNB0777', 'a,b,c');
            """;
        command.ExecuteNonQuery();
    }
}
