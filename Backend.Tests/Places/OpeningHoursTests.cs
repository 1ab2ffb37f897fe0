using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Places;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Places;

/// <summary>Opening hours: per weekday, with exceptions, by the place's own clock.</summary>
public abstract class OpeningHoursTests(BackendHost shared) : PlaceTest(shared)
{
    private const string Week = """{"monday":["09:00-13:00","15:00-18:30"],"friday":["22:00-02:00"],"saturday":["00:00-24:00"]}""";

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
            ["2026-03-27T21:00:00Z-2026-03-28T01:00:00Z", "2026-03-27T23:00:00Z-2026-03-28T23:00:00Z", "", ""],
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
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-25", "{}");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-24", """{"open":["09:00-12:00"]}""");
        Assert.Equal(
            ["2026-12-24 09:00-12:00", "2026-12-25 "],
            (await Host.ListAsync($"/api/places/{place}/exceptions")).Select(
                static row => $"{row.GetProperty("day")} {string.Join(',', row.GetProperty("open").EnumerateArray())}"));
        Assert.Single(await Host.ListAsync($"/api/places/{place}/exceptions?from=2026-12-25&to=2026-12-31"));
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
    [InlineData("PUT", "exceptions/2026-13-01", "{}")]
    [InlineData("PUT", "exceptions/2026-12-24", """{"open":["x"]}""")]
    [InlineData("DELETE", "exceptions/x", null)]
    [InlineData("GET", "exceptions?from=x", null)]
    [InlineData("GET", "open?from=2026-01-01&to=2026-12-31", null)]
    [InlineData("GET", "open?from=2026-01-02&to=2026-01-01", null)]
    public async Task NonsenseIsRefused(string method, string path, string? body) =>
        await RefusedAsync(400, new HttpMethod(method), $"/api/places/{await PlaceAsync("x")}/{path}", body);

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
