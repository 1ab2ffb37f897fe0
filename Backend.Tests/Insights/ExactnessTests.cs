using System.Text.Json;

using JamBox.Backend.Readings;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Insights;

/// <summary>The sums that are kept are those of the readings that are stored, to the last count, whatever came in which order.</summary>
public abstract class ExactnessTests(BackendHost shared) : HostedTest(shared)
{
    private static readonly string[] s_columns = ["impressions", "unique_count", "dwell_0_1", "rssi_far", "ble_apple", "baa"];

    [Fact]
    public async Task SumsAreThoseOfTheReadings()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_SUM_SEED") ?? "20260129");
        Random random = new(seed);
        TestDevice[] devices = [Device, await Host.RegisterAsync(), await Host.RegisterAsync()];
        for (int round = 0; round < 12; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => SendAsync(random, devices[random.Next(3)])));
            Host.Clock.Advance(TimeSpan.FromMinutes(random.Next(60)));
        }

        Store store = Host.Services.GetRequiredService<Store>();
        foreach (string column in s_columns)
        {
            (long raw, long kept) = store.Read(column, Sums);
            Assert.True(
                raw == kept && raw > 0,
                $"{column}: readings {raw}, quarters {kept}. Again with: JAMBOX_SUM_SEED={seed} dotnet test Backend.Tests --filter SumsAreThoseOfTheReadings");
        }

        (long Start, long Count)[] expected = [.. store.Read(new ReadingFilter { Limit = 1000 }, ReadingSql.List)
            .Where(static row => row.Timestamp is not null)
            .SelectMany(Spread).GroupBy(static part => part.Start).Select(static group => (group.Key, group.Sum(static part => part.Count)))
            .Where(static part => part.Item2 > 0).OrderBy(static part => part.Key)];
        Assert.Equal(expected, store.Read(0, Quarters));
    }

    [Fact]
    public async Task ALongIntervalIsSpreadOverItsHours()
    {
        // It was there before: else the hour would count from its first word.
        await Device.ReadingAsync("\"t\":\"2026-01-29T05:59:59Z\",\"ts\":1,\"b\":1,\"n\":3,\"iv\":300,\"ls\":300,\"i\":1");
        await Device.ReadingAsync("\"t\":\"2026-01-29T09:59:59Z\",\"ts\":1,\"b\":1,\"n\":1,\"iv\":3600,\"ls\":3000,\"i\":100");
        await Device.ReadingAsync("\"t\":\"2026-01-29T08:29:59Z\",\"ts\":1,\"b\":1,\"n\":2,\"iv\":3600,\"ls\":3600,\"i\":101");
        JsonElement[] hours =
            [.. (await GetAsync($"/api/hourly?device={Device.Id}&day=2026-01-29")).GetProperty("hourly").EnumerateArray()];
        Assert.Equal(
            ["50 0.5", "51 0.5", "100 0.8333", "0 0"],
            hours[7..11].Select(static hour => $"{hour.GetProperty("impressions")} {hour.GetProperty("coverage")}"));
    }

    /// <summary>Nobody listens for longer than the time lasted, whatever a box says.</summary>
    [Fact]
    public async Task OneReadingThatClaimsAnHourDoesNotHideWhatWasNotHeard()
    {
        await Device.ReadingAsync("\"t\":\"2026-01-29T05:59:59Z\",\"ts\":1,\"b\":1,\"n\":1,\"iv\":300,\"ls\":300,\"i\":1");
        await Device.ReadingAsync("\"t\":\"2026-01-29T07:00:59Z\",\"ts\":1,\"b\":1,\"n\":2,\"iv\":60,\"ls\":3600,\"i\":1");
        JsonElement[] hours =
            [.. (await GetAsync($"/api/hourly?device={Device.Id}&day=2026-01-29")).GetProperty("hourly").EnumerateArray()];
        Assert.Equal(0.0167, hours[7].GetProperty("coverage").GetDouble());
    }

    /// <summary>Devices in use are a share of what the same readings say: an older firmware does not tell, and is not read as none.</summary>
    [Fact]
    public async Task DevicesInUseAreAShareOfWhatTellsThem()
    {
        await ReadingAsync(1, ",\"ble_u\":20,\"ble_apple\":12");
        await ReadingAsync(2, ",\"ble_u\":9,\"ble_apple\":7,\"baa\":4");
        await ReadingAsync(3, ",\"ble_u\":5,\"ble_apple\":3,\"baa\":0");
        Assert.Equal(["0", "4", "null"], (await Device.StoredAsync()).Select(static row => row.GetProperty("baa").GetRawText()));
        JsonElement day = await GetAsync($"/api/hourly?device={Device.Id}&day=2026-01-29");
        JsonElement totals = day.GetProperty("totals");
        Assert.Equal(
            (34, 22, 4, 10, 14),
            (
                totals.GetProperty("ble_unique").GetInt32(), totals.GetProperty("ble_apple").GetInt32(), totals.GetProperty("baa").GetInt32(),
                totals.GetProperty("baa_ble_apple").GetInt32(), totals.GetProperty("baa_ble_unique").GetInt32()));
        Assert.Equal(4, day.GetProperty("hourly").EnumerateArray().Sum(static hour => hour.GetProperty("baa").GetInt32()));
        using HttpResponseMessage csv = await Host.AdminAsync(HttpMethod.Get, $"/api/readings.csv?device_id={Device.Id}");
        string[] lines = (await csv.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.EndsWith(",baa", lines[0], StringComparison.Ordinal);
        Assert.Equal(["0", "4", ""], lines[1..4].Select(static line => line[(line.LastIndexOf(',') + 1)..]));
    }

    [Fact]
    public async Task EstimatesFollowTheirFormula()
    {
        await ReadingAsync(1, ",\"u\":35,\"ble_u\":8,\"ble_apple\":5,\"ble_other\":3");
        JsonElement row = Assert.Single(await Device.StoredAsync());
        Assert.Equal(
            "63 37 22 13 OK", $"{row.GetProperty("ble_apple_pct")} {row.GetProperty("ble_other_pct")} {row.GetProperty("estimated_apple")} {row.GetProperty("estimated_other")} {row.GetProperty("quality")}");
        await ReadingAsync(2, ",\"of\":1,\"sf\":2,\"cd\":3,\"age\":10");
        row = (await Device.StoredAsync())[0];
        Assert.Equal(
            "DEGRADED [\"CACHED\",\"OF\",\"RETRY\",\"QUEUE\"]", $"{row.GetProperty("quality")} {row.GetProperty("badges").GetRawText()}");
    }

    private async Task SendAsync(Random random, TestDevice device)
    {
        string fields;
        lock (random)
        {
            long at = Host.Clock.GetUtcNow().ToUnixTimeSeconds() - random.Next(100_000);
            int interval = 60 * (random.Next(4) == 0 ? random.Next(1, 61) : 5);
            fields =
                $"\"t\":{at},\"ts\":{(random.Next(10) == 0 ? 0 : 1)},\"b\":{random.Next(3)},\"n\":{random.Next(60)},\"iv\":{interval},\"ls\":{interval - 3},"
                + $"\"i\":{random.Next(2000)},\"u\":{random.Next(500)},\"dwell_0_1\":{random.Next(300)},\"rssi_far\":{random.Next(90)},\"ble_apple\":{random.Next(40)}"
                + (random.Next(3) == 0 ? "" : $",\"baa\":{random.Next(20)}");
        }

        Assert.Equal(201, (await device.ReadingAsync(fields)).Status);
    }

    /// <summary>The definition, second by second instead of by formula.</summary>
    private static IEnumerable<(long Start, long Count)> Spread(ReadingRow row)
    {
        int seconds = row.IntervalSeconds!.Value;
        if (seconds <= 300)
        {
            return [(Floor(new DateTimeOffset(row.PeriodStart).ToUnixTimeSeconds()), row.Impressions)];
        }

        long end = (new DateTimeOffset(row.Timestamp!.Value).ToUnixTimeMilliseconds() / 1000) + 1;
        return Enumerable.Range(0, seconds).Select(second => (
            Floor(end - seconds + second), ((long)row.Impressions * (second + 1) / seconds) - ((long)row.Impressions * second / seconds)));
    }

    private static long Floor(long seconds) => (seconds - (seconds % 900)) * 1000;

    private static (long Raw, long Kept) Sums(SqlSession session, string column)
    {
        using SqlStatement raw = session.Query($"SELECT sum({column}) FROM readings WHERE timestamp IS NOT NULL");
        raw.Read();
        long sum = raw.Int64(0);
        raw.Dispose();
        using SqlStatement kept = session.Query($"SELECT sum({column}) FROM quarters");
        kept.Read();
        return (sum, kept.Int64(0));
    }

    private static List<(long Start, long Count)> Quarters(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query(
            "SELECT start_at, sum(impressions) FROM quarters GROUP BY start_at HAVING sum(impressions) > 0 ORDER BY start_at");
        List<(long Start, long Count)> quarters = [];
        while (row.Read())
        {
            quarters.Add((row.Int64(0), row.Int64(1)));
        }

        return quarters;
    }
}
