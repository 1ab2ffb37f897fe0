using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Faults;

/// <summary>What somebody without a key can make the backend do: nothing is written, nothing is made twice, and nothing is told.</summary>
public abstract class StrangerTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task TheDocumentIsMadeOnceAndTakenOnce()
    {
        using HttpResponseMessage first = await Host.Http.GetAsync("/openapi/v1.json");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        EntityTagHeaderValue tag = Assert.IsType<EntityTagHeaderValue>(first.Headers.ETag);
        Assert.False(tag.IsWeak);
        using HttpRequestMessage again = new(HttpMethod.Get, "/openapi/v1.json");
        again.Headers.IfNoneMatch.Add(tag);
        using HttpResponseMessage second = await Host.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
        Assert.Same(await DocumentAsync(), await DocumentAsync());
    }

    [Fact]
    public async Task TheNumbersAreGivenFiftyTimesASecondAtMost()
    {
        int[] answers = await Task.WhenAll(
            Enumerable.Range(0, 400).Select(async _ => (int)(await Host.Http.GetAsync("/metrics")).StatusCode));
        Assert.Contains(200, answers);
        Assert.All(answers, static status => Assert.True(status is 200 or 503));

        // However slow this machine is: a second's 50 for each second that it took, and there is a limit.
        ScrapeBudget budget = new();
        Assert.Equal(50, Enumerable.Range(0, 50_000).TakeWhile(_ => budget.TryTake()).Count());
    }

    [Fact]
    public async Task WhateverAStrangerAsksNothingIsWrittenNotEvenIntoTheLog()
    {
        await SetPinAsync("4711");
        using JsonDocument document = JsonDocument.Parse(await Host.Http.GetStringAsync("/openapi/v1.json"));
        (string Method, string Path)[] operations = [.. document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject().Select(method => (method.Name, path.Name)))];
        Assert.InRange(operations.Length, 40, 400);

        // What asking writes at most: whether the storage can be written to, once in 10 s.
        await Host.Http.GetAsync("/ready");
        double before = await CommitsAsync();
        string log = Host.Log.Text;
        foreach (string authorization in new[] { "", "Bearer wrong", "Bearer " + new string('x', 500), "Basic eDp5" })
        {
            foreach ((string method, string path) in operations)
            {
                using HttpRequestMessage request = new(new HttpMethod(method), path.Replace("{id}", "NOBODY01", StringComparison.Ordinal));
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
                request.Content = new StringContent(
                    $$"""{"pin":"0000","location_name":"x","d":"{{Device.Id}}"}""", Encoding.UTF8, "application/json");
                using HttpResponseMessage answer = await Host.Http.SendAsync(request);
                Assert.InRange((int)answer.StatusCode, 200, 429);
            }
        }

        Assert.Equal(before, await CommitsAsync());
        Assert.Equal(log, Host.Log.Text);
    }

    [Fact]
    public async Task InventedIdsCostNoRowAndAreRefusedLikeRealOnes()
    {
        await SetPinAsync("4711");
        TestDevice without = await Host.RegisterAsync();
        double before = await CommitsAsync();
        foreach (string id in new[] { "NOBODY02", without.Id, new string('x', 3000) })
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(403, await ActivateAsync(Host.Http, id, "0000"));
            }

            Assert.Equal(429, await ActivateAsync(Host.Http, id, "0000"));
        }

        Assert.Equal(before, await CommitsAsync());
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(i < 5 ? 403 : 429, await ActivateAsync(Host.Http, Device.Id, "0000"));
        }

        // Five tries and one too many, and the line of the audit log that counts them: a row is written no more often, however often it is
        // tried.
        Assert.InRange(await CommitsAsync() - before, 1, 11);
        Assert.InRange(Host.Services.GetRequiredService<Tries>().Remembered, 1, 10);
    }

    [Fact]
    public async Task ANoTakesAsLongWithoutAPin()
    {
        await SetPinAsync("4711");
        foreach (string id in new[] { Device.Id, "NOBODY03" })
        {
            long start = Stopwatch.GetTimestamp();
            Assert.Equal(403, await ActivateAsync(Host.Http, id, "0000"));
            // Not sooner than the time at which every no is said; how much later is the machine's.
            Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(245), $"{id}: {Stopwatch.GetElapsedTime(start)}");
        }
    }

    [Fact]
    public async Task TwoProcessesAllowFiveTriesTogether()
    {
        await SetPinAsync("4711");
        await using WebApplication second = Host.Build();
        await second.StartAsync();
        using HttpClient other = new() { BaseAddress = new Uri(second.Urls.Single()) };
        int[] answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => ActivateAsync(i % 2 == 0 ? Host.Http : other, Device.Id, "0000")));
        Assert.Equal(5, answers.Count(static status => status == 403));
        Assert.Equal(11, answers.Count(static status => status == 429));
        Assert.Equal(429, await ActivateAsync(other, Device.Id, "4711"));
        await Host.RestartAsync();
        Assert.Equal(429, await ActivateAsync(Host.Http, Device.Id, "4711"));
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(200, await ActivateAsync(Host.Http, Device.Id, "4711"));
    }

    private static async Task<int> ActivateAsync(HttpClient http, string id, string pin)
    {
        using StringContent body = new($$"""{"pin":"{{pin}}","location_name":"My shop"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(new Uri($"/api/activate/{id}", UriKind.Relative), body);
        return (int)answer.StatusCode;
    }

    private async Task SetPinAsync(string pin) =>
        Assert.Equal(200, (await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/pin", $$"""{"pin":"{{pin}}"}""")).Status);

    private async Task<byte[]> DocumentAsync() =>
        (await Host.Services.GetRequiredService<Backend.Operation.OpenApiEndpoints.OpenApiBytes>().GetAsync()).Bytes;

    private async Task<double> CommitsAsync()
    {
        string? line = (await Host.Http.GetStringAsync("/metrics")).Split('\n').SingleOrDefault(
            static line => line.StartsWith("jambox_commit_seconds_count", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1]);
    }
}
