using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>What gateways are told when something is held, followed by something else, or taken back.</summary>
public abstract class DeploymentTakeBackTests(BackendHost shared) : GatewayTest(shared)
{
    private const string Halves = "\"stages\":[{\"percent\":50},{\"percent\":100}],\"waitMinutes\":0";

    /// <summary>Held for all, and then given to one: the others are told no more of it than before.</summary>
    [Fact]
    public async Task WhatIsHeldDoesNotComeBackWhenItIsPublishedForOne()
    {
        string first = await GatewayAsync("shop-1");
        string second = await GatewayAsync("shop-2");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/pause");
        Assert.Equal((null, null), (await ToldAsync(first), await ToldAsync(second)));
        await PublishAsync(id, """{"gateways":["shop-1"]}""");
        Assert.Equal(["stopped followed by 1.0.0", "rolling "], RolloutsOf(id));
        Assert.Equal(("1.0.0", null), (await ToldAsync(first), await ToldAsync(second)));
        Assert.Equal(404, (await CallAsync(HttpMethod.Get, "/api/deployment-download/latest/info", second)).Status);
        Assert.Null(Read(DeploymentNotices.NewestForAll));
    }

    [Fact]
    public async Task WhatWasHeldDoesNotComeBackWhenItsSuccessorIsTakenBack()
    {
        string key = await GatewayAsync("shop-1");
        string held = await PackageAsync("1.0.0");
        string next = await PackageAsync("1.1.0");
        await PublishAsync(held);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{held}/pause");
        await PublishAsync(next);
        Assert.Equal(["stopped followed by 1.1.0"], RolloutsOf(held));
        Assert.Equal("1.1.0", await ToldAsync(key));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{next}/stop");
        Assert.Null(await NoticeAsync(key));
        Assert.Equal(404, (await CallAsync(HttpMethod.Get, "/api/deployment-download/latest/info", key)).Status);
        await RefusedAsync(409, HttpMethod.Post, $"/api/deployments/{held}/resume");
    }

    /// <summary>What was not held, and had told everybody, is what counts again.</summary>
    [Fact]
    public async Task WhatWentOnComesBackWhenItsSuccessorIsTakenBack()
    {
        string key = await GatewayAsync("shop-1");
        string first = await PackageAsync("1.0.0");
        string next = await PackageAsync("1.1.0");
        await PublishAsync(first);
        await PublishAsync(next);
        Assert.Equal(["done followed by 1.1.0"], RolloutsOf(first));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{next}/stop");
        Assert.Equal("1.0.0", await ToldAsync(key));
    }

    /// <summary>Each roll-out of it would be said again, if only the last one ended.</summary>
    [Fact]
    public async Task TakingBackEndsAllThatItWasPublishedBy()
    {
        string first = await GatewayAsync("shop-1");
        string second = await GatewayAsync("shop-2");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await SayAsync(first, id, "completed");
        await SayAsync(second, id, "completed");
        Assert.Equal(["done "], RolloutsOf(id));
        await PublishAsync(id, """{"gateways":["shop-1"]}""");
        await GatewayAsync("shop-3");
        string late = (await DoAsync(HttpMethod.Post, "/api/gateways/shop-3/key")).GetProperty("key").GetString()!;
        Assert.Equal("1.0.0", await ToldAsync(late));

        // What goes on is stopped first, and that alone: the others have it still.
        JsonElement stopped = await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop");
        Assert.Equal(["done ", "stopped stopped by configured"], RolloutsOf(id));
        Assert.True(stopped.GetProperty("earlier").GetBoolean());
        Assert.Equal("1.0.0", await ToldAsync(late));
        foreach (int _ in new int[2])
        {
            stopped = await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/stop");
            Assert.Equal(["stopped stopped by configured", "stopped stopped by configured"], RolloutsOf(id));
            Assert.False(stopped.GetProperty("earlier").GetBoolean());
        }

        Assert.Null(await NoticeAsync(late));
        Assert.Null(Read(DeploymentNotices.NewestForAll));
        Assert.Equal(404, (await CallAsync(HttpMethod.Get, "/api/deployment-download/latest/info", late)).Status);
    }

    /// <summary>After a restore the folder of packages may come later: until then nobody is told of what cannot be fetched.</summary>
    [Fact]
    public async Task WhatCannotBeFetchedIsToldWhenItCan()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        Assert.Equal("1.0.0", await ToldAsync(key));
        string file = Path.Combine(Host.PackageFolder, $"{id}.zip");
        File.Move(file, file + ".away");
        Assert.Null(await NoticeAsync(key));
        Assert.Equal(404, (await CallAsync(HttpMethod.Get, "/api/deployment-download/latest/info", key)).Status);
        File.Move(file + ".away", file);
        Assert.NotNull(await NoticeAsync(key));
    }

    /// <summary>
    /// Somebody has told a gateway something else: it stays with that when a roll-out reaches everybody, whatever is held besides.
    /// </summary>
    [Fact]
    public async Task WhatAGatewayWasToldIsSaidAgainThoughSomethingNewerIsHeld()
    {
        string key = await GatewayAsync("shop-1");
        await GatewayAsync("shop-2");
        string all = await PackageAsync("1.0.0");
        string told = await PackageAsync("1.1.0");
        string held = await PackageAsync("1.2.0");
        await PublishAsync(all, $"{{{Halves}}}");
        await DoAsync(HttpMethod.Post, "/api/deployments/gateways/shop-1/deploy", $$"""{"deploymentId":"{{told}}"}""");
        await PublishAsync(held, """{"gateways":["shop-1"]}""");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{held}/pause");
        Assert.Equal("1.1.0", await ToldAsync(key));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{all}/advance");
        Assert.Equal("1.1.0", await ToldAsync(key));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{held}/resume");
        Assert.Equal("1.2.0", await ToldAsync(key));
    }

    /// <summary>What is held may go on: until it is stopped no older roll-out takes its gateways.</summary>
    [Fact]
    public async Task WhatIsHeldKeepsItsGateways()
    {
        long place = await PlaceAsync("Mill Street");
        string key = await GatewayAsync("shop-1", place);
        string older = await PackageAsync("1.0.0");
        string newer = await PackageAsync("1.1.0");
        await PublishAsync(newer, """{"gateways":["shop-1"],"stages":[{"percent":100}]}""");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{newer}/pause");
        await PublishAsync(older, $$"""{"places":[{{place}}],"stages":[{"percent":100}]}""");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{newer}/resume");
        Assert.Equal("1.0.0", await ToldAsync(key));

        // The other way round: what was told after a roll-out had begun counts for it though it is held.
        string third = await PackageAsync("1.2.0");
        await PublishAsync(third, """{"gateways":["shop-1"]}""");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{third}/pause");
        long from = Read(session => DeploymentRolloutSql.NewestOf(session, older)!.NoticeFrom);
        long id = Read(session => DeploymentRolloutSql.NewestOf(session, older)!.Id);
        Assert.Contains("shop-1", Read(session => DeploymentNotices.ToldOther(session, id, from)));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{third}/stop");
        Assert.DoesNotContain("shop-1", Read(session => DeploymentNotices.ToldOther(session, id, from)));
    }

    /// <summary>What it was told by a roll-out that was taken back before it began is as if it had not been said.</summary>
    [Fact]
    public async Task WhatWasTakenBackKeepsNobodyOutOfAnotherRollout()
    {
        long place = await PlaceAsync("Mill Street");
        Dictionary<string, string> keys = await AtAsync(place);
        string id = await PackageAsync("1.0.0");
        string other = await PackageAsync("1.1.0");
        await PublishAsync(id, $$"""{"places":[{{place}}],{{Halves}}}""");
        (string first, string last) = await OrderAsync(keys, "1.0.0");
        await PublishAsync(other, $$"""{"gateways":["{{last}}"]}""");
        Assert.Equal("1.1.0", await ToldAsync(keys[last]));
        await DoAsync(HttpMethod.Post, $"/api/deployments/{other}/stop");
        Assert.Null(await NoticeAsync(keys[last]));
        await SayAsync(keys[first], id, "completed");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("1.0.0", await ToldAsync(keys[last]));
        await SayAsync(keys[last], id, "completed");
        Assert.Equal(["done "], RolloutsOf(id));
    }

    /// <summary>Begun with, it is another matter: there is somebody at work.</summary>
    [Fact]
    public async Task WhoHasBegunWithWhatWasTakenBackIsLeftAtIt()
    {
        long place = await PlaceAsync("Mill Street");
        Dictionary<string, string> keys = await AtAsync(place);
        string id = await PackageAsync("1.0.0");
        string other = await PackageAsync("1.1.0");
        await PublishAsync(id, $$"""{"places":[{{place}}],{{Halves}}}""");
        (string first, string last) = await OrderAsync(keys, "1.0.0");
        await PublishAsync(other, $$"""{"gateways":["{{last}}"]}""");
        await SayAsync(keys[last], other, "downloading");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{other}/stop");
        await SayAsync(keys[first], id, "completed");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("1.1.0", await ToldAsync(keys[last]));
    }

    /// <summary>A notice that counts no more, and is newer, does not hide what an operator said to one gateway.</summary>
    [Fact]
    public async Task WhatAnOperatorSaidBelowWhatWasTakenBackIsSaidAgain()
    {
        Dictionary<string, string> keys = await AtAsync(await PlaceAsync("Mill Street"));
        string old = await PackageAsync("0.9.0");
        string id = await PackageAsync("1.0.0");
        string other = await PackageAsync("1.1.0");
        await PublishAsync(id, $$"""{{{Halves}}}""");
        (string first, string last) = await OrderAsync(keys, "1.0.0");
        await DoAsync(HttpMethod.Post, $"/api/deployments/gateways/{last}/deploy", $$"""{"deploymentId":"{{old}}"}""");
        await PublishAsync(other, $$"""{"gateways":["{{last}}"]}""");
        await DoAsync(HttpMethod.Post, $"/api/deployments/{other}/stop");
        Assert.Equal("0.9.0", await ToldAsync(keys[last]));

        // The last stage is for all: what is said to one stays above it.
        await SayAsync(keys[first], id, "completed");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("1.0.0", Read(DeploymentNotices.NewestForAll)?.Package.Version);
        Assert.Equal(("1.0.0", "0.9.0"), (await ToldAsync(keys[first]), await ToldAsync(keys[last])));
    }

    /// <summary>Two gateways at a place.</summary>
    private async Task<Dictionary<string, string>> AtAsync(long place) => new()
    {
        ["mill-1"] = await GatewayAsync("mill-1", place), ["mill-2"] = await GatewayAsync("mill-2", place),
    };

    /// <summary>Which one is of the first stage, and which of the last.</summary>
    private async Task<(string First, string Last)> OrderAsync(Dictionary<string, string> keys, string version)
    {
        Dictionary<string, string?> told = [];
        foreach ((string gateway, string key) in keys)
        {
            told[gateway] = await ToldAsync(key);
        }

        return (told.Single(one => one.Value == version).Key, told.Single(one => one.Value != version).Key);
    }
}
