using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

using NodaTime;

namespace JamBox.Backend.Tests.Insights;

/// <summary>
/// Figures against a slow computation that knows neither sums nor windows: from the readings themselves, second by second, over all of time
/// at once. Two boxes, of which one comes and goes; gaps, long intervals, overflow, lost records; hours with a break, exceptions, staff.
/// </summary>
public abstract class FigureTests(BackendHost shared) : PlaceTest(shared)
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 12, 15, 22, 0, TimeSpan.Zero);
    private static readonly DateTimeZone s_berlin = Zones.Of("Europe/Berlin");

    private int Seed { get; } = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FIGURE_SEED") ?? "20260312");

    [Fact]
    public async Task FiguresAreThoseOfTheReadings()
    {
        Shop shop = await MakeShopAsync();
        Naive naive = await NaiveAsync(shop);
        PlaceFigures figures = Host.Services.GetRequiredService<PlaceFigures>();
        DateOnly today = new(2026, 3, 12);
        foreach ((DateOnly first, DateOnly last, FigureStep step, Versus versus) in new[]
        {
            (today, today, FigureStep.Hour, Versus.Usual), (today, today, FigureStep.Quarter, Versus.Week),
            (today.AddDays(-13), today.AddDays(-13), FigureStep.Quarter, Versus.Usual),
            (today.AddDays(-9), today, FigureStep.Hour, Versus.Before),
            (today.AddDays(-30), today, FigureStep.Day, Versus.Usual), (today.AddDays(-400), today.AddDays(3), FigureStep.Day, Versus.Off),
        })
        {
            PlaceRange range = (await figures.RangeAsync(shop.Place, new DayRange(first, last), step, versus))!;
            naive.Check(range, first, last, step, versus, Seed);
        }

        // Over the wire the same numbers.
        PlaceRange day = (await figures.RangeAsync(shop.Place, new DayRange(today, today), FigureStep.Hour))!;
        JsonElement json = await GetAsync($"/api/places/{shop.Place}/figures");
        Assert.Equal(JsonSerializer.Serialize(day, FigureJson.Default.PlaceRange), json.GetRawText());
        await CheckPartsAsync(shop, figures);
    }

    [Fact]
    public async Task YesterdayDoesNotChangeUnlessSomebodySaysSo()
    {
        Shop shop = await MakeShopAsync();
        string day = $"/api/places/{shop.Place}/figures?day=2026-03-09&vs=off";
        JsonElement before = await GetAsync(day);
        Assert.Equal("activity", before.GetProperty("certainty").GetProperty("state").GetString());
        Assert.Equal("activity", before.GetProperty("visitors_missing").GetString());
        Assert.Equal("calibrated", await StateAsync(shop, "2026-03-12"));

        // Another count, a night, another stay: today is another day, and yesterday the same as it was.
        await DoAsync(HttpMethod.Post, $"/api/places/{shop.Place}/counts", """{"kind":"present","people":30}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{shop.Place}/stay", """{"minutes":20}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{shop.Place}/staff", """{"monday":9}""");
        Host.Clock.Advance(TimeSpan.FromDays(1));
        JsonElement after = await GetAsync(day);
        foreach (string name in new[] { "visitors", "people", "person_hours", "stay", "certainty", "rows" })
        {
            Assert.Equal(before.GetProperty(name).GetRawText(), after.GetProperty(name).GetRawText());
        }

        await DoAsync(HttpMethod.Post, $"/api/places/{shop.Place}/recalculation", """{"from":"2026-03-09"}""");
        JsonElement anew = await GetAsync(day);
        Assert.Equal("calibrated", anew.GetProperty("certainty").GetProperty("state").GetString());
        Assert.NotEqual(JsonValueKind.Null, anew.GetProperty("visitors").ValueKind);
        Assert.Equal("owner", anew.GetProperty("stay").GetProperty("source").GetString());
        Assert.InRange(anew.GetProperty("stay").GetProperty("minutes").GetDouble(), 18, 22);
        Assert.Equal("activity", await StateAsync(shop, "2026-03-08"));
        JsonElement[] models = [.. (await GetAsync($"/api/places/{shop.Place}/models")).EnumerateArray()];
        Assert.Equal(
            ("2026-03-08T23:00:00Z", "configured"),
            (models[0].GetProperty("valid_from").GetString(), models[0].GetProperty("made_by").GetString()));
        Assert.Equal(JsonValueKind.Null, models[^1].GetProperty("valid_from").ValueKind);
        Assert.All(models[1..], row => Assert.Equal(
            string.CompareOrdinal(row.GetProperty("valid_from").GetString(), "2026-03-08T23:00:00Z") >= 0 ? "configured" : null,
            row.GetProperty("replaced_by").GetString()));
        JsonElement audit = Assert.Single(
            (await GetAsync($"/api/audit?target=place%20{shop.Place}")).EnumerateArray(),
            static row => row.GetProperty("action").GetString() == "place.recalculate");
        Assert.StartsWith("from 2026-03-09: model ", audit.GetProperty("after").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            "by this model already",
            await RefusedAsync(409, HttpMethod.Post, $"/api/places/{shop.Place}/recalculation", """{"from":"2026-03-10"}"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStaleCalibrationSaysSoAndIsWider()
    {
        Shop shop = await MakeShopAsync();
        string today = $"/api/places/{shop.Place}/figures";
        JsonElement fresh = await GetAsync(today);
        await DoAsync(
            HttpMethod.Put, $"/api/places/{shop.Place}/stale", """{"since":"2026-03-12T06:00:00Z","detail":"The box was turned round."}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(30));
        JsonElement stale = await GetAsync(today);
        Assert.Equal(
            "stale manual The box was turned round. 0 4",
            string.Join(' ', ((string[])["state", "reason", "detail", "counts", "counts_needed"])
                .Select(name => stale.GetProperty("certainty").GetProperty(name).ToString())));
        (double low, double value, double high) = Range(fresh.GetProperty("visitors"));
        (double staleLow, double staleValue, double staleHigh) = Range(stale.GetProperty("visitors"));
        Assert.Equal(value, staleValue, 9);
        Assert.Equal(value + (2 * (high - value)), staleHigh, 6);
        Assert.Equal(Math.Max(0, value - (2 * (value - low))), staleLow, 6);

        // What was shown of the day before is as it was.
        Assert.Equal("activity", await StateAsync(shop, "2026-03-11"));
    }

    [Fact]
    public async Task ARangeIsAsSureAsItsLeastSureDay()
    {
        Shop shop = await MakeShopAsync();
        Host.Clock.Advance(TimeSpan.FromDays(1));
        await DoAsync(HttpMethod.Post, $"/api/places/{shop.Place}/recalculation", """{"from":"2026-03-09"}""");
        JsonElement mixed = await RangeAsync("2026-03-06", "2026-03-12");
        Assert.Equal("activity", mixed.GetProperty("certainty").GetProperty("state").GetString());
        Assert.Equal("activity", mixed.GetProperty("visitors_missing").GetString());
        JsonElement fresh = await RangeAsync("2026-03-09", "2026-03-12");
        Assert.Equal("calibrated", fresh.GetProperty("certainty").GetProperty("state").GetString());

        // A day that is stale is twice as wide within a range too, and the others are as they were.
        await DoAsync(HttpMethod.Put, $"/api/places/{shop.Place}/stale", """{"since":"2026-03-12T06:00:00Z"}""");
        JsonElement stale = await RangeAsync("2026-03-09", "2026-03-12");
        Assert.Equal("stale", stale.GetProperty("certainty").GetProperty("state").GetString());
        foreach (string name in new[] { "visitors", "people", "person_hours" })
        {
            (_, double value, double high) = Range(fresh.GetProperty(name));
            (_, double staleValue, double staleHigh) = Range(stale.GetProperty(name));
            Assert.Equal(value, staleValue, 6);
            Assert.InRange(staleHigh - staleValue, 1.05 * (high - value), 1.7 * (high - value));
        }

        Task<JsonElement> RangeAsync(string from, string until) =>
            GetAsync($"/api/places/{shop.Place}/figures?from={from}&until={until}&by=day&vs=off");
    }

    [Fact]
    public async Task WhatCannotBeToldIsNotTold()
    {
        long place = await PlaceAsync("New", "Europe/Berlin");
        JsonElement nothing = await GetAsync($"/api/places/{place}/figures?day=2026-01-28");
        Assert.Equal("no_figure", nothing.GetProperty("visitors_missing").GetString());
        Assert.All(
            nothing.GetProperty("rows").EnumerateArray(), static row => Assert.Equal("no_box", row.GetProperty("gap").GetString()));
        await MoveAsync(Device.Id, place);
        JsonElement silent = await GetAsync($"/api/places/{place}/now");
        Assert.Equal(("silent", JsonValueKind.Null), (silent.GetProperty("gap").GetString(), silent.GetProperty("people").ValueKind));
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", """{"friday":["09:00-18:00"]}""");
        JsonElement closed = await GetAsync($"/api/places/{place}/figures");
        Assert.Equal("closed", closed.GetProperty("visitors_missing").GetString());
        Assert.All(
            closed.GetProperty("rows").EnumerateArray(), static row => Assert.Equal("closed", row.GetProperty("gap").GetString()));
        JsonElement ahead = await GetAsync($"/api/places/{place}/figures?day=2026-01-30");
        Assert.Equal("ahead", ahead.GetProperty("rows")[9].GetProperty("gap").GetString());

        // A box that does not listen is deaf, and no shop is empty because of it.
        await DoAsync(HttpMethod.Delete, $"/api/places/{place}/hours");
        await Device.ReadingAsync("\"t\":\"2026-01-29T08:04:59Z\",\"ts\":1,\"b\":1,\"n\":1,\"iv\":300,\"ls\":0");
        JsonElement deaf = (await GetAsync($"/api/places/{place}/figures?by=quarter")).GetProperty("rows")[36];
        Assert.Equal(("2026-01-29 09:00", "deaf"), (deaf.GetProperty("label").GetString(), deaf.GetProperty("gap").GetString()));
    }

    [Fact]
    public async Task AGapSaysWhatTheBoxSaysWhenItStartsAgain()
    {
        long place = await PlaceAsync("Shop", "UTC");
        Host.Clock.Set(new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));
        await MoveAsync(Device.Id, place);
        int number = 0;
        await StartAsync("07:00", 1, "command");
        await HearAsync("07:00", "08:00", 1);

        // The plug is pulled after 8:05, and put in again at 9:50. Quarters are half known, or not at all.
        await HearAsync("08:00", "08:05", 1);
        Host.Clock.Set(At("09:30"));
        Assert.Equal("offline", (await GetAsync($"/api/places/{place}/now")).GetProperty("gap").GetString());
        await StartAsync("09:50", 2, "power");
        await HearAsync("09:50", "11:00", 2);
        Assert.Equal("08:00-09:45 power", await GapsAsync());

        // It hangs: the same hours, another word.
        await StartAsync("12:30", 3, "watchdog");
        await HearAsync("12:30", "13:00", 3);
        Assert.Equal("08:00-09:45 power, 11:00-12:30 restart", await GapsAsync());

        // It runs, but what it counted did not come; then it did: without network, it had gone on counting.
        number += 12;
        await HearAsync("14:00", "15:00", 3);
        Assert.Equal("08:00-09:45 power, 11:00-12:30 restart, 13:00-14:00 silent", await GapsAsync());
        number -= 24;
        await HearAsync("13:00", "14:00", 3, arrives: "15:00");
        Assert.Equal("08:00-09:45 power, 11:00-12:30 restart", await GapsAsync());

        // A box that is off for the night of another power cut: told by the next morning's start, also where the answer ends before.
        number += 12;
        await StartAsync("20:00", 4, "brownout", day: 3);
        Assert.Equal("08:00-09:45 power, 11:00-12:30 restart, 15:00-00:00 power", await GapsAsync());

        async Task HearAsync(string from, string until, int boot, string? arrives = null)
        {
            for (DateTimeOffset at = At(from); at < At(until); at = at.AddMinutes(5))
            {
                Host.Clock.Set(arrives is null ? at.AddMinutes(5) : At(arrives));
                RawAnswer answer = await Device.ReadingAsync(
                    $"\"t\":{at.AddMinutes(5).ToUnixTimeSeconds() - 1},\"ts\":1,\"b\":{boot},\"n\":{number++},\"iv\":300,\"ls\":295");
                Assert.Equal(201, answer.Status);
            }
        }

        async Task StartAsync(string at, int boot, string reason, int day = 2)
        {
            Host.Clock.Set(At(at, day).AddSeconds(40));
            Assert.Equal(200, (await HeartbeatAsync($",\"b\":{boot},\"uptime\":40,\"rr\":\"{reason}\"")).Status);
        }

        async Task<string> GapsAsync()
        {
            JsonElement figures = await GetAsync($"/api/places/{place}/figures?day=2026-03-02&by=quarter");
            return string.Join(", ", figures.GetProperty("quality").GetProperty("gaps").EnumerateArray()
                .Select(static gap => $"{Time(gap, "from")}-{Time(gap, "until")} {gap.GetProperty("reason").GetString()}")
                .Where(static gap => string.CompareOrdinal(gap, "07") > 0));
        }

        static DateTimeOffset At(string time, int day = 2) =>
            DateTimeOffset.Parse($"2026-03-{day:00}T{time}:00Z", System.Globalization.CultureInfo.InvariantCulture);

        static string Time(JsonElement gap, string name) => gap.GetProperty(name).GetString()![11..16];
    }

    [Fact]
    public async Task NowIsWhenItWasHeardAlsoInTheMiddleOfAQuarter()
    {
        long place = await PlaceAsync("Shop", "UTC");
        DateTimeOffset nine = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
        Host.Clock.Set(nine.AddHours(-2));
        await MoveAsync(Device.Id, place);
        int number = 0;
        for (int minute = -60; minute < 0; minute += 5)
        {
            await HearAsync(minute, near: 5);
        }

        (string before, double few) = await NowAsync();
        Assert.Equal("08:55-09:00", before);

        // Nothing from nine to ten past, then a crowd: it is a crowd of the last five minutes.
        await HearAsync(10, near: 100);
        (string crowded, double many) = await NowAsync();
        Assert.Equal("09:10-09:15", crowded);
        Assert.True(many > few, $"{many} after {few}");

        // Intervals that begin in between: the slot that has been heard of in full.
        await HearAsync(17, near: 100);
        await HearAsync(22, near: 100);
        Assert.Equal("09:20-09:25", (await NowAsync()).Slot);

        async Task HearAsync(int minute, int near)
        {
            DateTimeOffset end = nine.AddMinutes(minute + 5);
            Host.Clock.Set(end.AddSeconds(3));
            RawAnswer answer = await Device.ReadingAsync(
                $"\"t\":{end.ToUnixTimeSeconds() - 1},\"ts\":1,\"b\":1,\"n\":{number++},\"iv\":300,\"ls\":295,\"rssi_near\":{near},"
                + $"\"unique\":{near},\"impressions\":{near * 3}");
            Assert.Equal(201, answer.Status);
        }

        async Task<(string Slot, double People)> NowAsync()
        {
            JsonElement now = await GetAsync($"/api/places/{place}/now");
            Assert.Equal(JsonValueKind.Null, now.GetProperty("gap").ValueKind);
            return (
                $"{now.GetProperty("from").GetString()![11..16]}-{now.GetProperty("until").GetString()![11..16]}",
                now.GetProperty("people").GetProperty("value").GetDouble());
        }
    }

    [Theory]
    [InlineData("figures?by=minute", "by: must be quarter or hour or day")]
    [InlineData("figures?vs=always", "vs: must be usual or before or week or year or off")]
    [InlineData("figures?by=quarter&from=2026-01-01&until=2026-02-01", "from, until: 31 days at most")]
    [InlineData("figures?from=2026-01-01&until=2026-04-04", "from, until: 93 days at most")]
    [InlineData("figures?by=day&from=2020-01-01&until=2026-01-01", "from, until: 1830 days at most")]
    [InlineData("figures?day=2026-02-30", "day: must be a day such as 2026-01-29")]
    [InlineData("heat?weeks=54", "weeks: must be a whole number from 1 to 53")]
    [InlineData("weekdays?day=x", "day: must be a day such as 2026-01-29")]
    public async Task WhatIsNoQueryIsRefused(string query, string error) =>
        Assert.Equal(error, await RefusedAsync(400, HttpMethod.Get, $"/api/places/{await PlaceAsync("P")}/{query}"));

    [Fact]
    public async Task TwoProcessesFitOnce()
    {
        long place = await PlaceAsync("Shop", "Europe/Berlin");
        await MoveAsync(Device.Id, place);
        Store store = Host.Services.GetRequiredService<Store>();
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await store.WriteAsync((place, now), static (session, wanted) =>
        {
            FitSql.MakeDue(session, wanted.place, wanted.now);
            return 0;
        });
        FitJob one = ActivatorUtilities.CreateInstance<FitJob>(Host.Services), two = ActivatorUtilities
            .CreateInstance<FitJob>(Host.Services);
        await Task.WhenAll(one.RunAsync(default), two.RunAsync(default));
        Assert.Single((await GetAsync($"/api/places/{place}/models")).EnumerateArray());

        // The next night, by the clock of the place, and nothing new then: no second version.
        string due = (await GetAsync($"/api/places/{place}/calibration")).GetProperty("fit_due_at").GetString()!;
        Assert.Equal(FitInputs.Night(s_berlin, place, now), DateTimeOffset.Parse(due).ToUnixTimeMilliseconds());
        Host.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Single((await GetAsync($"/api/places/{place}/models")).EnumerateArray());
    }

    /// <summary>A day made of parts is its parts, and other answers say the same of it.</summary>
    private static async Task CheckPartsAsync(Shop shop, PlaceFigures figures)
    {
        DayRange days = new(new DateOnly(2026, 3, 2), new DateOnly(2026, 3, 8));
        PlaceRange byDay = (await figures.RangeAsync(shop.Place, days, FigureStep.Day))!;
        PlaceRange byHour = (await figures.RangeAsync(shop.Place, days, FigureStep.Hour))!;
        Assert.Equal(byDay.Visitors, byHour.Visitors);
        Assert.Equal(byDay.Busiest, byHour.Busiest);
        Assert.Equal(7 * 24, byHour.Rows.Count);
        Assert.Equal(
            byHour.Rows.Where(static row => row.Gap is null).Max(static row => row.People!.Value), byHour.Busiest!.People.Value);
        HeatMap heat = (await figures.HeatAsync(shop.Place, days.Last, 1))!;
        foreach (FigureRow hour in byHour.Rows)
        {
            LocalDateTime local = Instant.FromDateTimeUtc(DateTime.SpecifyKind(hour.Start, DateTimeKind.Utc))
                .InZone(s_berlin).LocalDateTime;
            HeatCell cell = heat.Cells[(((int)local.DayOfWeek - 1) * 24) + local.Hour];
            bool isNamed = byHour.Days.Any(note => note.Day == hour.Label[..10]);
            Assert.Equal(hour.People is not null && !isNamed, cell.People is not null);
            Assert.Equal(cell.People?.Value ?? 0, isNamed ? 0 : hour.People?.Value ?? 0, 9);
        }

        Weekdays weekdays = (await figures.WeekdaysAsync(shop.Place, null))!;
        Assert.Equal(5, weekdays.Days.Count);
        Assert.Equal((16 * 60) + 20, weekdays.Until);
        PlaceRange today = (await figures.RangeAsync(shop.Place, new DayRange(new(2026, 3, 12), new(2026, 3, 12)), FigureStep.Hour))!;
        Assert.Equal(today.Visitors, weekdays.Days[0].Visitors);

        // Side by side each is what it is alone, also where the days of one begin when those of the other are a quarter over.
        DayRange moving = new(new DateOnly(2026, 2, 9), new DateOnly(2026, 2, 11));
        foreach (DayRange range in new[] { days, moving })
        {
            Comparison comparison = await figures.CompareAsync([shop.Place, 99_999, shop.Elsewhere], range);
            Assert.Equal([shop.Elsewhere, shop.Place], comparison.Places.Select(static place => place.PlaceId));
            foreach (ComparedPlace compared in comparison.Places)
            {
                PlaceRange alone = (await figures.RangeAsync(compared.PlaceId, range, FigureStep.Day))!;
                Assert.Equal(
                    (alone.Visitors, alone.Activity?.Ratio, alone.People, alone.Quality.Coverage, alone.Zones.TurnIn),
                    (compared.Visitors, compared.Ratio, compared.People, compared.Coverage, compared.TurnIn));
            }
        }

        PlaceNow now = (await figures.NowAsync(shop.Place))!;
        Assert.Equal((true, "2026-03-12T15:20:00"), (now.IsOpen!.Value, now.Until!.Value.ToString("s")));
        Assert.InRange(now.People!.Value, now.People.Low, now.People.High);
    }

    private static (double Low, double Value, double High) Range(JsonElement range) =>
        (range.GetProperty("low").GetDouble(), range.GetProperty("value").GetDouble(), range.GetProperty("high").GetDouble());

    private async Task<string> StateAsync(Shop shop, string day) =>
        (await GetAsync($"/api/places/{shop.Place}/figures?day={day}&vs=off")).GetProperty("certainty").GetProperty("state").GetString()!;

    /// <summary>Six weeks of a shop: the world of this test.</summary>
    private async Task<Shop> MakeShopAsync()
    {
        long place = await PlaceAsync("Shop", "Europe/Berlin"), elsewhere = await PlaceAsync("Elsewhere", "America/New_York");
        TestDevice second = await Host.RegisterAsync();
        await MoveAsync(Device.Id, place);
        await MoveAsync(second.Id, elsewhere);
        await DoAsync(
            HttpMethod.Put, $"/api/places/{place}/hours",
            """
            {"monday":["09:00-13:00","15:00-18:30"],"tuesday":["09:00-18:30"],"wednesday":["09:00-18:30"],"thursday":["09:10-18:30"],
            "friday":["09:00-22:00"],"saturday":["20:00-02:00"]}
            """);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-03-05", """{"open":["10:00-12:00"],"note":"Stocktaking"}""");
        Host.Clock.Set(new DateTimeOffset(2026, 2, 10, 9, 7, 0, TimeSpan.Zero));
        await MoveAsync(second.Id, place);
        Host.Clock.Set(s_now);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/staff", """{"monday":1,"thursday":2,"friday":1.5}""");
        await ImportAsync(Device, 1);
        await ImportAsync(second, 2);
        await CountAsync(place);
        foreach (TestDevice device in new[] { Device, second })
        {
            RawAnswer answer = await device.ReadingAsync(
                "\"t\":\"2026-03-12T15:19:59Z\",\"ts\":1,\"b\":7,\"n\":1,\"iv\":300,\"ls\":291,\"rssi_near\":9");
            Assert.Equal(201, answer.Status);
        }

        await DoAsync(HttpMethod.Put, $"/api/places/{place}/stay", """{"minutes":14}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(20));
        return new Shop(place, elsewhere, [Device.Id, second.Id]);
    }

    private async Task ImportAsync(TestDevice device, int salt)
    {
        Random random = new(Seed + salt);
        List<DatedReading> readings = [];
        DateTimeOffset at = s_now.AddDays(-44);
        int number = 0;
        while (at < s_now.AddMinutes(-10))
        {
            int seconds = random.Next(40) == 0 ? 60 * random.Next(6, 61) : 300;
            at = at.AddSeconds(seconds);
            int level = 2 + (int)(30 * Math.Max(0, Math.Sin((at.Hour - 7) * Math.PI / 14)) * (0.5 + random.NextDouble()));
            bool isBusy = random.Next(200) == 0;
            readings.Add(DatedReading.Of(0, device.Id, new Reading
            {
                DeviceId = device.Id, ClosedAt = at.ToUnixTimeSeconds() - 1, ClockSet = 1, BootId = salt, Number = number++,
                IntervalSeconds = seconds, ListenedSeconds = random.Next(20) == 0 ? random.Next(seconds) : seconds - 9,
                Impressions = 9 * level * seconds / 60, Unique = 2 * level * seconds / 60, ZoneImmediate = level / 9 * seconds / 60,
                ZoneNear = level / 2 * seconds / 60, ZoneFar = level * seconds / 90, ZoneRemote = level * seconds / 120,
                Overflow = isBusy ? level : 0, RadioLost = isBusy ? 20 : null, Dwell0To1 = level, Dwell5To10 = level / 5, BleUnique = level,
                BleApple = level / 2, BleAppleInUse = random.Next(2) == 0 ? level / 3 : null,
            }, at));

            // Sometimes the power is off.
            at = random.Next(150) == 0 ? at.AddMinutes(random.Next(300)) : at;
        }

        Store store = Host.Services.GetRequiredService<Store>();
        foreach (DatedReading[] some in readings.Chunk(1000))
        {
            await store.WriteAsync((IReadOnlyList<DatedReading>)some, ReadingSql.Import);
        }
    }

    private async Task CountAsync(long place)
    {
        Random random = new(Seed);
        for (int i = 0; i < 14; i++)
        {
            string at = s_now.AddDays(-1 - (i % 6)).AddHours(-i % 4).AddMinutes(-3 * i).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
            await DoAsync(
                HttpMethod.Post, $"/api/places/{place}/counts",
                i % 3 == 0
                    ? $$"""{"kind":"door","people":{{random.Next(5, 20)}},"minutes":15,"at":"{{at}}"}"""
                    : $$"""{"kind":"present","people":{{random.Next(8, 25)}},"at":"{{at}}"}""");
        }
    }

    private async Task<Naive> NaiveAsync(Shop shop)
    {
        Store store = Host.Services.GetRequiredService<Store>();
        List<ReadingRow> rows = [];
        long after = 0;
        while (store.Read((after, (string?)null, 1000), ReadingSql.After) is { Count: > 0 } some)
        {
            rows.AddRange(some);
            after = some[^1].Id;
        }

        List<StoredModel> models = store.Read(
            (shop.Place, 0L, s_now.ToUnixTimeMilliseconds()), static (session, wanted) => ModelSql.Within(session, wanted));
        Assert.True(
            models.Count > 2 && models[0].ValidFrom == 0, "versions from the beginning, from when the second box came, and of today");
        return new Naive(rows, [.. models.Select(static model => (model.ValidFrom, PeopleModel.Read(model.Json, out _)!))], shop.Boxes);
    }

    private sealed record Shop(long Place, long Elsewhere, string[] Boxes);
}
