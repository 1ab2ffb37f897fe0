using System.Text.Json;

using JamBox.Backend.Tests.Events;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>Roll-outs of a fleet, and those who see or look after a part of it.</summary>
public abstract class DeploymentScopeTests(BackendHost shared) : GatewayTest(shared)
{
    private const string Mine = """{"gateways":["mill-1"]}""";

    private readonly Dictionary<string, string> _keys = [];

    private long _mill;

    [Fact]
    public async Task WhoActsAtOnePlaceDoesNotEndWhatGoesOnElsewhere()
    {
        string operating = await FleetAsync("operator");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id, """{"stages":[{"percent":25},{"percent":100}]}""");
        string[] told = await ToldOfAsync("1.0.0");
        Assert.Contains(
            "places that are not yours",
            await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/publish", $$"""{"targets":{{Mine}}}""", operating),
            StringComparison.Ordinal);
        Assert.Equal(["rolling "], RolloutsOf(id));
        Assert.Equal(told, await ToldOfAsync("1.0.0"));

        // Held, it goes on no less; and telling a gateway alone ends nothing.
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/pause");
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{id}/publish", $$"""{"targets":{{Mine}}}""", operating);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/resume");
        await DoAsync(
            HttpMethod.Post, "/api/deployments/gateways/mill-1/deploy", $$"""{"deploymentId":"{{id}}"}""", operating);
        Assert.Equal(["rolling "], RolloutsOf(id));

        // What is theirs alone they may follow as they like, and another deployment is nobody's business.
        string other = await PackageAsync("1.1.0");
        foreach (int _ in new int[2])
        {
            await PublishAsync(other, Mine, operating);
        }

        Assert.Equal(["done followed by 1.1.0", "rolling "], RolloutsOf(other));
        Assert.Equal(["rolling "], RolloutsOf(id));
    }

    [Fact]
    public async Task WhoActsAtOnePlaceDoesNotCloseTheAlertOfAll()
    {
        string operating = await FleetAsync("operator");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id, """{"stages":[{"percent":25},{"percent":100}],"maxFailures":0}""");
        await SayAsync(_keys[Assert.Single(await ToldOfAsync("1.0.0"))], id, "failed");
        Assert.Equal(["stopped 1 of 1 gateways failed: more than maxFailures 0"], RolloutsOf(id));
        Assert.Equal(1, await AlertsAsync());

        // However often: their own roll-out is the newest by then.
        foreach (int _ in new int[2])
        {
            await PublishAsync(id, Mine, operating);
            Assert.Equal(1, await AlertsAsync());
        }

        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop", key: operating);
        Assert.Equal(1, await AlertsAsync());
        await PublishAsync(id);
        Assert.Equal(0, await AlertsAsync());

        // Their own they do close.
        string own = await PackageAsync("1.1.0");
        await PublishAsync(own, """{"gateways":["mill-1"],"maxFailures":0}""", operating);
        await SayAsync(_keys["mill-1"], own, "failed");
        Assert.Equal(1, await AlertsAsync());
        await PublishAsync(own, Mine, operating);
        Assert.Equal(0, await AlertsAsync());

        async Task<int> AlertsAsync() => (await Host.ListAsync("/api/alerts?open=true")).Count(static alert =>
            alert.GetProperty("alert_type").GetString() == "rollout_stopped");
    }

    [Fact]
    public async Task WhoActsAtOnePlaceTakesBackWhatIsTheirs()
    {
        string operating = await FleetAsync("operator");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        foreach (string key in _keys.Values)
        {
            await SayAsync(key, id, "completed");
        }

        Assert.Equal(["done "], RolloutsOf(id));
        await RefusedAsync(403, HttpMethod.Post, $"/api/deployments/{id}/stop", key: operating);
        await PublishAsync(id, """{"gateways":["shop-1"]}""");
        await PassAsync(TimeSpan.FromSeconds(10));
        await PublishAsync(id, Mine, operating);
        JsonElement after = await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop", key: operating);
        Assert.Equal("stopped", after.GetProperty("state").GetString());
        string[] states = RolloutsOf(id);
        Assert.Equal(3, states.Length);
        Assert.Equal(("done ", "done "), (states[0], states[1]));
        Assert.StartsWith("stopped stopped by ", states[2], StringComparison.Ordinal);
        Assert.Equal(_keys.Count, (await ToldOfAsync("1.0.0")).Length);
    }

    [Fact]
    public async Task ARolloutIsSeenAsFarAsItsGatewaysAre()
    {
        string viewer = await FleetAsync("viewer");
        long port = await PlaceAsync("Port");
        string id = await PackageAsync("1.0.0");
        Assert.Equal((0, "null"), await SeenAsync(id, viewer));
        await PublishAsync(id, """{"gateways":["shop-1","mill-1"],"stages":[{"percent":100}],"maxFailures":5}""");
        await SayAsync(_keys["shop-1"], id, "completed");
        Assert.Equal((1, """{"gateways":["mill-1"]} True 1/0"""), await SeenAsync(id, viewer));
        Assert.Equal((2, """{"gateways":["shop-1","mill-1"]} False 2/1"""), await SeenAsync(id, null));

        // One that is not in use for a while is no less somebody's.
        await DoAsync(HttpMethod.Put, "/api/device/shop-1/status", """{"status":"maintenance"}""");
        Assert.Equal((1, """{"gateways":["mill-1"]} True 1/0"""), await SeenAsync(id, viewer));
        await DoAsync(HttpMethod.Put, "/api/device/shop-1/status", """{"status":"active"}""");

        string both = await PackageAsync("1.1.0");
        await PublishAsync(both, $$"""{"places":[{{port}},{{_mill}}],"stages":[{"percent":100}]}""");
        Assert.Equal((1, $$"""{"places":[{{_mill}}]} True 1/0"""), await SeenAsync(both, viewer));
        string all = await PackageAsync("1.2.0");
        await PublishAsync(all, """{"stages":[{"percent":100}]}""");
        Assert.Equal((1, """{"all":true} True 1/0"""), await SeenAsync(all, viewer));
        string mine = await PackageAsync("1.3.0");
        await PublishAsync(mine, $$"""{"places":[{{_mill}}],"stages":[{"percent":100}]}""");
        Assert.Equal((1, $$"""{"places":[{{_mill}}]} False 1/0"""), await SeenAsync(mine, viewer));

        // Of what has nothing to do with their places there is nothing to see; of what has, the last that has.
        string others = await PackageAsync("1.4.0");
        await PublishAsync(others, """{"gateways":["shop-1"]}""");
        Assert.Equal((0, "null"), await SeenAsync(others, viewer));
        await PublishAsync(mine, """{"gateways":["shop-2"]}""");
        Assert.Equal((1, $$"""{"places":[{{_mill}}]} False 1/0"""), await SeenAsync(mine, viewer));
    }

    [Fact]
    public async Task WhoSeesOnePlaceHearsThatARolloutWasHeld()
    {
        string viewer = await FleetAsync("viewer");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        using Listener listener = await Listener.OpenAsync(Host, "/api/events", key: viewer);
        await listener.NextAsync();

        // Of gateways elsewhere not.
        await SayAsync(_keys["shop-1"], id, "downloading");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/pause");
        await SayAsync(_keys["mill-1"], id, "downloading");
        List<string> heard = [];
        while (heard.Count < 2)
        {
            (string kind, string data, _) = await listener.NextAsync();
            Assert.NotEqual("ping", kind);
            if (kind == "deployment")
            {
                heard.Add(data);
            }
        }

        Assert.Equal(
            [
                $$"""{"deploymentId":"{{id}}","gateway":null,"status":null,"progress":null}""",
                $$"""{"deploymentId":"{{id}}","gateway":"mill-1","status":"downloading","progress":null}""",
            ], heard);
    }

    /// <summary>Three gateways nowhere and one at a place.</summary>
    /// <returns>A key for that place.</returns>
    private async Task<string> FleetAsync(string role)
    {
        _mill = await PlaceAsync("Mill Street");
        foreach (string gateway in new[] { "shop-1", "shop-2", "shop-3" })
        {
            _keys[gateway] = await GatewayAsync(gateway);
        }

        _keys["mill-1"] = await GatewayAsync("mill-1", _mill);
        return await KeyAsync(role, _mill);
    }

    private async Task<string[]> ToldOfAsync(string version)
    {
        List<string> told = [];
        foreach ((string gateway, string key) in _keys)
        {
            if (await ToldAsync(key) == version)
            {
                told.Add(gateway);
            }
        }

        return [.. told];
    }

    /// <summary>How many gateways somebody sees of a deployment, and what of its roll-out; the list says the same.</summary>
    private async Task<(int Gateways, string Rollout)> SeenAsync(string id, string? key)
    {
        JsonElement one = await DoAsync(HttpMethod.Get, $"/api/deployments/{id}", key: key);
        JsonElement listed = (await DoAsync(HttpMethod.Get, "/api/deployments", key: key)).EnumerateArray()
            .Single(row => row.GetProperty("id").GetString() == id);
        JsonElement rollout = one.GetProperty("rollout");
        Assert.Equal(rollout.GetRawText(), listed.GetProperty("rollout").GetRawText());
        int gateways = one.GetProperty("gateways").GetArrayLength();
        return (gateways, rollout.ValueKind == JsonValueKind.Null ? "null" : string.Join(
            ' ', rollout.GetProperty("targets").GetRawText(), rollout.GetProperty("others"),
            string.Join(',', rollout.GetProperty("stages").EnumerateArray().Select(static stage =>
                $"{stage.GetProperty("gateways")}/{stage.GetProperty("completed")}"))));
    }
}
