using System.Text.Json;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// A roll-out never calls a success what is none: boxes that the release killed, boxes that count nothing any more, boxes that never could
/// take it. And it never calls a failure what is none: a server that was away.
/// </summary>
public abstract class RolloutTruthTests(BackendHost shared) : HostedTest(shared)
{
    private const int Old = 60_000;
    private const int New = 61_000;

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private long _firmware;

    private Fleet Fleet { get; set; } = null!;

    [Fact]
    public async Task CanariesThatAreBrickedAreNoSuccess()
    {
        string[] boxes = await MakeFleetAsync(20);
        long id = await StartAsync(
            Canary(boxes[..10]) + ",{\"percent\":50},{\"percent\":100}", ",\"max_failures\":8,\"max_failure_percent\":50");
        await Fleet.UpdateAsync(boxes[..1], New);
        string[] states = [AttemptState.Verifying, AttemptState.Applying, AttemptState.Staged, AttemptState.Trial];
        for (int i = 1; i < 10; i++)
        {
            await Fleet.AskAsync(boxes[i]);
            await Fleet.MoveAsync(boxes[i], states[i % states.Length]);
        }

        await Fleet.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal((RolloutState.Canary, 10), (Fleet.Rollout(id).State, Fleet.Staged(id).Length));
        await Fleet.PassAsync(2 * s_minute);
        JsonElement end = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(
            "stopped failures 9 of 10 boxes failed, rolled back or fell silent: more than max_failures 8", $"{Text(end, "state")} {Text(end, "cause")} {Text(end, "reason")}");
        Assert.Equal((1, 9, 10), (Box(end, "proved"), Box(end, "silent"), Fleet.Staged(id).Length));
        Assert.Equal("10", end.GetProperty("statistics").GetProperty("success_percent").GetRawText());
        Assert.Contains(await Host.ListAsync("/api/alerts?open=true"), static a => Text(a, "alert_type") == "rollout_stopped");
    }

    [Fact]
    public async Task ARolloutWhoseCanariesAllFailedStopsWhateverIsBorne()
    {
        string[] boxes = await MakeFleetAsync(6);
        long id = await StartAsync(Canary(boxes[..3]) + ",{\"percent\":100}", ",\"max_failures\":1000,\"max_failure_percent\":100");
        await Fleet.AskAsync(boxes[0]);
        await Fleet.MoveAsync(boxes[0], AttemptState.RolledBack, "no_send");
        await Fleet.AskAsync(boxes[1]);
        await Fleet.MoveAsync(boxes[1], AttemptState.Trial);
        await Fleet.PassAsync(TimeSpan.FromHours(3));
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);

        // The third never asks: a day later nobody waits for it any more.
        await Fleet.PassAsync(TimeSpan.FromHours(22));
        Assert.Equal((RolloutState.Stopped, StopCause.Canaries), (Fleet.Rollout(id).State, Fleet.Rollout(id).Cause));
        Assert.StartsWith("none of the 2 boxes that got it came through", Fleet.Rollout(id).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStageWaitsForProofAndNotForTheWordOfABox()
    {
        string[] boxes = await MakeFleetAsync(4);
        long id = await StartAsync(Canary(boxes[..2]) + ",{\"percent\":100}", ",\"soak_minutes\":0");
        await Fleet.UpdateAsync(boxes[..1], New);
        await Fleet.AskAsync(boxes[1]);
        await Fleet.MoveAsync(boxes[1], AttemptState.Confirmed);
        await Fleet.ReadAsync(boxes[1], Old, count: 50);
        await Fleet.ReadAsync(boxes[1], New, count: 2);
        await Fleet.PassAsync(6 * s_minute);
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal("canary proof from 1 box: fresh readings, and as well as before", $"{Text(view, "state")} {Text(view, "waits_for")}");
        Assert.Equal("""{"word":"proof","boxes":1,"until":null}""", view.GetProperty("hold").GetRawText());
        Assert.Equal(
            ("2", "1", "100"),
            (
                Box(view, "confirmed").ToString(), Box(view, "proved").ToString(),
                view.GetProperty("statistics").GetProperty("success_percent").GetRawText()));
        await Fleet.ReadAsync(boxes[1], New);
        await Fleet.PassAsync(6 * s_minute);
        Assert.Equal(RolloutState.Rolling, Fleet.Rollout(id).State);
        Assert.Equal("proved", await ToldAsync(boxes[1]));
    }

    [Fact]
    public async Task ABoxThatConfirmedAndFellSilentHasFailedUntilItIsHeardAgain()
    {
        string[] boxes = await MakeFleetAsync(4);
        long id = await StartAsync("{\"percent\":100}", ",\"max_failures\":3,\"max_failure_percent\":100,\"auto_advance\":false");
        await Fleet.UpdateAsync(boxes, New);
        Fleet.Alive.Remove(boxes[0]);
        await Fleet.PassAsync(TimeSpan.FromHours(2.5));
        Assert.Equal("silent confirmed", await StateAsync(id, boxes[0]));
        Assert.Equal("silent: confirmed", await ToldAsync(boxes[0]));
        Assert.Equal(75, (await GetAsync($"/api/ota/rollouts/{id}")).GetProperty("statistics").GetProperty("success_percent").GetDouble());

        // A heartbeat alone is a word, and no reading.
        await Fleet.HeartbeatAsync(boxes[0], New);
        await Fleet.PassAsync(s_minute);
        Assert.Equal("silent no_readings", await StateAsync(id, boxes[0]));
        await Fleet.ReadAsync(boxes[0], New);
        await Fleet.PassAsync(6 * s_minute);
        await Fleet.PassAsync(2 * s_minute);
        Assert.Equal("unhealthy readings", await StateAsync(id, boxes[0]));

        // It was the network only: what it kept comes after.
        await Fleet.ReadAsync(boxes[0], New, count: 30);
        await Fleet.PassAsync(6 * s_minute);
        await Fleet.PassAsync(2 * s_minute);
        Assert.Equal("confirmed ", await StateAsync(id, boxes[0]));
    }

    [Fact]
    public async Task ABoxThatCountsNothingAnyMoreIsCaught()
    {
        string[] boxes = await MakeFleetAsync(4);
        foreach (string box in boxes[..2])
        {
            await Fleet.LiveAsync(box, days: 8);
        }

        long id = await StartAsync(Canary(boxes[..2]) + ",{\"percent\":100}", ",\"soak_minutes\":0");
        foreach (string box in boxes[..2])
        {
            Assert.Null((await Fleet.AskAsync(box)).Reason);
            await Fleet.MoveAsync(box, AttemptState.Confirmed);
            await Fleet.ReportAsync(box, New);
            await Fleet.HeartbeatAsync(box, New);
        }

        for (int five = 0; five < 24; five++)
        {
            await Fleet.PassAsync(5 * s_minute);
            await Fleet.ReadAsync(boxes[0], New);
            await Fleet.ReadAsync(boxes[1], New, wifi: 0, ble: 0);
        }

        await Fleet.PassAsync(s_minute);
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(
            "canary an operator: 1 of 2 boxes do worse than before (ble_counts, wifi_counts), more than max_unhealthy_percent 10",
            $"{Text(view, "state")} {Text(view, "waits_for")}");
        Assert.Equal("unhealthy wifi_counts, ble_counts", await StateAsync(id, boxes[1]));
        Assert.Equal("confirmed ", await StateAsync(id, boxes[0]));
        JsonElement health = (await BoxAsync(id, boxes[1])).GetProperty("health");
        Assert.Equal(
            "worse", Text(health.GetProperty("measures").EnumerateArray().Single(static m => Text(m, "name") == "wifi_counts"), "verdict"));
        Assert.Equal(50, view.GetProperty("statistics").GetProperty("success_percent").GetDouble());
        Assert.Equal(2, Fleet.Staged(id).Length);
    }

    [Fact]
    public async Task ACanaryInWhichAllCountNothingStops()
    {
        string[] boxes = await MakeFleetAsync(4);
        await Fleet.LiveAsync(boxes[0], days: 2);
        long id = await StartAsync(Canary(boxes[..1]) + ",{\"percent\":100}", "");
        await Fleet.AskAsync(boxes[0]);
        await Fleet.MoveAsync(boxes[0], AttemptState.Confirmed);
        await Fleet.HeartbeatAsync(boxes[0], New);
        for (int five = 0; five < 24; five++)
        {
            await Fleet.PassAsync(5 * s_minute);
            await Fleet.ReadAsync(boxes[0], New, wifi: 0, ble: 0);
        }

        await Fleet.PassAsync(6 * s_minute);
        Assert.Equal((RolloutState.Stopped, StopCause.Canaries), (Fleet.Rollout(id).State, Fleet.Rollout(id).Cause));
        Assert.EndsWith("1 do worse than before (wifi_counts)", Fleet.Rollout(id).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resets")]
    [InlineData("send_failures")]
    [InlineData("heap")]
    [InlineData("readings")]
    [InlineData("heartbeat")]
    public async Task ABoxThatDoesWorseThanBeforeIsUnhealthy(string measure)
    {
        string[] boxes = await MakeFleetAsync(3);
        await Fleet.LiveAsync(boxes[0], days: 2);
        long id = await StartAsync(Canary(boxes[..2]) + ",{\"percent\":100}", ",\"health_gate\":{\"min_counts_percent\":0}");
        await Fleet.AskAsync(boxes[0]);
        await Fleet.MoveAsync(boxes[0], AttemptState.Confirmed);
        if (measure != "heartbeat")
        {
            await Fleet.HeartbeatAsync(boxes[0], New, heap: measure == "heap" ? 20_000 : 100_000);
        }

        for (int five = 0; five < 27; five++)
        {
            await Fleet.PassAsync(5 * s_minute);
            if (measure != "readings" || five % 6 == 5)
            {
                await Fleet.ReadAsync(
                    boxes[0], New, sendFailures: measure == "send_failures" ? 9 : 0, boot: measure == "resets" ? 100 + five : 1);
            }
        }

        await Fleet.PassAsync(6 * s_minute);
        Assert.Equal($"unhealthy {measure}", await StateAsync(id, boxes[0]));
        Assert.Equal($"unhealthy: {measure}", await ToldAsync(boxes[0]));
    }

    [Fact]
    public async Task WhileTheServerWasAwayNobodyFellSilent()
    {
        string[] boxes = await MakeFleetAsync(3);
        long id = await StartAsync("{\"percent\":100}", ",\"max_failures\":0");
        foreach (string box in boxes)
        {
            await Fleet.AskAsync(box);
            await Fleet.MoveAsync(box, AttemptState.Trial);
        }

        // Down for a day; then a clock that jumps; then again so long that the silence is real.
        await Fleet.LeapAsync(TimeSpan.FromDays(1));
        await Host.RestartAsync();
        await Fleet.PassAsync(2 * s_minute);
        Assert.Equal((RolloutState.Canary, "trial "), (Fleet.Rollout(id).State, await StateAsync(id, boxes[0])));
        await Fleet.LeapAsync(TimeSpan.FromHours(12));
        await Fleet.PassAsync(2 * s_minute);
        await Fleet.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal((RolloutState.Canary, "trial "), (Fleet.Rollout(id).State, await StateAsync(id, boxes[0])));
        await Fleet.PassAsync(TimeSpan.FromHours(1.1));
        await Fleet.PassAsync(2 * s_minute);
        Assert.Equal(RolloutState.Stopped, Fleet.Rollout(id).State);
    }

    [Fact]
    public async Task ABoxThatFlippedBackByWireIsNoSuccess()
    {
        string[] boxes = await MakeFleetAsync(2);
        long id = await StartAsync("{\"percent\":100}", ",\"max_failures\":5,\"max_failure_percent\":100,\"auto_advance\":false");
        await Fleet.UpdateAsync(boxes, New);
        Fleet.Alive[boxes[0]] = Old;
        await Fleet.PassAsync(s_minute);
        await Fleet.ReportAsync(boxes[0], Old);
        Assert.Equal("rolled_back previous", await StateAsync(id, boxes[0]));
        Assert.Equal("excluded", (await Fleet.AskAsync(boxes[0])).Reason);

        // One that does not ask tells it by its readings.
        Fleet.Alive[boxes[1]] = Old;
        await Fleet.PassAsync(TimeSpan.FromHours(4));
        Assert.Equal("silent no_readings", await StateAsync(id, boxes[1]));
        Assert.Equal(0, (await GetAsync($"/api/ota/rollouts/{id}")).GetProperty("statistics").GetProperty("success_percent").GetDouble());
    }

    [Fact]
    public async Task AStageThatHardlyAnybodyProvedWaitsForAnOperator()
    {
        string[] boxes = await MakeFleetAsync(20);
        long id = await StartAsync("{\"percent\":50},{\"percent\":100}", ",\"soak_minutes\":0");
        string[] canary = Fleet.Staged(id);
        await Fleet.UpdateAsync(canary[..4], New);
        await Fleet.PassAsync(TimeSpan.FromHours(25));
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(
            "canary an operator: only 4 of 10 boxes have proved it, less than min_proved_percent 50 (6 left behind, 0 blocked)", $"{Text(view, "state")} {Text(view, "waits_for")}");
        await Fleet.UpdateAsync(canary[4..5], New);
        await Fleet.PassAsync(2 * s_minute);
        Assert.Equal(RolloutState.Rolling, Fleet.Rollout(id).State);
        Assert.Equal(20, boxes.Length);
    }

    [Fact]
    public async Task ABoxThatComesLateMayFailLate()
    {
        string[] boxes = await MakeFleetAsync(2);
        long id = await StartAsync(Canary(boxes[..1]), ",\"soak_minutes\":0,\"max_failures\":0");
        await Fleet.UpdateAsync(boxes[..1], New);
        await Fleet.PassAsync(2 * s_minute);
        Assert.Equal(RolloutState.Done, Fleet.Rollout(id).State);
        await Fleet.Store.WriteAsync((id, boxes[1], Fleet.Now), static (session, late) =>
        {
            RolloutBoxSql.Enrol(session, late.id, late.Item2);
            return session.Execute(
                "UPDATE ota_rollout_boxes SET stage = 0, staged_at = $3 WHERE rollout_id = $1 AND device_id = $2", late.id, late.Item2,
                late.Now);
        });
        Assert.Null((await Fleet.AskAsync(boxes[1])).Reason);
        await Fleet.MoveAsync(boxes[1], AttemptState.Trial);
        await Fleet.PassAsync(TimeSpan.FromHours(2.5));
        Assert.Equal((RolloutState.Stopped, StopCause.Failures), (Fleet.Rollout(id).State, Fleet.Rollout(id).Cause));
    }

    [Fact]
    public async Task WhyABoxCannotTakeItIsShownBeforeAndAfter()
    {
        string[] boxes = await MakeFleetAsync(6);
        long other = await Fleet.ReleaseAsync(Old, assemblies: "mscorlib=99999999");
        Assert.NotEqual(0, other);
        await Fleet.ReportAsync(boxes[0], 1);
        await Fleet.ReportAsync(boxes[1], 1, profiles: "Q");
        await Fleet.ReportAsync(boxes[2], 1);
        Assert.Equal(204, (await AdminAsync(HttpMethod.Put, $"/api/device/{boxes[2]}/ota/pin?version=6.0.1")).Status);
        await Fleet.ReportAsync(boxes[3], 1);
        await Fleet.FailAsync(boxes[3], _firmware, "no_key");
        await Fleet.ReportAsync(boxes[4], 99_000);
        long newest = await Fleet.ReleaseAsync(New + 1);

        JsonElement before = await GetAsync($"/api/ota/preflight?firmware={newest}");
        Assert.Equal("6 0 1", $"{before.GetProperty("boxes")} {before.GetProperty("current")} {before.GetProperty("able")}");
        Assert.Equal(["native 1", "no_key 1", "no_profile 1", "pinned 1", "sequence 1"], Obstacles(before).Order());
        Assert.Equal(
            Obstacles(before),
            Obstacles(
                await GetAsync(
                    $"/api/ota/preflight?hw={Fleet.Hardware}&version={Fleet.VersionOf(New + 1)}&seq={New + 1}&natives=mscorlib%3D1549c856")));
        (int status, JsonElement draft) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{newest}},"stages":[{"percent":100}]}""");
        Assert.Equal((201, 5), (status, Obstacles(draft).Length));

        long id = draft.GetProperty("id").GetInt64();
        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start");
        Assert.Equal("native", (await Fleet.AskAsync(boxes[5])).Reason);
        Assert.Equal("no_profile", (await Fleet.AskAsync(boxes[1], 1, profiles: "Q")).Reason);
        Assert.Equal("pinned", (await Fleet.AskAsync(boxes[2], 1)).Reason);
        Assert.Equal("no_key", (await Fleet.AskAsync(boxes[3], 1)).Reason);
        await Fleet.PassAsync(s_minute);
        Assert.Equal("blocked native", await StateAsync(id, boxes[5]));
        Assert.Equal("blocked: pinned", await ToldAsync(boxes[2]));
        await Fleet.AskAsync(boxes[0], 1);
        await Fleet.MoveAsync(boxes[0], AttemptState.Confirmed);
        await Fleet.ReportAsync(boxes[0], New + 1);
        await Fleet.ReadAsync(boxes[0], New + 1, count: 3);
        await Fleet.PassAsync(2 * s_minute);
        Assert.StartsWith(
            "an operator: only 1 of 5 boxes have proved it, less than min_proved_percent 50 (0 left behind, 4 blocked: 1 native, 1 no_key, 1 no_profile, 1 pinned)",
            Text(await GetAsync($"/api/ota/rollouts/{id}"), "waits_for"), StringComparison.Ordinal);
        Assert.Equal(204, (await AdminAsync(HttpMethod.Delete, $"/api/device/{boxes[2]}/ota/pin")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Delete, $"/api/device/{boxes[2]}/ota/pin")).Status);
        Assert.Null((await Fleet.AskAsync(boxes[2], 1)).Reason);
    }

    [Fact]
    public async Task ARolloutThatNobodyCanTakeSaysSo()
    {
        await MakeFleetAsync(0);
        await Fleet.ReleaseAsync(Old, assemblies: "mscorlib=99999999");
        await Fleet.BoxesAsync(2, Old);
        long id = await StartAsync("{\"percent\":100}", "");
        Assert.Equal(
            "an operator: 2 of 2 boxes cannot take it (2 native), and no other runs it",
            Text(await GetAsync($"/api/ota/rollouts/{id}"), "waits_for"));
        await Fleet.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);
    }

    [Theory]
    [InlineData("\"start_at\":\"2026-01-29T09:58:00Z\"", "start_at: is in the past")]
    [InlineData("\"start_at\":\"2999-01-01T00:00:00Z\"", "start_at: must be within a year from now")]
    [InlineData("\"silent_intervals\":2", "silent_intervals: must be a whole number from 3 to 1440")]
    [InlineData("\"min_proved_percent\":101", "min_proved_percent: must be")]
    [InlineData("\"health_gate\":{\"max_resets\":-1}", "health_gate.max_resets: must be a whole number from 0 to 1000")]
    [InlineData("\"health_gate\":{\"max_reset\":1}", "health_gate: has only these members: max_unhealthy_percent")]
    [InlineData("\"health_gate\":3", "health_gate: must be an object")]
    public async Task WhatIsWrongIsNamed(string field, string error)
    {
        await MakeFleetAsync(0);
        (int status, JsonElement problem) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{_firmware}},"stages":[{"percent":100}],{{field}}}""");
        Assert.Equal(400, status);
        Assert.StartsWith(error, Text(problem, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EverySettingIsKeptAndShown()
    {
        await MakeFleetAsync(0);
        string gate = string.Join(',', HealthGate.Members.Select(static (member, n) => $"\"{member.Name}\":{n + 1}"));
        long id = await MakeAsync("{\"percent\":100}", $",\"silent_intervals\":7,\"min_proved_percent\":8,\"health_gate\":{{{gate}}}");
        JsonElement view = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal("7 8", $"{view.GetProperty("silent_intervals")} {view.GetProperty("min_proved_percent")}");
        Assert.Equal($"{{{gate}}}", view.GetProperty("health_gate").GetRawText());
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static int Box(JsonElement rollout, string name) => rollout.GetProperty("boxes").GetProperty(name).GetInt32();

    private static string Canary(string[] boxes) => $"{{\"devices\":[{string.Join(',', boxes.Select(static id => $"\"{id}\""))}]}}";

    private static string[] Obstacles(JsonElement json) =>
        [.. json.GetProperty("obstacles").EnumerateArray().Select(static o => $"{Text(o, "reason")} {o.GetProperty("count")}")];

    private async Task<JsonElement> BoxAsync(long id, string box) =>
        (await GetAsync($"/api/ota/rollouts/{id}/devices")).EnumerateArray().Single(row => Text(row, "device_id") == box);

    private async Task<string> StateAsync(long id, string box)
    {
        JsonElement row = await BoxAsync(id, box);
        return $"{Text(row, "state")} {Text(row, "why")}";
    }

    /// <summary>What listeners were last told of a box.</summary>
    private Task<string?> ToldAsync(string box) => Task.FromResult(Fleet.Store.Read(box, static (session, id) =>
    {
        using SqlStatement row = session.Query(
            "SELECT data FROM events WHERE kind = 'rollout' AND device_id = $1 ORDER BY id DESC LIMIT 1", id);
        return row.Read() ? JsonElement.Parse(row.Text(0)).GetProperty("found").GetString() : null;
    }));

    private async Task<string[]> MakeFleetAsync(int count)
    {
        Fleet = new Fleet(Host);
        _firmware = await Fleet.ReleaseAsync(New);
        return count == 0 ? [] : await Fleet.BoxesAsync(count);
    }

    private async Task<long> MakeAsync(string stages, string more)
    {
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{_firmware}},"stages":[{{stages}}]{{more}}}""");
        Assert.True(status == 201, $"{json} {(status == 500 ? Host.Log.Text : "")}");
        return json.GetProperty("id").GetInt64();
    }

    private async Task<long> StartAsync(string stages, string more)
    {
        long id = await MakeAsync(stages, more);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start")).Status);
        return id;
    }
}
