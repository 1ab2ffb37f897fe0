using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// Releases for things on their way: the same stages, thresholds, holds and proof as of boxes, told by updates and heartbeats.
/// </summary>
public abstract class ThingRolloutTests(BackendHost shared) : ThingFleet(shared, "--Firmware:KeepNewest=2", "--Firmware:StaticAlias=true")
{
    private const string All = """{"percent":100}""";

    private static readonly TimeSpan s_proof = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task AReleaseGoesThroughCanaryAndStagesToDone()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(10);
        await ReleaseAsync("v2.0.0");
        long id = await MakeAsync($$"""{"devices":["{{things[3]}}"]},{"percent":50},{{All}}""", ",\"soak_minutes\":60");

        // A draft is enough: from now on it comes by roll-outs only.
        Assert.Equal(("v1.0.0", "up_to_date"), (await AskAsync(things[3]), await ToldAsync(things[3])));
        await StepAsync(id, "start");
        Assert.Equal(("v1.0.0", "not_in_rollout"), (await AskAsync(things[0]), await ToldAsync(things[0])));
        Assert.Equal(things[3..4], await StagedAsync(id));

        await UpdateAsync(things[3..4], "v2.0.0");
        Assert.Equal("confirmed", (await BoxesAsync(id))[things[3]]);
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        string[] names = ["hw", "product", "platform", "env", "version", "waits_for"];
        Assert.Equal(
            "clock/esp32c3/prod clock esp32c3 prod v2.0.0 proof from 1 thing: a word a while after, and as well as before",
            string.Join(' ', names.Select(name => view.GetProperty(name).GetString())));
        Assert.Equal(JsonValueKind.Null, view.GetProperty("firmware_id").ValueKind);

        await PassAsync(TimeSpan.FromMinutes(50));
        Assert.Equal("canary 0", await StateAsync(id));
        await PassAsync(TimeSpan.FromMinutes(10));
        string[] half = await StagedAsync(id);
        Assert.Equal(("rolling 1", 5), (await StateAsync(id), half.Length));
        Assert.Contains(things[3], half);

        await UpdateAsync(half.Except(things[3..4]), "v2.0.0");
        await PassAsync(TimeSpan.FromMinutes(70));
        Assert.Equal(("rolling 2", 10), (await StateAsync(id), (await StagedAsync(id)).Length));
        await UpdateAsync(things.Except(half), "v2.0.0");
        await PassAsync(s_proof);
        Assert.Equal("done 2", await StateAsync(id));
        Assert.Equal(["rollout.done", "rollout.advance", "rollout.advance", "rollout.start", "rollout.create"], await AuditAsync(id));
        view = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal((10, 100), (view.GetProperty("boxes").GetProperty("proved").GetInt32(),
            view.GetProperty("statistics").GetProperty("success_percent").GetInt32()));

        // It has what is the newest, and fetches that again if it likes.
        Assert.Equal("v2.0.0", await AskAsync(things[0]));
        Assert.Equal("up_to_date", await ToldAsync(things[0]));
    }

    [Fact]
    public async Task WhoComesLateGetsWhatIsDone()
    {
        await ReleaseAsync("v1.0.0");
        await ThingsAsync(1);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync(All);
        await StepAsync(id, "advance");
        Assert.Equal("done 0", await StateAsync(id));

        // One that is new in the line, and one that never said what it runs.
        string late = (await ThingsAsync(1)).Single();
        Assert.Equal("v2.0.0", await AskAsync(late));
        string mute = (await ThingsAsync(1, runs: null)).Single();
        Assert.Equal("v2.0.0", await AskAsync(mute));
        await BeginAsync(mute, "v2.0.0");
        Assert.Equal("offered", (await BoxesAsync(id))[mute]);
    }

    [Fact]
    public async Task TooManyFailuresStopItForGood()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(6);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync(All, ",\"max_failures\":1,\"max_failure_percent\":100");
        await UpdateAsync(things[5..], "v2.0.0");
        await BeginAsync(things[0], "v2.0.0");
        await FailAsync(things[0]);
        Assert.Equal("canary 0", await StateAsync(id));
        await BeginAsync(things[1], "v2.0.0");
        await FailAsync(things[1], "checksum");
        Assert.Equal(
            "stopped 0 2 of 2 things failed, rolled back or fell silent: more than max_failures 1", await StateAsync(id));
        Assert.Equal("failed checksum", (await BoxesAsync(id))[things[1]]);

        // What ran it keeps it, nobody else gets it.
        Assert.Equal(("v2.0.0", "v1.0.0"), (await AskAsync(things[5]), await AskAsync(things[2])));
        Assert.Equal("403 v2.0.0 is not for this device now: not_in_rollout", await AskAsync(things[2], "v2.0.0"));
        Assert.Equal("rollout_stopped", (await Host.ListAsync("/api/alerts?open=true")).Single().GetProperty("alert_type").GetString());

        // Once more: those on which it failed are left out, until an operator allows it.
        long again = await StartedAsync(All);
        Assert.Equal(("v1.0.0", "excluded"), (await AskAsync(things[0]), await ToldAsync(things[0])));
        Assert.Equal("excluded failed_before", (await BoxesAsync(again))[things[0]]);
        JsonElement update = await GetAsync($"/api/device/{things[0]}/update");
        Assert.Equal(
            "v2.0.0 failed no space", string.Join(' ', new[] { "version", "state", "why" }.Select(
                name => update.GetProperty("barred").EnumerateArray().Single().GetProperty(name).GetString())));
        await DoAsync(HttpMethod.Post, $"/api/device/{things[0]}/ota/allow?version=2.0.0");
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("v2.0.0", await AskAsync(things[0]));
    }

    [Fact]
    public async Task OneThatGoesBackHasFailed()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync(All);
        await UpdateAsync(things, "v2.0.0");

        // The last heartbeat of the image before may come late.
        await BeatAsync(things[0], "v1.0.0");
        Assert.Equal("confirmed", (await BoxesAsync(id))[things[0]]);
        Host.Clock.Advance(TimeSpan.FromMinutes(5));
        await BeatAsync(things[0], "v1.0.0");
        Assert.Equal("rolled_back", (await BoxesAsync(id))[things[0]]);
        Assert.Equal(("v1.0.0", "excluded"), (await AskAsync(things[0]), await ToldAsync(things[0])));
        Assert.Equal("rolled_back", (await GetAsync($"/api/ota-logs?device_id={things[0]}"))[0].GetProperty("error").GetString());

        // It was a thing that restarted twice: what it runs decides.
        await BeatAsync(things[0], "2.0.0");
        Assert.Equal("confirmed", (await BoxesAsync(id))[things[0]]);
        await SayAsync(things[0], """{"event":"start","old_version":"v2.0.0","new_version":"v1.0.0"}""");
        await SayAsync(things[0], """{"event":"complete","status":"success"}""");
        Host.Clock.Advance(TimeSpan.FromMinutes(6));
        await BeatAsync(things[0], "v1.0.0");
        Assert.Equal("confirmed", (await BoxesAsync(id))[things[0]]);
    }

    [Fact]
    public async Task OneThatIsNotHeardAgainProvesNothing()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync($$"""{"devices":["{{things[0]}}","{{things[1]}}"]},{{All}}""", ",\"soak_minutes\":0");
        await UpdateAsync(things, "v2.0.0");
        Alive.Remove(things[0]);
        await PassAsync(TimeSpan.FromMinutes(100));
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(("canary", 1), (view.GetProperty("state").GetString(), view.GetProperty("boxes").GetProperty("proved").GetInt32()));
        await PassAsync(TimeSpan.FromMinutes(30));
        Assert.Equal("silent confirmed", (await BoxesAsync(id))[things[0]]);
        Assert.Equal("canary 0", await StateAsync(id));

        // One word, and it is what it was; a quarter of an hour after its success that is the proof.
        await BeatAsync(things[0], "v2.0.0");
        Assert.Equal("confirmed", (await BoxesAsync(id))[things[0]]);
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.Equal("done 1", await StateAsync(id));
    }

    [Fact]
    public async Task AThingThatRestartsAllTheTimeHoldsIt()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await PassAsync(TimeSpan.FromHours(1));
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync($$"""{"devices":["{{things[0]}}"]},{{All}}""", ",\"soak_minutes\":0");
        await UpdateAsync(things[..1], "v2.0.0");
        for (int boot = 0; boot < 5; boot++)
        {
            Boots[things[0]]++;
            await BeatAsync(things[0], "v2.0.0");
        }

        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.Equal("unhealthy resets", (await BoxesAsync(id))[things[0]]);
        Assert.StartsWith("stopped 0 none of the 1 things that got it came through", await StateAsync(id), StringComparison.Ordinal);
        JsonElement health = (await GetAsync($"/api/ota/rollouts/{id}/devices"))[0].GetProperty("health");
        Assert.Equal(
            "heard waiting, heartbeat well, heap well, resets worse",
            string.Join(", ", health.GetProperty("measures").EnumerateArray().Select(
                static one => $"{one.GetProperty("name").GetString()} {one.GetProperty("verdict").GetString()}")));
    }

    [Fact]
    public async Task WhatIsHeldIsOfferedToNobody()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync(All);
        Assert.Equal("v2.0.0", await AskAsync(things[0]));
        Assert.Null(await ToldAsync(things[0]));
        await StepAsync(id, "pause");
        Assert.Equal(("v1.0.0", "paused"), (await AskAsync(things[0]), await ToldAsync(things[0])));
        Assert.Equal("403 v2.0.0 is not for this device now: paused", await AskAsync(things[0], "v2.0.0"));
        await StepAsync(id, "resume");
        Assert.Equal("v2.0.0", await AskAsync(things[0], "v2.0.0"));
        await StepAsync(id, "exclude", $$"""{"devices":["{{things[0]}}"]}""");
        Assert.Equal(("v1.0.0", "v2.0.0"), (await AskAsync(things[0]), await AskAsync(things[1])));

        // By the clock: in an hour it is over for a day.
        int hour = Host.Clock.GetUtcNow().Hour;
        await ReleaseAsync("v3.0.0");
        await StartedAsync(All, $$""","window":{"from":"{{hour:D2}}:00","to":"{{(hour + 1) % 24:D2}}:00"}""", "v3.0.0");
        Assert.Equal("v3.0.0", await AskAsync(things[1]));
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(("v1.0.0", "outside_window"), (await AskAsync(things[1]), await ToldAsync(things[1])));
        Host.Clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal("v3.0.0", await AskAsync(things[1]));
    }

    [Fact]
    public async Task APinIsStrongerThanARollout()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(3);
        await ReleaseAsync("v2.0.0");
        await DoAsync(HttpMethod.Post, $"/api/devices/{things[0]}/pin-version", """{"version":"1.0.0"}""");
        JsonElement ahead = await GetAsync("/api/ota/preflight?product=clock&platform=esp32c3&version=v2.0.0");
        JsonElement held = ahead.GetProperty("obstacles").EnumerateArray().Single();
        Assert.Equal("3 0 2", $"{ahead.GetProperty("boxes")} {ahead.GetProperty("current")} {ahead.GetProperty("able")}");
        Assert.Equal(("pinned", 1), (held.GetProperty("reason").GetString(), held.GetProperty("count").GetInt32()));
        long id = await StartedAsync(All);
        Assert.Equal(("v1.0.0", "pinned"), (await AskAsync(things[0]), await ToldAsync(things[0])));
        Assert.Equal("blocked pinned", (await BoxesAsync(id))[things[0]]);
        Assert.StartsWith("403 ", await AskAsync(things[0], "v2.0.0"), StringComparison.Ordinal);

        // One that is to have the release has it before its stage.
        await ReleaseAsync("v3.0.0");
        await StartedAsync($$"""{"devices":["{{things[1]}}"]}""", version: "v3.0.0");
        await DoAsync(HttpMethod.Post, $"/api/devices/{things[2]}/pin-version", """{"version":"v3.0.0"}""");
        Assert.Equal("v3.0.0", await AskAsync(things[2]));
        await DoAsync(HttpMethod.Delete, $"/api/devices/{things[0]}/pin-version");
        Assert.Equal("v1.0.0", await AskAsync(things[0]));
    }

    [Fact]
    public async Task ADeviceThatNobodyKnowsGetsWhatIsThrough()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await ReleaseAsync("v2.0.0");
        string shared = await FirmwareKeyAsync("old clocks", "downloader");
        const string path = "/api/firmware/esp32c3";
        Assert.Equal("v2.0.0", await FetchedVersionAsync(path, key: shared));
        long id = await StartedAsync(All);
        Assert.Equal(("v1.0.0", "v1.0.0"), await OfUnknownAsync());
        Assert.Equal(("v1.0.0", "v2.0.0"), (await NewestAsync(key: shared), await NewestAsync(key: BackendHost.AdminKey)));
        Assert.Equal("v2.0.0", await NewestAsync(token: Thing(things[0]).Token));
        // People get what they ask for.
        Assert.Equal("v2.0.0", await FetchedVersionAsync(path));
        Assert.Equal("v2.0.0", await FetchedVersionAsync($"{path}?version=v2.0.0", key: shared));
        await StepAsync(id, "exclude", $$"""{"devices":["{{things[0]}}"]}""");
        Assert.Equal("v1.0.0", await NewestAsync(token: Thing(things[0]).Token));

        // A canary alone is not everybody.
        await StepAsync(id, "advance");
        Assert.Equal(("v2.0.0", "v2.0.0"), await OfUnknownAsync());
        await ReleaseAsync("v3.0.0");
        long canary = await StartedAsync($$"""{"devices":["{{things[1]}}"]}""", version: "v3.0.0");
        await StepAsync(canary, "advance");
        Assert.Equal("done 0", await StateAsync(canary));
        Assert.Equal(("v2.0.0", "v2.0.0"), await OfUnknownAsync());

        async Task<(string Key, string Alias)> OfUnknownAsync() =>
            (await FetchedVersionAsync(path, key: shared), await FetchedVersionAsync("/ota/esp32c3/latest.bin", key: ""));

        async Task<string> NewestAsync(string? key = null, string? token = null)
        {
            using HttpResponseMessage answer = await FetchAsync("/api/status", key, token);
            return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("versions").EnumerateArray().Single()
                .GetProperty("version").GetString()!;
        }
    }

    [Fact]
    public async Task ABoxAndAThingOfAnotherLineGetNothingOfIt()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(1);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync(All);
        Assert.Equal("v1.0.0", await FetchedVersionAsync("/api/firmware/esp32c3?product=clock", Device.Token));
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/device/register", """{"device_id":"bell-1","kind":"thing","product":"bell","platform":"esp32c3"}""");
        Assert.Equal(
            "404 There is no firmware of bell for esp32c3",
            await FetchedVersionAsync("/api/firmware/esp32c3", made.GetProperty("token").GetString()));

        // What asks for another environment is of another line from then on.
        using (await FetchAsync("/api/firmware/esp32c3?env=dev", token: Thing(things[0]).Token))
        {
            Assert.Equal("excluded hardware", (await BoxesAsync(id))[things[0]]);
        }

        Assert.Equal("v2.0.0", await AskAsync(things[0]));
        Assert.Equal("waiting", (await BoxesAsync(id))[things[0]]);
    }

    [Fact]
    public async Task WhatARolloutBringsIsKept()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(1, runs: null);
        await ReleaseAsync("v2.0.0");
        long id = await MakeAsync(All);
        foreach (int minor in Enumerable.Range(0, 3))
        {
            await ReleaseAsync($"v3.{minor}.0");
        }

        await PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(["v3.2.0", "v3.1.0", "v2.0.0"], await VersionsAsync());
        Assert.Equal(
            $"Roll-out {id} brings it: abort that first",
            await RefusedAsync(409, HttpMethod.Delete, $"/api/releases/{await NumberAsync("v2.0.0")}"));
        await StepAsync(id, "start");
        Assert.Equal("v2.0.0", await AskAsync(things[0]));
        await StepAsync(id, "abort");
        await PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(["v3.2.0", "v3.1.0"], await VersionsAsync());
        // What was stands in the list, though its release is gone.
        Assert.Equal("v2.0.0", (await GetAsync($"/api/ota/rollouts/{id}")).GetProperty("version").GetString());

        async Task<IEnumerable<string>> VersionsAsync() =>
            (await GetAsync("/api/releases")).EnumerateArray().Select(static row => row.GetProperty("version").GetString()!);
    }

    [Fact]
    public async Task OneThatBeginsAnewAgainAndAgainHasFailed()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await ReleaseAsync("v2.0.0");
        long id = await StartedAsync(All);
        for (int attempt = 0; attempt < 5; attempt++)
        {
            Host.Clock.Advance(TimeSpan.FromMinutes(1));
            await BeginAsync(things[0], "v2.0.0");
            Assert.Equal("offered", (await BoxesAsync(id))[things[0]]);
        }

        // To another version: that is no word about this one.
        await BeginAsync(things[0], "v1.0.0");
        Assert.Equal("failed interrupted", (await BoxesAsync(id))[things[0]]);
        await BeginAsync(things[1], "v2.0.0");
        await BeginAsync(things[1], "v1.0.0");
        Assert.Equal("waiting", (await BoxesAsync(id))[things[1]]);
    }

    [Fact]
    public async Task ANewerOneTakesItsPlace()
    {
        await ReleaseAsync("v1.0.0");
        string[] things = await ThingsAsync(2);
        await ReleaseAsync("v1.9.0");
        await ReleaseAsync("v1.10.0");
        long older = await StartedAsync($$"""{"devices":["{{things[0]}}"]},{{All}}""", version: "v1.9.0");
        long newer = await StartedAsync(All, version: "v1.10.0");
        Assert.Equal($"aborted 0 superseded by roll-out {newer} of v1.10.0", await StateAsync(older));
        Assert.Equal(["v1.10.0", "v1.10.0"], [await AskAsync(things[0]), await AskAsync(things[1])]);
        Assert.Equal(
            $"Roll-out {newer} of v1.10.0 is canary for the same things: abort it first, or start a higher version",
            await RefusedAsync(409, HttpMethod.Post, $"/api/ota/rollouts/{await MakeAsync(All, version: "v1.9.0")}/start"));
        Assert.Equal(
            [newer, older], (await GetAsync("/api/ota/rollouts?product=clock&platform=esp32c3")).EnumerateArray()
                .Select(static row => row.GetProperty("id").GetInt64()).Where(id => id == newer || id == older));
        Assert.Empty((await GetAsync("/api/ota/rollouts?product=bell")).EnumerateArray());
    }

    [Theory]
    [InlineData(
        """{"stages":[{"percent":100}]}""",
        "firmware_id: is required, the id of a build; or, for things, product, platform and version")]
    [InlineData(
        """{"firmware_id":1,"product":"clock","stages":[{"percent":100}]}""",
        "firmware_id: is of boxes; product, platform, env and version are of things: not both")]
    [InlineData(
        """{"product":"clock","version":"v1","stages":[{"percent":100}]}""",
        "platform: is required for a release for things")]
    [InlineData(
        """{"platform":"esp32c3","version":"v1","stages":[{"percent":100}]}""",
        "product: is required for a release for things")]
    [InlineData(
        """{"product":"clock","platform":"esp32c3","stages":[{"percent":100}]}""",
        "version: is required for a release for things")]
    [InlineData(
        """{"product":"clock","platform":"ESP32-C3","version":"v1.0","stages":[{"percent":100}]}""",
        "platform: ESP32-C3 is called esp32c3 here")]
    [InlineData(
        """{"product":"clock","platform":"esp32c3","version":"one","stages":[{"percent":100}]}""",
        "version: must be such as v1.2.3 or 2025.11.19.1: two to four numbers of at most nine digits")]
    [InlineData(
        """{"product":"clock","platform":"esp32c3","version":"v9.0","stages":[{"percent":100}]}""",
        "version: there is no v9.0 of clock for esp32c3 in prod: see GET /api/releases")]
    [InlineData(
        """{"product":"clock","platform":"esp32c3","version":"v1.0.0","stages":[{"percent":100}],"health_gate":{"min_readings":3}}""",
        "health_gate.min_readings: is of boxes; of things there are max_unhealthy_percent, min_heap_percent, max_resets, proof_hours")]
    [InlineData(
        """{"product":"clock","platform":"esp32c3","version":"v1.0.0","stages":[{"devices":["JBNB0001"]}]}""",
        "stages: JBNB0001 is a box, the release is for things")]
    [InlineData(
        """{"product":"clock","platform":"esp32c3","version":"v1.0.0","stages":[{"devices":["bell-02"]}]}""",
        "stages: bell-02 is a bell, the release is of clock")]
    public async Task WhatIsWrongIsSaid(string body, string error)
    {
        await ReleaseAsync("v1.0.0");
        await ThingsAsync(1);
        await ThingsAsync(1, product: "bell");
        Assert.Equal(error, await RefusedAsync(400, HttpMethod.Post, "/api/ota/rollouts", body));
    }

    private async Task<long> NumberAsync(string version) => (await GetAsync("/api/releases")).EnumerateArray()
        .Single(row => row.GetProperty("version").GetString() == version).GetProperty("id").GetInt64();
}
