using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Insights;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>Who may see and do what, and what is said to those who may not or who ask for nonsense.</summary>
public abstract class RolloutAccessTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task EachRoleMayDoWhatIsItsOwn()
    {
        long id = await MakeAsync(new Fleet(Host), 61_000);
        string viewer = await KeyAsync("viewer");
        string worker = await KeyAsync("operator");
        Assert.Equal(200, (await AdminAsync(HttpMethod.Get, $"/api/ota/rollouts/{id}", key: viewer)).Status);
        foreach (string step in new[] { "advance", "pause", "resume", "abort", "exclude", "include" })
        {
            Assert.Equal(403, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/{step}", "{}", viewer)).Status);
        }

        Assert.Equal(403, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start", key: worker)).Status);
        Assert.Equal(403, (await AdminAsync(HttpMethod.Post, "/api/ota/rollouts", "{}", worker)).Status);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start")).Status);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/pause", key: worker)).Status);
        Assert.Equal(401, (await AdminAsync(HttpMethod.Get, "/api/ota/rollouts", key: "nobody's")).Status);
        Assert.Equal("operator key", (await Host.ListAsync($"/api/audit?target=rollout%20{id}"))[0].GetProperty("who").GetString());
    }

    [Fact]
    public async Task AKeyForSomePlacesSeesAndMovesOnlyItsOwnBoxes()
    {
        Fleet fleet = new(Host);
        long there = await fleet.PlaceAsync("East");
        string[] east = await fleet.BoxesAsync(2, place: there);
        string[] west = await fleet.BoxesAsync(3, place: await fleet.PlaceAsync("West"));
        long both = await MakeAsync(fleet, 61_000, $$"""[{"devices":["{{east[0]}}","{{west[0]}}"]},{"percent":100}]""");
        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{both}/start");
        string key = await KeyAsync("operator", there);

        JsonElement seen = (await AdminAsync(HttpMethod.Get, $"/api/ota/rollouts/{both}", key: key)).Json;
        Assert.Equal(2, seen.GetProperty("boxes").GetProperty("eligible").GetInt32());
        Assert.Equal(east[0], seen.GetProperty("stages")[0].GetProperty("devices").EnumerateArray().Single().GetString());
        Assert.DoesNotContain(
            west[0], (await AdminAsync(HttpMethod.Get, "/api/ota/rollouts", key: key)).Json.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(
            east,
            (await AdminAsync(HttpMethod.Get, $"/api/ota/rollouts/{both}/devices", key: key)).Json.EnumerateArray().Select(
                static row => row.GetProperty("device_id").GetString()!));

        foreach (string step in new[] { "advance", "pause", "resume", "abort" })
        {
            Assert.Equal(403, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{both}/{step}", key: key)).Status);
        }

        Assert.Equal(
            400, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{both}/exclude", $$"""{"devices":["{{west[1]}}"]}""", key)).Status);
        Assert.Equal(
            200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{both}/exclude", $$"""{"devices":["{{east[1]}}"]}""", key)).Status);

        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{both}/abort");
        long mine = await MakeAsync(fleet, 61_001, $$"""[{"devices":["{{east[0]}}"]}]""");
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{mine}/abort", key: key)).Status);
        long others = await MakeAsync(fleet, 61_002, $$"""[{"devices":["{{west[0]}}"]}]""");
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/ota/rollouts/{others}", key: key)).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, $"/api/ota/rollouts/{others}/devices", key: key)).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{others}/abort", key: key)).Status);
        Assert.Equal(
            [mine, both],
            (await AdminAsync(HttpMethod.Get, "/api/ota/rollouts", key: key)).Json.EnumerateArray().Select(
                static row => row.GetProperty("id").GetInt64()));
    }

    [Fact]
    public async Task ListsArePagedAndFiltered()
    {
        Fleet fleet = new(Host);
        string[] boxes = await fleet.BoxesAsync(25);
        List<long> made = [];
        for (int n = 0; n < 5; n++)
        {
            made.Add(await MakeAsync(fleet, 61_000 + n));
        }

        made.Reverse();
        Assert.Equal(made, await PagesAsync("/api/ota/rollouts?limit=2", static row => row.GetProperty("id").GetInt64()));
        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{made[0]}/start");
        Assert.Equal([made[0]], await PagesAsync("/api/ota/rollouts?state=canary&limit=1", static row => row.GetProperty("id").GetInt64()));
        Assert.Empty(await PagesAsync("/api/ota/rollouts?hw=other", static row => row.GetProperty("id").GetInt64()));
        Assert.Equal(
            boxes,
            await PagesAsync($"/api/ota/rollouts/{made[0]}/devices?limit=7", static row => row.GetProperty("device_id").GetString()!));
        string[] canary = fleet.Staged(made[0]);
        Assert.Equal(
            canary.Order(),
            await PagesAsync(
                $"/api/ota/rollouts/{made[0]}/devices?limit=2&stage=0", static row => row.GetProperty("device_id").GetString()!));
        await fleet.AskAsync(canary[0]);
        Assert.Equal(
            [canary[0]],
            await PagesAsync(
                $"/api/ota/rollouts/{made[0]}/devices?state=offered", static row => row.GetProperty("device_id").GetString()!));
    }

    [Theory]
    [InlineData("POST", "/api/ota/rollouts", "{", 400, "Body")]
    [InlineData("POST", "/api/ota/rollouts", """{"firmware_id":999,"stages":[{"percent":100}]}""", 400, "firmware_id: ")]
    [InlineData("POST", "/api/ota/rollouts", """{"firmware_id":"x","stages":[{"percent":100}]}""", 400, "firmware_id: ")]
    [InlineData(
        "POST", "/api/ota/rollouts", """{"firmware_id":1,"stages":[{"devices":["JBNB9999"]}]}""", 400,
        "stages: JBNB9999 is not registered")]
    [InlineData(
        "POST", "/api/ota/rollouts", """{"firmware_id":1,"stages":[{"percent":9}],"exclude":["JBNB9999"]}""", 400,
        "exclude: JBNB9999 is not registered")]
    [InlineData(
        "POST", "/api/ota/rollouts", """{"firmware_id":1,"stages":[{"devices":["JBNB1001"]}]}""", 400,
        "stages: JBNB1001 is of hardware other-hw")]
    [InlineData("POST", "/api/ota/rollouts/999/start", null, 404, "No such roll-out")]
    [InlineData("POST", "/api/ota/rollouts/x/abort", null, 404, "No such roll-out")]
    [InlineData("POST", "/api/ota/rollouts/1/advance?from=x", null, 400, "from: ")]
    [InlineData("POST", "/api/ota/rollouts/1/exclude", "{}", 400, "devices: ")]
    [InlineData("GET", "/api/ota/rollouts/99999999999999999999", null, 404, "No such roll-out")]
    [InlineData("GET", "/api/ota/rollouts?state=happy", null, 400, "state: ")]
    [InlineData("GET", "/api/ota/rollouts?limit=0", null, 400, "limit: ")]
    [InlineData("GET", "/api/ota/rollouts?cursor=x", null, 400, "limit: ")]
    [InlineData("GET", "/api/ota/rollouts/1/devices?state=happy", null, 400, "state: ")]
    [InlineData("GET", "/api/ota/rollouts/1/devices?stage=-1", null, 400, "stage: ")]
    public async Task FaultsAreProblemsThatNameWhatIsWrong(string method, string path, string? body, int status, string error)
    {
        Fleet fleet = new(Host);
        await fleet.BoxesAsync(1, hardware: "other-hw");
        await MakeAsync(fleet, 61_000);
        (int answered, JsonElement problem) = await AdminAsync(new HttpMethod(method), path, body);
        Assert.True(answered == status, $"{answered} {problem}");
        Assert.StartsWith(error, problem.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task WhatWasOrderedIsShownAsItWasOrdered()
    {
        Fleet fleet = new(Host);
        string[] boxes = await fleet.BoxesAsync(2);
        long firmware = await fleet.ReleaseAsync(61_000);
        (int status, JsonElement made) = await AdminAsync(HttpMethod.Post, "/api/ota/rollouts", $$"""
            {"firmware_id":{{firmware}},"stages":[{"devices":["{{boxes[1]}}"]},{"percent":50},{"percent":100}],
             "start_at":"2026-02-01T00:00:00Z","window":{"from":"22:00","to":"05:00"},"max_failures":3,"max_failure_percent":7,
             "min_sample":4,"auto_advance":false,"soak_minutes":5,"silent_hours":12,"notes":"by night"}
            """);
        Assert.Equal(201, status);
        string shown = made.GetRawText();
        foreach (string part in new[]
        {
            $"\"stages\":[{{\"number\":0,\"percent\":null,\"devices\":[\"{boxes[1]}\"]", "\"start_at\":\"2026-02-01T00:00:00Z\"",
            "\"window\":{\"from\":\"22:00\",\"to\":\"05:00\",\"timezone\":\"UTC\",\"time_zone\":\"UTC\"}", "\"max_failures\":3,\"max_failure_percent\":7,\"min_sample\":4,\"auto_advance\":false,\"soak_minutes\":5,\"silent_hours\":12,\"silent_intervals\":24,",
            "\"state\":\"draft\",\"reason\":null,\"cause\":null,\"stage\":null", "\"waits_for\":\"an operator: start it\",\"hold\":{\"word\":\"start\",\"boxes\":null,\"until\":null}",
        })
        {
            Assert.Contains(part, shown, StringComparison.Ordinal);
        }

        long id = made.GetProperty("id").GetInt64();
        Assert.Equal(
            "its time, 2026-02-01 00:00 UTC",
            (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start")).Json.GetProperty("waits_for").GetString());
        JsonElement row = (await GetAsync("/api/ota/rollouts")).EnumerateArray().Single();
        Assert.False(row.TryGetProperty("boxes", out _));
    }

    [Fact]
    public async Task ListenersHearOfEveryStep()
    {
        Fleet fleet = new(Host);
        await fleet.BoxesAsync(3);
        long id = await MakeAsync(fleet, 61_000);
        foreach (string step in new[] { "start", "pause", "resume", "advance", "abort" })
        {
            await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/{step}");
        }

        string[] told = fleet.Store.Read(0, static (session, _) =>
        {
            using JamBox.Backend.Storage.SqlStatement row = session.Query("SELECT data FROM events WHERE kind = 'rollout' ORDER BY id");
            List<string> rows = [];
            while (row.Read())
            {
                JsonElement data = JsonElement.Parse(row.Text(0));
                rows.Add($"{data.GetProperty("action").GetString()} {data.GetProperty("state").GetString()}");
            }

            return rows.ToArray();
        });
        Assert.Equal(["create draft", "start canary", "pause paused", "resume canary", "advance rolling", "abort aborted"], told);
    }

    private async Task<long> MakeAsync(Fleet fleet, int sequence, string stages = """[{"percent":10},{"percent":100}]""")
    {
        long firmware = await fleet.ReleaseAsync(sequence);
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{firmware}},"stages":{{stages}}}""");
        Assert.True(status == 201, json.ToString());
        return json.GetProperty("id").GetInt64();
    }

    private async Task<string> KeyAsync(string role, params long[] places)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, "/api/keys", places.Length == 0
            ? JsonSerializer.Serialize(new { name = $"{role} key", role })
            : JsonSerializer.Serialize(new { name = $"{role} key", role, places }));
        Assert.True(status is 200 or 201, json.ToString());
        return json.GetProperty("key").GetString()!;
    }

    private async Task<List<T>> PagesAsync<T>(string path, Func<JsonElement, T> read)
    {
        List<T> rows = [];
        for (string? next = path; next is not null;)
        {
            using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, next);
            Assert.Equal(200, (int)answer.StatusCode);
            rows.AddRange(JsonElement.Parse(await answer.Content.ReadAsStringAsync()).EnumerateArray().Select(read));
            next = answer.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single().Split('<', '>')[1] : null;
        }

        return rows;
    }
}
