using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Places;

/// <summary>A database from before places had ids: names become ids, and no key may more or less than it was meant to.</summary>
public abstract class PlaceMigrationTests(BackendHost shared)
{
    private const string Old = """
        INSERT INTO devices (device_id, token_hash, project_name, location_name, timezone, registered_at, last_seen_at, latitude, longitude,
            location_source) VALUES
            ('JBNB0001', 'a', 'Pilot', 'Shop A', 'UTC', 1000, 5000, NULL, NULL, NULL),
            ('JBNB0002', 'b', NULL, 'Shop A', 'Europe/Berlin', 2000, NULL, 52.5, 13.4, 'manual'),
            ('JBNB0003', 'c', NULL, 'Shop B', 'Europe/Paris', 3000, 5000, NULL, NULL, NULL),
            ('JBNB0004', 'd', 'Bench', NULL, 'UTC', 4000, NULL, NULL, NULL, NULL);
        INSERT INTO api_keys (name, role, key_hash, created_at) VALUES
            ('first-start', 'admin', '0', 1), ('anna', 'viewer', '{anna}', 1), ('otto', 'operator', '{otto}', 1), ('gone', 'viewer', '{gone}', 1), ('all', 'viewer', '{all}', 1);
        INSERT INTO api_key_places (name, place)
        VALUES ('anna', 'Shop A'), ('otto', 'Shop A'), ('otto', 'Shop B'), ('gone', 'Not yet named');
        INSERT INTO readings (device_id, t, timestamp, time_source, period_start_ts, received_at, key_kind, key_a, key_b, b, n, impressions,
            unique_count, apple_count,
            android_count, other_count, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique,
            ble_apple, ble_android, ble_other, overflow_count, cache_depth, send_failures, age_seconds)
        SELECT device_id, 1, 1769680800000, 'device', 1769680800000, 1769680800000, 0, id, 0, 1, id, 10, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0 FROM devices;
        """;

    [Fact]
    public async Task NamesBecomeIdsAndKeysKeepWhatTheyWereFor()
    {
        await using BackendHost host = new(shared.Storage, isMigrated: false);
        using (SqlSession session = host.OpenSession())
        {
            Migrations.Apply(session, host.Clock, last: 5);
            session.ExecuteScript(
                new[] { "anna", "otto", "gone", "all" }.Aggregate(
                    Old, static (sql, name) => sql.Replace($"{{{name}}}", Token.Hash(name), StringComparison.Ordinal)));
        }

        await host.InitializeAsync();
        Assert.Equal(
            ["1 Shop A Europe/Berlin Pilot 52.5 2", "2 Shop B Europe/Paris  - 1", "3 Not yet named UTC  - 0"],
            (await host.ListAsync("/api/places")).Select(static p =>
                $"{p.GetProperty("id")} {p.GetProperty("name")} {p.GetProperty("timezone")} {p.GetProperty("project")} {(p.GetProperty("latitude").ValueKind == System.Text.Json.JsonValueKind.Null ? "-" : p.GetProperty("latitude"))} {p.GetProperty("devices")}"));
        Assert.Equal(["JBNB0001", "JBNB0002"], await SeenAsync(host, "anna", "devices"));
        Assert.Equal(["JBNB0001", "JBNB0002"], await SeenAsync(host, "anna", "readings"));
        Assert.Equal(["JBNB0001", "JBNB0002", "JBNB0003"], await SeenAsync(host, "otto", "readings"));
        Assert.Empty(await SeenAsync(host, "gone", "readings"));
        Assert.Equal(["JBNB0001", "JBNB0002", "JBNB0003", "JBNB0004"], await SeenAsync(host, "all", "readings"));
        Assert.Equal(403, await StatusAsync(host, "anna", HttpMethod.Post, "/api/device/JBNB0001/command"));
        Assert.Equal(400, await StatusAsync(host, "otto", HttpMethod.Post, "/api/device/JBNB0001/command"));
        Assert.Equal(
            ["active 1", "manufactured 1", "active 2", "manufactured "],
            (await host.ListAsync("/api/devices")).Select(static d => $"{d.GetProperty("life")} {d.GetProperty("place_id")}"));
        Assert.Equal("Bench", (await host.ListAsync("/api/devices"))[3].GetProperty("project_name").GetString());
    }

    private static async Task<IEnumerable<string>> SeenAsync(BackendHost host, string key, string list)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/{list}");
        request.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage answer = await host.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        return [.. System.Text.Json.JsonElement.Parse(await answer.Content.ReadAsStringAsync()).EnumerateArray().Select(static row => row.GetProperty("device_id").GetString()!).Order()];
    }

    private static async Task<int> StatusAsync(BackendHost host, string key, HttpMethod method, string path)
    {
        using HttpRequestMessage request = new(method, path);
        request.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage answer = await host.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
