using System.Text.Json;

using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Insights;

/// <summary>Counts by hand, staff, stay, and when counts no longer fit.</summary>
public abstract class CountTests(BackendHost shared) : PlaceTest(shared)
{
    private const string NoZone =
        "at: must be a time with its zone such as 2026-01-29T10:04:59Z or 2026-01-29T11:04:59+01:00, or whole seconds since 1970";

    private int _number;

    private const string Ahead = "at: must not be in the future; a count at the door is entered when it is over";

    [Fact]
    public async Task ACountIsThereOnceAndCanBeDeleted()
    {
        long place = await OpenPlaceAsync();
        JsonElement first = await DoAsync(HttpMethod.Post, Path(place, "counts"), """{"kind":"present","people":7,"note":"two prams"}""");
        JsonElement count = first.GetProperty("count");
        Assert.Equal(
            "present 7 2026-01-29T10:00:00Z two prams configured 2026-01-29T10:00:00Z True",
            Members(count, "kind", "people", "at", "note", "by", "entered_at", "used"));
        Assert.Equal("activity 1 1 3 0", Certainty(first.GetProperty("certainty")));

        // The telephone got no answer and sends it again; then somebody else means something else.
        (int status, JsonElement again) = await AdminAsync(
            HttpMethod.Post, Path(place, "counts"), """{"kind":"present","people":7,"at":"2026-01-29T10:00:00Z"}""");
        Assert.Equal((200, count.GetProperty("id").GetInt64()), (status, again.GetProperty("count").GetProperty("id").GetInt64()));
        Assert.Equal(
            "at: there is another count of that moment; delete it first",
            await RefusedAsync(
                409, HttpMethod.Post, Path(place, "counts"), """{"kind":"present","people":8,"at":"2026-01-29T10:00:00Z"}"""));

        // At the door: over by the time at which it is entered.
        JsonElement door = (await DoAsync(HttpMethod.Post, Path(place, "counts"), """{"kind":"door","people":12,"minutes":15}"""))
            .GetProperty("count");
        Assert.Equal("2026-01-29T09:45:00Z 15", $"{door.GetProperty("at")} {door.GetProperty("minutes")}");
        Assert.Equal(["door", "present"], (await CountsAsync(place)).Select(static row => row.GetProperty("kind").GetString()));
        await DoAsync(HttpMethod.Delete, Path(place, $"counts/{door.GetProperty("id")}"));
        await RefusedAsync(404, HttpMethod.Delete, Path(place, $"counts/{door.GetProperty("id")}"));
        Assert.Equal(["present"], (await CountsAsync(place)).Select(static row => row.GetProperty("kind").GetString()));
        Assert.Equal(
            [" -> door 12 at 2026-01-29T09:45:00Z over 15 min by configured",
                "door 12 at 2026-01-29T09:45:00Z over 15 min by configured -> "],
            (await AuditAsync(place, "place.count")).TakeLast(2));
    }

    [Theory]
    [InlineData("""{"people":3}""", "kind: is required: present or door")]
    [InlineData("""{"kind":"present"}""", "people: is required")]
    [InlineData("""{"kind":"door","people":3}""", "minutes: is required with door")]
    [InlineData("""{"kind":"present","people":3,"minutes":5}""", "minutes: only with door")]
    [InlineData("""{"kind":"guess","people":3}""", "kind: must be present or door")]
    [InlineData("""{"kind":"present","people":-1}""", "people: must be a whole number from 0 to 10000")]
    [InlineData("""{"kind":"present","people":10001}""", "people: must be a whole number from 0 to 10000")]
    [InlineData("""{"kind":"door","people":3,"minutes":241}""", "minutes: must be a whole number from 1 to 240")]
    [InlineData("""{"kind":"present","people":3,"at":"2026-01-29T10:05:00Z"}""", Ahead)]
    [InlineData("""{"kind":"door","people":3,"minutes":15,"at":"2026-01-29T09:50:00Z"}""", Ahead)]
    [InlineData("""{"kind":"present","people":3,"at":"2025-12-29T09:59:59Z"}""", "at: must be within the last 31 days")]
    [InlineData("""{"kind":"present","people":3,"at":"2026-01-29T09:00"}""", NoZone)]
    [InlineData("""{"kind":"present","people":3,"at":"2026-01-29T09:00:00"}""", NoZone)]
    public async Task WhatIsNoCountIsRefusedByName(string body, string error)
    {
        long place = await OpenPlaceAsync();
        Assert.Equal(error, await RefusedAsync(400, HttpMethod.Post, Path(place, "counts"), body));
        Assert.Empty(await CountsAsync(place));
    }

    [Fact]
    public async Task AClockThatIsALittleAheadMeansNow()
    {
        long place = await OpenPlaceAsync();
        JsonElement count = await DoAsync(
            HttpMethod.Post, Path(place, "counts"), """{"kind":"present","people":7,"at":"2026-01-29T10:01:30Z"}""");
        Assert.Equal("2026-01-29T10:00:00Z", count.GetProperty("count").GetProperty("at").GetString());
    }

    [Fact]
    public async Task WithoutABoxThereIsNothingToCompareWith()
    {
        long place = await PlaceAsync("Empty");
        Assert.Contains(
            "No box stood there", await RefusedAsync(409, HttpMethod.Post, Path(place, "counts"), """{"kind":"present","people":7}"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task CountsOnThreeDaysCalibrate()
    {
        long place = await OpenPlaceAsync();
        string[] states = new string[13];
        JsonElement result = default;
        for (int i = 0; i < 13; i++)
        {
            result = (await DoAsync(HttpMethod.Post, Path(place, "counts"), $$"""{"kind":"present","people":{{i}}}"""))
                .GetProperty("certainty");
            states[i] = result.GetProperty("state").GetString()!;
            await HearAsync(Device, i is 5 or 11 ? 24 * 60 : 60);
        }

        // Twelve on two days are not enough; the thirteenth is on the third.
        Assert.Equal(
            ["activity", "activity", "activity", "rough", "rough", "rough", "rough", "rough", "rough", "rough", "rough", "rough",
                "calibrated"],
            states);
        Assert.Equal("calibrated 13 3 0 0", Certainty(result));
    }

    [Fact]
    public async Task CountsAtWhichNoBoxListenedAreNotUsedHoweverMany()
    {
        long place = await PlaceAsync("Silent", "Europe/Berlin");
        await MoveAsync(Device.Id, place);
        for (int i = 0; i < 12; i++)
        {
            Host.Clock.Advance(TimeSpan.FromHours(i % 4 == 3 ? 20 : 1));
            JsonElement taken = await DoAsync(HttpMethod.Post, Path(place, "counts"), $$"""{"kind":"present","people":{{i}}}""");
            Assert.Equal("False unheard", Members(taken.GetProperty("count"), "used", "unused"));
            Assert.Equal("activity 0 0 4 0", Certainty(taken.GetProperty("certainty")));
        }

        await IdleAsync();
        Assert.Equal("activity 0", Members((await GetAsync(Path(place, "models")))[0], "state", "counts"));
        JsonElement figures = await GetAsync(Path(place, "figures"));
        Assert.Equal("activity 0", Members(figures.GetProperty("certainty"), "state", "counts"));

        // One at which it listens: that one is used at once, and still when all of it has come.
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await FillAsync(place, 1);
        foreach (int minutes in new[] { 5, 60 })
        {
            await HearAsync(Device, minutes);
            Assert.Equal("activity 1 1 3 0", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        }

        await IdleAsync();
        Assert.Equal("activity 1", Members((await GetAsync(Path(place, "models")))[0], "state", "counts"));
    }

    [Fact]
    public async Task ACountIsNotUsedWhenTheBoxFellSilentAtIt()
    {
        long place = await OpenPlaceAsync();
        await DoAsync(HttpMethod.Post, Path(place, "counts"), """{"kind":"present","people":7}""");
        Assert.True((await CountsAsync(place))[0].GetProperty("used").GetBoolean());
        Host.Clock.Advance(TimeSpan.FromMinutes(41));
        Assert.Equal("False unheard", Members((await CountsAsync(place))[0], "used", "unused"));
    }

    [Fact]
    public async Task CountsOfABoxThatHasLeftAreNotUsedAlsoWhenTheyAreSaidToFit()
    {
        long place = await OpenPlaceAsync();
        TestDevice other = await Host.RegisterAsync();
        await FillAsync(place, 5);
        await HearAsync(Device, 60);
        Assert.Equal("rough 5 1 7 2", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        await DoAsync(HttpMethod.Post, Path(place, "replace"), $$"""{"device_id":"{{Device.Id}}","by":"{{other.Id}}"}""");
        await DoAsync(HttpMethod.Delete, Path(place, "stale"));
        await HearAsync(other, 60);
        await IdleAsync();
        Assert.Equal("activity 0 0 4 0", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        Assert.Equal("activity 0", Members((await GetAsync(Path(place, "models")))[0], "state", "counts"));
        Assert.All(await CountsAsync(place), static row => Assert.Equal("False unheard", Members(row, "used", "unused")));
    }

    [Fact]
    public async Task WhenTheBoxGoesTheCountsNoLongerFit()
    {
        long place = await OpenPlaceAsync();
        TestDevice other = await Host.RegisterAsync();
        await FillAsync(place, 4);
        await HearAsync(Device, 30);
        await DoAsync(HttpMethod.Post, Path(place, "replace"), $$"""{"device_id":"{{Device.Id}}","by":"{{other.Id}}"}""");
        JsonElement stale = (await GetAsync(Path(place, "calibration"))).GetProperty("certainty");
        Assert.Equal("stale 0 0 4 0", Certainty(stale));
        Assert.Equal(
            $"replaced On 29 January box {other.Id} took the place of {Device.Id}.",
            $"{stale.GetProperty("reason")} {stale.GetProperty("detail")}");
        Assert.All(await CountsAsync(place), static row => Assert.Equal("False stale", Members(row, "used", "unused")));

        // New counts make it good again; a box that comes makes it stale once more.
        await FillAsync(place, 4, other);
        Assert.Equal("rough 4 1 8 2", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await MoveAsync(Device.Id, place);
        Assert.Equal("moved", (await GetAsync(Path(place, "calibration"))).GetProperty("certainty").GetProperty("reason").GetString());

        // Nobody moved anything but the label, says the owner.
        await DoAsync(HttpMethod.Delete, Path(place, "stale"));
        Assert.Equal("rough 4 1 8 2", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        JsonElement[] marks = [.. (await GetAsync(Path(place, "calibration"))).GetProperty("stale").EnumerateArray()];
        Assert.Equal(
            ["moved True", "replaced False"],
            marks.Select(static row => $"{row.GetProperty("reason")} {row.GetProperty("withdrawn_at").ValueKind == JsonValueKind.String}"));
    }

    /// <summary>A clock that is hung up beside the box neither counts nor moves anything.</summary>
    [Fact]
    public async Task AThingThatComesOrGoesChangesNoNumber()
    {
        long place = await OpenPlaceAsync();
        await FillAsync(place, 4);
        string figures = (await GetAsync(Path(place, "figures"))).GetRawText();
        string insights = (await GetAsync($"/api/summary?place={place}")).GetRawText();
        await DoAsync(
            HttpMethod.Post, "/api/device/register", $$"""{"device_id":"clock-1","kind":"thing","product":"clock","place":{{place}}}""");
        Assert.Equal(figures, (await GetAsync(Path(place, "figures"))).GetRawText());
        Assert.Equal(insights, (await GetAsync($"/api/summary?place={place}")).GetRawText());
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await DoAsync(HttpMethod.Delete, Path(place, "devices/clock-1"));
        Assert.Equal("rough 4 1 8 2", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        Assert.Contains(
            "by: must be another box",
            await RefusedAsync(409, HttpMethod.Post, Path(place, "replace"), $$"""{"device_id":"{{Device.Id}}","by":"clock-1"}"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlaceWithoutCountsIsNeverStale()
    {
        long place = await OpenPlaceAsync();
        TestDevice other = await Host.RegisterAsync();
        await MoveAsync(other.Id, place);
        Assert.Equal("activity 0 0 4 0", Certainty((await GetAsync(Path(place, "calibration"))).GetProperty("certainty")));
        Assert.Contains(
            "no counts from before", await RefusedAsync(409, HttpMethod.Put, Path(place, "stale"), """{}"""), StringComparison.Ordinal);
        await RefusedAsync(404, HttpMethod.Delete, Path(place, "stale"));
    }

    [Fact]
    public async Task AnAlertMarksThroughTheSameDoor()
    {
        long place = await OpenPlaceAsync();
        await FillAsync(place, 4);
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Store store = Host.Services.GetRequiredService<Store>();
        bool[] marked = await store.WriteAsync((place, now), static (session, wanted) => new[]
        {
            CalibrationMarks.MarkStale(
                session, wanted.place, wanted.now, StaleReason.Level, "On 29 January the level jumped.", "watch", wanted.now),
            CalibrationMarks.MarkStale(session, wanted.place, wanted.now, StaleReason.Nights, "Again.", "watch", wanted.now),
        });
        Assert.Equal([true, false], marked);
        JsonElement stale = (await GetAsync(Path(place, "calibration"))).GetProperty("certainty");
        Assert.Equal("stale level", $"{stale.GetProperty("state")} {stale.GetProperty("reason")}");
        Assert.Equal(["fits -> level: On 29 January the level jumped."], await AuditAsync(place, "place.stale"));
    }

    [Fact]
    public async Task StaffAndStayAreAnOwnersToSay()
    {
        long place = await OpenPlaceAsync();
        string owner = await KeyAsync("owner", place), viewer = await KeyAsync("viewer", place);
        Assert.Equal(204, (await AdminAsync(HttpMethod.Get, Path(place, "staff"))).Status);
        await DoAsync(HttpMethod.Put, Path(place, "staff"), """{"monday":2,"saturday":2.5}""", owner);
        JsonElement staff = await GetAsync(Path(place, "staff"));
        Assert.Equal("2 0 2.5", $"{staff.GetProperty("monday")} {staff.GetProperty("sunday")} {staff.GetProperty("saturday")}");
        await DoAsync(HttpMethod.Put, Path(place, "stay"), """{"minutes":12}""", owner);
        JsonElement stay = (await GetAsync(Path(place, "calibration"))).GetProperty("stay");
        Assert.Equal("12 owner", $"{stay.GetProperty("minutes")} {stay.GetProperty("source")}");
        foreach ((HttpMethod method, string what, string? body) in new[]
        {
            (HttpMethod.Put, "staff", """{"monday":9}"""), (HttpMethod.Delete, "staff", null),
            (HttpMethod.Put, "stay", """{"minutes":9}"""),
            (HttpMethod.Delete, "stay", null), (HttpMethod.Post, "counts", """{"kind":"present","people":9}"""),
            (HttpMethod.Delete, "counts/1", null), (HttpMethod.Put, "stale", "{}"), (HttpMethod.Delete, "stale", null),
            (HttpMethod.Post, "recalculation", """{"from":"2026-01-01"}"""),
        })
        {
            await RefusedAsync(403, method, Path(place, what), body, viewer);
        }

        foreach (string what in new[] { "counts", "calibration", "models", "baselines", "staff", "figures", "now", "heat", "weekdays" })
        {
            await DoAsync(HttpMethod.Get, Path(place, what), key: viewer);
        }

        await DoAsync(HttpMethod.Delete, Path(place, "stay"), key: owner);
        Assert.Equal(JsonValueKind.Null, (await GetAsync(Path(place, "calibration"))).GetProperty("stay").ValueKind);
        Assert.Equal([" -> 12 min", "12 min -> "], await AuditAsync(place, "place.stay"));
    }

    [Theory]
    [InlineData("staff", """{"monday":-1}""")]
    [InlineData("staff", """{"monday":1001}""")]
    [InlineData("staff", """{"someday":1}""")]
    [InlineData("stay", "{}")]
    [InlineData("stay", """{"minutes":0}""")]
    [InlineData("stay", """{"minutes":1441}""")]
    [InlineData("stale", """{"since":"2026-01-29T10:00:01Z"}""")]
    [InlineData("stale", """{"since":"2026-01-29T09:00:00"}""")]
    public async Task BoundsAreKept(string what, string body) =>
        await RefusedAsync(400, HttpMethod.Put, Path(await OpenPlaceAsync(), what), body);

    /// <summary>A place whose box has been listening for a while, at ten.</summary>
    private async Task<long> OpenPlaceAsync()
    {
        long place = await PlaceAsync("Shop", "Europe/Berlin");
        await MoveAsync(Device.Id, place);
        Host.Clock.Set(new DateTimeOffset(2026, 1, 29, 9, 30, 0, TimeSpan.Zero));
        await HearAsync(Device, 30);
        return place;
    }

    /// <summary>Lets a box listen for some minutes, up to now.</summary>
    private async Task HearAsync(TestDevice device, int minutes)
    {
        for (; minutes > 0; minutes -= 5)
        {
            Host.Clock.Advance(TimeSpan.FromMinutes(5));
            RawAnswer answer = await device.ReadingAsync(
                $"\"t\":{Host.Clock.GetUtcNow().ToUnixTimeSeconds() - 1},\"ts\":1,\"b\":1,\"n\":{_number++},\"iv\":300,\"ls\":295,"
                + "\"unique\":20,\"rssi_near\":20");
            Assert.Equal(201, answer.Status);
        }
    }

    private async Task FillAsync(long place, int counts, TestDevice? device = null)
    {
        for (int i = 0; i < counts; i++)
        {
            await HearAsync(device ?? Device, 10);
            await DoAsync(HttpMethod.Post, Path(place, "counts"), $$"""{"kind":"present","people":{{i + 3}}}""");
        }
    }

    private Task IdleAsync() => Host.Services.GetRequiredService<JobRunner>().IdleAsync();

    private async Task<JsonElement[]> CountsAsync(long place) => [.. (await GetAsync(Path(place, "counts"))).EnumerateArray()];

    private async Task<string[]> AuditAsync(long place, string action) =>
        [.. (await GetAsync($"/api/audit?target=place%20{place}")).EnumerateArray()
            .Where(row => row.GetProperty("action").GetString() == action)
            .Select(static row => $"{row.GetProperty("before")} -> {row.GetProperty("after")}").Reverse()];

    private static string Path(long place, string what) => $"/api/places/{place}/{what}";

    private static string Certainty(JsonElement c) =>
        Members(c, "state", "counts", "count_days", "counts_needed", "days_needed");

    private static string Members(JsonElement json, params string[] names) =>
        string.Join(' ', names.Select(name => json.GetProperty(name).ToString()));
}
