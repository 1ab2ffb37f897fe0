using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Tests.Events;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>What gateways say of deployments, and what becomes of it.</summary>
public abstract class DeploymentStatusTests(BackendHost shared) : GatewayTest(shared)
{
    /// <summary>Word for word as the old Python watcher sends it.</summary>
    [Fact]
    public async Task AnOldWatcherIsFollowedFromTheDownloadToTheEnd()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        int second = 0;
        foreach ((string status, string more) in new[]
        {
            ("downloading", ""), ("downloading", ",\"progress\":50"), ("downloaded", ""), ("extracting", ""), ("deploying", ""),
            ("completed", ",\"progress\":100"),
        })
        {
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
            string at = Host.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
            await SayAsync(key, id, status, $"{more},\"timestamp\":\"{at}\"");
            second++;
        }

        Assert.Equal(["shop-1 >1.0.0 completed completed 1 configured"], await HistoryAsync());
        JsonElement row = (await DoAsync(HttpMethod.Get, "/api/deployments/history")).EnumerateArray().Single();
        Assert.Equal(second - 1, row.GetProperty("seconds").GetInt64());
        Assert.Equal("deploying", row.GetProperty("lastStep").GetString());
        JsonElement gateway = await DoAsync(HttpMethod.Get, "/api/deployments/gateways/shop-1");
        Assert.Equal(id, gateway.GetProperty("current").GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, gateway.GetProperty("previous").ValueKind);

        // The next one: from this one.
        string next = await PackageAsync("1.1.0");
        await PublishAsync(next);
        await SayAsync(key, next, "completed");
        Assert.Equal(
            ["shop-1 1.0.0>1.1.0 completed completed 1 configured", "shop-1 >1.0.0 completed completed 1 configured"],
            await HistoryAsync());
        gateway = await DoAsync(HttpMethod.Get, "/api/deployments/gateways/shop-1");
        Assert.Equal("1.0.0", gateway.GetProperty("previous").GetProperty("version").GetString());
        Assert.Equal("1.1.0", await CurrentAsync("shop-1"));
        Assert.Empty(await HistoryAsync($"deployment={next}&result=failed"));
        Assert.Single(await HistoryAsync($"deployment={next.ToUpperInvariant()}"));
    }

    [Fact]
    public async Task TheSameWordIsTakenOnceAndAnOlderOneChangesNothing()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        string other = await PackageAsync("1.1.0");
        await PublishAsync(id);
        string Word(string status, int seq, int second) =>
            $$""","seq":{{seq}},"timestamp":"2026-01-29T09:00:{{second:D2}}.000Z","error":"no room {{seq}}" """;
        await SayAsync(key, id, "downloading", Word("downloading", 1, 1));
        await SayAsync(key, id, "failed", Word("failed", 5, 5));
        Assert.Equal(["shop-1 >1.0.0 failed failed 1 configured"], await HistoryAsync());

        // Sent again, and one that was left in a queue.
        await SayAsync(key, id, "failed", Word("failed", 5, 5));
        await SayAsync(key, id, "deploying", Word("deploying", 4, 4));
        Assert.Equal(["shop-1 >1.0.0 failed failed 1 configured"], await HistoryAsync());
        Assert.Equal("no room 5", Error(await DoAsync(HttpMethod.Get, "/api/deployments/history")));
        Assert.Single(await Host.ListAsync("/api/alerts?device_id=shop-1"));

        // It tries again: the second try.
        await SayAsync(key, id, "downloading", Word("downloading", 6, 6));
        Assert.Equal(["shop-1 >1.0.0 downloading  2 configured"], await HistoryAsync());
        await SayAsync(key, id, "completed", Word("completed", 7, 7));

        // Another one's old failure, come late, is history and no alarm.
        await SayAsync(key, other, "failed", Word("failed", 3, 3));
        Assert.Contains("shop-1 1.0.0>1.1.0 failed failed 1 ", await HistoryAsync());
        Assert.Equal("1.0.0", await CurrentAsync("shop-1"));
        Assert.All(await Host.ListAsync("/api/alerts?device_id=shop-1"), static alert =>
            Assert.Equal(JsonValueKind.String, alert.GetProperty("cleared_at").ValueKind));

        // A new disk counts from the beginning; its clock says that it is later.
        await SayAsync(key, other, "completed", Word("completed", 1, 30));
        Assert.Equal("1.1.0", await CurrentAsync("shop-1"));

        static string? Error(JsonElement rows) => rows.EnumerateArray().First().GetProperty("error").GetString();
    }

    /// <summary>The old watcher kept a pending mark and said "completed" after its restart without looking; ours says it once.</summary>
    [Fact]
    public async Task CompletedIsToldOnceHoweverOftenItIsSaid()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        Assert.Equal("listening", (await listener.NextAsync()).Kind);
        await SayAsync(key, id, "failed", ""","timestamp":"2026-01-29T09:00:01Z","error":"exit code 143" """);
        for (int times = 0; times < 3; times++)
        {
            await SayAsync(key, id, "completed", ""","timestamp":"2026-01-29T09:00:02Z" """);
        }

        await SayAsync(key, await PackageAsync("1.1.0"), "downloading", ""","timestamp":"2026-01-29T09:00:03Z","progress":7""");
        List<string> heard = [];
        while (heard.Count == 0 || !heard[^1].Contains("downloading", StringComparison.Ordinal))
        {
            (string kind, string data, _) = await listener.NextAsync();
            if (kind is "deployment" or "notification")
            {
                JsonElement json = JsonElement.Parse(data);
                heard.Add(kind == "deployment"
                    ? $"{json.GetProperty("gateway")} {json.GetProperty("status")} {json.GetProperty("progress")}"
                    : $"{json.GetProperty("kind")} {json.GetProperty("state")} {json.GetProperty("message")}");
            }
        }

        // Between the last two: the roll-out is done, which is no gateway's.
        Assert.Equal(
            [
                "shop-1 failed ", "deployment_failed raised shop-1 could not deploy 1.0.0: exit code 143", "shop-1 completed ",
                "deployment_failed recovered shop-1 runs 1.0.0", "  ", "shop-1 downloading 7",
            ], heard);
    }

    [Fact]
    public async Task WhatIsWrongIsRefusedByItsName()
    {
        string key = await GatewayAsync("shop-1");
        await GatewayAsync("shop-2");
        string id = await PackageAsync("1.0.0");
        string Word(string members) => $$"""{"deploymentId":"{{id}}","status":"completed",{{members}}}""";
        string many = string.Join(',', Enumerable.Range(0, 501).Select(static n => $$"""{"hostname":"m{{n}}","status":"done"}"""));
        foreach ((string word, int status, string says) in new[]
        {
            ("", 400, "one JSON object"), ("[]", 400, "one JSON object"), ("{", 400, "one JSON object"), ("null", 400, "one JSON object"),
            ("{}", 400, "deploymentId"), ($$"""{"deploymentId":"{{id}}"}""", 400, "status: must be downloading, downloaded"),
            ($$"""{"deploymentId":"{{id}}","status":"done"}""", 400, "removed"),
            ($$"""{"deploymentId":7,"status":"completed"}""", 400, "deploymentId"),
            ("""{"deploymentId":"../../etc/passwd","status":"completed"}""", 400, "deploymentId"),
            ("""{"deploymentId":"6f1c0f0e-3a52-4a8e-9d2b-ffffffffffff","status":"completed"}""", 404, "no such deployment"),
            (Word("\"progress\":101"), 400, "progress"), (Word("\"progress\":-1"), 400, "progress"),
            (Word("\"progress\":\"5\""), 400, "progress"),
            (Word("\"progress\":1e999"), 400, "progress"), (Word("\"timestamp\":\"yesterday\""), 400, "timestamp"),
            (Word("\"timestamp\":-5"), 400, "timestamp"), (Word("\"noticeTimestamp\":{}"), 400, "noticeTimestamp"),
            (Word("\"seq\":1.5"), 400, "seq"), (Word("\"seq\":-1"), 400, "seq"), (Word("\"attempt\":0"), 400, "attempt"),
            (Word("\"modules\":{}"), 400, "modules"), (Word("\"modules\":[7]"), 400, "modules[0]"),
            (Word("""  "modules":[{"hostname":"a","status":"done"},{"hostname":"A","status":"done"}]  """), 400, "modules[1]"),
            (Word("""  "modules":[{"hostname":"a b","status":"done"}]  """), 400, "modules[0]"),
            (Word("""  "modules":[{"hostname":"a","status":"flashed"}]  """), 400, "waiting, triggered"),
            (Word("""  "modules":[{"hostname":"a","status":"done","percent":200}]  """), 400, "modules[0]"),
            (Word($"\"modules\":[{many}]"), 400, "500"),
            (Word("\"gateway\":\"shop-2\""), 403, "whose key"), (Word("\"device_id\":\"shop-2\""), 403, "whose key"),
            (Word($"\"log\":\"{new string('x', 600 * 1024)}\""), 413, "512 KB"),
        })
        {
            (int answered, string body) = await SayAnyAsync(key, word);
            Assert.True(
                answered == status && body.Contains(says, StringComparison.Ordinal),
                $"{word[..Math.Min(word.Length, 99)]}: {answered} {body}");
        }

        Assert.Empty(await HistoryAsync());

        // What nobody here knows is skipped, and a number of seconds is a time, too.
        string odd = Word(""" "timestamp":1795888801.25,"progress":99.9,"seq":null,"new":{"a":[1]} """);
        Assert.Equal(200, (await SayAnyAsync(key, odd)).Status);
        Assert.Equal(["shop-1 >1.0.0 completed completed 1 "], await HistoryAsync());
    }

    /// <summary>Texts that would break a page, a log or a storage are kept as far as they can be read.</summary>
    [Fact]
    public async Task TextsAreCutAndCleaned()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        string log = "first\u0000\u001b[31m\r\n" + new string('l', 40_000) + "\ttail \U0001F600 end";
        string word = JsonSerializer.Serialize(new
        {
            deploymentId = id, status = "failed", version = "1.0.0", error = new string('e', 5000) + "\n", log, agentVersion = "2.0\u0007",
        });
        Assert.Equal(200, (await SayAnyAsync(key, word)).Status);
        JsonElement row = (await DoAsync(HttpMethod.Get, "/api/deployments/history")).EnumerateArray().Single();
        Assert.Equal(2000, row.GetProperty("error").GetString()!.Length);
        string kept = row.GetProperty("log").GetString()!;
        Assert.Equal(DeploymentWord.MaxLogChars, kept.Length);
        Assert.EndsWith("l\ttail \U0001F600 end", kept, StringComparison.Ordinal);
        Assert.Equal("2.0", (await DoAsync(HttpMethod.Get, "/api/deployments/gateways/shop-1")).GetProperty("agentVersion").GetString());

        // Half of a character is no text.
        string half = $$"""{"deploymentId":"{{id}}","status":"failed","error":"half \ud800 of one"}""";
        Assert.Equal(400, (await SayAnyAsync(key, half)).Status);
    }

    [Fact]
    public async Task ADeploymentThatIsGoneIsStillFollowedToItsEnd()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(key, id, "deploying");
        await DeleteAsync(id);
        await SayAsync(key, id, "completed");
        Assert.Equal(["shop-1 >1.0.0 completed completed 1 configured"], await HistoryAsync());
        Assert.Equal("1.0.0", await CurrentAsync("shop-1"));
    }

    /// <summary><c>edge-agent rollback</c>: its notice is the gateway's own, just newer than the server's.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GoingBackAtTheGatewayIsARunOfItsOwn(bool isDeleted)
    {
        string key = await GatewayAsync("shop-1");
        string first = await PackageAsync("1.0.0");
        await PublishAsync(first);
        string told = (await NoticeAsync(key))!.Value.GetProperty("timestamp").GetString()!;
        await SayAsync(key, first, "completed", $",\"noticeTimestamp\":\"{told}\"");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        string second = await PackageAsync("1.1.0");
        await PublishAsync(second);
        string newer = (await NoticeAsync(key))!.Value.GetProperty("timestamp").GetString()!;
        await SayAsync(key, second, "completed", $",\"noticeTimestamp\":\"{newer}\"");
        if (isDeleted)
        {
            await DeleteAsync(first);
        }

        string own = DateTime.Parse(newer, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal).AddMilliseconds(1)
            .ToString(DeploymentNotice.TimeFormat, CultureInfo.InvariantCulture);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await SayAsync(key, first, "deploying", $",\"noticeTimestamp\":\"{own}\"");
        Host.Clock.Advance(TimeSpan.FromSeconds(4));
        await SayAsync(key, first, "completed", $",\"noticeTimestamp\":\"{own}\"");
        string[] history =
        [
            "shop-1 1.1.0>1.0.0 completed completed 1 gateway", "shop-1 1.0.0>1.1.0 completed completed 1 configured",
            "shop-1 >1.0.0 completed completed 1 configured",
        ];
        Assert.Equal(history, await HistoryAsync());
        JsonElement run = (await DoAsync(HttpMethod.Get, "/api/deployments/history")).EnumerateArray().First();
        Assert.Equal(4, run.GetProperty("seconds").GetInt64());
        Assert.Equal("1.0.0", await CurrentAsync("shop-1"));

        // What comes late of a notice that nobody remembers is no further run.
        string old = DateTime.Parse(told, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal).AddMilliseconds(-1)
            .ToString(DeploymentNotice.TimeFormat, CultureInfo.InvariantCulture);
        await SayAsync(key, first, "downloading", $",\"noticeTimestamp\":\"{old}\",\"timestamp\":\"{old}\"");
        Assert.Equal(3, (await HistoryAsync()).Length);
    }

    /// <summary>A computer that was copied with its token, and renamed, must not carry out what is meant for the other one.</summary>
    [Fact]
    public async Task WhoSaysAnotherNameThanItsKeysIsRefused()
    {
        string key = await GatewayAsync("shop-1");
        await PublishAsync(await PackageAsync("1.0.0"));
        foreach ((string name, int expected) in new[] { ("shop-1", 200), ("shop-2", 401) })
        {
            using HttpRequestMessage beat = new(HttpMethod.Post, "/api/things/heartbeat") { Content = new StringContent("{}") };
            beat.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
            beat.Headers.TryAddWithoutValidation("X-JamBox-Gateway", name);
            using HttpResponseMessage answer = await Host.Http.SendAsync(beat);
            Assert.Equal(expected, (int)answer.StatusCode);
        }

        foreach (string path in new[] { "/api/deployments/notice", "/api/deployments/modules", "/api/deployment-download/latest/info" })
        {
            foreach ((string name, int expected) in new[] { ("shop-1", 200), ("shop-2", 403) })
            {
                using HttpRequestMessage request = new(HttpMethod.Get, path);
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
                request.Headers.TryAddWithoutValidation("X-JamBox-Gateway", name);
                using HttpResponseMessage answer = await Host.Http.SendAsync(request);
                Assert.True(expected == (int)answer.StatusCode, $"{path} {name}: {answer.StatusCode}");
                Assert.Equal(
                    expected == 403,
                    (await answer.Content.ReadAsStringAsync()).Contains("must be the gateway whose key it is", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task WhoIsRetiredIsAtNothingAndRaisesNoAlarm()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(key, id, "failed", ",\"error\":\"no room\"");
        string next = await PackageAsync("1.1.0");
        await PublishAsync(next);
        await SayAsync(key, next, "deploying");
        await DoAsync(HttpMethod.Post, "/api/device/shop-1/retire");
        Assert.Equal("shop-1 >1.1.0 removed removed 1 configured", (await HistoryAsync())[0]);
        Assert.All(await Host.ListAsync("/api/alerts?device_id=shop-1"), static alert =>
            Assert.Equal(JsonValueKind.String, alert.GetProperty("cleared_at").ValueKind));
        Assert.Empty((await DoAsync(HttpMethod.Get, "/api/deployments/gateways")).EnumerateArray());

        // One that never said a word goes with all that was said to it.
        await GatewayAsync("shop-2");
        await PublishAsync(id, """{"gateways":["shop-2"]}""");
        await DoAsync(HttpMethod.Put, "/api/gateways/shop-2/modules/esp32-1", """{"type":"power"}""");
        await DoAsync(HttpMethod.Delete, "/api/device/shop-2");
    }

    [Fact]
    public async Task ALogIsGivenWhereOneGatewayIsAskedForAndNotInTheListOfAll()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(key, id, "deploying", ",\"log\":\"step one\"");
        JsonElement one = await DoAsync(HttpMethod.Get, "/api/deployments/gateways/shop-1");
        Assert.Equal("step one", one.GetProperty("log").GetString());
        JsonElement all = await DoAsync(HttpMethod.Get, "/api/deployments/gateways");
        Assert.Equal(JsonValueKind.Null, all.EnumerateArray().Single().GetProperty("log").ValueKind);
        JsonElement deployment = await DoAsync(HttpMethod.Get, $"/api/deployments/{id}");
        Assert.Equal(JsonValueKind.Null, deployment.GetProperty("gateways")[0].GetProperty("log").ValueKind);

        // What it printed at this deployment, also when it is at the next one.
        string next = await PackageAsync("1.1.0");
        await PublishAsync(next);
        await SayAsync(key, next, "deploying", ",\"log\":\"step two\"");
        JsonElement both = await DoAsync(HttpMethod.Get, $"/api/deployments/{id}/gateways/shop-1");
        Assert.Equal("step one", both.GetProperty("log").GetString());
        Assert.Equal("1.0.0", both.GetProperty("deployment").GetProperty("version").GetString());
        both = await DoAsync(HttpMethod.Get, $"/api/deployments/{next}/gateways/shop-1");
        Assert.Equal("step two", both.GetProperty("log").GetString());
        string missing = Guid.NewGuid().ToString();
        await RefusedAsync(404, HttpMethod.Get, $"/api/deployments/{missing}/gateways/shop-1");
        await RefusedAsync(404, HttpMethod.Get, $"/api/deployments/{next}/gateways/shop-9");
    }

    [Fact]
    public async Task WhoSeesOnePlaceSeesItsGatewaysOnly()
    {
        long mill = await PlaceAsync("Mill Street");
        long port = await PlaceAsync("Port");
        string here = await GatewayAsync("shop-1", mill);
        string there = await GatewayAsync("shop-2", port);
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(here, id, "completed");
        await SayAsync(there, id, "failed");
        string viewer = await KeyAsync("viewer", mill);
        Assert.Equal(["shop-1 >1.0.0 completed completed 1 configured"], await HistoryAsync(key: viewer));
        JsonElement seen = await DoAsync(HttpMethod.Get, "/api/deployments/gateways", key: viewer);
        Assert.Equal("shop-1", seen.EnumerateArray().Single().GetProperty("gateway").GetString());
        await RefusedAsync(404, HttpMethod.Get, "/api/deployments/gateways/shop-2", key: viewer);
        await DoAsync(HttpMethod.Get, $"/api/deployments/{id}/gateways/shop-1", key: viewer);
        await RefusedAsync(404, HttpMethod.Get, $"/api/deployments/{id}/gateways/shop-2", key: viewer);
        await RefusedAsync(404, HttpMethod.Get, "/api/gateways/shop-2/modules", key: viewer);
        Assert.Equal((1, 1, 0), Counts(id, "key test 1 Viewer"));
        Assert.Equal((2, 1, 1), Counts(id, null));

        string operating = await KeyAsync("operator", mill);
        string publish = $"/api/deployments/{id}/publish";
        await RefusedAsync(403, HttpMethod.Post, publish, key: operating);
        await RefusedAsync(403, HttpMethod.Post, publish, $$$"""{"targets":{"places":[{{{port}}}]}}""", operating);
        await RefusedAsync(403, HttpMethod.Post, publish, """{"targets":{"gateways":["shop-1","shop-2"]}}""", operating);
        await RefusedAsync(403, HttpMethod.Post, $"/api/deployments/{id}/stop", key: operating);
        string deploy = $$"""{"deploymentId":"{{id}}"}""";
        await RefusedAsync(404, HttpMethod.Post, "/api/deployments/gateways/shop-2/deploy", deploy, operating);
        await PublishAsync(id, $$"""{"places":[{{mill}}]}""", operating);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop", key: operating);
        await DoAsync(HttpMethod.Post, "/api/deployments/gateways/shop-1/deploy", deploy, operating);
        await RefusedAsync(403, HttpMethod.Post, publish, key: viewer);

        // A person's key says for which gateway.
        string Word(string gateway) => $$"""{"deploymentId":"{{id}}","status":"completed"{{gateway}}}""";
        await DoAsync(HttpMethod.Post, "/api/deployments/status", Word(",\"gateway\":\"shop-1\""), operating);
        await RefusedAsync(404, HttpMethod.Post, "/api/deployments/status", Word(",\"gateway\":\"shop-2\""), operating);
        await RefusedAsync(400, HttpMethod.Post, "/api/deployments/status", Word(""), operating);
        await RefusedAsync(404, HttpMethod.Post, "/api/deployments/status", Word($",\"gateway\":\"{Device.Id}\""));
    }

    /// <summary>Who came through with it has, whatever it runs since; who runs it now is counted beside.</summary>
    [Fact]
    public async Task CountsSayWhoRunsItNow()
    {
        string[] keys = [await GatewayAsync("shop-1"), await GatewayAsync("shop-2")];
        string old = await PackageAsync("1.0.0");
        string next = await PackageAsync("1.1.0");
        await RollOutAsync(old);
        Assert.Equal("2 2 0 2", await CountsAsync(old));
        await RollOutAsync(next);
        Assert.Equal("2 2 0 0", await CountsAsync(old));
        Assert.Equal("2 2 0 2", await CountsAsync(next));

        // Failed and still there, and not: each as it is.
        await PublishAsync(next);
        await SayAsync(keys[0], next, "failed", $",\"current\":\"{next}\"");
        await SayAsync(keys[1], next, "failed", $",\"current\":\"{old}\"");
        Assert.Equal("2 0 2 1", await CountsAsync(next));
        Assert.Equal("2 2 0 1", await CountsAsync(old));
        await DoAsync(HttpMethod.Post, "/api/device/shop-1/retire");
        Assert.Equal("2 0 2 0", await CountsAsync(next));

        async Task RollOutAsync(string id)
        {
            await PublishAsync(id);
            foreach (string key in keys)
            {
                await SayAsync(key, id, "completed");
            }
        }

        async Task<string> CountsAsync(string id)
        {
            JsonElement counts = (await DoAsync(HttpMethod.Get, $"/api/deployments/{id}")).GetProperty("counts");
            JsonElement listed = (await Host.ListAsync("/api/deployments")).Single(row => row.GetProperty("id").GetString() == id);
            Assert.Equal(counts.GetRawText(), listed.GetProperty("counts").GetRawText());
            return string.Join(
                ' ', new[] { "gateways", "completed", "failed", "current" }.Select(name => counts.GetProperty(name).GetInt32()));
        }
    }

    /// <summary>A gateway whose clock or memory is broken fills no history.</summary>
    [Fact]
    public async Task AGatewayGoesBackByItselfTenTimesADayAtMost()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(key, id, "completed");
        for (int times = 0; times < 12; times++)
        {
            await GoBackAsync();
        }

        Assert.Equal(11, (await HistoryAsync("limit=100")).Length);
        Host.Clock.Advance(TimeSpan.FromHours(25));
        await GoBackAsync();
        Assert.Equal(12, (await HistoryAsync("limit=100")).Length);

        async Task GoBackAsync()
        {
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
            await SayAsync(key, id, "completed", $",\"noticeTimestamp\":\"{DeploymentNotice.Time(Now)}\"");
        }
    }

    [Fact]
    public async Task AnotherVersionThatFailsIsAnotherAlert()
    {
        string key = await GatewayAsync("shop-1");
        string good = await PackageAsync("1.0.0");
        string first = await PackageAsync("1.1.0");
        string second = await PackageAsync("1.1.1");
        await PublishAsync(good);
        await SayAsync(key, good, "completed");
        await FailAsync(first, "no room");
        Assert.Equal(["shop-1 could not deploy 1.1.0: no room"], await OpenAsync());
        await FailAsync(second, "exit code 1");
        Assert.Equal(["shop-1 could not deploy 1.1.1: exit code 1"], await OpenAsync());

        // Once more the same is no news, whatever its reason.
        await FailAsync(second, "exit code 2");
        Assert.Equal(["shop-1 could not deploy 1.1.1: exit code 1"], await OpenAsync());
        Assert.Equal(2, (await Host.ListAsync("/api/alerts?device_id=shop-1")).Length);

        // The older one is not what the alert speaks of.
        await DoAsync(HttpMethod.Post, $"/api/deployments/{first}/stop");
        Assert.Single(await OpenAsync());
        await DoAsync(HttpMethod.Post, $"/api/deployments/{second}/stop");
        Assert.Empty(await OpenAsync());
        Assert.Equal("1.0.0", await CurrentAsync("shop-1"));

        // Deleted, it is over as well.
        string third = await PackageAsync("1.1.2");
        await FailAsync(third, "no room");
        Assert.Equal(["shop-1 could not deploy 1.1.2: no room"], await OpenAsync());
        await DoAsync(HttpMethod.Delete, $"/api/deployments/{third}?force=true");
        Assert.Empty(await OpenAsync());

        // Who runs what it failed at is not done with it.
        string fourth = await PackageAsync("1.1.3");
        await PublishAsync(fourth);
        await SayAsync(key, fourth, "failed", $",\"current\":\"{fourth}\",\"error\":\"1 of 2 modules\"");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{fourth}/stop");
        Assert.Equal(["shop-1 could not deploy 1.1.3: 1 of 2 modules"], await OpenAsync());

        async Task FailAsync(string id, string error)
        {
            await PublishAsync(id);
            await SayAsync(key, id, "failed", $",\"current\":\"{good}\",\"error\":\"{error}\"");
        }

        async Task<string[]> OpenAsync() =>
        [
            .. (await Host.ListAsync("/api/alerts?open=true&device_id=shop-1")).Select(static alert =>
                alert.GetProperty("message").GetString()!),
        ];
    }

    private (int Gateways, int Completed, int Failed) Counts(string id, string? scope)
    {
        DeploymentCounts counts = Read(session => DeploymentStates.CountOf(session, id, DeploymentSight.Of(session, scope)));
        return (counts.Gateways, counts.Completed, counts.Failed);
    }
}
