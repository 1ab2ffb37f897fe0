using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>The history of one module: what was written to it, whichever gateway it stood behind.</summary>
public abstract class ModuleHistoryTests(BackendHost shared) : GatewayTest(shared)
{
    [Fact]
    public async Task ItIsWhatWasDoneWithThatModuleAndNothingElse()
    {
        string hall = await GatewayAsync("shop-1");
        string kitchen = await GatewayAsync("shop-2");
        string first = await PackageAsync("1.0.0");
        string second = await PackageAsync("1.1.0");
        await SayAsync(hall, first, "completed", Modules(("esp32-AB12CD", "done", 12_345), ("esp32-AB12CE", "done", 9_000)));
        await SayAsync(kitchen, first, "completed", Modules(("esp32-AB12C", "done", 8_000), ("esp32-AB12CDE", "done", 8_000)));
        await SayAsync(hall, second, "failed", Modules(("ESP32-ab12cd", "restored", 61_000)));

        // It was carried to another gateway, which says nothing of modules in its last word.
        await SayAsync(kitchen, second, "deploying", Modules(("esp32-AB12CD", "pushing", 4_000), ("esp32-AB12CE", "waiting", null)));
        await SayAsync(kitchen, second, "completed");
        string[] all =
        [
            "shop-2 1.0.0>1.1.0 completed completed 1 ", "shop-1 1.0.0>1.1.0 failed failed 1 ",
            "shop-1 >1.0.0 completed completed 1 ",
        ];
        Assert.Equal(all, await HistoryAsync("module=esp32-AB12CD"));
        Assert.Equal(all, await HistoryAsync("module=ESP32-AB12CD"));
        Assert.Equal(all[1..], await HistoryAsync("module=esp32-ab12cd&gateway=shop-1"));
        Assert.Equal(all[1..2], await HistoryAsync("module=esp32-ab12cd&result=failed"));
        Assert.Equal(all[2..], await HistoryAsync($"module=esp32-ab12cd&deployment={first}"));
        Assert.Equal([all[0], all[2]], await HistoryAsync("module=esp32-AB12CE"));
        Assert.Empty(await HistoryAsync("module=esp32"));
        Assert.Equal(4, (await HistoryAsync("module=")).Length);
        JsonElement oldest = (await DoAsync(HttpMethod.Get, "/api/deployments/history?module=esp32-AB12CD")).EnumerateArray().Last();
        Assert.Equal(
            ["esp32-AB12CD done 12345", "esp32-AB12CE done 9000"], oldest.GetProperty("modules").EnumerateArray().Select(static one =>
                $"{one.GetProperty("hostname")} {one.GetProperty("status")} {one.GetProperty("ms")}"));
    }

    [Fact]
    public async Task ItComesPartByPart()
    {
        string key = await GatewayAsync("shop-1");
        List<string> wanted = [];
        for (int n = 0; n < 7; n++)
        {
            string id = await PackageAsync($"1.{n}.0");
            bool isOurs = n % 2 == 0;
            await SayAsync(key, id, "completed", Modules((isOurs ? "esp32-1" : "esp32-2", "done", 1_000)));
            if (isOurs)
            {
                wanted.Insert(0, $"1.{n}.0");
            }
        }

        List<string> heard = [];
        string? next = "/api/deployments/history?module=ESP32-1&limit=3";
        int parts = 0;
        while (next is not null)
        {
            using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, next);
            Assert.Equal(200, (int)answer.StatusCode);
            heard.AddRange(JsonElement.Parse(await answer.Content.ReadAsStringAsync()).EnumerateArray()
                .Select(static row => row.GetProperty("toVersion").GetString()!));
            next = answer.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single().Split('<', '>')[1] : null;
            parts++;
            Assert.InRange(parts, 1, 2);
        }

        Assert.Equal(wanted, heard);
        Assert.Equal(2, parts);
    }

    [Fact]
    public async Task WhatIsNoNameOfAModuleIsRefused()
    {
        foreach (string wrong in new[]
        {
            "esp32_1", "a.local", "a%20b", "%25", "esp32-%C3%84", new string('h', 64), "a&module=b",
        })
        {
            Assert.Contains(
                "module", await RefusedAsync(400, HttpMethod.Get, $"/api/deployments/history?module={wrong}"), StringComparison.Ordinal);
        }

        Assert.Contains(
            "module: must be 1 to 63 letters, digits and hyphens",
            await RefusedAsync(400, HttpMethod.Get, "/api/deployments/history?module='%20OR%201"), StringComparison.Ordinal);
        Assert.Empty(await HistoryAsync($"module={new string('h', 63)}"));
    }

    [Fact]
    public async Task WhoSeesOnePlaceSeesWhatWasWrittenThere()
    {
        long mill = await PlaceAsync("Mill Street");
        string here = await GatewayAsync("shop-1", mill);
        string there = await GatewayAsync("shop-2", await PlaceAsync("Port"));
        string id = await PackageAsync("1.0.0");
        await SayAsync(here, id, "completed", Modules(("esp32-1", "done", 1_000)));
        await SayAsync(there, id, "completed", Modules(("esp32-1", "done", 1_000)));
        Assert.Equal(2, (await HistoryAsync("module=esp32-1")).Length);
        Assert.Equal(
            ["shop-1 >1.0.0 completed completed 1 "], await HistoryAsync("module=esp32-1", await KeyAsync("viewer", mill)));
    }

    /// <summary>A run is about the modules that its gateway named last; one that is gone leaves nothing.</summary>
    [Fact]
    public async Task ItFollowsTheModulesThatARunIsAbout()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await SayAsync(key, id, "deploying", Modules(("esp32-1", "waiting", null), ("esp32-2", "waiting", null)));
        await SayAsync(key, id, "deploying", Modules(("esp32-2", "pushing", 500), ("esp32-3", "waiting", null)));
        Assert.Empty(await HistoryAsync("module=esp32-1"));
        Assert.Single(await HistoryAsync("module=esp32-2"));
        Assert.Single(await HistoryAsync("module=esp32-3"));
        await SayAsync(key, id, "completed", ""","modules":[]""");
        Assert.Empty(await HistoryAsync("module=esp32-3"));
        await SayAsync(key, id, "completed", Modules(("esp32-3", "done", 500)));
        await WriteAsync(static session =>
        {
            session.Execute("DELETE FROM deployment_words");
            return session.Execute("DELETE FROM deployment_runs");
        });
        Assert.Equal(0, Read(static session =>
        {
            using SqlStatement row = session.Query("SELECT count(*) FROM deployment_run_modules");
            row.Read();
            return row.Int64(0);
        }));
    }

    private static string Modules(params (string Hostname, string Status, long? Ms)[] modules) =>
        ",\"modules\":" + JsonSerializer.Serialize(
            modules.Select(static one => new { hostname = one.Hostname, type = "power", status = one.Status, ms = one.Ms }));
}
