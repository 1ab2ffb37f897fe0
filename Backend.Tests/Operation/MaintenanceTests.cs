using System.Net.Http.Headers;
using System.Text.Json;

using JamBox.Backend.Builds;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.OldFleet;

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
            Assert.Contains(
                "\"config_version\":2", (await old.ReadingAsync("\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1")).Body, StringComparison.Ordinal);

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
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/admin/import")
        {
            Content = new ByteArrayContent(await File.ReadAllBytesAsync(path)),
        };
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return string.Join(
            ' ', new[] { "devices", "readings", "heartbeats", "configs" }.Select(name => json.RootElement.GetProperty(name).GetInt32()));
    }

    /// <summary>A file in the predecessor's schema, with the kinds of rows that its missing checks let in.</summary>
    internal static void MakePredecessor(string path)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"""
            {PredecessorSchema.Sql}
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
