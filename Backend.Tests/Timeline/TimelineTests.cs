using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;
using JamBox.Backend.Tests.Rollouts;
using JamBox.Backend.Timeline;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Timeline;

/// <summary>Everything that happened to a box, in one list: each kind, in order, part by part, and only what the caller may see.</summary>
public abstract class TimelineTests(BackendHost shared) : PlaceTest(shared)
{
    private string Path => $"/api/device/{Device.Id}/timeline";

    [Fact]
    public async Task EveryKindIsThereNewestFirst()
    {
        long shop = await PlaceAsync("Shop"), stall = await PlaceAsync("Stall");
        await MoveAsync(Device.Id, shop);
        await HeartbeatAsync(",\"v\":\"6.0.0\",\"b\":1,\"rr\":\"power\"");
        await HeartbeatAsync(",\"v\":\"6.0.0\",\"b\":1,\"rr\":\"power\"");
        Pass(TimeSpan.FromHours(1));
        await HeartbeatAsync(",\"v\":\"6.1.0\",\"b\":2,\"rr\":\"watchdog\"");
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"send_now"}""");
        Pass(TimeSpan.FromMinutes(1));
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/config", """{"dwell_long_threshold":20}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/pin", """{"pin":"4711"}""");
        await ActivateAsync(Device.Id, new { pin = "0000", location_name = "Mine" });
        await ActivateAsync(Device.Id, new { pin = "0000", location_name = "Mine" });
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/tags", """{"tags":["pilot"]}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{shop}", """{"name":"Corner shop"}""");
        Fleet fleet = new(Host);
        long firmware = await fleet.ReleaseAsync(61_000);
        await fleet.FailAsync(Device.Id, firmware, "signature");
        await SilentAsync();
        for (int n = 0; n < 6; n++)
        {
            await ReadingAsync(n, n % 2 == 0 ? ",\"of\":5" : "");
            await MinuteAsync();
        }

        Pass(TimeSpan.FromHours(1));
        await MoveAsync(Device.Id, stall);

        JsonElement[] rows = await Host.ListAsync($"{Path}?limit=1000");
        Assert.Equal(rows.Select(static row => row.GetProperty("at").GetDateTime()).OrderDescending(), Times(rows));
        Assert.Equal(rows.Length, rows.Select(static row => row.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(
            TimelineKind.All.Order(),
            rows.Select(static row => row.GetProperty("kind").GetString()!).Distinct().Order());

        Assert.Equal(["watchdog 6.0.0 6.1.0", "power  6.0.0"], Lines(rows, "boot", "what", "before", "after"));
        Assert.Equal(["back", "silent"], Lines(rows, "silence", "what"));
        Assert.Equal(["degraded over"], Lines(rows, "alert", "what", "state"));
        Assert.Equal(
            ["came  Stall", "left Corner shop ", "came  Corner shop"],
            Lines([.. rows.Where(static row => !Is(row, "what", "place.change"))], "place", "what", "before", "after"));
        Assert.StartsWith(
            "'Shop'", Assert.Single(rows, static row => Is(row, "what", "place.change")).GetProperty("before").GetString(),
            StringComparison.Ordinal);
        Assert.Equal(["send_now expired"], Lines(rows, "command", "what", "state"));
        Assert.Contains("\"dwell_long_threshold\":20", Lines(rows, "settings", "after")[0], StringComparison.Ordinal);
        Assert.Equal(["6.61000.0 failed signature"], Lines(rows, "update", "what", "state", "result"));
        Assert.Equal(["degraded", "offline", "online"], Lines(rows, "notification", "what").Distinct().Order(StringComparer.Ordinal));
        Assert.Contains("device.tags", Lines(rows, "change", "what"));
        Assert.Contains("device.register", Lines(rows, "change", "what"));
        Assert.Equal(["pin.wrong 2", "device.pin "], Lines(rows, "pin", "what", "message"));
    }

    [Fact]
    public async Task ABoxOfTheOldFleetBootsWhenItsUptimeBeginsAnew()
    {
        foreach (int uptime in new[] { 60, 86_460, 30, 90 })
        {
            await HeartbeatAsync(string.Create(CultureInfo.InvariantCulture, $",\"v\":\"5.5\",\"uptime\":{uptime}"));
            Pass(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, (await Host.ListAsync($"{Path}?kinds=boot")).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task PartsAreTheWholeAlsoWhereMuchHappensInOneMoment(int limit)
    {
        // All at one moment of the clock: time alone does not say where a part ends.
        for (int i = 0; i < 5; i++)
        {
            await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"send_now"}""");
            await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/tags", $$"""{"tags":["t{{i}}"]}""");
            await HeartbeatAsync($",\"b\":{i + 1}");
        }

        string[] whole = [.. (await Host.ListAsync($"{Path}?limit=1000")).Select(static row => row.GetProperty("id").GetString()!)];
        List<string> parts = [];
        for (string? next = $"{Path}?limit={limit}"; next is not null;)
        {
            using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, next);
            JsonElement[] rows = [.. JsonElement.Parse(await answer.Content.ReadAsStringAsync()).EnumerateArray()];
            Assert.InRange(rows.Length, 1, limit);
            parts.AddRange(rows.Select(static row => row.GetProperty("id").GetString()!));
            next = answer.Headers.TryGetValues("Link", out IEnumerable<string>? links)
                ? links.Single().Split('<', '>')[1]
                : null;
        }

        Assert.Equal(whole, parts);
        Assert.Equal(16, whole.Length);
    }

    [Fact]
    public async Task KindsChooseAndNonsenseIsRefused()
    {
        await HeartbeatAsync(",\"b\":1");
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"send_now"}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/tags", """{"tags":["a"]}""");
        Assert.Equal(["command", "boot"], Kinds(await Host.ListAsync($"{Path}?kinds=boot,command")));
        Assert.Equal(["command"], Kinds(await Host.ListAsync($"{Path}?kinds=command")));
        Assert.Empty(await Host.ListAsync($"{Path}?kinds=alert"));
        Assert.StartsWith("kinds: must be", await RefusedAsync(400, HttpMethod.Get, $"{Path}?kinds=boot,boats"), StringComparison.Ordinal);
        await RefusedAsync(400, HttpMethod.Get, $"{Path}?kinds=%25");
        await RefusedAsync(400, HttpMethod.Get, $"{Path}?kinds=boot,,command");
        foreach (string cursor in new[] { "1", "1-2", "1-2-3-4", "a-b-c", "--", "-1-2-3", "1-2-99999999999999999999", "1-99999999999-3" })
        {
            await RefusedAsync(400, HttpMethod.Get, $"{Path}?cursor={cursor}");
        }

        Assert.Empty(await Host.ListAsync($"{Path}?cursor=0-0-0"));
        await RefusedAsync(404, HttpMethod.Get, "/api/device/JBNB9999/timeline");
    }

    [Fact]
    public async Task EachPlaceSeesItsOwnTimesAndOperatorsSeeWhoDidWhat()
    {
        long east = await PlaceAsync("East"), west = await PlaceAsync("West");
        await MoveAsync(Device.Id, east);
        await HeartbeatAsync(",\"b\":1");
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/tags", """{"tags":["east"]}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/config", """{"dwell_long_threshold":20}""");
        Pass(TimeSpan.FromHours(1));
        await MoveAsync(Device.Id, west);
        await HeartbeatAsync(",\"b\":2");
        await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/command", """{"command":"send_now"}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/pin", """{"pin":"4711"}""");
        Pass(TimeSpan.FromHours(1));

        Assert.Equal(
            ["boot", "place", "place", "settings"],
            await KindsAsync(await KeyAsync("viewer", east)));
        Assert.Equal(
            ["boot", "change", "change", "place", "place", "settings"],
            await KindsAsync(await KeyAsync("operator", east)));
        Assert.Equal(["boot", "command", "place"], await KindsAsync(await KeyAsync("viewer", west)));
        Assert.Equal(["boot", "command", "place"], await KindsAsync(await KeyAsync("owner", west)));
        Assert.Equal(["boot", "command", "pin", "place"], await KindsAsync(await KeyAsync("operator", west)));
        Assert.DoesNotContain(
            "West", (await DoAsync(HttpMethod.Get, Path, key: await KeyAsync("operator", east))).GetRawText(), StringComparison.Ordinal);
        await RefusedAsync(404, HttpMethod.Get, Path, key: await KeyAsync("viewer", await PlaceAsync("Elsewhere")));
    }

    [Fact]
    public async Task AReplacementIsToldOnBothSides()
    {
        long shop = await PlaceAsync("Shop");
        TestDevice next = await Host.RegisterAsync();
        await MoveAsync(Device.Id, shop);
        Pass(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Post, $"/api/places/{shop}/replace", $$"""{"device_id":"{{Device.Id}}","by":"{{next.Id}}"}""");
        foreach (string id in new[] { Device.Id, next.Id })
        {
            JsonElement row = Assert.Single(
                await Host.ListAsync($"/api/device/{id}/timeline?kinds=place"), static row => Is(row, "what", "place.replace"));
            Assert.Equal($"{Device.Id} {next.Id}", $"{row.GetProperty("before")} {row.GetProperty("after")}");
        }
    }

    /// <summary>Two years of a busy box: 30,000 readings, hourly heartbeats, daily commands and audit lines. The time is printed.</summary>
    [Fact]
    public async Task TwoYearsAreReadAsQuicklyAsADay()
    {
        const int Hours = 2 * 365 * 24;
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await Host.Services.GetRequiredService<Store>().WriteAsync((Device.Id, now), static (session, wanted) =>
        {
            for (int hour = 0; hour < Hours; hour++)
            {
                long at = wanted.now - (hour * 3_600_000L);
                session.Execute(
                    "INSERT INTO heartbeats (device_id, timestamp, b, rr) VALUES ($1, $2, $3, 'power')", wanted.Id, at,
                    (Hours - hour) / 24);
                if (hour % 24 == 0)
                {
                    session.Execute(
                        """
                        INSERT INTO commands (device_id, command, state, queued_by, queued_at, expires_at)
                        VALUES ($1, 'send_now', 'done', 'test', $2, $2)
                        """, wanted.Id, at);
                    session.Execute(
                        "INSERT INTO audit (at, who, action, target) VALUES ($2, 'test', 'device.tags', $1)", wanted.Id, at);
                }
            }

            return 0;
        });
        Stopwatch watch = Stopwatch.StartNew();
        JsonElement[] rows = await Host.ListAsync($"{Path}?limit=100");
        Assert.Equal(100, rows.Length);
        Console.WriteLine($"timeline of two years, first part: {watch.ElapsedMilliseconds} ms");
        Assert.Equal(Hours / 24, (await Host.ListAsync($"{Path}?kinds=command&limit=1000")).Length);
    }

    private static bool Is(JsonElement row, string kind) => Is(row, "kind", kind);

    private static bool Is(JsonElement row, string name, string value) => row.GetProperty(name).GetString() == value;

    private static IEnumerable<DateTime> Times(JsonElement[] rows) => rows.Select(static row => row.GetProperty("at").GetDateTime());

    private static string[] Kinds(JsonElement[] rows) =>
        [.. rows.Select(static row => row.GetProperty("kind").GetString()!).Where(static kind => kind != "change")];

    private static string[] Lines(JsonElement[] rows, string kind, params string[] names) =>
        [.. rows.Where(row => Is(row, kind)).Select(row => string.Join(' ', names.Select(name => row.GetProperty(name).GetString())))];

    private async Task<IEnumerable<string>> KindsAsync(string key) =>
        (await DoAsync(HttpMethod.Get, Path, key: key)).EnumerateArray().Select(static row => row.GetProperty("kind").GetString()!).Order();

    private async Task SilentAsync()
    {
        Pass(TimeSpan.FromHours(25));
        await MinuteAsync();
        await HeartbeatAsync(",\"b\":2,\"v\":\"6.1.0\"");
        await MinuteAsync();
    }

    private void Pass(TimeSpan time) => Host.Clock.Advance(time);

    private async Task MinuteAsync()
    {
        foreach (int seconds in new[] { 60, 10 })
        {
            Pass(TimeSpan.FromSeconds(seconds));
            await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }
    }
}
