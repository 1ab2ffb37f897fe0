using System.Text.Json;

using JamBox.Backend.Demo;
using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

using NodaTime;

namespace JamBox.Backend.Tests.Demo;

/// <summary>The virtual box: it looks like one to who looks at the pages, is none to what watches the fleet, and leaves nothing.</summary>
public abstract class DemoTests(BackendHost shared) : PlaceTest(shared)
{
    private const string Box = "DEMO0001";

    private static readonly DateTimeZone s_zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Fact]
    public async Task ItHasFourWeeksAndGoesOnEveryFiveMinutes()
    {
        long place = await AddAsync();
        JsonElement row = (await GetAsync($"/api/places/{place}")).GetProperty("place");
        Assert.True(row.GetProperty("demo").GetBoolean());
        JsonElement box = (await GetAsync($"/api/device/{Box}")).GetProperty("device");
        Assert.True(box.GetProperty("demo").GetBoolean());
        Assert.False((await DeviceRowAsync()).GetProperty("demo").GetBoolean());
        Assert.Equal("online", box.GetProperty("connection_status").GetString());
        Assert.Equal(28 * DemoDays.SlotsPerDay, Readings());

        Pass(TimeSpan.FromMinutes(5));
        Assert.Equal((28 * DemoDays.SlotsPerDay) + 1, Readings());

        // After a pause it has said what it would have said: no gap.
        Pass(TimeSpan.FromHours(30));
        Assert.Equal((28 * DemoDays.SlotsPerDay) + 1 + (30 * 12), Readings());
        await Host.RestartAsync();
        Pass(TimeSpan.FromMinutes(5));
        Assert.Equal((28 * DemoDays.SlotsPerDay) + 2 + (30 * 12), Readings());
    }

    [Fact]
    public async Task ItsNumbersHaveARangeThatHoldsWhoWasThere()
    {
        long place = await AddAsync();
        DateOnly today = PlaceDay.Today(s_zone, Host.Clock.GetUtcNow());
        (int days, int held) = (0, 0);
        for (int before = 1; before <= 26; before++)
        {
            DateOnly day = today.AddDays(-before);
            if (day.DayOfWeek == DayOfWeek.Sunday)
            {
                continue;
            }

            JsonElement figures = await GetAsync($"/api/places/{place}/figures?day={day:yyyy-MM-dd}");
            Assert.Equal("calibrated", figures.GetProperty("certainty").GetProperty("state").GetString());
            JsonElement visitors = figures.GetProperty("visitors");
            int came = Enumerable.Range(0, DemoDays.SlotsPerDay).Sum(
                slot => DemoDays.Embedded.At(PlaceDay.Start(s_zone, day) + (slot * DemoDays.SlotMs), s_zone).Arrivals);
            days++;
            held += came >= visitors.GetProperty("low").GetDouble() && came <= visitors.GetProperty("high").GetDouble() ? 1 : 0;
        }

        // 80 of 100 ranges hold the true number.
        Assert.True(held >= 0.7 * days, $"{held} of {days} ranges hold the number of people who came");
    }

    [Fact]
    public async Task OneAtATimeAndOnlyAnAdminOfEverythingHasASay()
    {
        long place = await AddAsync();
        Assert.Equal("There is a virtual box already", await RefusedAsync(409, HttpMethod.Post, "/api/demo", "{}"));
        string operatorKey = await KeyAsync("operator"), ofPlace = await KeyAsync("admin", place);
        foreach (string key in new[] { operatorKey, ofPlace })
        {
            await RefusedAsync(403, HttpMethod.Post, "/api/demo", "{}", key);
            await RefusedAsync(403, HttpMethod.Delete, "/api/demo", key: key);
        }

        await DoAsync(HttpMethod.Delete, "/api/demo");
        Assert.Equal("There is no virtual box", await RefusedAsync(404, HttpMethod.Delete, "/api/demo"));
        Assert.StartsWith(
            "timezone: ", await RefusedAsync(400, HttpMethod.Post, "/api/demo", """{"timezone":"Nowhere/Land"}"""),
            StringComparison.Ordinal);
        Assert.NotEqual(place, await AddAsync());
    }

    /// <summary>A clock, a bell, a sensor and a gateway stand beside it, with a past.</summary>
    [Fact]
    public async Task ThingsStandBesideIt()
    {
        long place = await AddAsync();
        JsonElement[] things = await Host.ListAsync($"/api/things?place={place}");
        Assert.Equal(
            ["DEMO-bell thing online", "DEMO-clock thing online", "DEMO-gateway gateway online", "DEMO-sensor thing online"],
            things.Select(static row => $"{row.GetProperty("device_id")} {row.GetProperty("kind")} {row.GetProperty("status")}"));
        Assert.All(things, static row => Assert.True(row.GetProperty("demo").GetBoolean()));
        JsonElement week = await GetAsync("/api/devices/DEMO-sensor/telemetry?key=co2&period=7d");
        JsonElement points = week.GetProperty("series")[0].GetProperty("points");
        Assert.InRange(points.GetArrayLength(), 300, 2000);
        double[] co2 = [.. points.EnumerateArray().Select(static point => point[3].GetDouble())];
        Assert.InRange(co2.Min(), 400, 480);
        Assert.True(co2.Max() > co2.Min() + 100, "nobody seems to breathe there");
        JsonElement shown = (await GetAsync("/api/devices/DEMO-clock/snapshot")).GetProperty("snapshot")[0];
        Assert.Matches("^[0-2][0-9]:[0-5][0-9]$", shown.GetProperty("text").GetString());
        Assert.Equal(64 * 16 / 8, shown.GetProperty("pixels").GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task ItsThingsDoWhatIsAskedOfThem()
    {
        await AddAsync();
        await DoAsync(HttpMethod.Put, "/api/devices/DEMO-bell/state", """{"v0":1}""");
        JsonElement before = await GetAsync("/api/devices/DEMO-bell/state");
        Assert.Equal(0, before.GetProperty("reported").GetProperty("v0").GetProperty("value").GetDouble());
        Pass(TimeSpan.FromMinutes(1));
        JsonElement after = await GetAsync("/api/devices/DEMO-bell/state");
        Assert.Equal(1, after.GetProperty("reported").GetProperty("v0").GetProperty("value").GetDouble());
        Assert.False(after.GetProperty("wanted").TryGetProperty("v0", out _));

        // It stays so, and rings at the next full hour of the day.
        for (int minute = 0; minute < 24 * 60; minute += 20)
        {
            Pass(TimeSpan.FromMinutes(19));
        }

        Assert.Equal(1, (await GetAsync("/api/things/DEMO-bell")).GetProperty("values").GetProperty("v0").GetDouble());
        Assert.InRange((await Host.ListAsync("/api/devices/DEMO-bell/events")).Length, 10, 12);
    }

    /// <summary>An id that somebody has given to a thing of their own stays theirs.</summary>
    [Fact]
    public async Task AThingOfThatNameStaysItsOwners()
    {
        await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"DEMO-clock","kind":"thing"}""");
        long place = await AddAsync();
        Assert.Equal(3, (await Host.ListAsync($"/api/things?place={place}")).Length);
        await DoAsync(HttpMethod.Delete, "/api/demo");
        JsonElement left = Assert.Single(await Host.ListAsync("/api/things"));
        Assert.Equal("DEMO-clock False", $"{left.GetProperty("device_id")} {left.GetProperty("demo")}");
    }

    /// <summary>Whatever table has rows of a box or a place: none of them stays.</summary>
    [Fact]
    public async Task RemovedItLeavesNothingButTheAuditLog()
    {
        TestDevice real = await Host.RegisterAsync();
        long other = await PlaceAsync("Real");
        await MoveAsync(real.Id, other);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        Dictionary<string, long> before = Rows();
        long place = await AddAsync();
        await KeyAsync("owner", place);
        await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-02-01", """{"open":[]}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Box}/tags", """{"tags":["window"]}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Box}/pin", """{"pin":"4711"}""");
        await DoAsync(HttpMethod.Post, $"/api/device/{Box}/command", """{"command":"send_now"}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Box}/config", """{"report_interval_ms":600000}""");
        Assert.True(Rows()["place_counts"] > 0);
        await DoAsync(HttpMethod.Delete, "/api/demo");
        Host.Clock.Advance(TimeSpan.FromMinutes(10));
        Dictionary<string, long> after = Rows();
        foreach (string grown in new[] { "audit", "api_keys", "rate_limits" })
        {
            before.Remove(grown);
            after.Remove(grown);
        }

        Assert.Equal(before.OrderBy(static pair => pair.Key), after.OrderBy(static pair => pair.Key));
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/places/{place}")).Status);
        Assert.Contains(
            "demo.remove", (await Host.ListAsync("/api/audit")).Select(static line => line.GetProperty("action").GetString()));
    }

    /// <summary>Two admins remove it, one of them slowly, while somebody makes a new one, which has the same id.</summary>
    [Fact]
    public async Task WhatIsRemovedLateIsNotTheNextOne()
    {
        await AddAsync();
        Store store = Host.Services.GetRequiredService<Store>();
        DemoBox first = store.Read(false, DemoSql.Find)!;
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Fitted fitted = store.Read((first.PlaceId, now), FitInputs.Read)!.Fit();
        await DoAsync(HttpMethod.Delete, "/api/demo");
        long place = await AddAsync();
        Dictionary<string, long> before = Rows();

        Assert.Equal(0, await store.WriteAsync((first, "late", now), DemoSql.Remove));
        Assert.Equal(0, await store.WriteAsync((first, fitted, now), DemoSql.Fit));
        Assert.Equal(before, Rows());
        Assert.Equal(place, store.Read(false, DemoSql.Find)!.PlaceId);
    }

    [Fact]
    public async Task NoOtherBoxStandsThereAndItStandsNowhereElse()
    {
        long place = await AddAsync(), other = await PlaceAsync("Real");
        TestDevice real = await WithPinAsync();
        string code = (await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes")).GetProperty("code").GetString()!;
        Assert.Equal(409, (await ActivateAsync(real.Id, new { pin = "4711", code })).Status);
        string[] refused =
        [
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/devices", $$"""{"device_id":"{{real.Id}}"}"""),
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{other}/devices", $$"""{"device_id":"{{Box}}"}"""),
            await RefusedAsync(409, HttpMethod.Delete, $"/api/places/{place}/devices/{Box}"),
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/replace", $$"""{"device_id":"{{Box}}","by":"{{real.Id}}"}"""),
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{other}/merge", $$"""{"into":{{place}}}"""),
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/merge", $$"""{"into":{{other}}}"""),
            await RefusedAsync(409, HttpMethod.Post, $"/api/device/{Box}/retire"),
            await RefusedAsync(409, HttpMethod.Post, "/api/device/register", $$"""{"device_id":"JBNB7001","place":{{place}}}"""),
        ];
        Assert.Equal("The virtual box and its place belong together: no other box stands there", Assert.Single(refused.Distinct()));
    }

    /// <summary>Switched off it is as silent as a box that is broken: nobody is told.</summary>
    [Fact]
    public async Task NothingThatWatchesTheFleetTakesItForABox()
    {
        await ReadingAsync(1);
        Host.Clock.Advance(TimeSpan.FromSeconds(10));
        string ofPlaces = await KeyAsync("viewer", await PlaceAsync("Real"));
        string before = States() + await FleetAsync(BackendHost.AdminKey) + await FleetAsync(ofPlaces);
        long place = await AddAsync(waitMs: 0);
        Assert.Equal(before, States() + await FleetAsync(BackendHost.AdminKey) + await FleetAsync(ofPlaces));
        string ofDemo = await KeyAsync("viewer", place);
        Assert.Contains("\"total_unique\":0", await FleetAsync(ofDemo), StringComparison.Ordinal);
        await Host.Services.GetRequiredService<Store>().WriteAsync(0, static (session, _) => session.Execute(
            "UPDATE devices SET last_seen_at = 1, degraded = 1 WHERE device_id = 'DEMO0001'"));
        Host.Clock.Advance(TimeSpan.FromDays(2));
        Assert.DoesNotContain(Box, (await GetAsync("/api/alerts")).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(0, Rows()["notifications"]);
        Assert.DoesNotContain(Box, (await GetAsync("/api/ota/status")).GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>What is said of all boxes that a key may see, as far as it has to do with people.</summary>
    private async Task<string> FleetAsync(string key) =>
        (await DoAsync(HttpMethod.Get, "/api/stats", key: key)).GetRawText()
        + (await DoAsync(HttpMethod.Get, "/api/summary", key: key)).GetRawText();

    /// <summary>A jump fires a timer once, at its time; a minute later the job sees that it is later.</summary>
    private void Pass(TimeSpan time)
    {
        Host.Clock.Advance(time);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
    }

    private async Task<long> AddAsync(int waitMs = 10_000)
    {
        // Behind the full minute, so that what was closed then has arrived.
        Host.Clock.Advance(TimeSpan.FromMilliseconds(waitMs));
        return (await DoAsync(HttpMethod.Post, "/api/demo", """{"timezone":"Europe/Berlin"}""")).GetProperty("place_id").GetInt64();
    }

    private long Readings() => Host.Services.GetRequiredService<Store>().Read(0, static (session, _) =>
    {
        using SqlStatement row = session.Query(
            "SELECT count(*) FROM readings r JOIN devices d ON d.id = r.device_key WHERE d.device_id = 'DEMO0001'");
        row.Read();
        return row.Int64(0);
    });

    /// <summary>What the metrics say of the fleet: asked as the meter asks, which does so by the machine's clock.</summary>
    private string States() => string.Join(' ', Host.Services.GetRequiredService<Store>().Read(
        Host.Clock.GetUtcNow().ToUnixTimeMilliseconds(), Backend.Observability.BackendMetrics.CountDevices)
        .Select(static state => $"{state.Tags[0].Value} {state.Value}"));

    /// <summary>How many rows each table has.</summary>
    private Dictionary<string, long> Rows() => Host.Services.GetRequiredService<Store>().Read(0, static (session, _) =>
    {
        List<string> tables = [];
        using (SqlStatement row = session.Query(session.TakesArrays
            ? "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            : "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"))
        {
            while (row.Read())
            {
                tables.Add(row.Text(0));
            }
        }

        Dictionary<string, long> rows = new(StringComparer.Ordinal);
        foreach (string table in tables)
        {
            using SqlStatement row = session.Query($"SELECT count(*) FROM {table}");
            row.Read();
            rows[table] = row.Int64(0);
        }

        return rows;
    });
}
