using System.Text.Json;

using JamBox.Backend.Telemetry;
using JamBox.Backend.Tests.Events;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>Two processes on one storage: who listens to one hears what the other was told.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresNewsOfOthersTests(PostgresBackend shared) : TelemetryTest(shared)
{
    [Fact]
    public async Task WhatAnotherProcessHeardIsTold()
    {
        TestDevice thing = await ThingAsync();
        await SayAsync(thing, """{"v0":0,"c":21.5}""");
        await using WebApplication other = Host.Build();
        await other.StartAsync();
        using Listener listener = await Listener.OpenAsync(Host, $"{other.Urls.Single()}/api/events");
        Assert.Equal("listening", (await listener.NextAsync()).Kind);
        await ReadyAsync(other.Services);

        // What was said before is not news.
        await SayAsync(thing, """{"v0":0}""");
        Assert.Equal("""{"v0":0}""", await DataAsync(listener, "telemetry", "data"));
        await WantAsync(thing, """{"v0":1}""");
        string wanted = await DataAsync(listener, "state", "wanted");
        Assert.Equal(1, JsonElement.Parse(wanted).GetProperty("v0").GetProperty("value").GetInt32());
        Host.Clock.Advance(TimeSpan.FromSeconds(2));
        await SayAsync(thing, """{"v0":1,"c":22}""");
        Assert.Equal("""{"v0":1,"c":22}""", await DataAsync(listener, "telemetry", "data"));
        Assert.Equal("""{"v0":null}""", await DataAsync(listener, "state", "wanted"));
    }

    /// <summary>Both processes look at each other's states only: nobody hears anything twice.</summary>
    [Fact]
    public async Task NothingIsToldTwice()
    {
        TestDevice thing = await ThingAsync();
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        Assert.Equal("listening", (await listener.NextAsync()).Kind);
        await ReadyAsync(Host.Services);
        for (int i = 1; i <= 5; i++)
        {
            await SayAsync(thing, $$"""{"n":{{i}}}""");
            await WantAsync(thing, $$"""{"w":{{i}}}""");
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        List<string> heard = [];
        while (heard.Count < 10)
        {
            (string kind, string data, _) = await listener.NextAsync();
            if (kind is "telemetry" or "state")
            {
                heard.Add($"{kind} {data}");
            }
        }

        Assert.Equal(10, heard.Distinct().Count());
        await SayAsync(thing, """{"end":1}""");
        Assert.Equal("""{"end":1}""", await DataAsync(listener, "telemetry", "data"));
    }

    private static async Task<string> DataAsync(Listener listener, string kind, string member)
    {
        while (true)
        {
            (string heard, string data, _) = await listener.NextAsync();
            if (heard == kind)
            {
                return JsonElement.Parse(data).GetProperty(member).GetRawText();
            }
        }
    }

    private async Task ReadyAsync(IServiceProvider services)
    {
        NewsOfOthers news = services.GetServices<IHostedService>().OfType<NewsOfOthers>().Single();
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(120));
        while (!news.IsListening)
        {
            Host.Clock.Advance(TimeSpan.FromMilliseconds(300));
            await Task.Delay(5, late.Token);
        }
    }
}
