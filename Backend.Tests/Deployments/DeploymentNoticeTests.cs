using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>What gateways are told, and who may ask.</summary>
public abstract class DeploymentNoticeTests(BackendHost shared) : GatewayTest(shared)
{
    [Fact]
    public async Task ANoticeHasTheMembersOfOldWatchersInTheirOrder()
    {
        string key = await GatewayAsync("shop-1");
        Assert.Null(await NoticeAsync(key));
        string id = await PackageAsync("1.2.3");
        await PublishAsync(id);
        (int status, string body) = await CallAsync(HttpMethod.Get, "/api/deployments/notice", key);
        string at = DeploymentNotice.Time(Now);
        Assert.EndsWith("Z", at, StringComparison.Ordinal);
        Assert.Equal(
            (
                200,
                $$"""{"id":"{{id}}","version":"1.2.3","filename":"shop-1.2.3.zip","size":1000"""
                + $$""","sha256":"{{new string('a', 64)}}","downloadUrl":"/api/deployment-download/{{id}}","timestamp":"{{at}}"}"""
            ),
            (status, body));
        Assert.Equal(200, (await CallAsync(HttpMethod.Get, "/api/deployments/notice", $"Bearer {key}")).Status);
    }

    [Fact]
    public async Task TheNewestNoticeCountsWhetherItIsForAllOrForOne()
    {
        string first = await GatewayAsync("shop-1");
        string second = await GatewayAsync("shop-2");
        string old = await PackageAsync("1.0.0");
        string middle = await PackageAsync("1.1.0");
        string newest = await PackageAsync("1.2.0");
        await PublishAsync(old);
        await PublishAsync(middle, """{"gateways":["shop-2"]}""");
        Assert.Equal(("1.0.0", "1.1.0"), (await ToldAsync(first), await ToldAsync(second)));
        await PublishAsync(newest, """{"all":true}""");
        Assert.Equal(("1.2.0", "1.2.0"), (await ToldAsync(first), await ToldAsync(second)));

        // Back to an older one: a new notice, and of this gateway alone.
        JsonElement told = await DoAsync(
            HttpMethod.Post, "/api/deployments/gateways/shop-2/deploy", $$"""{"deploymentId":"{{old}}"}""");
        Assert.Equal("1.0.0", told.GetProperty("deployment").GetProperty("version").GetString());
        Assert.Equal(("1.2.0", "1.0.0"), (await ToldAsync(first), await ToldAsync(second)));

        // Once more the same: the timestamp is newer, though the clock stands still.
        string before = (await NoticeAsync(second))!.Value.GetProperty("timestamp").GetString()!;
        await DoAsync(HttpMethod.Post, "/api/deployments/gateways/shop-2/deploy", $$"""{"deploymentId":"{{old}}"}""");
        string after = (await NoticeAsync(second))!.Value.GetProperty("timestamp").GetString()!;
        Assert.True(string.CompareOrdinal(after, before) > 0, $"{after} after {before}");

        // A clock that was set back makes no older notice.
        Host.Clock.Advance(TimeSpan.FromDays(-1));
        await PublishAsync(middle);
        Assert.Equal("1.1.0", await ToldAsync(second));
        Assert.True(string.CompareOrdinal((await NoticeAsync(second))!.Value.GetProperty("timestamp").GetString(), after) > 0);
    }

    [Fact]
    public async Task WhatIsTakenBackMakesWayForTheOneBefore()
    {
        string key = await GatewayAsync("shop-1");
        string old = await PackageAsync("1.0.0");
        string bad = await PackageAsync("1.1.0");
        await PublishAsync(old);
        await PublishAsync(bad);
        await DeleteAsync(bad);
        Assert.Equal("1.0.0", await ToldAsync(key));
        await DeleteAsync(old);
        Assert.Null(await NoticeAsync(key));

        // Stopped, it counts no more either.
        string stopped = await PackageAsync("1.2.0");
        await PublishAsync(stopped);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{stopped}/stop");
        Assert.Null(await NoticeAsync(key));
    }

    [Fact]
    public async Task OnlyGatewaysAskAndEachForItself()
    {
        string key = await GatewayAsync("shop-1");
        string other = await GatewayAsync("shop-2");
        string thing = (await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"clock-1","kind":"thing"}"""))
            .GetProperty("token").GetString()!;
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id, """{"gateways":["shop-1"]}""");
        Assert.Null(await NoticeAsync(other));
        Assert.Equal("1.0.0", await ToldAsync(key));
        foreach (string stranger in new[] { thing, Device.Token, "rv_nobody", $"Basic {key}", $"Bearer {key} x", "" })
        {
            foreach (string path in new[] { "notice", "modules" })
            {
                Assert.Equal(401, (await CallAsync(HttpMethod.Get, $"/api/deployments/{path}", stranger)).Status);
            }

            Assert.Equal(401, (await SayAnyAsync(stranger, $$"""{"deploymentId":"{{id}}","status":"completed"}""")).Status);
        }

        // People are let in where gateways are, but are told nothing of one; and gateways nowhere else.
        Assert.Equal(403, (await CallAsync(HttpMethod.Get, "/api/deployments/notice", BackendHost.AdminKey)).Status);
        Assert.Equal(403, (await CallAsync(HttpMethod.Get, "/api/deployments/modules", BackendHost.AdminKey)).Status);
        foreach (string path in new[] { "/api/deployments/history", "/api/deployments/gateways", "/api/devices", "/api/module-types" })
        {
            Assert.Equal(401, (await CallAsync(HttpMethod.Get, path, key)).Status);
            Assert.Equal(401, (await CallAsync(HttpMethod.Get, path, $"Bearer {key}")).Status);
            Assert.Equal(401, (await CallAsync(HttpMethod.Get, path, BackendHost.AdminKey)).Status);
        }

        // Retired, it asks no more, and nothing more is said to it.
        await DoAsync(HttpMethod.Post, "/api/device/shop-1/retire");
        Assert.Equal(401, (await CallAsync(HttpMethod.Get, "/api/deployments/notice", key)).Status);
        Assert.Contains("retired", await RefusedAsync(
            409, HttpMethod.Post, "/api/deployments/gateways/shop-1/deploy", $$"""{"deploymentId":"{{id}}"}"""),
            StringComparison.Ordinal);
        Assert.Equal(("shop-1", null), Assert.Single(Read(static session => DeploymentNotices.Topics(session, 0))));
    }

    [Fact]
    public async Task AnOldKeyIsBroughtAndANewOneMade()
    {
        string key = await GatewayAsync("shop-1");
        await GatewayAsync("shop-2");
        const string Old = "rv_2f7c1c0e9b5a4f3d8e6a7b90c1d2e3f4";
        await DoAsync(HttpMethod.Put, "/api/gateways/shop-1/key", $$"""{"key":"{{Old}}"}""");
        Assert.Null(await NoticeAsync(key));
        Assert.Null(await NoticeAsync(Old));
        Assert.Equal(401, (await CallAsync(HttpMethod.Get, "/api/deployments/notice", key)).Status);

        // It opens one door only.
        Assert.Contains("another device's", await RefusedAsync(
            409, HttpMethod.Put, "/api/gateways/shop-2/key", $$"""{"key":"{{Old}}"}"""), StringComparison.Ordinal);
        string person = await KeyAsync("operator");
        await RefusedAsync(409, HttpMethod.Put, "/api/gateways/shop-2/key", $$"""{"key":"{{person}}"}""");
        foreach (string wrong in new[] { "", "short", "rv_with a blank in it", "rv_ümlaut_ümlaut_ümlaut" })
        {
            await RefusedAsync(400, HttpMethod.Put, "/api/gateways/shop-2/key", JsonSerializer.Serialize(new { key = wrong }));
        }

        await RefusedAsync(404, HttpMethod.Put, $"/api/gateways/{Device.Id}/key", $$"""{"key":"{{Old}}x"}""");
        await RefusedAsync(404, HttpMethod.Put, "/api/gateways/nobody/key", $$"""{"key":"{{Old}}x"}""");
        string made = (await DoAsync(HttpMethod.Post, "/api/gateways/shop-1/key")).GetProperty("key").GetString()!;
        Assert.StartsWith("rv_", made, StringComparison.Ordinal);
        Assert.Equal(46, made.Length);
        Assert.Null(await NoticeAsync(made));
        Assert.Equal(401, (await CallAsync(HttpMethod.Get, "/api/deployments/notice", Old)).Status);
        JsonElement regenerated = await DoAsync(HttpMethod.Post, "/api/device/shop-1/regenerate-token");
        Assert.StartsWith("rv_", regenerated.GetProperty("token").GetString(), StringComparison.Ordinal);
        await RefusedAsync(403, HttpMethod.Put, "/api/gateways/shop-1/key", $$"""{"key":"{{Old}}"}""", person);
        JsonElement[] audit = await Host.ListAsync("/api/audit?target=shop-1&action=device.token");
        Assert.NotEmpty(audit);
        Assert.DoesNotContain(Old, JsonSerializer.Serialize(audit), StringComparison.Ordinal);
        Assert.DoesNotContain(Old, Host.Log.Text, StringComparison.Ordinal);
    }
}
