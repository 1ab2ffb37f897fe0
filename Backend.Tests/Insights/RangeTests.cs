using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Insights;

/// <summary>Figures of any days, by the clock of the place.</summary>
public abstract class RangeTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task ARangeIsTheSumOfItsDays()
    {
        // A month in which the clock of the place changes: 31 days are 743 hours.
        (await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"timezone":"Europe/Berlin","location_name":"Shop"}"""))
            .ToString();
        Host.Clock.Set(new DateTimeOffset(2026, 4, 2, 10, 0, 0, TimeSpan.Zero));
        int n = 0;
        foreach (
            string time in (string[])["2026-02-28T22:59:00", "2026-02-28T23:05:00", "2026-03-15T12:00:00", "2026-03-29T00:30:00",
                "2026-03-31T21:55:00", "2026-03-31T22:05:00"])
        {
            n++;
            await Device.ReadingAsync($"\"t\":\"{time}Z\",\"ts\":1,\"b\":1,\"n\":{n},\"i\":{1 << n},\"u\":1,\"iv\":60,\"ls\":60");
        }

        JsonElement month = await GetAsync($"/api/summary?device_id={Device.Id}&from=2026-03-01&until=2026-03-31");
        Assert.Equal(
            "2026-03-01 2026-03-31 2026-02-28T23:00:00Z 2026-03-31T22:00:00Z",
            string.Join(' ', ((string[])["day", "last_day", "from", "until"]).Select(name => month.GetProperty(name).GetString())));
        Assert.Equal(4 + 8 + 16 + 32, Impressions(month));
        int days = 0;
        for (DateOnly day = new(2026, 3, 1); day.Month == 3; day = day.AddDays(1))
        {
            days += Impressions(await GetAsync($"/api/summary?device_id={Device.Id}&day={day:yyyy-MM-dd}"));
        }

        Assert.Equal(Impressions(month), days);
        JsonElement hours = await GetAsync($"/api/hourly?device_id={Device.Id}&from=2026-03-01&until=2026-03-31");
        Assert.Equal((31 * 24) - 1, hours.GetProperty("hourly").GetArrayLength());
        Assert.Equal(Impressions(month), hours.GetProperty("totals").GetProperty("total_impressions").GetInt32());
        Assert.Equal(Impressions(month) + 64, Impressions(await GetAsync($"/api/summary?device_id={Device.Id}&from=2026-03-01")));
    }

    [Theory]
    [InlineData("summary?from=2026-03-02&until=2026-03-01", "until: must not be before from")]
    [InlineData("summary?until=2026-03-01", "from: is needed with until")]
    [InlineData("summary?from=2024-01-01&until=2025-12-31", "from, until: 366 days at most")]
    [InlineData("hourly?from=2026-01-01&until=2026-02-01", "from, until: 31 days at most")]
    [InlineData("summary?day=2026-01-01&from=2026-01-01", "day: not together with from and until")]
    public async Task WhatIsNoRangeIsRefused(string path, string error)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Get, "/api/" + path);
        Assert.Equal(400, status);
        Assert.Equal(error, json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task APostgresBackupSaysTheExactCommand()
    {
        string command = StorageTarget.Postgres("Host=db.example.org;Port=5433;Database=jam box;Username=o'brien;Password=hush")
            .DumpCommand(ManualClock.Start);
        Assert.Equal(
            "pg_dump --format=custom --host=db.example.org --port=5433 --username='o'\\''brien' --file=jambox-20260129-100000.dump 'jam box'",
            command);
        if (Host.Storage == TestStorage.Postgres)
        {
            (int status, JsonElement json) = await AdminAsync(HttpMethod.Post, "/api/admin/backup");
            Assert.Equal(501, status);
            Assert.Contains(
                "pg_dump --format=custom --host=127.0.0.1 --port=", json.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    private static int Impressions(JsonElement summary) => summary.GetProperty("figures").GetProperty("total_impressions").GetInt32();
}
