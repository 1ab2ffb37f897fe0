using System.Text.Json;

using JamBox.Backend.Places;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Places;

/// <summary>Boxes over time: readings stay with the place where they were taken, and a place's series goes on with another box.</summary>
public abstract class PlacementTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task ReadingsStayWhereTheyWereTaken()
    {
        long east = await PlaceAsync("East"), west = await PlaceAsync("West");
        string ofEast = await KeyAsync("viewer", east), ofWest = await KeyAsync("viewer", west);
        await MoveAsync(Device.Id, east);
        await ReadingAsync(1);
        await HeartbeatAsync();
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await MoveAsync(Device.Id, west);
        await ReadingAsync(2);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await ReadingAsync(3);
        await HeartbeatAsync();

        Assert.Equal([1], await ReadingNumbersAsync("", ofEast));
        Assert.Equal([1], await ReadingNumbersAsync($"device_id={Device.Id}", ofEast));
        Assert.Equal([2, 3], await ReadingNumbersAsync("", ofWest));
        Assert.Equal([2, 3], await ReadingNumbersAsync($"device_id={Device.Id}", ofWest));
        Assert.Equal([1, 2, 3], await ReadingNumbersAsync(""));
        foreach ((string query, string? key, int unique) in new[]
        {
            ($"place={east}", (string?)null, 5), ($"place={west}", null, 10), ($"device={Device.Id}", null, 15), ("", null, 15),
            ($"place={east}", ofEast, 5), ("", ofEast, 5), ($"device={Device.Id}", ofEast, 5), ($"place={west}", ofWest, 10),
            ("", ofWest, 10), ($"device={Device.Id}", ofWest, 10),
        })
        {
            Assert.Equal(unique, await UniqueAsync(query, key));
        }

        // Who looks after the old place no longer sees the box itself, and the new one's heartbeats and totals are its own.
        await RefusedAsync(404, HttpMethod.Get, $"/api/device/{Device.Id}", key: ofEast);
        Assert.Single((await DoAsync(HttpMethod.Get, "/api/heartbeats", key: ofEast)).EnumerateArray());
        Assert.Single((await DoAsync(HttpMethod.Get, $"/api/heartbeats?device_id={Device.Id}", key: ofWest)).EnumerateArray());
        Assert.Equal(
            2, (await DoAsync(HttpMethod.Get, $"/api/device/{Device.Id}", key: ofWest)).GetProperty("recent_readings").GetArrayLength());
        Assert.Equal(2, (await DoAsync(HttpMethod.Get, "/api/stats", key: ofWest)).GetProperty("total_readings").GetInt32());
        Assert.Equal(1, (await DoAsync(HttpMethod.Get, "/api/stats", key: ofEast)).GetProperty("total_readings").GetInt32());
    }

    [Fact]
    public async Task AReplacedBoxContinuesTheSeries()
    {
        long place = await PlaceAsync("Shop", "Europe/Berlin");
        TestDevice next = await Host.RegisterAsync();
        await MoveAsync(Device.Id, place);
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/config", """{"rssi_near_threshold":-70}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/tags", """{"tags":["window","pilot"]}""");
        await ReadingAsync(1);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Post, $"/api/places/{place}/replace", $$"""{"device_id":"{{Device.Id}}","by":"{{next.Id}}"}""");
        await ReadingAsync(1, device: next);

        // What the old one still sends, from wherever it is, is not the place's any more.
        await ReadingAsync(2);
        Assert.Equal(10, await UniqueAsync($"place={place}"));
        JsonElement[] boxes = [.. (await GetAsync($"/api/places/{place}")).GetProperty("boxes").EnumerateArray()];
        Assert.Equal([next.Id, Device.Id], boxes.Select(static box => box.GetProperty("device_id").GetString()));
        Assert.Equal(JsonValueKind.Null, boxes[0].GetProperty("until").ValueKind);
        Assert.Equal(boxes[0].GetProperty("from").GetString(), boxes[1].GetProperty("until").GetString());
        Assert.Equal(
            -70, (await GetAsync($"/api/device/{next.Id}/config")).GetProperty("wanted").GetProperty("rssi_near_threshold").GetInt32());
        Assert.Equal(
            ["pilot", "window"],
            (await GetAsync($"/api/device/{next.Id}")).GetProperty("device").GetProperty("tags").EnumerateArray().Select(
                static tag => tag.GetString()));
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/replace", $$"""{"device_id":"{{Device.Id}}","by":"{{next.Id}}"}""");
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/replace", $$"""{"device_id":"{{next.Id}}","by":"{{next.Id}}"}""");
    }

    [Fact]
    public async Task CoverageCountsABoxOnlyWhileItStoodThere()
    {
        long first = await PlaceAsync("First"), second = await PlaceAsync("Second");
        await MoveAsync(Device.Id, first);
        Host.Clock.Advance(TimeSpan.FromHours(2));
        await MoveAsync(Device.Id, second);
        Host.Clock.Advance(TimeSpan.FromHours(2));
        for (int n = 0; n < 24; n++)
        {
            await Device.ReadingAsync(
                $"\"t\":{Host.Clock.GetUtcNow().ToUnixTimeSeconds() - 1 - (n * 300)},\"ts\":1,\"b\":1,\"n\":{n},\"iv\":300,\"ls\":300");
        }

        Assert.Equal(1, (await GetAsync($"/api/summary?place={second}")).GetProperty("figures").GetProperty("coverage").GetDouble(), 2);
        Assert.Equal(0, (await GetAsync($"/api/summary?place={first}")).GetProperty("figures").GetProperty("coverage").GetDouble(), 2);
        Assert.Equal(
            "1 1", $"{(await GetAsync($"/api/summary?place={second}")).GetProperty("devices")} {(await GetAsync($"/api/summary?place={first}")).GetProperty("devices")}");
    }

    [Fact]
    public async Task AMoveMayBeToldLaterButNotBeforeTheLast()
    {
        long a = await PlaceAsync("A"), b = await PlaceAsync("B");
        await MoveAsync(Device.Id, a);
        Host.Clock.Advance(TimeSpan.FromHours(5));
        await MoveAsync(Device.Id, b, Iso(TimeSpan.FromHours(-2)));
        JsonElement[] boxes = [.. (await GetAsync($"/api/places/{b}")).GetProperty("boxes").EnumerateArray()];
        Assert.Equal(Iso(TimeSpan.FromHours(-2)), boxes.Single().GetProperty("from").GetString());
        Assert.StartsWith(
            "from: ",
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{a}/devices",
                $$"""{"device_id":"{{Device.Id}}","from":"{{Iso(TimeSpan.FromHours(-3))}}"}"""), StringComparison.Ordinal);
        await RefusedAsync(
            400, HttpMethod.Post, $"/api/places/{a}/devices",
            $$"""{"device_id":"{{Device.Id}}","from":"{{Iso(TimeSpan.FromHours(1))}}"}""");
        await RefusedAsync(400, HttpMethod.Post, $"/api/places/{a}/devices", $$"""{"device_id":"{{Device.Id}}","from":"soon"}""");
        await RefusedAsync(400, HttpMethod.Post, $"/api/places/{a}/devices", $$"""{"device_id":"{{Device.Id}}","from":"10:00"}""");

        // To where it stands already: true since it came, and not before.
        await MoveAsync(Device.Id, b, Iso(TimeSpan.FromHours(-1)));
        Assert.StartsWith(
            "from: ",
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{b}/devices",
                $$"""{"device_id":"{{Device.Id}}","from":"{{Iso(TimeSpan.FromHours(-4))}}"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IntervalsOfABoxNeverOverlapWhateverIsDone()
    {
        const int Seed = 20261127;
        Random random = new(Seed);
        long[] places = [await PlaceAsync("A"), await PlaceAsync("B"), await PlaceAsync("C")];
        for (int i = 0; i < 120; i++)
        {
            long place = places[random.Next(places.Length)];
            (int status, _) = random.Next(4) == 0
                ? await AdminAsync(HttpMethod.Delete, $"/api/places/{place}/devices/{Device.Id}")
                : await AdminAsync(
                    HttpMethod.Post, $"/api/places/{place}/devices",
                    $$"""{"device_id":"{{Device.Id}}"{{(random.Next(3) == 0 ? $",\"from\":\"{Iso(TimeSpan.FromMinutes(-random.Next(90)))}\"" : "")}}}""");
            Assert.True(status is 204 or 404 or 409, $"step {i} of seed {Seed}: {status}");
            List<(long Place, long From, long Until)> spans = Host.Services.GetRequiredService<Store>()
                .Read(Device.Id, static (session, id) =>
            {
                using SqlStatement row = session.Query(
                    "SELECT place_id, from_at, to_at FROM place_devices WHERE device_id = $1 ORDER BY from_at, id", id);
                List<(long, long, long)> all = [];
                while (row.Read())
                {
                    all.Add((row.Int64(0), row.Int64(1), row.Int64OrNull(2) ?? long.MaxValue));
                }

                return all;
            });
            Assert.All(spans, static span => Assert.True(span.From < span.Until && span.From % 900_000 == 0));
            Assert.All(spans.Zip(spans.Skip(1)), pair => Assert.True(pair.First.Until <= pair.Second.From, $"step {i} of seed {Seed}"));
            long? now = (await DeviceRowAsync()).GetProperty("place_id") is { ValueKind: JsonValueKind.Number } id ? id.GetInt64() : null;
            Assert.Equal(now, spans is [.., { Until: long.MaxValue } last] ? last.Place : (long?)null);
            Host.Clock.Advance(TimeSpan.FromMinutes(random.Next(30)));
        }
    }

    [Fact]
    public async Task TwoPlacesBecomeOneWithItsHistoryAndWithoutTheRightsAtTheOther()
    {
        long old = await PlaceAsync("Old"), kept = await PlaceAsync("Kept");
        TestDevice other = await Host.RegisterAsync();
        await MoveAsync(Device.Id, old);
        await MoveAsync(other.Id, kept);
        await DoAsync(
            HttpMethod.Post, "/api/users", $$"""{"email":"two@example.org","role":"viewer","places":[{{old}},{{kept}}]}""");
        string ofOld = await KeyAsync("operator", old), ofKept = await KeyAsync("viewer", kept);
        await ReadingAsync(1);
        await ReadingAsync(2, device: other);
        await RefusedAsync(404, HttpMethod.Post, $"/api/places/{old}/merge", $$"""{"into":{{kept}}}""", ofOld);
        await DoAsync(HttpMethod.Post, $"/api/places/{old}/merge", $$"""{"into":{{kept}}}""");
        Assert.Equal(10, await UniqueAsync($"place={kept}", ofKept));
        Assert.Equal([1, 2], await ReadingNumbersAsync("", ofKept));
        await RefusedAsync(403, HttpMethod.Get, "/api/devices", key: ofOld);

        // Whose rights ended stands in the audit log.
        Assert.Equal(
            [$"key.grant operator {old} ", $"user.grant viewer {old}, viewer {kept} viewer {kept}"],
            (await Host.ListAsync("/api/audit?limit=1000"))
                .Where(static line => Text(line, "action").EndsWith(".grant", StringComparison.Ordinal))
                .Select(static line => $"{Text(line, "action")} {Text(line, "before")} {Text(line, "after")}").Order());
        JsonElement gone = (await GetAsync($"/api/places/{old}")).GetProperty("place");
        Assert.Equal(kept, gone.GetProperty("merged_into").GetInt64());
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{old}/merge", $$"""{"into":{{kept}}}""");
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{kept}/merge", $$"""{"into":{{kept}}}""");
    }

    [Fact]
    public async Task TheAuditLogSaysFromWhenAMoveCounts()
    {
        long shop = await PlaceAsync("Shop");
        await MoveAsync(Device.Id, shop, Iso(TimeSpan.FromHours(-2)));
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await MoveAsync(Device.Id, await PlaceAsync("Next"));
        Assert.Equal(
            [$"place {shop} place {shop + 1}", $" place {shop} from {Iso(TimeSpan.FromHours(-3))}"],
            (await Host.ListAsync($"/api/audit?target={Device.Id}")).Where(static line => Text(line, "action") == "device.move")
                .Select(static line => $"{Text(line, "before")} {Text(line, "after")}"));
    }

    [Fact]
    public async Task ARetiredBoxIsRefusedAndItsHistoryStays()
    {
        long place = await PlaceAsync("Shop");
        await MoveAsync(Device.Id, place);
        await ReadingAsync(1);
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"reboot"}""");
        await RefusedAsync(409, HttpMethod.Delete, $"/api/device/{Device.Id}");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/retire");
        Assert.Equal(401, (await ReadingAsync(2)).Status);
        JsonElement row = await DeviceRowAsync();
        Assert.Equal("retired ", $"{row.GetProperty("status")} {row.GetProperty("place_id")}");
        Assert.Equal(5, await UniqueAsync($"place={place}"));
        Assert.Equal("expired", (await Host.ListAsync($"/api/device/{Device.Id}/commands"))[0].GetProperty("state").GetString());
        await RefusedAsync(409, HttpMethod.Post, $"/api/device/{Device.Id}/retire");
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/devices", $$"""{"device_id":"{{Device.Id}}"}""");

        // Nobody works on it any more.
        foreach ((HttpMethod method, string path, string? body) in new (HttpMethod, string, string?)[]
        {
            (HttpMethod.Put, "location", """{"latitude":1,"longitude":1,"location_name":"x"}"""),
            (HttpMethod.Post, "command", """{"command":"reboot"}"""), (HttpMethod.Put, "config", """{"rssi_near_threshold":-70}"""),
            (HttpMethod.Put, "tags", """{"tags":["x"]}"""), (HttpMethod.Put, "pin", """{"pin":"4711"}"""),
            (HttpMethod.Post, "regenerate-token", null), (HttpMethod.Put, "ota/pin?version=6.1.0", null),
            (HttpMethod.Put, "status", """{"status":"maintenance"}"""),
        })
        {
            Assert.Equal("This box is retired", await RefusedAsync(409, method, $"/api/device/{Device.Id}/{path}", body));
        }

        Assert.Single(await Host.ListAsync("/api/places"));

        // Taken back: from then on it may be brought somewhere again.
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/status", """{"status":"active"}""");
        Assert.Equal(
            "device.take-back retired active",
            (await Host.ListAsync($"/api/audit?target={Device.Id}")).Select(static line =>
                $"{line.GetProperty("action")} {line.GetProperty("before")} {line.GetProperty("after")}").First());
        await MoveAsync(Device.Id, place);
        Assert.Equal(201, (await ReadingAsync(3)).Status);
    }

    [Fact]
    public async Task OnlyABoxThatNeverSpokeIsDeleted()
    {
        TestDevice mistake = await Host.RegisterAsync();
        await MoveAsync(mistake.Id, await PlaceAsync("x"));
        await DoAsync(HttpMethod.Put, $"/api/device/{mistake.Id}/tags", """{"tags":["x"]}""");
        await DoAsync(HttpMethod.Post, $"/api/device/{mistake.Id}/command", """{"command":"reboot"}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{mistake.Id}/config", """{"rssi_near_threshold":-70}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{mistake.Id}/ota/pin?version=6.1.0");
        await Host.Services.GetRequiredService<Store>().WriteAsync(mistake.Id, static (session, id) => session.Execute(
            "INSERT INTO device_traffic (device_id, day_at, requests, received_bytes, sent_bytes) VALUES ($1, 1, 1, 1, 1)", id));
        await DoAsync(HttpMethod.Delete, $"/api/device/{mistake.Id}");
        await RefusedAsync(404, HttpMethod.Get, $"/api/device/{mistake.Id}");
        Assert.Equal(401, (await ReadingAsync(1, device: mistake)).Status);
        await DoAsync(HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{mistake.Id}}"}""");
    }

    /// <summary>Whoever makes a table with devices in it says what becomes of its rows when one is deleted.</summary>
    [Fact]
    public void EveryTableWithDevicesIsThoughtOfWhenOneIsDeleted()
    {
        // What only a device that spoke has, so that it is not deleted; what is told of the past; and what a broker keeps of a box, by
        // which it is taken back when the box is gone.
        string[] kept =
            ["devices", "readings", "heartbeats", "quarters", "readings_by_key", "readings_of_device", "events", "notifications",
                "telemetry", "telemetry_sums", "telemetry_states", "mqtt_box_topics"];
        List<string> tables = Host.Services.GetRequiredService<Store>().Read(0, static (session, _) => Tables(session));
        Assert.Contains("place_devices", tables);
        Assert.Empty(tables.Except(kept).Except(RetirementSql.Tables));
        Assert.Empty(RetirementSql.Tables.Except(tables));
    }

    /// <summary>What was found where a box stood before says nothing about where it stands.</summary>
    [Fact]
    public async Task APlaceThatIsMadeForABoxTakesNoPlaceForSaidThatWasFound()
    {
        TestDevice bench = await WithPinAsync(), moved = await WithPinAsync();
        foreach (TestDevice device in new[] { bench, moved })
        {
            await Host.Services.GetRequiredService<Store>().WriteAsync(device.Id, static (session, id) => session.Execute("""
                UPDATE devices SET latitude = 52.5, longitude = 13.4, location_source = 'geolocation', timezone = 'Europe/Berlin'
                WHERE device_id = $1
                """, id));
        }

        // Found, and so good until something else is found.
        Assert.Equal(200, (await ActivateAsync(bench.Id, new { pin = "4711", location_name = "Shop" })).Status);
        Assert.Equal("Shop Europe/Berlin 52.5 geolocation", await PlaceOfAsync(bench));

        // A box that stood somewhere else knows nothing of the new place.
        long old = await PlaceAsync("Old");
        await MoveAsync(moved.Id, old);
        await Host.Services.GetRequiredService<Store>().WriteAsync(moved.Id, static (session, id) => session.Execute(
            "INSERT INTO geolocation_jobs (device_id, body, asked_at, attempts, next_at) VALUES ($1, '[]', 1, 1, 9000000000000000)", id));
        await DoAsync(HttpMethod.Delete, $"/api/places/{old}/devices/{moved.Id}");
        Assert.Equal(200, (await ActivateAsync(moved.Id, new { pin = "4711", location_name = "New" })).Status);
        Assert.Equal("New UTC  ", await PlaceOfAsync(moved));
        Assert.False(Host.Services.GetRequiredService<Store>().Read(0, static (session, _) =>
        {
            using SqlStatement row = session.Query("SELECT 1 FROM geolocation_jobs");
            return row.Read();
        }));

        // What somebody says is said.
        TestDevice said = await Host.RegisterAsync();
        await DoAsync(
            HttpMethod.Put, $"/api/device/{said.Id}/location",
            """{"latitude":35.7,"longitude":139.7,"location_name":"Tokyo","timezone":"Asia/Tokyo"}""");
        Assert.Equal("Tokyo Asia/Tokyo 35.7 manual", await PlaceOfAsync(said));
        int lines = (await Host.ListAsync($"/api/audit?target={said.Id}")).Length;
        await DoAsync(HttpMethod.Put, $"/api/device/{said.Id}/location", """{"latitude":35.7,"longitude":139.7}""");
        Assert.Equal(lines, (await Host.ListAsync($"/api/audit?target={said.Id}")).Length);
    }

    private async Task<string> PlaceOfAsync(TestDevice device)
    {
        long id = (await GetAsync($"/api/device/{device.Id}")).GetProperty("device").GetProperty("place_id").GetInt64();
        JsonElement place = (await GetAsync($"/api/places/{id}")).GetProperty("place");
        return string.Join(
            ' ', ((string[])["name", "timezone", "latitude", "location_source"]).Select(name => place.GetProperty(name).ToString()));
    }

    private static List<string> Tables(SqlSession session)
    {
        // Each storage knows its own catalogue.
        using SqlStatement row = session.Query(session.TakesArrays
            ? """
                SELECT table_name FROM information_schema.columns
                WHERE table_schema = current_schema() AND column_name IN ('device_id', 'device_key') ORDER BY 1
                """
            : """
                SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND c.name IN ('device_id', 'device_key') ORDER BY 1
                """);
        List<string> tables = [];
        while (row.Read())
        {
            tables.Add(row.Text(0));
        }

        return tables;
    }

    [Fact]
    public async Task AScopedOperatorMovesOnlyBetweenTheirOwnPlaces()
    {
        long mine = await PlaceAsync("Mine"), also = await PlaceAsync("Also mine"), theirs = await PlaceAsync("Theirs");
        TestDevice other = await Host.RegisterAsync(), nowhere = await Host.RegisterAsync();
        await MoveAsync(Device.Id, mine);
        await MoveAsync(other.Id, theirs);
        string key = await KeyAsync("operator", mine, also);
        await MoveAsync(Device.Id, also, key: key);
        await RefusedAsync(404, HttpMethod.Post, $"/api/places/{theirs}/devices", $$"""{"device_id":"{{Device.Id}}"}""", key);
        await RefusedAsync(404, HttpMethod.Post, $"/api/places/{mine}/devices", $$"""{"device_id":"{{other.Id}}"}""", key);
        await RefusedAsync(404, HttpMethod.Post, $"/api/places/{mine}/devices", $$"""{"device_id":"{{nowhere.Id}}"}""", key);
        await RefusedAsync(
            404, HttpMethod.Post, $"/api/places/{also}/replace", $$"""{"device_id":"{{Device.Id}}","by":"{{other.Id}}"}""", key);
        await RefusedAsync(404, HttpMethod.Delete, $"/api/places/{theirs}/devices/{other.Id}", key: key);
        await RefusedAsync(404, HttpMethod.Delete, $"/api/places/{mine}/devices/{other.Id}", key: key);
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString() ?? "";
}
