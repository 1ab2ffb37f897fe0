using System.Text;
using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Tests.Hosting;

using NodaTime;

namespace JamBox.Backend.Tests.Insights;

/// <summary>Zones are IANA's, from the database that we bring along: this machine's is not asked.</summary>
public sealed class ZoneTests
{
    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Pacific/Apia")]
    [InlineData("Europe/Kiev")]
    [InlineData("Europe/Kyiv")]
    [InlineData("UTC")]
    [InlineData("Etc/GMT+5")]
    public void NamesOfIanaAreZones(string id) => Assert.True(Zones.IsKnown(id));

    [Theory]
    [InlineData("localtime")]
    [InlineData("right/Europe/Berlin")]
    [InlineData("posix/Europe/Berlin")]
    [InlineData("posixrules")]
    [InlineData("W. Europe Standard Time")]
    [InlineData("Eastern Standard Time")]
    [InlineData("europe/berlin")]
    [InlineData("Europe/Berlin ")]
    [InlineData("/usr/share/zoneinfo/Europe/Berlin")]
    [InlineData("../zoneinfo/Europe/Berlin")]
    [InlineData("tzdata.zi")]
    [InlineData("UTC+1")]
    [InlineData("")]
    [InlineData(null)]
    public void NothingElseIs(string? id) => Assert.False(Zones.IsKnown(id));

    /// <summary>
    /// Asunción stayed on summer time for good in October 2024 (tzdata 2024b and later know), and Apia gave up its summer time in 2021 and
    /// had no 30 December 2011 at all: a machine with an old or slim database says otherwise, about the past too.
    /// </summary>
    [Theory]
    [InlineData("America/Asuncion", "2024-07-01T12:00:00Z", -4)]
    [InlineData("America/Asuncion", "2024-12-01T12:00:00Z", -3)]
    [InlineData("America/Asuncion", "2025-07-01T12:00:00Z", -3)]
    [InlineData("America/Asuncion", "2026-07-01T12:00:00Z", -3)]
    [InlineData("America/Asuncion", "1972-07-01T12:00:00Z", -4)]
    [InlineData("America/Asuncion", "1973-07-01T12:00:00Z", -3)]
    [InlineData("Pacific/Apia", "2011-06-15T12:00:00Z", -11)]
    [InlineData("Pacific/Apia", "2011-12-30T09:00:00Z", -10)]
    [InlineData("Pacific/Apia", "2011-12-30T11:00:00Z", 14)]
    [InlineData("Pacific/Apia", "2021-01-15T12:00:00Z", 14)]
    [InlineData("Pacific/Apia", "2022-01-15T12:00:00Z", 13)]
    public void PastOffsetsAreRight(string id, string at, int hours) =>
        Assert.Equal(Offset.FromHours(hours), Zones.Of(id).GetUtcOffset(Instant.FromDateTimeOffset(DateTimeOffset.Parse(at))));

    [Fact]
    public void ADayThatAPlaceNeverHadIsEmpty()
    {
        DateTimeZone apia = Zones.Of("Pacific/Apia");
        DateOnly never = new(2011, 12, 30);
        long start = PlaceDay.Start(apia, never);
        Assert.Equal(new DateTimeOffset(2011, 12, 30, 10, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), start);
        Assert.Equal(start, PlaceDay.Start(apia, never.AddDays(1)));
        Assert.Empty(PlaceDay.Hours(apia, start, PlaceDay.Start(apia, never.AddDays(1))));
    }

    /// <summary>
    /// Days of every zone follow each other through five years in which Apia lost one; Casey, which moved by three hours, has the longest.
    /// </summary>
    [Fact]
    public void DaysOfEveryZoneFollowEachOther()
    {
        string[] ids = [.. NodaTime.TimeZones.TzdbDateTimeZoneSource.Default.GetIds()];
        Assert.InRange(ids.Length, 400, 1000);
        foreach (string id in ids)
        {
            DateTimeZone zone = Zones.Of(id);
            long last = PlaceDay.Start(zone, new DateOnly(2009, 1, 1));
            for (DateOnly day = new(2009, 1, 2); day.Year < 2014; day = day.AddDays(1))
            {
                long start = PlaceDay.Start(zone, day);
                Assert.True(start - last is >= 0 and <= 27 * 3_600_000L, $"{id} {day}: {(start - last) / 3_600_000.0} h");
                last = start;
            }
        }
    }
}

/// <summary>A zone that is none is refused wherever one is set.</summary>
public abstract class ZoneRefusalTests(BackendHost shared) : HostedTest(shared)
{
    [Theory]
    [InlineData("localtime")]
    [InlineData("right/Europe/Berlin")]
    [InlineData("W. Europe Standard Time")]
    public async Task ItIsNamed(string zone)
    {
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/device/register", $$"""{"device_id":"JBNB7777","timezone":"{{zone}}"}""");
        Assert.Equal((400, "timezone: must be an IANA time zone such as Europe/Berlin"), (status, json.GetProperty("error").GetString()));
        using StringContent body = new($$"""{"pin":"4711","location_name":"x","timezone":"{{zone}}"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage activation = await Host.Http.PostAsync(new Uri($"/api/activate/{Device.Id}", UriKind.Relative), body);
        Assert.Equal(400, (int)activation.StatusCode);
    }
}
