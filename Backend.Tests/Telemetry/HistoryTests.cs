using System.Text;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>Time series: what comes out is what went in, however much of it.</summary>
public abstract class HistoryTests(BackendHost shared) : TelemetryTest(
    shared, "--Telemetry:RawDays=3", "--Telemetry:SummaryDays=20", "--Telemetry:MaxPointsPerDevice=5000")
{
    /// <summary>The predecessor answered with random numbers.</summary>
    [Fact]
    public async Task HistoryIsWhatWasSentAndNoRandomNumbers()
    {
        TestDevice thing = await ThingAsync();
        Assert.Empty(await HistoryAsync(thing, "temperature"));
        List<(string, double)> sent = [];
        foreach (double value in (double[])[21.5, 21.57, -3, 1e9])
        {
            Host.Clock.Advance(TimeSpan.FromMinutes(1));
            await SayAsync(thing, $$"""{"temperature":{{value:R}},"text":"not a series","on":true}""");
            sent.Add((Now(Host), value));
        }

        (string T, double Value)[] got = await HistoryAsync(thing, "temperature");
        Assert.Equal(
            sent.Select(static one => (DateTimeOffset.Parse(one.Item1), one.Item2)),
            got.Select(static one => (DateTimeOffset.Parse(one.T), one.Value)));
        Assert.Equal(got, await HistoryAsync(thing, "temperature"));
        Assert.Equal([1d, 1, 1, 1], (await HistoryAsync(thing, "on")).Select(static one => one.Value));
        Assert.Empty(await HistoryAsync(thing, "text"));
        Assert.Equal(2, (await HistoryAsync(thing, "temperature", "&period=2m")).Length);

        JsonElement[] keys = await Host.ListAsync($"/api/devices/{thing.Id}/telemetry/keys");
        Assert.Equal(
            ["temperature number 1000000000", "text text not a series", "on boolean True"],
            keys.Select(static key => $"{key.GetProperty("key")} {key.GetProperty("type")} {key.GetProperty("last")}"));
    }

    [Theory]
    [InlineData("period=x")]
    [InlineData("period=0h")]
    [InlineData("period=1h&from=2026-01-01")]
    [InlineData("from=2026-01-02&to=2026-01-01")]
    [InlineData("key=_x")]
    [InlineData("nonsense=1")]
    public async Task WhatCannotBeAskedIsRefused(string query) =>
        await RefusedAsync(400, HttpMethod.Get, $"/api/devices/{(await ThingAsync()).Id}/telemetry?{query}");

    /// <summary>Of thousands of values a few points are left, and none of the peaks is lost.</summary>
    [Fact]
    public async Task DownsamplingKeepsExtremes()
    {
        TestDevice thing = await ThingAsync();
        Random random = new(7);
        double[] values = [.. Enumerable.Range(0, 4000).Select(_ => Math.Round(random.NextDouble() * 100, 2))];
        (values[1234], values[2345]) = (999, -999);
        await FillAsync(thing, values, stepSeconds: 2);

        JsonElement series = await GetAsync($"/api/devices/{thing.Id}/telemetry?key=a&period=4h&points=100");
        JsonElement[] points = [.. series.GetProperty("series")[0].GetProperty("points").EnumerateArray()];
        Assert.InRange(points.Length, 50, 100);
        Assert.True(series.GetProperty("step_s").GetDouble() > 0);
        Assert.Equal((-999, 999), (points.Min(static p => p[1].GetDouble()), points.Max(static p => p[3].GetDouble())));
        Assert.All(points, static p => Assert.True(p[1].GetDouble() <= p[2].GetDouble() && p[2].GetDouble() <= p[3].GetDouble()));

        (string T, double Value)[] old = await HistoryAsync(thing, "a", "&period=4h");
        Assert.InRange(old.Length, 500, 2000);
        Assert.Equal((-999, 999), (old.Min(static one => one.Value), old.Max(static one => one.Value)));
        Assert.Equal(old.Select(static one => one.T).Order(), old.Select(static one => one.T));

        // As they are, while there is room.
        series = await GetAsync($"/api/devices/{thing.Id}/telemetry?key=a&period=10m");
        Assert.Equal(0, series.GetProperty("step_s").GetDouble());
        Assert.Equal(
            values[^300..],
            series.GetProperty("series")[0].GetProperty("points").EnumerateArray().Select(static p => p[2].GetDouble()));
    }

    /// <summary>Sums are least, mean and greatest of what was sent, late values included, and outlive the values.</summary>
    [Fact]
    public async Task SumsAreExactAndOutliveTheValues()
    {
        TestDevice thing = await ThingAsync();
        Random random = new(11);
        double[] values = [.. Enumerable.Range(0, 2000).Select(_ => (double)random.Next(1000))];
        DateTimeOffset end = Host.Clock.GetUtcNow();
        await FillAsync(thing, values[..1500], stepSeconds: 10, endsAt: end.AddSeconds(-5000));
        await RunAsync<SummaryJob>();
        await FillAsync(thing, values[1500..], stepSeconds: 10, endsAt: end);
        await RunAsync<SummaryJob>();

        // What comes late belongs to its five minutes all the same.
        await SendAsync(HttpMethod.Post, "/telemetry", $$$"""{"batch":[{"t":"{{{Now(Host, 10_001)}}}","data":{"a":5000}}]}""", thing.Token);
        await RunAsync<SummaryJob>();
        await AssertSumsAsync();

        // Three days later the values are gone, the sums are not.
        Host.Clock.Advance(TimeSpan.FromDays(3.5));
        await RunAsync<SummaryJob>();
        await RunAsync<HistoryRetentionJob>();
        Assert.Equal(0, (await GetAsync($"/api/devices/{thing.Id}/telemetry?key=a&period=1h")).GetProperty("points_stored").GetInt64());
        Assert.Equal(0, Count("telemetry"));
        await AssertSumsAsync();

        Host.Clock.Advance(TimeSpan.FromDays(18));
        await RunAsync<HistoryRetentionJob>();
        Assert.Equal(0, Count("telemetry_sums"));

        async Task AssertSumsAsync()
        {
            string from = end.AddSeconds(-21_000).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
            string to = end.AddSeconds(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
            JsonElement series = await GetAsync($"/api/devices/{thing.Id}/telemetry?key=a&from={from}&to={to}&points=20");
            JsonElement[] points = [.. series.GetProperty("series")[0].GetProperty("points").EnumerateArray()];
            Assert.Equal((values.Min(), 5000), (points.Min(static p => p[1].GetDouble()), points.Max(static p => p[3].GetDouble())));
            Assert.All(points, static p => Assert.InRange(p[2].GetDouble(), p[1].GetDouble(), p[3].GetDouble()));
        }
    }

    [Fact]
    public async Task TheQuotaTakesTheOldestFirst()
    {
        TestDevice thing = await ThingAsync();
        double[] values = [.. Enumerable.Range(0, 6000).Select(static i => (double)i)];
        await FillAsync(thing, values, stepSeconds: 1);
        Host.Clock.Advance(TimeSpan.FromMinutes(6));
        await RunAsync<SummaryJob>();
        await RunAsync<HistoryRetentionJob>();
        JsonElement series = await GetAsync($"/api/devices/{thing.Id}/telemetry?key=a&period=1h");
        Assert.Equal((5000, 5000), (series.GetProperty("points_stored").GetInt64(), series.GetProperty("points_max").GetInt64()));
        Assert.Equal(5000, Count("telemetry"));
        Assert.Equal(5999, (await HistoryAsync(thing, "a", "&period=10m"))[^1].Value);

        // What comes late for the time that was removed is not stored.
        await SendAsync(HttpMethod.Post, "/telemetry", $$$"""{"batch":[{"t":"{{{Now(Host, 6300)}}}","data":{"a":1}}]}""", thing.Token);
        Assert.Equal(5000, Count("telemetry"));
    }

    private long Count(string table) => Host.Services.GetRequiredService<Store>().Read(table, static (session, name) =>
    {
        using SqlStatement row = session.Query(string.Intern($"SELECT count(*) FROM {name}"));
        row.Read();
        return row.Int64(0);
    });

    private Task RunAsync<T>()
        where T : IJob =>
        Host.Services.GetServices<IJob>().OfType<T>().Single().RunAsync(CancellationToken.None);

    /// <summary>Sends values of <c>a</c>, the last of them of now.</summary>
    private async Task FillAsync(TestDevice thing, double[] values, int stepSeconds, DateTimeOffset? endsAt = null)
    {
        DateTimeOffset end = endsAt ?? Host.Clock.GetUtcNow();
        for (int start = 0; start < values.Length; start += 500)
        {
            StringBuilder batch = new();
            for (int i = start; i < Math.Min(start + 500, values.Length); i++)
            {
                string t = end.AddSeconds(-stepSeconds * (values.Length - 1 - i)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
                batch.Append(batch.Length == 0 ? "" : ",").Append($$$"""{"t":"{{{t}}}","data":{"a":{{{values[i]:R}}}}}""");
            }

            (int status, string body, _) = await SendAsync(
                HttpMethod.Post, "/telemetry", $$"""{"batch":[{{batch}}]}""", thing.Token, isPacked: true);
            Assert.True(status == 200, body);
        }
    }
}
