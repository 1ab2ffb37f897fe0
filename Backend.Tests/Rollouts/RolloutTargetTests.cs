using System.Text.Json;

using JamBox.Backend.Places;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>Roll-outs for the boxes of some places, or with some tags; and for those only that are in use.</summary>
public abstract class RolloutTargetTests(BackendHost shared) : HostedTest(shared)
{
    private const int New = 61_000;

    private long _firmware;

    private Fleet Fleet { get; set; } = null!;

    [Fact]
    public async Task AReleaseGoesToTheBoxesOfAPlace()
    {
        (long here, string[] boxes) = await MakeFleetAsync(6);
        long there = await Fleet.PlaceAsync("There");
        await Task.WhenAll(boxes[3..5].Select(box => Fleet.MoveToAsync(box, there)));
        await Fleet.MoveToAsync(boxes[5], null);
        long id = await StartAsync("{\"percent\":50},{\"percent\":100}", $",\"target\":{{\"places\":[{here}]}}");
        Assert.Equal(2, Fleet.Staged(id).Intersect(boxes[..3]).Count());
        Assert.Equal(2, Fleet.Staged(id).Length);
        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/advance");
        Assert.Equal(boxes[..3], Fleet.Staged(id).Order());
        Assert.Equal("not_in_rollout", (await Fleet.AskAsync(boxes[3])).Reason);
        Assert.Equal("not_in_rollout", (await Fleet.AskAsync(boxes[5])).Reason);
        Assert.Equal(3, Fleet.Boxes(id).Count);

        // Who comes to the place is in, and whoever is in stays in.
        await Fleet.MoveToAsync(boxes[3], here);
        Assert.Null((await Fleet.AskAsync(boxes[3])).Reason);
        await Fleet.MoveToAsync(boxes[0], there);
        Assert.Null((await Fleet.AskAsync(boxes[0])).Reason);
        Assert.Equal(
            $"{{\"places\":[{here}],\"tags\":[]}}", (await GetAsync($"/api/ota/rollouts/{id}")).GetProperty("target").GetRawText());
    }

    [Fact]
    public async Task ABoxThatLeavesBeforeItsTurnIsOutAndTheShareIsOfTheRest()
    {
        (long here, string[] boxes) = await MakeFleetAsync(4);
        long id = await StartAsync("{\"percent\":25},{\"percent\":100}", $",\"target\":{{\"places\":[{here}]}}");
        string gone = boxes.Except(Fleet.Staged(id)).First();
        await Fleet.MoveToAsync(gone, null);
        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/advance");
        Assert.Equal(boxes.Except([gone]), Fleet.Staged(id).Order());
        Assert.Equal("excluded target", await StateAsync(id, gone));
        Assert.Equal("not_in_rollout", (await Fleet.AskAsync(gone)).Reason);
        await Fleet.UpdateAsync(Fleet.Staged(id), New);
        await Fleet.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(RolloutState.Done, Fleet.Rollout(id).State);
    }

    [Fact]
    public async Task TagsAndPlacesBothHoldAndNamedBoxesAreIn()
    {
        (long here, string[] boxes) = await MakeFleetAsync(5);
        await Fleet.MoveToAsync(boxes[2], null);
        foreach ((string box, string tag) in new[] { (boxes[0], "pilot"), (boxes[1], "window"), (boxes[2], "pilot"), (boxes[3], "other") })
        {
            Assert.Equal(200, (await AdminAsync(HttpMethod.Put, $"/api/device/{box}/tags", $"{{\"tags\":[\"{tag}\"]}}")).Status);
        }

        string target = $",\"target\":{{\"places\":[{here}],\"tags\":[\"pilot\",\"window\"]}}";
        JsonElement preflight = await GetAsync($"/api/ota/preflight?firmware={_firmware}&places={here}&tags=pilot,window");
        Assert.Equal("2 2", $"{preflight.GetProperty("boxes")} {preflight.GetProperty("able")}");
        long id = await StartAsync($"{{\"devices\":[\"{boxes[4]}\"]}},{{\"percent\":100}}", target);
        Assert.Equal([boxes[4]], Fleet.Staged(id));
        await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/advance");
        Assert.Equal([boxes[0], boxes[1], boxes[4]], Fleet.Staged(id).Order());
    }

    [Fact]
    public async Task APlaceThatWasMergedIsMeantAsTheOther()
    {
        (long here, string[] boxes) = await MakeFleetAsync(2);
        long other = await Fleet.PlaceAsync("Other");
        long id = await MakeAsync("{\"percent\":100}", $",\"target\":{{\"places\":[{here},{other}]}}");
        Assert.Null(await Fleet.Store.WriteAsync((here, other, "test", Fleet.Now), PlacementSql.Merge));
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start")).Status);
        Assert.Equal(boxes, Fleet.Staged(id).Order());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"places\":[]}")]
    [InlineData("{\"places\":null}")]
    [InlineData("{\"places\":[1,1]}")]
    [InlineData("{\"places\":[\"1\"]}")]
    [InlineData("{\"places\":[0]}")]
    [InlineData("{\"place\":[1]}")]
    [InlineData("{\"tags\":[\" x\"]}")]
    [InlineData("{\"tags\":\"pilot\"}")]
    [InlineData("{\"tags\":[\"a\"],\"tags\":[\"b\"]}")]
    [InlineData("{\"places\":[4711]}")]
    public async Task AWrongTargetIsNotTheWholeFleet(string target)
    {
        await MakeFleetAsync(1);
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{_firmware}},"stages":[{"percent":100}],"target":{{target}}}""");
        Assert.Equal(400, status);
        Assert.StartsWith("target: ", json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(await Host.ListAsync("/api/ota/rollouts"));
    }

    [Fact]
    public async Task APreflightForSomeBoxesByNameSaysWhichAreSilent()
    {
        (_, string[] boxes) = await MakeFleetAsync(4);
        foreach (string box in boxes)
        {
            await Fleet.ReportAsync(box, 1);
        }

        await Fleet.LeapAsync(TimeSpan.FromHours(25));
        await Fleet.SpeakAsync(boxes[0], boxes[1]);
        foreach ((string query, string shown) in new[]
        {
            ("", "4 4 2"), ($"&devices={boxes[0]},{boxes[2]}", "2 2 1"), ($"&devices={boxes[1]}", "1 1 0"), ("&devices=nobody", "0 0 0"),
        })
        {
            JsonElement said = await GetAsync($"/api/ota/preflight?firmware={_firmware}{query}");
            Assert.Equal(shown, $"{said.GetProperty("boxes")} {said.GetProperty("able")} {said.GetProperty("silent")}");
        }
    }

    [Theory]
    [InlineData("places=x")]
    [InlineData("places=1,")]
    [InlineData("places=4711")]
    [InlineData("tags=,")]
    [InlineData("devices=,")]
    public async Task AWrongTargetOfAPreflightIsRefused(string query)
    {
        await MakeFleetAsync(1);
        Assert.Equal(400, (await AdminAsync(HttpMethod.Get, $"/api/ota/preflight?firmware={_firmware}&{query}")).Status);
    }

    [Fact]
    public async Task ARetiredBoxIsNeitherWaitedForNorAFailure()
    {
        (_, string[] boxes) = await MakeFleetAsync(5);
        long id = await StartAsync("{\"percent\":100}", ",\"max_failures\":0,\"soak_minutes\":0");
        await Fleet.UpdateAsync(boxes[..2], New);
        await Fleet.AskAsync(boxes[2]);
        await Fleet.MoveAsync(boxes[2], AttemptState.Confirmed);
        await Fleet.AskAsync(boxes[3]);
        await Fleet.MoveAsync(boxes[3], AttemptState.Staged);
        await Fleet.PassAsync(TimeSpan.FromMinutes(10));
        foreach (string box in boxes[1..])
        {
            await Fleet.RetireAsync(box);
            Fleet.Alive.Remove(box);
        }

        await Fleet.PassAsync(TimeSpan.FromHours(3));
        Assert.Equal(RolloutState.Done, Fleet.Rollout(id).State);
        Assert.Equal(
            ["confirmed ", "confirmed ", "excluded retired", "excluded retired", "excluded retired"],
            await Task.WhenAll(boxes.Select(box => StateAsync(id, box))));
    }

    [Fact]
    public async Task AFailureStaysOneWhenTheBoxIsRetired()
    {
        (_, string[] boxes) = await MakeFleetAsync(2);
        long id = await StartAsync("{\"percent\":100}", ",\"max_failures\":5,\"max_failure_percent\":100");
        await Fleet.AskAsync(boxes[0]);
        await Fleet.MoveAsync(boxes[0], AttemptState.RolledBack, "no_send");
        await Fleet.RetireAsync(boxes[0]);
        Assert.Equal("rolled_back no_send", await StateAsync(id, boxes[0]));
    }

    [Fact]
    public async Task ARetiredBoxIsNoCanary()
    {
        (_, string[] boxes) = await MakeFleetAsync(2);
        await Fleet.RetireAsync(boxes[0]);
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts",
            $$"""{"firmware_id":{{_firmware}},"stages":[{"devices":["{{boxes[0]}}"]},{"percent":100}]}""");
        Assert.Equal((400, $"stages: {boxes[0]} is retired"), (status, json.GetProperty("error").GetString()));
    }

    private async Task<string> StateAsync(long id, string box)
    {
        JsonElement row = (await GetAsync($"/api/ota/rollouts/{id}/devices")).EnumerateArray()
            .Single(row => row.GetProperty("device_id").GetString() == box);
        return $"{row.GetProperty("state").GetString()} {row.GetProperty("why").GetString()}";
    }

    /// <summary>A release, and boxes at a place.</summary>
    private async Task<(long Place, string[] Boxes)> MakeFleetAsync(int count)
    {
        Fleet = new Fleet(Host);
        _firmware = await Fleet.ReleaseAsync(New);
        long place = await Fleet.PlaceAsync("Here");
        return (place, await Fleet.BoxesAsync(count, place: place));
    }

    private async Task<long> MakeAsync(string stages, string more)
    {
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{_firmware}},"stages":[{{stages}}]{{more}}}""");
        Assert.True(status == 201, $"{json}");
        return json.GetProperty("id").GetInt64();
    }

    private async Task<long> StartAsync(string stages, string more)
    {
        long id = await MakeAsync(stages, more);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start")).Status);
        return id;
    }
}
