using System.Text.Json;

using JamBox.Backend.Insights.Watch;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.People;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Insights;

/// <summary>
/// What becomes of what the watch finds: alerts, what owners are told, calibrations. What it finds is in CountingWatchTests.
/// </summary>
public abstract class CountingAlertTests(BackendHost shared) : PeopleTest(shared)
{
    private const int Day = 60;

    [Fact]
    public async Task ADeafBoxIsToldToItsOwnerAndItsCountsNoLongerFit()
    {
        long place = await ShopAsync();
        SyntheticBox box = new(1) { Wifi = static (day, hour) => day >= Day && hour >= 12 ? 0 : 1 };
        await BringAsync(box, Day, 11);
        using Browser owner = await OwnerAsync(place);
        await CountByHandAsync(owner, place);
        await BringAsync(box, Day, 13);
        Assert.Empty(await Host.ListAsync("/api/alerts"));
        await BringAsync(box, Day, 15);
        JsonElement alert = Assert.Single(await Host.ListAsync("/api/alerts?open=true"));
        Assert.Equal("no_counts", alert.GetProperty("alert_type").GetString());
        Assert.StartsWith(
            $"{Device.Id} is online and has counted nothing since 1 May, 12:00: ", alert.GetProperty("message").GetString(),
            StringComparison.Ordinal);
        JsonElement told = (await owner.SendAsync(HttpMethod.Get, "/api/notifications")).Json[0];
        Assert.Equal(
            ("counting", "raised", place),
            (told.GetProperty("kind").GetString(), told.GetProperty("state").GetString(), told.GetProperty("place_id").GetInt64()));
        Assert.Equal("silent", await StaleAsync(place));

        // It hears again.
        SyntheticBox well = new(2);
        well.Until(Day, 15).SkipSent();
        await BringAsync(well, Day, 18);
        Assert.Empty(await Host.ListAsync("/api/alerts?open=true"));
        told = (await owner.SendAsync(HttpMethod.Get, "/api/notifications")).Json[0];
        Assert.Equal($"{Device.Id} counts as before again", told.GetProperty("message").GetString());
    }

    [Fact]
    public async Task NightsLikeDaysAreFoundInTheMorningOnceAndNoLongerWhenTheBoxHasMoved()
    {
        long place = await ShopAsync();
        SyntheticBox box = new(3) { Static = static day => day >= Day ? 60 : 0 };
        await BringAsync(box, Day - 1, 12);
        using Browser owner = await OwnerAsync(place);
        await CountByHandAsync(owner, place);
        for (int day = Day; day < Day + 5; day++)
        {
            await BringAsync(box, day, 6);
            await BringAsync(box, day, 8);
            Assert.Equal(day < Day + 2 ? 0 : 1, (await Host.ListAsync("/api/alerts")).Length);
        }

        JsonElement alert = Assert.Single(await Host.ListAsync("/api/alerts?open=true"));
        Assert.Equal("night_counts", alert.GetProperty("alert_type").GetString());
        Assert.StartsWith(
            $"{Device.Id} counts at night as by day since the night to 1 May: was it moved", alert.GetProperty("message").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("nights", await StaleAsync(place));
        await MoveAsync(Device.Id, await PlaceAsync("Elsewhere"));
        Assert.Empty(await Host.ListAsync("/api/alerts?open=true"));
    }

    [Fact]
    public async Task OtherLimitsOfTheZonesMakeCountsStaleAndAreTold()
    {
        long place = await ShopAsync();
        using Browser owner = await OwnerAsync(place);
        await CountByHandAsync(owner, place);
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/config", """{"report_interval_ms":600000}""");
        Assert.Null(await StaleAsync(place));
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/config", """{"rssi_far_threshold":-75}""");
        Assert.Equal("settings", await StaleAsync(place));
        JsonElement told = (await owner.SendAsync(HttpMethod.Get, "/api/notifications")).Json[0];
        Assert.StartsWith("The counts by hand no longer fit", told.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<long> ShopAsync()
    {
        Host.Clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(SyntheticBox.At(0)));
        long place = await PlaceAsync("Shop", "Europe/Berlin");
        await MoveAsync(Device.Id, place);
        string[] open = ["09:00-19:00"];
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", JsonSerializer.Serialize(new
        {
            monday = open, tuesday = open, wednesday = open, thursday = open, friday = open, saturday = open,
            sunday = Array.Empty<string>(),
        }));
        return place;
    }

    private async Task<Browser> OwnerAsync(long place)
    {
        await UserAsync("owner@example.org", "owner", place);
        return await SignedInAsync("owner@example.org");
    }

    /// <summary>Lets a box send until then, and the jobs run.</summary>
    private async Task BringAsync(SyntheticBox box, int day, int hour)
    {
        box.Until(day, hour);
        await box.SendAsync(Host, Device.Id);
        Host.Clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(SyntheticBox.At(day, hour)).AddMinutes(-31));
        await HeartbeatAsync();
        Host.Clock.Advance(TimeSpan.FromMinutes(31));
        await Host.Services.GetRequiredService<JobRunner>().IdleAsync();
    }

    private static async Task CountByHandAsync(Browser owner, long place) => Assert.Equal(
        201, await owner.StatusAsync(HttpMethod.Post, $"/api/places/{place}/counts", new { kind = "present", people = 7 }));

    private Task<string?> StaleAsync(long place) => Task.FromResult(Sql(session =>
    {
        using SqlStatement row = session.Query("SELECT reason FROM place_stale WHERE place_id = $1 ORDER BY id DESC LIMIT 1", place);
        return row.Read() ? row.Text(0) : null;
    }));
}
