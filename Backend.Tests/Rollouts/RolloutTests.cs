using System.Text.Json;

using JamBox.Backend.Builds;
using JamBox.Backend.Operation;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Insights;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>Releases on their way through a fleet: stages, thresholds, schedule, exclusion.</summary>
public abstract class RolloutTests(BackendHost shared) : HostedTest(shared)
{
    private const int New = 61_000;

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private long _firmware;

    private Fleet Fleet { get; set; } = null!;

    [Fact]
    public async Task AFleetOf33GoesThroughExactStagesToDone()
    {
        string[] boxes = await MakeFleetAsync(33);
        string canary = string.Join(',', boxes[3..6].Select(static id => $"\"{id}\""));
        long id = await MakeAsync($$"""{"devices":[{{canary}}]},{"percent":50},{"percent":100}""", ",\"soak_minutes\":60");
        Assert.Equal("no_release", (await Fleet.AskAsync(boxes[0])).Reason);
        Assert.Equal(200, await StepAsync(id, "start"));
        Assert.Equal("not_in_rollout", (await Fleet.AskAsync(boxes[0])).Reason);
        Assert.Equal(boxes[3..6], Fleet.Staged(id).Order());

        await Fleet.UpdateAsync(boxes[3..6], New);
        await Fleet.PassAsync(TimeSpan.FromMinutes(59));
        Assert.Equal((RolloutState.Canary, 3), (Fleet.Rollout(id).State, Fleet.Staged(id).Length));
        await Fleet.PassAsync(s_minute);
        string[] half = Fleet.Staged(id);
        Assert.Equal((RolloutState.Rolling, 17), (Fleet.Rollout(id).State, half.Length));
        Assert.Empty(boxes[3..6].Except(half));

        await Fleet.UpdateAsync(half.Except(boxes[3..6]), New);
        await Fleet.PassAsync(TimeSpan.FromHours(1));
        await Fleet.PassAsync(s_minute);
        Assert.Equal(33, Fleet.Staged(id).Length);
        await Fleet.UpdateAsync(boxes.Except(half), New);
        await Fleet.PassAsync(s_minute);
        JsonElement end = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(
            "done 33 33 100", $"{end.GetProperty("state").GetString()} {Box(end, "in_stage")} {Box(end, "confirmed")} {end.GetProperty("statistics").GetProperty("success_percent")}");
        Assert.Equal("up_to_date", (await Fleet.AskAsync(boxes[0], New)).Reason);
        Assert.Equal(["rollout.done", "rollout.advance", "rollout.advance", "rollout.start", "rollout.create"], await AuditAsync(id));
    }

    [Fact]
    public async Task TheStagesOfEveryShareAreExact()
    {
        await MakeFleetAsync(33);
        string stages = string.Join(',', Enumerable.Range(1, 20).Select(static n => $"{{\"percent\":{n * 5}}}"));
        long id = await MakeAsync(stages);
        await StepAsync(id, "start");
        for (int stage = 0; stage < 20; stage++)
        {
            Assert.Equal((int)Math.Ceiling(33 * (stage + 1) * 5 / 100.0), Fleet.Staged(id).Length);
            if (stage < 19)
            {
                Assert.Equal(200, await StepAsync(id, $"advance?from={stage}"));
                Assert.Equal(409, await StepAsync(id, $"advance?from={stage}"));
            }
        }
    }

    [Fact]
    public async Task TooManyFailuresStopItForGood()
    {
        string[] boxes = await MakeFleetAsync(10);
        long id = await MakeAsync("{\"percent\":100}", ",\"max_failures\":1,\"max_failure_percent\":100");
        await StepAsync(id, "start");
        foreach (string box in boxes[..3])
        {
            Assert.Null((await Fleet.AskAsync(box)).Reason);
        }

        await Fleet.MoveAsync(boxes[0], AttemptState.RolledBack, "no_send");
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);
        Assert.Equal(Standing.Running, Fleet.StandingOf(boxes[2], id));
        await Fleet.MoveAsync(boxes[1], AttemptState.Failed, "flash");
        JsonElement stopped = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(
            "stopped 2 of 2 boxes failed, rolled back or fell silent: more than max_failures 1",
            $"{stopped.GetProperty("state").GetString()} {stopped.GetProperty("reason").GetString()}");
        Assert.Equal(Standing.Withdrawn, Fleet.StandingOf(boxes[2], id));
        Assert.Equal("no_release", (await Fleet.AskAsync(boxes[3])).Reason);
        foreach (string step in new[] { "start", "advance", "pause", "resume", "abort" })
        {
            Assert.Equal(409, await StepAsync(id, step));
        }

        // A third failure that was on its way changes nothing any more.
        await Fleet.MoveAsync(boxes[2], AttemptState.Failed, "patch_hash");
        await Fleet.PassAsync(TimeSpan.FromDays(1));
        Assert.Equal(["rollout.stop", "rollout.start", "rollout.create"], await AuditAsync(id));
        JsonElement alert = Assert.Single(
            await Host.ListAsync("/api/alerts?open=true"), static a => a.GetProperty("alert_type").GetString() == "rollout_stopped");
        Assert.Equal($"rollout {id}", alert.GetProperty("device_id").GetString());

        long next = await MakeAsync("{\"percent\":100}");
        await StepAsync(next, "start");
        Assert.DoesNotContain(
            await Host.ListAsync("/api/alerts?open=true"), static a => a.GetProperty("alert_type").GetString() == "rollout_stopped");
        Assert.Equal("excluded", (await Fleet.AskAsync(boxes[0])).Reason);
        Assert.Null((await Fleet.AskAsync(boxes[3])).Reason);
    }

    [Fact]
    public async Task TheShareOfFailuresNeedsASample()
    {
        string[] boxes = await MakeFleetAsync(12);
        long id = await MakeAsync("{\"percent\":100}", ",\"max_failures\":100,\"max_failure_percent\":20,\"min_sample\":5");
        await StepAsync(id, "start");
        foreach (string box in boxes)
        {
            await Fleet.AskAsync(box);
        }

        await Fleet.MoveAsync(boxes[0], AttemptState.Failed, "flash");
        foreach (string box in boxes[1..4])
        {
            await Fleet.MoveAsync(box, AttemptState.Confirmed);
            await Fleet.ReadAsync(box, New, count: 3);
        }

        await Fleet.WatchAsync(id);
        await Fleet.MoveAsync(boxes[4], AttemptState.Failed, AttemptState.Withdrawn);
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);
        await Fleet.MoveAsync(boxes[5], AttemptState.Failed, "flash");
        Assert.Equal(RolloutState.Stopped, Fleet.Rollout(id).State);
        Assert.Equal("2 of 5 boxes failed, rolled back or fell silent: more than max_failure_percent 20", Fleet.Rollout(id).Reason);
    }

    [Fact]
    public async Task ABoxThatRolledBackWaitsForAnOperator()
    {
        string[] boxes = await MakeFleetAsync(4);
        long id = await MakeAsync("{\"percent\":100}", ",\"max_failures\":3,\"max_failure_percent\":50");
        await StepAsync(id, "start");
        await Fleet.AskAsync(boxes[0]);
        await Fleet.MoveAsync(boxes[0], AttemptState.RolledBack, "no_send");
        await Fleet.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal("excluded", (await Fleet.AskAsync(boxes[0])).Reason);
        await Fleet.AllowAsync(boxes[0]);
        Assert.Null((await Fleet.AskAsync(boxes[0])).Reason);
        await Fleet.MoveAsync(boxes[0], AttemptState.Confirmed);
        await Fleet.ReportAsync(boxes[0], New);
        Assert.Equal(AttemptState.Confirmed, Fleet.Boxes(id).Single(box => box.DeviceId == boxes[0]).State);

    }

    [Fact]
    public async Task ABoxThatFailedInAnEarlierRolloutComesInWhenItIsAllowed()
    {
        string[] boxes = await MakeFleetAsync(4);
        long first = await MakeAsync("{\"percent\":100}");
        await StepAsync(first, "start");
        await Fleet.AskAsync(boxes[0]);
        await Fleet.MoveAsync(boxes[0], AttemptState.Failed, "flash");
        await StepAsync(first, "abort");
        long second = await MakeAsync("{\"percent\":100}");
        await StepAsync(second, "start");
        Assert.Equal((3, "excluded"), (Fleet.Staged(second).Length, (await Fleet.AskAsync(boxes[0])).Reason));
        Assert.Equal(RolloutBoxSql.FailedBefore, Fleet.Boxes(second).Single(box => box.DeviceId == boxes[0]).Why);
        await Fleet.AllowAsync(boxes[0]);
        await Fleet.PassAsync(s_minute);
        Assert.Equal(4, Fleet.Staged(second).Length);
        Assert.Null((await Fleet.AskAsync(boxes[0])).Reason);
    }

    [Fact]
    public async Task SilentBoxesDoNotHoldItUpAndGetTheReleaseWhenTheyAreBack()
    {
        string[] boxes = await MakeFleetAsync(3);
        long id = await MakeAsync("{\"percent\":100}", ",\"silent_hours\":48");
        await StepAsync(id, "start");
        await Fleet.PassAsync(TimeSpan.FromDays(10));
        JsonElement all = await GetAsync($"/api/ota/rollouts/{id}");
        Assert.Equal(
            "canary a first box that runs the release 3",
            $"{all.GetProperty("state").GetString()} {all.GetProperty("waits_for").GetString()} {Box(all, "left_behind")}");
        await Fleet.SpeakAsync(boxes);
        await Fleet.PassAsync(TimeSpan.FromHours(47));
        await Fleet.UpdateAsync(boxes[..2], New);
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);
        await Fleet.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(RolloutState.Done, Fleet.Rollout(id).State);
        await Fleet.UpdateAsync(boxes[2..], New);
        Assert.Equal(3, Box(await GetAsync($"/api/ota/rollouts/{id}"), "confirmed"));
    }

    [Fact]
    public async Task ACanaryWithAFailureWaitsForAnOperator()
    {
        string[] boxes = await MakeFleetAsync(9);
        long id = await MakeAsync("{\"percent\":33},{\"percent\":100}", ",\"soak_minutes\":0");
        await StepAsync(id, "start");
        string[] canary = Fleet.Staged(id);
        Assert.Equal(3, canary.Length);
        await Fleet.UpdateAsync(canary[..2], New);
        await Fleet.AskAsync(canary[2]);
        await Fleet.MoveAsync(canary[2], AttemptState.Failed, "flash");
        await Fleet.PassAsync(TimeSpan.FromHours(6));
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);
        Assert.StartsWith(
            "an operator: 1 of 3 boxes", (await GetAsync($"/api/ota/rollouts/{id}")).GetProperty("waits_for").GetString(),
            StringComparison.Ordinal);
        Assert.Equal(200, await StepAsync(id, "advance"));
        Assert.Equal(9, Fleet.Staged(id).Length);
        Assert.Contains(boxes[0], Fleet.Staged(id));
    }

    [Fact]
    public async Task APausedOneOffersNothingAndGoesNowhere()
    {
        string[] boxes = await MakeFleetAsync(4);
        long id = await MakeAsync("{\"percent\":50},{\"percent\":100}", ",\"soak_minutes\":0");
        await StepAsync(id, "start");
        string[] canary = Fleet.Staged(id);
        await Fleet.AskAsync(canary[0]);
        Assert.Equal((200, 200, 409), (await StepAsync(id, "pause"), await StepAsync(id, "pause"), await StepAsync(id, "advance")));
        Assert.Equal(Standing.Paused, Fleet.StandingOf(canary[0], id));
        Assert.Equal("paused", (await Fleet.AskAsync(canary[1])).Reason);
        Assert.Equal("not_in_rollout", (await Fleet.AskAsync(boxes.Except(canary).First())).Reason);
        await Fleet.MoveAsync(canary[0], AttemptState.Confirmed);
        await Fleet.PassAsync(TimeSpan.FromDays(4));
        Assert.Equal((RolloutState.Paused, 0), (Fleet.Rollout(id).State, Fleet.Rollout(id).Stage));
        await Fleet.SpeakAsync(boxes);
        Assert.Equal((200, 200), (await StepAsync(id, "resume"), await StepAsync(id, "resume")));
        // The days in the pause are not held against the other box of the canary: the stage waits for it.
        await Fleet.PassAsync(s_minute);
        Assert.Equal((RolloutState.Canary, 0), (Fleet.Rollout(id).State, Fleet.Rollout(id).Stage));
        Assert.Null((await Fleet.AskAsync(canary[1])).Reason);
        Assert.Equal((200, 200, 409), (await StepAsync(id, "abort"), await StepAsync(id, "abort"), await StepAsync(id, "resume")));
        Assert.Equal(Standing.Withdrawn, Fleet.StandingOf(canary[1], id));
    }

    [Fact]
    public async Task ItStartsWhenItsTimeComesAlsoAfterARestart()
    {
        string[] boxes = await MakeFleetAsync(2);
        long id =
            await MakeAsync(
                "{\"percent\":100}",
                ",\"start_at\":\"2026-01-30T01:30:00Z\",\"window\":{\"from\":\"22:00\",\"to\":\"05:00\",\"timezone\":\"Europe/Berlin\"}");
        await StepAsync(id, "start");
        Assert.Equal((RolloutState.Scheduled, "no_release"), (Fleet.Rollout(id).State, (await Fleet.AskAsync(boxes[0])).Reason));
        Assert.Equal(409, await StepAsync(id, "start"));
        await Host.RestartAsync();
        Host.Clock.Set(new DateTimeOffset(2026, 1, 30, 1, 29, 0, TimeSpan.Zero));
        await Fleet.PassAsync(TimeSpan.Zero);
        Assert.Equal(RolloutState.Scheduled, Fleet.Rollout(id).State);
        await Fleet.PassAsync(s_minute);
        Assert.Equal(RolloutState.Canary, Fleet.Rollout(id).State);
        Assert.Null((await Fleet.AskAsync(boxes[0])).Reason);

        // 05:00 in Berlin is 04:00 UTC in winter.
        Host.Clock.Set(new DateTimeOffset(2026, 1, 30, 4, 0, 0, TimeSpan.Zero));
        Assert.Equal((Standing.Paused, "outside_window"), (Fleet.StandingOf(boxes[0], id), (await Fleet.AskAsync(boxes[1])).Reason));
        Host.Clock.Set(new DateTimeOffset(2026, 1, 30, 21, 0, 0, TimeSpan.Zero));
        Assert.Equal(Standing.Running, Fleet.StandingOf(boxes[0], id));
    }

    [Fact]
    public async Task OneRolloutAtATimeAndTheNewerReleaseWins()
    {
        string[] boxes = await MakeFleetAsync(4);
        long older = await MakeAsync("{\"percent\":100}");
        long newest = await Fleet.ReleaseAsync(New + 2);
        long middle = await Fleet.ReleaseAsync(New + 1);
        await StepAsync(older, "start");
        await Fleet.AskAsync(boxes[0]);
        long again = await MakeAsync("{\"percent\":100}");
        Assert.Equal(409, await StepAsync(again, "start"));

        long latest = await MakeAsync("{\"percent\":25}", "", newest);
        Assert.Equal(200, await StepAsync(latest, "start"));
        Assert.Equal(
            (RolloutState.Aborted, $"superseded by roll-out {latest} of {Fleet.VersionOf(New + 2)}"),
            (Fleet.Rollout(older).State, Fleet.Rollout(older).Reason));
        Assert.Equal(Standing.Withdrawn, Fleet.StandingOf(boxes[0], older));
        (int status, JsonElement problem) = await AdminAsync(
            HttpMethod.Post, $"/api/ota/rollouts/{await MakeAsync("{\"percent\":100}", "", middle)}/start");
        Assert.Equal(409, status);
        Assert.StartsWith($"Roll-out {latest} of ", problem.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UntilTheNewerReleaseHasComeToABoxItGetsTheOneThatIsDone()
    {
        string[] boxes = await MakeFleetAsync(4);
        long done = await MakeAsync("{\"percent\":100}");
        await StepAsync(done, "start");
        await StepAsync(done, "advance");
        long newer = await MakeAsync("{\"percent\":25}", "", await Fleet.ReleaseAsync(New + 1));
        await StepAsync(newer, "start");
        string canary = Fleet.Staged(newer).Single();
        Assert.Equal(newer, (await Fleet.AskAsync(canary)).RolloutId);
        Assert.Equal(done, (await Fleet.AskAsync(boxes.First(box => box != canary))).RolloutId);

        // A box that nobody knew of when it was done.
        string late = (await Fleet.BoxesAsync(1, sequence: 1)).Single();
        Assert.Equal(done, (await Fleet.AskAsync(late, 1)).RolloutId);
        Assert.Equal(Standing.Running, Fleet.StandingOf(late, done));
    }

    [Fact]
    public async Task ABoxTheFleetGrowsByMakesTheShareGrow()
    {
        await MakeFleetAsync(10);
        long id = await MakeAsync("{\"percent\":50},{\"percent\":100}");
        await StepAsync(id, "start");
        string[] before = Fleet.Staged(id);
        foreach (int expected in new[] { 6, 6, 7 })
        {
            string box = (await Fleet.BoxesAsync(1)).Single();
            await Fleet.AskAsync(box);
            Assert.Equal(expected, Fleet.Staged(id).Length);
        }

        Assert.Empty(before.Except(Fleet.Staged(id)));
    }

    [Fact]
    public async Task AnExcludedBoxGetsNothingUntilItIsTakenInAgain()
    {
        string[] boxes = await MakeFleetAsync(4);
        long id = await MakeAsync("{\"percent\":100}", $",\"exclude\":[\"{boxes[0]}\"]");
        await StepAsync(id, "start");
        Assert.Equal(("excluded", 3), ((await Fleet.AskAsync(boxes[0])).Reason, Fleet.Staged(id).Length));
        Assert.Null((await Fleet.AskAsync(boxes[1])).Reason);
        Assert.Equal(200, await StepAsync(id, "exclude", $$"""{"devices":["{{boxes[1]}}"]}"""));
        Assert.Equal(("excluded", Standing.Withdrawn), ((await Fleet.AskAsync(boxes[1])).Reason, Fleet.StandingOf(boxes[1], id)));
        Assert.Equal(200, await StepAsync(id, "include", $$"""{"devices":["{{boxes[0]}}","{{boxes[1]}}"]}"""));
        Assert.Null((await Fleet.AskAsync(boxes[0])).Reason);
        Assert.Equal(Standing.Running, Fleet.StandingOf(boxes[1], id));
        Assert.Equal(400, await StepAsync(id, "exclude", """{"devices":["JBNB9999"]}"""));
        Assert.Equal(["rollout.include", "rollout.include", "rollout.exclude"], (await AuditAsync(id))[..3]);
    }

    [Fact]
    public async Task AnUnsignedReleaseIsNotStartedUnlessItIsAllowed()
    {
        await MakeFleetAsync(1);
        long unsigned = await Fleet.ReleaseAsync(New + 1, isSigned: false);
        (int status, JsonElement problem) = await AdminAsync(
            HttpMethod.Post, $"/api/ota/rollouts/{await MakeAsync("{\"percent\":100}", "", unsigned)}/start");
        Assert.Equal(409, status);
        Assert.Contains($"PUT /api/ota/firmware/{unsigned}/manifest", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        await using BackendHost bench = Host.Another("--Ota:AllowUnsigned=true");
        await bench.StartAsync();
        Fleet fleet = new(bench);
        long firmware = await fleet.ReleaseAsync(New, isSigned: false);
        using HttpResponseMessage made = await bench.AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", Body("{\"percent\":100}", "", firmware));
        using HttpResponseMessage started = await bench.AdminAsync(HttpMethod.Post, made.Headers.Location + "/start");
        Assert.Equal((201, 200), ((int)made.StatusCode, (int)started.StatusCode));
    }

    [Fact]
    public async Task SeveralProcessesTakeEachStepOnce()
    {
        string[] boxes = await MakeFleetAsync(8);
        await using WebApplication second = Host.Build();
        await second.StartAsync();
        long id = await MakeAsync("{\"percent\":25},{\"percent\":50},{\"percent\":100}", ",\"soak_minutes\":0");
        await StepAsync(id, "start");
        for (int stage = 0; stage < 3; stage++)
        {
            await Fleet.UpdateAsync(
                Fleet.Boxes(id).Where(static box => box.Stage is not null && BoxState.IsPending(box.State))
                    .Select(static box => box.DeviceId), New);
            await Fleet.PassAsync(s_minute);
            await second.Services.GetRequiredService<JobRunner>().IdleAsync();
        }

        Assert.Equal(boxes.Order(), Fleet.Staged(id).Order());
        Assert.Equal(["rollout.done", "rollout.advance", "rollout.advance", "rollout.start", "rollout.create"], await AuditAsync(id));
    }

    [Fact]
    public async Task TwoProcessesAtTheSameMomentTakeAStepOnce()
    {
        await MakeFleetAsync(8);
        await using WebApplication second = Host.Build();
        // Of SQLite there is one process; there it is two requests at once.
        Store[] stores = [Fleet.Store, Host.Storage == TestStorage.Postgres ? second.Services.GetRequiredService<Store>() : Fleet.Store];
        long now = Fleet.Now;
        for (int round = 0; round < 10; round++)
        {
            long firmware = await Fleet.ReleaseAsync(New + 1 + round);
            long[] rivals =
                [await MakeAsync("{\"percent\":50},{\"percent\":100}", ",\"soak_minutes\":0", firmware),
                    await MakeAsync("{\"percent\":50},{\"percent\":100}", ",\"soak_minutes\":0", firmware)];
            StepResult[] started = await Task.WhenAll(
                rivals.Select((id, n) => stores[n].WriteAsync((id, false, "test", now), RolloutSteps.Start)));
            Assert.Equal([0, 409], started.Select(static result => result.Status).Order());
            long winner = rivals.Single(id => Fleet.Rollout(id).State == RolloutState.Canary);
            foreach (string box in Fleet.Staged(winner))
            {
                await Fleet.AskAsync(box);
                await Fleet.MoveAsync(box, AttemptState.Confirmed);
                await Fleet.ReadAsync(box, New + 1 + round, count: 3);
            }

            await Fleet.WatchAsync(winner);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(n => stores[n % 2].WriteAsync((winner, now), RolloutSteps.Look)));
            Assert.Equal((RolloutState.Rolling, 1), (Fleet.Rollout(winner).State, Fleet.Rollout(winner).Stage));
            Assert.Equal(["rollout.advance", "rollout.start", "rollout.create"], await AuditAsync(winner));
        }
    }

    private static int Box(JsonElement rollout, string name) => rollout.GetProperty("boxes").GetProperty(name).GetInt32();

    private static string Body(string stages, string more, long firmware) =>
        $$"""{"firmware_id":{{firmware}},"stages":[{{stages}}]{{more}}}""";

    private async Task<string[]> MakeFleetAsync(int count)
    {
        Fleet = new Fleet(Host);
        _firmware = await Fleet.ReleaseAsync(New);
        return await Fleet.BoxesAsync(count);
    }

    private async Task<long> MakeAsync(string stages, string more = "", long? firmware = null)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, "/api/ota/rollouts", Body(stages, more, firmware ?? _firmware));
        Assert.True(status == 201, $"{json} {(status == 500 ? Host.Log.Text : "")}");
        return json.GetProperty("id").GetInt64();
    }

    private async Task<int> StepAsync(long id, string step, string? body = null) =>
        (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/{step}", body)).Status;

    private async Task<string[]> AuditAsync(long id) =>
        [.. (await Host.ListAsync($"/api/audit?target=rollout%20{id}")).Select(static row => row.GetProperty("action").GetString()!)];
}
