using System.Text.Json;

using JamBox.Backend.Firmware;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>What things tell of their updates, and what people see of it.</summary>
public abstract class UpdateSessionTests(BackendHost shared) : FirmwareTest(shared)
{
    [Fact]
    public async Task AnUpdateFromStartToEnd()
    {
        string id = await SayAsync("start", ""","product":"clock","platform":"ESP32-C3","old_version":"v1.0.0","new_version":"v1.1.0" """);
        Host.Clock.Advance(TimeSpan.FromSeconds(30));
        await SayAsync("progress", $$""","session_id":"{{id}}","progress":40""", "downloading");
        await SayAsync("progress", ""","progress":20""", "downloading");
        Assert.Equal("downloading 40", await RowAsync("status", "progress"));
        Host.Clock.Advance(TimeSpan.FromSeconds(30));
        await SayAsync("complete", ""","status":"success" """, "success");
        await SayAsync("complete", ""","status":"failed","error":"late" """, "success");
        Assert.Equal(
            "clock ESP32-C3 v1.0.0 v1.1.0 success 100",
            await RowAsync("product", "platform", "old_version", "new_version", "status", "progress"));
        Assert.Equal(
            """{"total":1,"success":1,"failed":0,"in_progress":0,"stuck":0,"success_rate":100,"mean_duration_seconds":60,"last_24h":1}""",
            (await GetAsync("/api/ota-stats")).GetRawText());
    }

    [Fact]
    public async Task ANewStartEndsTheOneBefore()
    {
        string first = await SayAsync("start", ""","new_version":"v1.1.0" """);
        string second = await SayAsync("start", ""","new_version":"v1.2.0" """);
        Assert.NotEqual(first, second);
        Assert.Equal("started v1.2.0, failed v1.1.0 interrupted", await AllAsync());

        // It was the restart into the new version that was taken for a new start.
        await SayAsync("start", ""","old_version":"1.2.0","new_version":"v1.3.0" """);
        Assert.Equal("started v1.3.0, success v1.2.0, failed v1.1.0 interrupted", await AllAsync());
    }

    [Fact]
    public async Task TheSameStartAgainIsTheSameUpdate()
    {
        string id = await SayAsync("start", ""","session_id":"abc-1","new_version":"v1.1.0" """);
        Assert.Equal("abc-1", id);
        Assert.Equal("abc-1", await SayAsync("start", ""","session_id":"abc-1","new_version":"v1.1.0" """));
        await SayAsync("complete", ""","success":false,"error":"no space" """, "failed");
        Assert.NotEqual("abc-1", await SayAsync("start", ""","session_id":"abc-1","new_version":"v1.1.0" """));
        Assert.Equal("started v1.1.0, failed v1.1.0 no space", await AllAsync());
    }

    [Fact]
    public async Task AStartThatIsSentTwiceIsOneUpdate()
    {
        string id = await SayAsync("start", ""","new_version":"v1.1.0" """);
        Host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(id, await SayAsync("start", ""","new_version":"1.1.0" """));
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        string second = await SayAsync("start", ""","new_version":"v1.1.0" """);
        Assert.NotEqual(id, second);
        await SayAsync("progress", ""","progress":1""", "downloading");
        Assert.NotEqual(second, await SayAsync("start", ""","new_version":"v1.1.0" """));
        Assert.Equal("started v1.1.0, failed v1.1.0 interrupted, failed v1.1.0 interrupted", await AllAsync());
    }

    [Fact]
    public async Task TwoProcessesAtTheSameMomentBeginOneUpdate()
    {
        TestDevice other = await Host.RegisterAsync();
        await using WebApplication second = Host.Build();
        // Of SQLite there is one process; there it is two requests at once.
        Store here = Host.Services.GetRequiredService<Store>();
        Store[] stores = [here, Host.Storage == TestStorage.Postgres ? second.Services.GetRequiredService<Store>() : here];
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        for (int round = 0; round < 20; round++)
        {
            now += 60_000;
            UpdateWord word = new(Device.Id, null, "clock", "esp32c3", null, $"v1.{round}.0");
            UpdateSession[] same = await Task.WhenAll(Enumerable.Range(0, 4).Select(
                n => stores[n % 2].WriteAsync((word, $"same-{round}-{n}", now), UpdateSessionSql.Start)));
            Assert.Single(same.Select(static update => update.SessionId).Distinct());

            // The later one of two that differ ends the other, whichever that is.
            await Task.WhenAll(Enumerable.Range(0, 2).Select(n => stores[n].WriteAsync(
                (word with { NewVersion = $"v2.{round}.{n}" }, $"differ-{round}-{n}", now), UpdateSessionSql.Start)));
            JsonElement[] rows = [.. (await GetAsync($"/api/ota-logs?device_id={Device.Id}")).EnumerateArray().Take(3)];
            Assert.Equal("started, failed interrupted, failed interrupted", Text(rows));

            // One id is one device's.
            UpdateSession[] taken = await Task.WhenAll(new[] { Device.Id, other.Id }.Select((id, n) => stores[n].WriteAsync(
                (word with { DeviceId = id, SessionId = $"mine-{round}" }, $"fresh-{round}", now), UpdateSessionSql.Start)));
            Assert.Equal([$"fresh-{round}", $"mine-{round}"], taken.Select(static update => update.SessionId).Order());
        }

        static string Text(JsonElement[] rows) => string.Join(
            ", ", rows.Select(static row => $"{row.GetProperty("status")} {row.GetProperty("error")}".Trim()));
    }

    [Fact]
    public async Task AWordOfAnUpdateIsAWordOfTheThing()
    {
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/device/register", """{"device_id":"bell-1","kind":"thing","product":"bell","platform":"esp01"}""");
        TestDevice bell = new(Host, "bell-1", made.GetProperty("token").GetString()!);
        Assert.Equal("new", await StateAsync());
        string id = await SayAsync("start", ""","new_version":"v1.1.0" """, device: bell);
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("online", await StateAsync());
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("warning", await StateAsync());
        await SayAsync("complete", $$""","session_id":"{{id}}","status":"success" """, "success", bell);
        Assert.Equal("online", await StateAsync());
        Host.Clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromMilliseconds(1));
        Assert.Equal("offline", await StateAsync());

        async Task<string> StateAsync() =>
            (await GetAsync("/api/device/bell-1")).GetProperty("device").GetProperty("connection_status").GetString()!;
    }

    [Fact]
    public async Task AWordIsCreditedToNobodyElse()
    {
        TestDevice other = await Host.RegisterAsync();
        await SayAsync("start", ""","session_id":"mine","new_version":"v1.1.0" """);
        await SayAsync("start", ""","session_id":"theirs","new_version":"v1.1.0" """, device: other);
        RawAnswer answer = await Device.PostAsync("/api/ota/session", """{"event":"progress","session_id":"theirs","progress":50}""");
        Assert.Equal(404, answer.Status);
        answer = await Device.PostAsync("/api/ota/session", $$"""{"event":"progress","device_id":"{{other.Id}}","progress":50}""");
        Assert.Equal(403, answer.Status);
        await SayAsync("start", ""","session_id":"theirs","new_version":"v1.2.0" """);
        Assert.Equal(
            "started 0", string.Join(' ', (await GetAsync($"/api/ota-logs?device_id={other.Id}")).EnumerateArray().Select(
                static row => $"{row.GetProperty("status")} {row.GetProperty("progress")}")));
    }

    [Fact]
    public async Task WhatItRunsDecidesHoweverTheLastWordGotLost()
    {
        await SayAsync("start", ""","new_version":"v1.1.0" """);
        await HeartbeatAsync(",\"v\":\"1.0.0\"");
        Assert.Equal("started v1.1.0", await AllAsync());
        await HeartbeatAsync(",\"v\":\"1.1.0\"");
        Assert.Equal("success v1.1.0", await AllAsync());
        await SayAsync("start", ""","new_version":"v1.2.0" """);
        Host.Clock.Advance(TimeSpan.FromMinutes(5));
        await HeartbeatAsync(",\"v\":\"1.1.0\"");
        Assert.Equal("failed v1.2.0 no_report, success v1.1.0", await AllAsync());
    }

    [Fact]
    public async Task NoUpdateIsOpenForEver()
    {
        await PassAsync(TimeSpan.FromMinutes(10));
        await SayAsync("start", ""","new_version":"v1.1.0" """);
        await PassAsync(TimeSpan.FromMinutes(59));
        Assert.Equal("started v1.1.0", await AllAsync());
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("failed v1.1.0 silent", await AllAsync());
        Assert.Equal(
            "failed", Assert.Single((await GetAsync("/api/ota-logs?status=failed")).EnumerateArray()).GetProperty("status").GetString());
        Assert.Empty((await GetAsync("/api/ota-logs?status=started")).EnumerateArray());
    }

    [Fact]
    public async Task ListenersAreToldOfEachTenPerCent()
    {
        await SayAsync("start", ""","new_version":"v1.1.0" """);
        foreach (int percent in new[] { 1, 5, 9, 10, 19, 40, 30, 41 })
        {
            await SayAsync("progress", $",\"progress\":{percent}", "downloading");
        }

        await SayAsync("complete", ""","status":"success" """, "success");
        string[] told = Host.Services.GetRequiredService<Store>().Read(Device.Id, static (session, id) =>
        {
            using SqlStatement row = session.Query("SELECT data FROM events WHERE kind = 'ota' AND device_id = $1 ORDER BY id", id);
            List<string> rows = [];
            while (row.Read())
            {
                JsonElement one = JsonElement.Parse(row.Text(0));
                rows.Add($"{one.GetProperty("status").GetString()} {one.GetProperty("progress")} {one.GetProperty("rollout")}");
            }

            return rows.ToArray();
        });
        Assert.Equal(["started 0 0", "downloading 1 0", "downloading 10 0", "downloading 40 0", "success 100 0"], told);
    }

    [Fact]
    public async Task WhileTheServerWasAwayNobodyWasSilent()
    {
        await SayAsync("start", ""","new_version":"v1.1.0" """);
        Host.Clock.Advance(TimeSpan.FromHours(8));
        await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
        await PassAsync(TimeSpan.FromMinutes(55));
        Assert.Equal("started v1.1.0", await AllAsync());
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("failed v1.1.0 silent", await AllAsync());
    }

    [Fact]
    public async Task WhatItRunsDecidesHoweverItEnded()
    {
        await PassAsync(TimeSpan.FromMinutes(10));
        await SayAsync("start", ""","old_version":"v1.0.0","new_version":"v1.1.0" """);
        await PassAsync(TimeSpan.FromMinutes(65));
        await HeartbeatAsync(",\"v\":\"1.1.0\"");
        Assert.Equal("success v1.1.0", await AllAsync());
        await HeartbeatAsync(",\"v\":\"1.0.0\"");
        Assert.Equal("success v1.1.0", await AllAsync());
        await PassAsync(TimeSpan.FromMinutes(5));
        await HeartbeatAsync(",\"v\":\"1.0.0\"");
        Assert.Equal("failed v1.1.0 rolled_back", await AllAsync());
        await HeartbeatAsync(",\"v\":\"1.1.0\"");
        Assert.Equal("success v1.1.0", await AllAsync());
    }

    /// <summary>Time passes in which the server looks.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMinutes(1))
        {
            Host.Clock.Advance(TimeSpan.FromMinutes(1));
            await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }
    }

    [Fact]
    public async Task WhatSaysNothingForAQuarterOfAnHourIsStuck()
    {
        await SayAsync("start", ""","new_version":"v1.1.0" """);
        Host.Clock.Advance(TimeSpan.FromMinutes(10));
        await SayAsync("progress", ""","progress":40""", "downloading");
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("downloading False", await RowAsync("status", "stuck"));
        Assert.Empty((await GetAsync("/api/ota-logs?status=stuck")).EnumerateArray());
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("downloading True", await RowAsync("status", "stuck"));
        JsonElement stuck = Assert.Single((await GetAsync("/api/ota-logs?status=stuck")).EnumerateArray());
        Assert.Equal(
            TimeSpan.FromMinutes(10), stuck.GetProperty("heard_at").GetDateTime() - stuck.GetProperty("started_at").GetDateTime());
        Assert.Equal("1 1", await StatsAsync("in_progress", "stuck"));

        // A word, and it is not; nor is one that has ended.
        await SayAsync("progress", ""","progress":50""", "downloading");
        Assert.Equal("1 0", await StatsAsync("in_progress", "stuck"));
        await SayAsync("complete", ""","status":"failed","error":"no space" """, "failed");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("failed False", await RowAsync("status", "stuck"));
        Assert.Equal("0 0", await StatsAsync("in_progress", "stuck"));

        async Task<string> StatsAsync(params string[] names)
        {
            JsonElement stats = await GetAsync("/api/ota-stats");
            return string.Join(' ', names.Select(name => stats.GetProperty(name).ToString()));
        }
    }

    [Theory]
    [InlineData("""{"event":"stop"}""", "event: must be start or progress or complete")]
    [InlineData("""{}""", "event: must be start, progress or complete")]
    [InlineData("""{"event":"progress"}""", "progress: must be 0 to 100")]
    [InlineData("""{"event":"progress","progress":101}""", "progress: must be a whole number from 0 to 100")]
    [InlineData("""{"event":"complete"}""", "status: must be success or failed")]
    [InlineData("""{"event":"start","session_id":"a b"}""", "session_id: must be 1 to 64 letters, digits and hyphens")]
    public async Task WhatIsWrongIsNamed(string body, string error)
    {
        RawAnswer answer = await Device.PostAsync("/api/ota/session", body);
        Assert.Equal((400, error), (answer.Status, JsonElement.Parse(answer.Body).GetProperty("error").GetString()));
    }

    [Fact]
    public async Task WithoutAStartThereIsNothing()
    {
        Assert.Equal(404, (await Device.PostAsync("/api/ota/session", """{"event":"progress","progress":1}""")).Status);
        Assert.Equal(404, (await Device.PostAsync("/api/ota/session", """{"event":"complete","status":"success"}""")).Status);
    }

    /// <summary>Says something, and gives the id of the update.</summary>
    private async Task<string> SayAsync(string what, string more, string state = "started", TestDevice? device = null)
    {
        RawAnswer answer = await (device ?? Device).PostAsync("/api/ota/session", $$"""{"event":"{{what}}"{{more}}}""");
        Assert.True(answer.Status == 200, answer.Body);
        JsonElement json = JsonElement.Parse(answer.Body);
        Assert.Equal(state, json.GetProperty("state").GetString());
        return json.GetProperty("session_id").GetString()!;
    }

    private async Task<string> RowAsync(params string[] names)
    {
        JsonElement row = (await GetAsync($"/api/ota-logs?device_id={Device.Id}")).EnumerateArray().First();
        return string.Join(' ', names.Select(name => row.GetProperty(name).ToString()));
    }

    private async Task<string> AllAsync() => string.Join(
        ", ", (await GetAsync($"/api/ota-logs?device_id={Device.Id}")).EnumerateArray().Select(
            static row => $"{row.GetProperty("status")} {row.GetProperty("new_version")} {row.GetProperty("error")}".Trim()));
}
