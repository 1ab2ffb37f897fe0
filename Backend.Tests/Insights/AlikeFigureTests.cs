using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Insights;

/// <summary>
/// Like is compared with like: the same boxes, the same slots, the same time of the day, the same staff; and what is subtracted was heard
/// when nobody was there. Crowds are as loud each day, so whatever differs is a mistake.
/// </summary>
public abstract class AlikeFigureTests(BackendHost shared) : PlaceTest(shared)
{
    private const int Quiet = 30;
    private const int Crowd = 240;

    private static readonly DateTimeOffset s_thursday = new(2026, 3, 12, 0, 0, 0, TimeSpan.Zero);

    private PlaceFigures Figures => Host.Services.GetRequiredService<PlaceFigures>();

    [Fact]
    public async Task ASecondBoxIsNoCrowd()
    {
        long place = await PlaceAsync("Shop", "UTC");
        await MoveAsync(Device.Id, place);
        await HearAsync(Device, s_thursday.AddDays(-35), s_thursday.AddDays(2), Day);
        Host.Clock.Set(s_thursday.AddHours(-10));
        await FitAsync(place);

        // It comes in the night, and hears the same people with noise of its own.
        TestDevice second = await Host.RegisterAsync();
        Host.Clock.Set(s_thursday.AddHours(1));
        await MoveAsync(second.Id, place);
        await HearAsync(second, s_thursday.AddHours(1), s_thursday.AddDays(2), static at => Day(at) + 90);
        string due = (await GetAsync($"/api/places/{place}/calibration")).GetProperty("fit_due_at").GetString()!;
        Assert.True(DateTimeOffset.Parse(due) <= Host.Clock.GetUtcNow(), $"due {due}");
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await BaselinesAsync(place));
        await AssertUsualAsync(place, s_thursday.AddHours(15));

        // Its first night has passed: it counts, and the days before it are still compared by the other one.
        await AssertUsualAsync(place, s_thursday.AddHours(24 + 15));
        Assert.Equal(2, await BaselinesAsync(place));
        PlaceRange day = (await Figures.RangeAsync(place, new DayRange(new(2026, 3, 13), new(2026, 3, 13)), FigureStep.Hour))!;
        FigureRow noon = day.Rows[12];
        Assert.InRange(noon.Activity!.Value / noon.Then!.Value, 0.9, 1.1);

        // Where no box stood on both days, nothing is usual.
        await DoAsync(HttpMethod.Delete, $"/api/places/{place}/devices/{Device.Id}");
        Host.Clock.Set(s_thursday.AddDays(2).AddHours(15));
        DateOnly saturday = new(2026, 3, 14);
        await HearAsync(second, s_thursday.AddDays(2), s_thursday.AddDays(2).AddHours(15), static at => Day(at) + 90);
        Assert.Null((await Figures.RangeAsync(place, new DayRange(saturday, saturday), FigureStep.Hour))!.Activity);
    }

    [Fact]
    public async Task WhatIsHeardInBusyHoursIsNoBaseline()
    {
        long place = await PlaceAsync("Bar", "UTC");
        Host.Clock.Set(s_thursday.AddHours(9));
        await MoveAsync(Device.Id, place);
        await HearAsync(Device, s_thursday.AddHours(9), s_thursday.AddHours(15), static _ => Crowd);
        Host.Clock.Set(s_thursday.AddHours(15));
        await FitAsync(place);
        Assert.Equal(0, await BaselinesAsync(place));

        // One that was taken for it before, with nothing to find now, does not stay.
        await Host.Services.GetRequiredService<Store>().WriteAsync((place, Device.Id), static (session, wanted) =>
        {
            FitSql.AddBaseline(session, wanted.place, wanted.Id, new Baseline(12, 12, 0, 16, true, 9, 0), 1);
            return 0;
        });
        await FitAsync(place);
        JsonElement none = (await GetAsync($"/api/places/{place}/baselines"))[0];
        Assert.Equal((0, 0), (none.GetProperty("samples").GetInt32(), none.GetProperty("devices").GetInt32()));

        // After the first night there is one.
        await HearAsync(Device, s_thursday.AddHours(15), s_thursday.AddHours(33), static at => at.Hour is >= 2 and < 8 ? Quiet : Crowd);
        Host.Clock.Set(s_thursday.AddHours(33));
        await FitAsync(place);
        JsonElement found = (await GetAsync($"/api/places/{place}/baselines"))[0];
        Assert.InRange(found.GetProperty("devices").GetDouble(), 1.9, 2.5);
    }

    [Fact]
    public async Task HoursThatAreOpenAreNeverTakenForQuiet()
    {
        long place = await PlaceAsync("Shop", "UTC");
        await MoveAsync(Device.Id, place);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", Hours("02:30-23:00"));
        for (int day = 10; day > 0; day--)
        {
            await HearAsync(Device, s_thursday.AddDays(-day).AddHours(2), s_thursday.AddDays(-day).AddHours(23.5), Day);
        }

        // It is switched off with the light: most of a day is heard, and of the closed time nothing that is quiet.
        await HearAsync(Device, s_thursday.AddDays(-11), s_thursday.AddDays(-11).AddHours(1), static _ => Quiet);
        Host.Clock.Set(s_thursday);
        await FitAsync(place);
        Assert.Equal(0, await BaselinesAsync(place));
    }

    [Theory]
    [InlineData("09:00-18:00", 9.1)]
    [InlineData("09:00-18:00", 13.1)]
    [InlineData("09:00-18:00", 18)]
    [InlineData(null, 0.1)]
    [InlineData(null, 24)]
    public async Task NowIsComparedWithTheSameSlots(string? hours, double hour)
    {
        // Loud well beyond the opening hours, and across midnight where there are none.
        int Level(DateTimeOffset at) => at.Hour is >= 3 and < 7 || (hours is not null && at.Hour is < 7 or >= 20) ? Quiet : Crowd;
        long place = await PlaceAsync("Shop", "UTC");
        await MoveAsync(Device.Id, place);
        if (hours is not null)
        {
            await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", Hours(hours));
        }

        DateTimeOffset now = s_thursday.AddHours(hour);
        await HearAsync(Device, s_thursday.AddDays(-30), now.AddHours(-2), Level);
        DateTimeOffset last = s_thursday.AddMinutes(Math.Floor(hour * 12) * 5);
        int number = 0;
        for (DateTimeOffset end = last.AddMinutes(-85); end <= last; end = end.AddMinutes(5))
        {
            Host.Clock.Set(end.AddSeconds(3));
            int far = Level(end.AddMinutes(-5)) / 3;
            RawAnswer answer = await Device.ReadingAsync(
                $"\"t\":{end.ToUnixTimeSeconds() - 1},\"ts\":1,\"b\":1,\"n\":{number++},\"iv\":300,\"ls\":290,\"rssi_far\":{far},"
                + $"\"unique\":{far},\"impressions\":{far * 3}");
            Assert.Equal(201, answer.Status);
        }

        await FitAsync(place);
        PlaceNow there = (await Figures.NowAsync(place))!;
        Assert.Equal(last.UtcDateTime, there.Until);
        Assert.InRange(there.Activity!.Ratio, 0.8, 1.25);
    }

    [Theory]
    [InlineData("2026-03-29T11:00:00Z", "2026-03-22T11:00:00Z")]
    [InlineData("2026-10-25T12:00:00Z", "2026-10-18T10:00:00Z")]
    public async Task WeekdaysGoUpToTheSameTimeByTheClock(string now, string noonThen)
    {
        // At one in the afternoon, on the day on which the clock was changed; heard was the hour before it, a week before.
        long place = await PlaceAsync("Shop", "Europe/Berlin");
        await MoveAsync(Device.Id, place);
        DateTimeOffset noon = DateTimeOffset.Parse(noonThen);
        await HearAsync(Device, noon, noon.AddHours(4), static _ => Crowd);
        Host.Clock.Set(DateTimeOffset.Parse(now));
        Weekdays weekdays = (await Figures.WeekdaysAsync(place, null))!;
        Assert.Equal(13 * 60, weekdays.Until);
        Assert.InRange(weekdays.Days[1].Coverage, 0.9 / 13, 1.0 / 13);
    }

    [Fact]
    public async Task TodaysStaffIsPutInForceThoughTheModelIsTheSame()
    {
        long place = await PlaceAsync("Shop", "UTC");
        await MoveAsync(Device.Id, place);
        Host.Clock.Set(s_thursday.AddDays(-3));
        await FitAsync(place);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/staff", """{"monday":1}""");
        Host.Clock.Set(s_thursday);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/staff", """{"monday":2}""");
        string path = $"/api/places/{place}/recalculation";
        await DoAsync(HttpMethod.Post, path, """{"from":"2026-03-07"}""");
        List<StaffVersion> versions = Host.Services.GetRequiredService<Store>().Read(place, StaffSql.All);
        Assert.Equal((1, 2.0), (versions.Count, versions[0].Staff.Monday));
        Assert.Equal(s_thursday.AddDays(-5).ToUnixTimeMilliseconds(), versions[0].ValidFrom);

        // What was taken away is in the audit log, and nobody makes a second version of what is the same.
        JsonElement audit = Assert.Single(
            (await GetAsync($"/api/audit?target=place%20{place}")).EnumerateArray(),
            static row => row.GetProperty("action").GetString() == "place.recalculate");
        Assert.Matches(
            "staff none, 2026-03-09T00:00Z mo 1 .*, 2026-03-12T00:00Z mo 2 ", audit.GetProperty("before").GetString());
        Assert.Single((await GetAsync($"/api/places/{place}/models")).EnumerateArray());
        string refused = await RefusedAsync(409, HttpMethod.Post, path, """{"from":"2026-03-08"}""");
        Assert.Contains("with today's staff", refused, StringComparison.Ordinal);
    }

    /// <summary>Busy from nine to seven.</summary>
    private static int Day(DateTimeOffset at) => at.Hour is >= 9 and < 19 ? Crowd : Quiet;

    private static string Hours(string hours) => JsonSerializer.Serialize(
        ((string[])["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
            .ToDictionary(static day => day, _ => new[] { hours }));

    private async Task AssertUsualAsync(long place, DateTimeOffset now)
    {
        Host.Clock.Set(now);
        await FitAsync(place);
        DateOnly day = DateOnly.FromDateTime(now.UtcDateTime);
        Assert.InRange((await Figures.RangeAsync(place, new DayRange(day, day), FigureStep.Hour))!.Activity!.Ratio, 0.95, 1.05);
    }

    private async Task<int> BaselinesAsync(long place) => (await GetAsync($"/api/places/{place}/baselines")).EnumerateArray()
        .Select(static row => row.GetProperty("device_id").GetString()).Distinct().Count();

    /// <summary>Has the place fitted now.</summary>
    private async Task FitAsync(long place)
    {
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await Host.Services.GetRequiredService<Store>().WriteAsync((place, now), static (session, wanted) =>
        {
            FitSql.MakeDue(session, wanted.place, wanted.now);
            return 0;
        });
        await ActivatorUtilities.CreateInstance<FitJob>(Host.Services).RunAsync(default);
    }

    /// <summary>Sums of quarters of an hour as a box in the far zone would have them.</summary>
    private async Task HearAsync(TestDevice device, DateTimeOffset from, DateTimeOffset until, Func<DateTimeOffset, int> level)
    {
        await Host.Services.GetRequiredService<Store>().WriteAsync((device.Id, from, until, level), static (session, wanted) =>
        {
            for (DateTimeOffset at = wanted.from; at < wanted.until; at = at.AddMinutes(15))
            {
                session.Execute(
                    """
                    INSERT INTO quarters (device_id, start_at, readings, impressions, unique_count, apple_count, android_count, other_count,
                        dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions,
                        ble_unique, ble_apple, ble_android, ble_other, listened_s, overflow_count, overflow_readings, degraded_readings,
                        cached_readings, send_failures, max_cache_depth, signal_sum, signal_count)
                    VALUES ($1, $2, 3, $3, $3, 0, 0, 0, 0, 0, 0, 0, 0, 0, $3, 0, 0, 0, 0, 0, 0, 870, 0, 0, 0, 0, 0, 0, 0, 0)
                    ON CONFLICT (device_id, start_at) DO NOTHING
                    """, wanted.Id, at.ToUnixTimeMilliseconds(), wanted.level(at));
            }

            return 0;
        });
    }
}
