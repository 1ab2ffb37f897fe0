using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Places;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Places;

/// <summary>Opening hours: per weekday, with exceptions, by the place's own clock.</summary>
public abstract class OpeningHoursTests(BackendHost shared) : PlaceTest(shared)
{
    private const string Week = """{"monday":["09:00-13:00","15:00-18:30"],"friday":["22:00-02:00"],"saturday":["02:00-24:00"]}""";

    [Fact]
    public async Task HoursAndExceptionsAreMomentsByThePlacesClock()
    {
        long place = await PlaceAsync("Bar", "Europe/Berlin");
        Assert.Equal(204, (await AdminAsync(HttpMethod.Get, $"/api/places/{place}/open")).Status);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", Week);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-03-30", """{"open":[],"note":"Inventory"}""");

        // From Friday, 27 March, to Monday; the clock is put forward on Sunday.
        JsonElement[] days = [.. (await GetAsync($"/api/places/{place}/open?from=2026-03-27&to=2026-03-30")).EnumerateArray()];
        Assert.Equal(
            ["2026-03-27T21:00:00Z-2026-03-28T01:00:00Z", "2026-03-28T01:00:00Z-2026-03-28T23:00:00Z", "", ""],
            days.Select(
                static day => string.Join(
                    ',',
                    day.GetProperty("open").EnumerateArray().Select(
                        static open => $"{open.GetProperty("from")}-{open.GetProperty("until")}"))));
        Assert.Equal("Inventory", days[3].GetProperty("note").GetString());
        JsonElement monday = (await GetAsync($"/api/places/{place}/open?from=2026-04-06"))[0];
        Assert.Equal(
            "2026-04-06T07:00:00Z 2026-04-06T13:00:00Z", $"{monday.GetProperty("open")[0].GetProperty("from")} {monday.GetProperty("open")[1].GetProperty("from")}");

        await DoAsync(HttpMethod.Delete, $"/api/places/{place}/exceptions/2026-03-30");
        await RefusedAsync(404, HttpMethod.Delete, $"/api/places/{place}/exceptions/2026-03-30");
        Assert.Equal(2, (await GetAsync($"/api/places/{place}/open?from=2026-03-30"))[0].GetProperty("open").GetArrayLength());
        Assert.Equal(2, (await GetAsync($"/api/places/{place}")).GetProperty("hours").GetProperty("monday").GetArrayLength());
        await DoAsync(HttpMethod.Delete, $"/api/places/{place}/hours");
        Assert.Equal(JsonValueKind.Null, (await GetAsync($"/api/places/{place}")).GetProperty("hours").ValueKind);
    }

    [Fact]
    public async Task ExceptionsAreListedAndReplaced()
    {
        long place = await PlaceAsync("Shop");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-24", """{"open":["09:00-14:00"],"note":"Christmas Eve"}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-25", """{"open":[]}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-24", """{"open":["09:00-12:00"]}""");
        Assert.Equal(
            ["2026-12-24 09:00-12:00", "2026-12-25 "],
            (await Host.ListAsync($"/api/places/{place}/exceptions")).Select(
                static row => $"{row.GetProperty("day")} {string.Join(',', row.GetProperty("open").EnumerateArray())}"));
        Assert.Single(await Host.ListAsync($"/api/places/{place}/exceptions?from=2026-12-25&until=2026-12-31"));
    }

    [Theory]
    [InlineData("PUT", "hours", """{"monday":["9-13"]}""")]
    [InlineData("PUT", "hours", """{"monday":["09:00-13:00","12:00-18:00"]}""")]
    [InlineData("PUT", "hours", """{"monday":["15:00-18:00","09:00-13:00"]}""")]
    [InlineData("PUT", "hours", """{"monday":["22:00-02:00","23:00-23:30"]}""")]
    [InlineData("PUT", "hours", """{"monday":["01:00-03:00","22:00-02:00"]}""")]
    [InlineData("PUT", "hours", """{"monday":["09:00-09:00"]}""")]
    [InlineData("PUT", "hours", """{"monday":["24:00-25:00"]}""")]
    [InlineData("PUT", "hours", """{"monday":["09:60-10:00"]}""")]
    [InlineData("PUT", "hours", """{"monday":"09:00-10:00"}""")]
    [InlineData("PUT", "hours", """{"monday":["20:00-06:00"],"tuesday":["05:00-10:00"]}""")]
    [InlineData("PUT", "hours", """{"sunday":["20:00-06:00"],"monday":["05:59-10:00"]}""")]
    [InlineData("PUT", "exceptions/2026-12-24", "{}")]
    [InlineData("PUT", "exceptions/2026-12-24", """{"open":null}""")]
    [InlineData("PUT", "exceptions/2026-12-24", """{"note":"Christmas Eve"}""")]
    [InlineData("PUT", "exceptions/2026-13-01", """{"open":[]}""")]
    [InlineData("PUT", "exceptions/2026-12-24", """{"open":["x"]}""")]
    [InlineData("DELETE", "exceptions/x", null)]
    [InlineData("GET", "exceptions?from=x", null)]
    [InlineData("GET", "open?from=2026-01-01&to=2026-12-31", null)]
    [InlineData("GET", "open?from=2026-01-02&to=2026-01-01", null)]
    public async Task NonsenseIsRefused(string method, string path, string? body) =>
        await RefusedAsync(400, new HttpMethod(method), $"/api/places/{await PlaceAsync("x")}/{path}", body);

    /// <summary>A night that ends where the next day begins, an exception in the night, and an hour that the clock leaves out.</summary>
    [Fact]
    public async Task WhatIsOpenNeverOverlapsAndIsNeverEmpty()
    {
        long place = await PlaceAsync("Bar", "Europe/Berlin");
        await DoAsync(
            HttpMethod.Put, $"/api/places/{place}/hours",
            """{"friday":["20:00-06:00"],"saturday":["06:00-08:00"],"sunday":["02:00-03:00"]}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-06-06", """{"open":["05:00-05:30","05:45-07:00"]}""");
        Assert.Equal(["2026-06-06T04:00:00Z-2026-06-06T05:00:00Z"], await OpenAsync(place, "2026-06-06"));
        Assert.Equal(["2026-06-13T04:00:00Z-2026-06-13T06:00:00Z"], await OpenAsync(place, "2026-06-13"));
        Assert.Empty(await OpenAsync(place, "2026-03-29"));
        Assert.Equal(["2026-04-05T00:00:00Z-2026-04-05T01:00:00Z"], await OpenAsync(place, "2026-04-05"));
    }

    [Fact]
    public async Task WhatIsSaidOfAnExceptionIsInTheAuditLog()
    {
        long place = await PlaceAsync("Shop");
        string day = $"/api/places/{place}/exceptions/2026-12-24";
        await DoAsync(HttpMethod.Put, day, """{"open":["09:00-14:00"],"note":"Eve"}""");
        await DoAsync(HttpMethod.Put, day, """{"open":["09:00-14:00"],"note":"Eve"}""");
        await DoAsync(HttpMethod.Delete, day);
        Assert.Equal(
            ["2026-12-24 09:00-14:00 Eve > ", " > 2026-12-24 09:00-14:00 Eve"],
            (await Host.ListAsync($"/api/audit?target=place%20{place}"))
                .Where(static line => line.GetProperty("action").GetString() == "place.exception")
                .Select(static line => $"{line.GetProperty("before")} > {line.GetProperty("after")}"));
    }

    [Fact]
    public async Task APlaceThatWasGivenUpIsNotWorkedOn()
    {
        long place = await PlaceAsync("Shop");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-24", """{"open":[]}""");
        await DoAsync(HttpMethod.Delete, $"/api/places/{place}");
        foreach ((HttpMethod method, string path, string? body) in new (HttpMethod, string, string?)[]
        {
            (HttpMethod.Put, "/hours", """{"monday":["09:00-13:00"]}"""), (HttpMethod.Delete, "/hours", null),
            (HttpMethod.Put, "/exceptions/2026-12-24", """{"open":["09:00-13:00"]}"""), (HttpMethod.Delete, "/exceptions/2026-12-24", null),
            (HttpMethod.Post, "/users", """{"email":"ben@example.org","role":"viewer"}"""), (HttpMethod.Post, "/codes", null),
            (HttpMethod.Put, "", """{"name":"Other"}"""), (HttpMethod.Post, "/devices", $$"""{"device_id":"{{Device.Id}}"}"""),
        })
        {
            Assert.Equal("This place is no longer in use", await RefusedAsync(409, method, $"/api/places/{place}{path}", body));
        }

        Assert.Empty(await Host.ListAsync("/api/users"));
        Assert.Single(await Host.ListAsync($"/api/places/{place}/exceptions"));
    }

    private async Task<string[]> OpenAsync(long place, string day) =>
        [.. (await GetAsync($"/api/places/{place}/open?from={day}"))[0].GetProperty("open").EnumerateArray().Select(
            static open => $"{open.GetProperty("from")}-{open.GetProperty("until")}")];

    [Fact]
    public void EverySpanThatIsStoredIsReadBackInOrder()
    {
        const int Seed = 5;
        Random random = new(Seed);
        NodaTime.DateTimeZone zone = Zones.Of("Europe/Berlin");
        for (int i = 0; i < 3000; i++)
        {
            string[] spans = [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(6) == 0
                ? Noise(random) : $"{random.Next(25):D2}:{random.Next(61):D2}-{random.Next(25):D2}:{random.Next(61):D2}")];
            if (!OpeningHours.TryStore(spans, out string stored))
            {
                continue;
            }

            Assert.Equal(spans, OpeningHours.Shown(stored));
            var periods = OpeningHours.Of(stored, zone, new DateOnly(2026, 6, 1));
            Assert.Equal(spans.Length, periods.Count);
            Assert.All(periods, static period => Assert.True(period.From < period.Until));
            Assert.All(periods.Zip(periods.Skip(1)), static pair => Assert.True(pair.First.Until <= pair.Second.From));
        }
    }

    private static string Noise(Random random) => new([.. Enumerable.Range(0, random.Next(14)).Select(_ => (char)random.Next(0x20, 0x7F))]);
}
