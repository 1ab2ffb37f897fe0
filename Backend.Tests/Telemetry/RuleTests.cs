using System.Text.Json;

using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>When people are told of a value, and where telemetry goes too.</summary>
public abstract class RuleTests(BackendHost shared) : TelemetryTest(shared)
{
    [Fact]
    public async Task TheDefaultsAreThereAndOff()
    {
        JsonElement[] rules = await Host.ListAsync("/api/telemetry-rules");
        Assert.Equal(
            ["battery < 10 False", "temperature > 70 False"],
            rules.Select(static rule =>
                $"{rule.GetProperty("key")} {rule.GetProperty("op")} {rule.GetProperty("value")} {rule.GetProperty("is_on")}"));
        await SayAsync(await ThingAsync(), """{"battery":1,"temperature":99}""");
        Assert.Empty(await ToldAsync());
    }

    [Fact]
    public async Task WhatCrossesALimitIsToldOnceAndItsEndToo()
    {
        TestDevice thing = await ThingAsync(), other = await ThingAsync("bell");
        await DoAsync(
            HttpMethod.Post, "/api/telemetry-rules", """{"name":"Empty","product":"clock","key":"battery","op":"<","value":10}""");
        await SayAsync(thing, """{"battery":11}""");
        await SayAsync(other, """{"battery":3}""");
        Assert.Empty(await ToldAsync());
        await SayAsync(thing, """{"battery":9.5}""");
        await SayAsync(thing, """{"battery":9}""");
        Assert.Equal([$"low_battery raised {thing.Id}: battery is 9.5 (Empty: < 10)"], await ToldAsync());
        Host.Clock.Advance(TimeSpan.FromMinutes(10));
        await SayAsync(thing, """{"battery":80}""");
        Assert.Equal($"low_battery recovered {thing.Id}: battery is 80, as it should be (Empty: no longer < 10)", (await ToldAsync())[^1]);
    }

    /// <summary>A device that goes to and fro over a limit is told once in a cool-down.</summary>
    [Fact]
    public async Task AFlappingValueCoolsDown()
    {
        TestDevice thing = await ThingAsync();
        await DoAsync(HttpMethod.Post, "/api/telemetry-rules", $$"""{"device_id":"{{thing.Id}}","key":"t","op":">","value":70}""");
        for (int i = 0; i < 10; i++)
        {
            await SayAsync(thing, """{"t":71}""");
            await SayAsync(thing, """{"t":69}""");
        }

        Assert.Equal(2, (await ToldAsync()).Length);
    }

    [Fact]
    public async Task ForSomeTimeMeansWithoutABreakAndSilenceIsNoBreak()
    {
        TestDevice thing = await ThingAsync(), silent = await ThingAsync();
        await DoAsync(
            HttpMethod.Post, "/api/telemetry-rules", """{"product":"clock","key":"temperature","op":">=","value":70,"for_s":60}""");
        await SayAsync(thing, """{"temperature":75}""");
        await SayAsync(silent, """{"temperature":75}""");
        await PassAsync(40);
        await SayAsync(thing, """{"temperature":69}""");
        await SayAsync(thing, """{"temperature":70}""");
        await PassAsync(40);
        await SayAsync(thing, """{"temperature":71}""");
        Assert.Equal([$"threshold raised {silent.Id}: temperature is 75 (temperature: >= 70 for 60 s)"], await ToldAsync());
        await PassAsync(21);
        await SayAsync(thing, """{"temperature":72}""");
        Assert.Equal(2, (await ToldAsync()).Length);
    }

    [Fact]
    public async Task RulesAreChangedAndRemoved()
    {
        TestDevice thing = await ThingAsync();
        JsonElement rule = await DoAsync(
            HttpMethod.Post, "/api/telemetry-rules", $$"""{"device_id":"{{thing.Id}}","key":"a","op":"=","value":1,"is_on":false}""");
        string path = $"/api/telemetry-rules/{rule.GetProperty("id")}";
        await SayAsync(thing, """{"a":1}""");
        Assert.Empty(await ToldAsync());
        string changed = rule.GetRawText().Replace("\"is_on\":false", "\"is_on\":true", StringComparison.Ordinal);
        await DoAsync(HttpMethod.Put, path, changed);
        await SayAsync(thing, """{"a":true}""");
        Assert.Single(await ToldAsync());
        await DoAsync(HttpMethod.Delete, path);
        await RefusedAsync(404, HttpMethod.Delete, path);
        await RefusedAsync(400, HttpMethod.Post, "/api/telemetry-rules", """{"key":"_a","op":"=","value":1}""");
        await RefusedAsync(400, HttpMethod.Post, "/api/telemetry-rules", """{"key":"a","op":"~","value":1}""");
        await RefusedAsync(400, HttpMethod.Post, "/api/telemetry-rules", """{"key":"a","op":"="}""");
        await RefusedAsync(
            400, HttpMethod.Post, "/api/telemetry-rules",
            $$"""{"device_id":"{{thing.Id}}","product":"clock","key":"a","op":"=","value":1}""");
        await RefusedAsync(404, HttpMethod.Post, "/api/telemetry-rules", """{"device_id":"nobody","key":"a","op":"=","value":1}""");
    }

    [Fact]
    public async Task ARuleOfOnePlaceIsNoRuleOfTheFleet()
    {
        long mine = await PlaceAsync("Mine");
        TestDevice here = await ThingAsync(place: mine), there = await ThingAsync();
        string key = await KeyAsync("operator", mine);
        JsonElement own = await DoAsync(
            HttpMethod.Post, "/api/telemetry-rules", $$"""{"device_id":"{{here.Id}}","key":"a","op":"=","value":1}""", key);
        JsonElement theirs = await DoAsync(
            HttpMethod.Post, "/api/telemetry-rules", $$"""{"device_id":"{{there.Id}}","key":"a","op":"=","value":1}""");
        await RefusedAsync(403, HttpMethod.Post, "/api/telemetry-rules", """{"product":"clock","key":"a","op":"=","value":1}""", key);
        await RefusedAsync(403, HttpMethod.Put, "/api/telemetry-rules/1", """{"key":"a","op":"=","value":1}""", key);
        await RefusedAsync(403, HttpMethod.Delete, "/api/telemetry-rules/1", key: key);
        await RefusedAsync(404, HttpMethod.Delete, $"/api/telemetry-rules/{theirs.GetProperty("id")}", key: key);
        (_, JsonElement list) = await AdminAsync(HttpMethod.Get, "/api/telemetry-rules", key: key);
        Assert.Equal(3, list.GetArrayLength());
        await DoAsync(HttpMethod.Delete, $"/api/telemetry-rules/{own.GetProperty("id")}", key: key);
    }

    /// <summary>What a device says goes to its webhook, signed; one that is away costs a bounded queue.</summary>
    [Fact]
    public async Task TelemetryGoesToASignedWebhook()
    {
        using FakeServer server = new("{}");
        TestDevice thing = await ThingAsync(), other = await ThingAsync("bell");
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/telemetry-webhooks", JsonSerializer.Serialize(new { product = "clock", url = server.Address }));
        await SayAsync(thing, """{"a":1,"b":"x"}""");
        await SayAsync(other, """{"a":2}""");
        HookJob job = Host.Services.GetServices<IJob>().OfType<HookJob>().Single();
        await job.RunAsync(CancellationToken.None);
        string request = Assert.Single(server.Requests);
        string body = request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Equal($$$"""{"device_id":"{{{thing.Id}}}","timestamp":"{{{Now(Host)}}}","data":{"b":"x","a":1}}""", body);
        string timestamp = Host.Clock.GetUtcNow().ToUnixTimeSeconds().ToString();
        Assert.Contains(WebhookSender.Sign(made.GetProperty("secret").GetString()!, timestamp, body), request, StringComparison.Ordinal);

        server.Status = 500;
        await SayAsync(thing, """{"a":3}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        await job.RunAsync(CancellationToken.None);
        JsonElement hook = Assert.Single(await Host.ListAsync("/api/telemetry-webhooks"));
        Assert.Equal("the webhook answered 500", hook.GetProperty("last_error").GetString());
        Assert.Equal(1, hook.GetProperty("waiting").GetInt64());
        Assert.False(hook.TryGetProperty("secret", out _));

        server.Status = 200;
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await job.RunAsync(CancellationToken.None);
        hook = Assert.Single(await Host.ListAsync("/api/telemetry-webhooks"));
        Assert.Equal((0, JsonValueKind.Null), (hook.GetProperty("waiting").GetInt64(), hook.GetProperty("last_error").ValueKind));
        await DoAsync(HttpMethod.Delete, $"/api/telemetry-webhooks/{hook.GetProperty("id")}");
        await RefusedAsync(400, HttpMethod.Post, "/api/telemetry-webhooks", """{"url":"file:///etc/passwd"}""");
    }

    private async Task PassAsync(int seconds)
    {
        Host.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await Host.Services.GetServices<IJob>().OfType<RuleJob>().Single().RunAsync(CancellationToken.None);
    }

    /// <summary>What live listeners were told, oldest first.</summary>
    private async Task<string[]> ToldAsync()
    {
        await Task.CompletedTask;
        return Host.Services.GetRequiredService<Backend.Storage.Store>().Read(0, static (session, _) =>
        {
            using Backend.Storage.SqlStatement row = session.Query(
                "SELECT kind, state, message FROM notifications WHERE kind IN ('low_battery', 'threshold') ORDER BY id");
            List<string> told = [];
            while (row.Read())
            {
                told.Add($"{row.Text(0)} {row.Text(1)} {row.Text(2)}");
            }

            return told.ToArray();
        });
    }
}
