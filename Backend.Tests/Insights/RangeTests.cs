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

    /// <summary>Places that changed sides of the date line had days fewer: such a day has no hours, and is no fault.</summary>
    [Theory]
    [InlineData("Pacific/Apia", "2011-12-30")]
    [InlineData("Pacific/Fakaofo", "2011-12-30")]
    [InlineData("Pacific/Kwajalein", "1993-08-21")]
    [InlineData("Pacific/Enderbury", "1994-12-31")]
    [InlineData("Pacific/Kiritimati", "1994-12-31")]
    public async Task ADayThatAPlaceNeverHadIsEmpty(string zone, string day)
    {
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Put, $"/api/device/{Device.Id}/location", $$"""{"timezone":"{{zone}}","location_name":"Shop"}""");
        Assert.Equal(200, status);
        foreach (string of in new[] { $"place={json.GetProperty("place_id")}", $"device_id={Device.Id}", "device_id=" })
        {
            foreach (string when in new[] { $"day={day}", $"from={day}&until={day}" })
            {
                JsonElement summary = await GetAsync($"/api/summary?{of}&{when}");
                Assert.Equal(summary.GetProperty("from").GetString(), summary.GetProperty("until").GetString());
                Assert.Equal(0, Impressions(summary));
                Assert.Equal(0, (await GetAsync($"/api/hourly?{of}&{when}")).GetProperty("hourly").GetArrayLength());
            }
        }
    }

    /// <summary>Before it was registered and after it was retired a box was not missing.</summary>
    [Fact]
    public async Task ABoxCountsFromItsRegistrationUntilItIsRetired()
    {
        Host.Clock.Advance(TimeSpan.FromHours(2));
        TestDevice late = await Host.RegisterAsync();
        DateTimeOffset start = Host.Clock.GetUtcNow();
        Host.Clock.Advance(TimeSpan.FromHours(1));
        for (int n = 0; n < 12; n++)
        {
            foreach (TestDevice device in new[] { Device, late })
            {
                long t = start.ToUnixTimeSeconds() + (n * 300) + 299;
                await device.ReadingAsync($"\"t\":{t},\"ts\":1,\"b\":1,\"n\":{n},\"iv\":300,\"ls\":300");
            }
        }

        // The first one stood for three hours and listened for one, the late one for the only hour that it had.
        string day = $"{start:yyyy-MM-dd}";
        Assert.Equal(0.5, Coverage(await GetAsync($"/api/summary?day={day}")), 2);
        Assert.Equal(1, Coverage(await GetAsync($"/api/summary?device_id={late.Id}&day={day}")), 2);
        Assert.Equal(204, (await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/retire")).Status);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0.4, Coverage(await GetAsync($"/api/summary?day={day}")), 2);
        Host.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, (await GetAsync("/api/summary")).GetProperty("devices").GetInt32());

        static double Coverage(JsonElement summary) => summary.GetProperty("figures").GetProperty("coverage").GetDouble();
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
