using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>Deployments by stages: who is told when, and what stops them.</summary>
public abstract class DeploymentRolloutTests(BackendHost shared) : GatewayTest(shared)
{
    private const string Stages = """{"stages":[{"percent":10},{"percent":50},{"percent":100}],"waitMinutes":60,"maxFailures":1}""";

    private readonly Dictionary<string, string> _keys = [];

    [Fact]
    public async Task StagesGoOnWhenTheOneBeforeHasComeThrough()
    {
        await FleetAsync(10);
        string id = await PackageAsync("1.0.0");
        JsonElement rollout = await PublishAsync(id, Stages);
        Assert.Equal(
            "rolling 0 True",
            $"{rollout.GetProperty("state")} {rollout.GetProperty("stage")} {rollout.GetProperty("targets").GetProperty("all")}");
        string first = Assert.Single(await ToldOfAsync("1.0.0"));

        // It has not come through: nothing happens, however long.
        await PassAsync(TimeSpan.FromHours(2));
        await SayAsync(_keys[first], id, "deploying");
        await PassAsync(TimeSpan.FromHours(2));
        Assert.Single(await ToldOfAsync("1.0.0"));

        // It has: the next stage begins an hour later.
        await SayAsync(_keys[first], id, "completed");
        await PassAsync(TimeSpan.FromMinutes(59));
        Assert.Single(await ToldOfAsync("1.0.0"));
        Assert.Equal(
            Iso(TimeSpan.FromMinutes(1)), (await StateAsync(id)).GetProperty("nextAt").GetDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        await PassAsync(TimeSpan.FromMinutes(1));
        string[] half = await ToldOfAsync("1.0.0");
        Assert.Equal(5, half.Length);
        Assert.Contains(first, half);

        // One that fails is borne; one that is away holds nobody up for longer than a quarter of an hour.
        string[] second = [.. half.Where(one => one != first)];
        await SayAsync(_keys[second[0]], id, "failed", ",\"error\":\"no room\"");
        await SayAsync(_keys[second[1]], id, "completed");
        await SayAsync(_keys[second[2]], id, "completed");
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(JsonValueKind.Null, (await StateAsync(id)).GetProperty("nextAt").ValueKind);
        await PassAsync(TimeSpan.FromMinutes(6));
        await PassAsync(TimeSpan.FromHours(1));

        // The last stage is for all: at the common topic, where old watchers and gateways that come later hear it.
        Assert.Equal(10, (await ToldOfAsync("1.0.0")).Length);
        await GatewayAsync("shop-new");
        _keys["shop-new"] = (await DoAsync(HttpMethod.Post, "/api/gateways/shop-new/key")).GetProperty("key").GetString()!;
        Assert.Contains("shop-new", await ToldOfAsync("1.0.0"));
        foreach (string gateway in _keys.Keys)
        {
            await SayAsync(_keys[gateway], id, "completed");
        }

        await PassAsync(TimeSpan.FromSeconds(10));
        rollout = await StateAsync(id);
        Assert.Equal("done", rollout.GetProperty("state").GetString());
        Assert.Equal(
            "10 1 1 0, 50 4 4 0, 100 6 6 0", string.Join(", ", rollout.GetProperty("stages").EnumerateArray().Select(static stage =>
                $"{stage.GetProperty("percent")} {stage.GetProperty("gateways")} "
                + $"{stage.GetProperty("completed")} {stage.GetProperty("failed")}")));
        Assert.Equal(
            ["deployment.publish", "deployment.advance", "deployment.advance", "deployment.done"],
            (await Host.ListAsync($"/api/audit?target=deployment%20{id}"))
                .Select(static row => row.GetProperty("action").GetString()).Reverse());
    }

    [Fact]
    public async Task TooManyFailuresStopItAndWhoHasNotBegunIsToldNoMore()
    {
        await FleetAsync(8);
        string good = await PackageAsync("1.0.0");
        await PublishAsync(good);
        string bad = await PackageAsync("1.1.0");
        await PublishAsync(bad, """{"stages":[{"percent":50},{"percent":100}],"maxFailures":1}""");
        string[] told = await ToldOfAsync("1.1.0");
        Assert.Equal(4, told.Length);
        await SayAsync(_keys[told[0]], bad, "failed", ",\"error\":\"health.sh: exit code 1\"");
        Assert.Equal("rolling", (await StateAsync(bad)).GetProperty("state").GetString());
        await SayAsync(_keys[told[1]], bad, "failed");
        JsonElement rollout = await StateAsync(bad);
        Assert.Equal(
            "stopped 2 of 4 gateways failed: more than maxFailures 1", $"{rollout.GetProperty("state")} {rollout.GetProperty("reason")}");

        // Those that had begun go on with it; the others are told what they were told before.
        Assert.Equal(told[..2].Order(), (await ToldOfAsync("1.1.0")).Order());
        Assert.Equal(6, (await ToldOfAsync("1.0.0")).Length);
        JsonElement alert = Assert.Single(await Host.ListAsync("/api/alerts?open=true"), one => Is(one, $"deployment {bad}"));
        Assert.Contains("1.1.0 has stopped: 2 of 4", alert.GetProperty("message").GetString(), StringComparison.Ordinal);
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{bad}/resume");
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{bad}/advance");

        // All of those that took it up have failed: that is enough, whatever is borne.
        string worse = await PackageAsync("1.2.0");
        await PublishAsync(worse, """{"stages":[{"percent":10},{"percent":100}],"maxFailures":5}""");
        await SayAsync(_keys[Assert.Single(await ToldOfAsync("1.2.0"))], worse, "failed");
        Assert.Contains("none of the gateways", (await StateAsync(worse)).GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItIsHeldTakenOnAndEndedByHand()
    {
        await FleetAsync(4);
        string id = await PackageAsync("1.0.0");
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/pause");
        await RefusedAsync(404, HttpMethod.Post, "/api/deployments/6f1c0f0e-3a52-4a8e-9d2b-ffffffffffff/pause");
        await PublishAsync(id, Stages);
        string first = Assert.Single(await ToldOfAsync("1.0.0"));
        foreach (int _ in new int[2])
        {
            await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/pause");
        }

        Assert.Empty(await ToldOfAsync("1.0.0"));
        Assert.Contains(
            "resume it first", await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/advance"), StringComparison.Ordinal);
        foreach (int _ in new int[2])
        {
            await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/resume");
        }

        Assert.Equal([first], await ToldOfAsync("1.0.0"));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/advance?from=0");
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/advance?from=0");
        Assert.Equal(2, (await ToldOfAsync("1.0.0")).Length);
        await SayAsync(_keys[first], id, "downloading");
        foreach (int _ in new int[2])
        {
            Assert.Equal("stopped", (await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop")).GetProperty("state").GetString());
        }

        Assert.Equal([first], await ToldOfAsync("1.0.0"));
    }

    /// <summary>What an operator did for one gateway by hand is not undone by a roll-out that had begun before.</summary>
    [Fact]
    public async Task WhoWasToldSomethingElseMeanwhileIsLeftOut()
    {
        await FleetAsync(4);
        string old = await PackageAsync("0.9.0");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id, """{"stages":[{"percent":25},{"percent":100}],"waitMinutes":0}""");
        string first = Assert.Single(await ToldOfAsync("1.0.0"));
        string apart = _keys.Keys.First(one => one != first);
        await DoAsync(HttpMethod.Post, $"/api/deployments/gateways/{apart}/deploy", $$"""{"deploymentId":"{{old}}"}""");
        await SayAsync(_keys[first], id, "completed");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(3, (await ToldOfAsync("1.0.0")).Length);
        Assert.Equal([apart], await ToldOfAsync("0.9.0"));
    }

    [Fact]
    public async Task OneForAllEndsThoseThatGoOnAndOneForAPlaceDoesNot()
    {
        long place = await PlaceAsync("Mill Street");
        await FleetAsync(2);
        _keys["mill-1"] = await GatewayAsync("mill-1", place);
        string staged = await PackageAsync("1.0.0");
        await PublishAsync(staged, Stages);
        string here = await PackageAsync("1.1.0");
        await PublishAsync(here, $$"""{"places":[{{place}}],"maxFailures":0}""");
        Assert.Equal(
            "rolling rolling", $"{(await StateAsync(staged)).GetProperty("state")} {(await StateAsync(here)).GetProperty("state")}");
        Assert.Equal(["mill-1"], await ToldOfAsync("1.1.0"));

        // Who moves there is told, too; who is of the virtual shop is not, and nobody is by a place that is not there.
        await MoveAsync("shop-0", place);
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(["mill-1", "shop-0"], (await ToldOfAsync("1.1.0")).Order());
        await RefusedAsync(400, HttpMethod.Post, $"/api/deployments/{here}/publish", """{"targets":{"places":[999]}}""");
        await RefusedAsync(400, HttpMethod.Post, $"/api/deployments/{here}/publish", """{"targets":{"gateways":["nobody"]}}""");
        await RefusedAsync(400, HttpMethod.Post, $"/api/deployments/{here}/publish", $$$"""{"targets":{"gateways":["{{{Device.Id}}}"]}}""");
        await WriteAsync(static session => session.Execute("UPDATE devices SET is_demo = 1 WHERE device_id = 'mill-1'"));
        await RefusedAsync(400, HttpMethod.Post, $"/api/deployments/{here}/publish", """{"targets":{"gateways":["mill-1"]}}""");

        string all = await PackageAsync("1.2.0");
        await PublishAsync(all);
        Assert.Equal(
            "stopped followed by 1.2.0 done", $"{(await StateAsync(staged)).GetProperty("state")} "
            + $"{(await StateAsync(staged)).GetProperty("reason")} {(await StateAsync(here)).GetProperty("state")}");
        Assert.Equal(["shop-0", "shop-1"], (await ToldOfAsync("1.2.0")).Where(static one => one != "mill-1").Order());
    }

    /// <summary>As after a restore of the storage without the folder of packages: whoever was told could only fail.</summary>
    [Fact]
    public async Task WhatHasNoFileIsToldToNobody()
    {
        await FleetAsync(1);
        string id = await PackageAsync("1.0.0");
        Assert.Equal((true, true), await HasFileAsync());
        File.Delete(FileOf(id));
        Assert.Equal((false, false), await HasFileAsync());
        string deploy = $$"""{"deploymentId":"{{id}}"}""";
        Assert.Contains(
            "upload it again", await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/publish"), StringComparison.Ordinal);
        Assert.Contains(
            "upload it again", await RefusedAsync(409, HttpMethod.Post, "/api/deployments/gateways/shop-0/deploy", deploy),
            StringComparison.Ordinal);
        Assert.Empty(RolloutsOf(id));
        Assert.Empty(await ToldOfAsync("1.0.0"));

        // Half of it is as good as nothing.
        await File.WriteAllBytesAsync(FileOf(id), new byte[999]);
        Assert.Equal((false, false), await HasFileAsync());
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/publish");
        await File.WriteAllBytesAsync(FileOf(id), new byte[1000]);
        await PublishAsync(id);

        // What is under way without it can be held and ended.
        File.Delete(FileOf(id));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/pause");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop");
        await RefusedAsync(404, HttpMethod.Post, "/api/deployments/6f1c0f0e-3a52-4a8e-9d2b-ffffffffffff/publish");

        async Task<(bool Listed, bool Shown)> HasFileAsync() => (
            Assert.Single(await Host.ListAsync("/api/deployments")).GetProperty("hasFile").GetBoolean(),
            (await DoAsync(HttpMethod.Get, $"/api/deployments/{id}")).GetProperty("hasFile").GetBoolean());
    }

    /// <summary>It runs it already, but not well: published again, it is about to try again.</summary>
    [Fact]
    public async Task WhoRunsItAndFailedAtItIsWaitedFor()
    {
        await FleetAsync(1);
        string key = _keys["shop-0"];
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(key, id, "completed");
        await PublishAsync(id);
        await SayAsync(key, id, "failed", $",\"current\":\"{id}\",\"error\":\"1 of 2 modules\"");
        Assert.Equal("1.0.0", await CurrentAsync("shop-0"));
        await PublishAsync(id, """{"all":true,"stages":[{"percent":100}]}""");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("rolling", (await StateAsync(id)).GetProperty("state").GetString());
        await SayAsync(key, id, "deploying");
        await PassAsync(TimeSpan.FromHours(1));
        JsonElement rollout = await StateAsync(id);
        Assert.Equal(
            "rolling 1 0 0", $"{rollout.GetProperty("state")} {rollout.GetProperty("stages")[0].GetProperty("gateways")} "
            + $"{rollout.GetProperty("stages")[0].GetProperty("completed")} {rollout.GetProperty("stages")[0].GetProperty("failed")}");
        Assert.Equal(
            1, (await DoAsync(HttpMethod.Get, $"/api/deployments/{id}")).GetProperty("counts").GetProperty("running").GetInt32());
        await SayAsync(key, id, "completed");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("done", (await StateAsync(id)).GetProperty("state").GetString());

        // Well, it has nothing left to do.
        await PublishAsync(id);
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("done", (await StateAsync(id)).GetProperty("state").GetString());
    }

    private static bool Is(JsonElement alert, string target) => alert.GetProperty("device_id").GetString() == target;

    private async Task FleetAsync(int gateways)
    {
        for (int number = 0; number < gateways; number++)
        {
            _keys[$"shop-{number}"] = await GatewayAsync($"shop-{number}");
        }
    }

    /// <summary>Looked up, not asked for: who asks is there.</summary>
    private Task<string[]> ToldOfAsync(string version) => Task.FromResult(_keys.Keys.Where(gateway =>
        Read(session => DeploymentNotices.Newest(session, gateway))?.Package.Version == version).ToArray());

    private Task<JsonElement> StateAsync(string id) => Task.FromResult(JsonSerializer.SerializeToElement(
        Read(session => DeploymentRollouts.Of(session, id, null))));
}
