using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Places;

/// <summary>What is told of a box before its PIN, and after it.</summary>
public abstract class BoxLookTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task BeforeThePinABoxThatIsSilentLooksAsOneThatThereIsNot()
    {
        TestDevice box = await WithPinAsync(), silent = await WithPinAsync(), retired = await WithPinAsync();
        long place = await PlaceAsync("Secret Shop");
        await MoveAsync(box.Id, place);
        foreach (TestDevice one in new[] { box, silent, retired })
        {
            await ReadingAsync(1, device: one);
        }

        await DoAsync(HttpMethod.Post, $"/api/device/{retired.Id}/retire");
        Host.Clock.Advance(TimeSpan.FromHours(2));
        await ReadingAsync(2, device: box);
        string online = await StateAsync(box.Id);
        Assert.Equal("""{"state":"online"}""", online);
        string unknown = await StateAsync("JBNB9876");
        Assert.Equal("""{"state":"offline"}""", unknown);
        foreach (TestDevice one in new[] { silent, retired, Device })
        {
            Assert.Equal(unknown, await StateAsync(one.Id));
        }
    }

    [Fact]
    public async Task ThePinShowsWhereItStandsAndWhatItHearsThere()
    {
        TestDevice box = await WithPinAsync();
        long old = await PlaceAsync("Old"), place = await PlaceAsync("Shop", "Europe/Berlin");
        await MoveAsync(box.Id, old);
        await ReadingAsync(1, device: box);
        Host.Clock.Advance(TimeSpan.FromMinutes(20));
        await MoveAsync(box.Id, place);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}", """{"latitude":52.5,"longitude":13.4}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/hours", """{"monday":["09:00-18:00"]}""");
        Host.Clock.Advance(TimeSpan.FromMinutes(5));
        await ReadingAsync(2, ",\"u\":12,\"rssi_near\":12,\"ble_u\":7,\"iv\":300", box);
        (int status, JsonElement look) = await LookAsync(box.Id, new { pin = "4711" });
        Assert.Equal(200, status);
        JsonElement at = look.GetProperty("place");
        Assert.Equal(
            "Shop Europe/Berlin 52.5 13.4 09:00-18:00",
            string.Join(
                ' ', at.GetProperty("name"), at.GetProperty("timezone"), at.GetProperty("latitude"), at.GetProperty("longitude"),
                at.GetProperty("hours").GetProperty("monday")[0]));
        JsonElement heard = Assert.Single(look.GetProperty("hears").EnumerateArray().ToArray());
        Assert.Equal(
            "12 12 7 300", $"{heard.GetProperty("unique_count")} {heard.GetProperty("rssi_near")} "
                + $"{heard.GetProperty("ble_unique")} {heard.GetProperty("interval_s")}");
        Assert.Equal("online free", $"{look.GetProperty("state").GetString()} {look.GetProperty("naming").GetString()}");

        // The pass costs no try, however often it is used.
        string pass = look.GetProperty("pass").GetString()!;
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(200, (await LookAsync(box.Id, new { pass })).Status);
        }

        (status, JsonElement done) = await ActivateAsync(box.Id, new
        {
            pass,
            location_name = "Renamed",
            monday = (string[])["10:00-17:00"],
            friday = (string[])["10:00-12:00", "13:00-15:00"],
        });
        Assert.Equal(
            (200, place, "Renamed"), (status, done.GetProperty("place_id").GetInt64(), done.GetProperty("location_name").GetString()));
        JsonElement hours = (await GetAsync($"/api/places/{place}")).GetProperty("hours");
        Assert.Equal(
            "10:00-17:00 0 2", $"{hours.GetProperty("monday")[0]} {hours.GetProperty("tuesday").GetArrayLength()} "
                + $"{hours.GetProperty("friday").GetArrayLength()}");
        string audit = (await GetAsync("/api/audit")).GetRawText();
        Assert.Contains("device.look", audit, StringComparison.Ordinal);
        Assert.DoesNotContain(pass, audit + Host.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APassEndsWithTimeWithAnotherPinAndAtAnotherBox()
    {
        TestDevice box = await WithPinAsync(), other = await WithPinAsync();
        string pass = (await LookAsync(box.Id, new { pin = "4711" })).Json.GetProperty("pass").GetString()!;
        Assert.Equal(403, (await LookAsync(other.Id, new { pass })).Status);
        Assert.Equal(403, (await ActivateAsync(other.Id, new { pass, location_name = "x" })).Status);
        Assert.Equal(403, (await LookAsync(box.Id, new { pass = pass[..^1] })).Status);
        Assert.Equal(403, (await LookAsync("JBNB9876", new { pass })).Status);
        await DoAsync(HttpMethod.Put, $"/api/device/{box.Id}/pin", """{"pin":"4712"}""");
        Assert.Equal(403, (await LookAsync(box.Id, new { pass })).Status);
        Assert.Equal(403, (await ActivateAsync(box.Id, new { pass, location_name = "x" })).Status);
        pass = (await LookAsync(box.Id, new { pin = "4712" })).Json.GetProperty("pass").GetString()!;
        Host.Clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(200, (await LookAsync(box.Id, new { pass })).Status);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(403, (await LookAsync(box.Id, new { pass })).Status);
        Assert.Equal(403, (await ActivateAsync(box.Id, new { pass, location_name = "x" })).Status);
        pass = (await LookAsync(box.Id, new { pin = "4712" })).Json.GetProperty("pass").GetString()!;
        await DoAsync(HttpMethod.Post, $"/api/device/{box.Id}/retire");
        Assert.Equal(403, (await LookAsync(box.Id, new { pass })).Status);
    }

    [Fact]
    public async Task LookingIsATryAsActivatingIs()
    {
        TestDevice box = await WithPinAsync();
        for (int i = 0; i < 5; i++)
        {
            (int status, JsonElement refusal) = await LookAsync(i % 2 == 0 ? box.Id : "JBNB9876", new { pin = "0000" });
            Assert.Equal((403, "That is not this box's PIN"), (status, refusal.GetProperty("error").GetString()));
        }

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(403, (await ActivateAsync(box.Id, new { pin = "0000", location_name = "x" })).Status);
        }

        Assert.Equal(429, (await LookAsync(box.Id, new { pin = "4711" })).Status);
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(200, (await LookAsync(box.Id, new { pin = "4711" })).Status);
    }

    [Fact]
    public async Task WhatThePinMayNameIsSaidBeforeSomebodyTypesAName()
    {
        TestDevice box = await WithPinAsync();
        Assert.Equal("free", await NamingAsync(box.Id));
        long place = await PlaceAsync("Hall");
        await MoveAsync(box.Id, place);
        Assert.Equal("free", await NamingAsync(box.Id));
        await MoveAsync(Device.Id, place);
        Assert.Equal("shared", await NamingAsync(box.Id));
        await KeyAsync("owner", place);
        Assert.Equal("owned", await NamingAsync(box.Id));
    }

    [Theory]
    [InlineData("""{}""", "pin: 4 digits are required; or the pass that they gave")]
    [InlineData("""{"pin":"4711","pass":"x"}""", "pin: 4 digits are required; or the pass that they gave")]
    [InlineData("""{"pin":"47110"}""", "pin: must be exactly 4 digits")]
    public async Task NonsenseIsRefused(string body, string error)
    {
        TestDevice box = await WithPinAsync();
        (int status, JsonElement refusal) = await LookAsync(box.Id, JsonElement.Parse(body));
        Assert.Equal((400, error), (status, refusal.GetProperty("error").GetString()));
    }

    [Theory]
    [InlineData("""{"pin":"4711","location_name":"x","monday":["25:00-26:00"]}""")]
    [InlineData("""{"pin":"4711","code":"AAAAAAAAAA","monday":["09:00-18:00"]}""")]
    [InlineData("""{"pass":"x"}""")]
    public async Task ActivatingWithNonsenseIsRefused(string body)
    {
        TestDevice box = await WithPinAsync();
        Assert.Equal(400, (await ActivateAsync(box.Id, JsonElement.Parse(body))).Status);
    }

    private async Task<string> NamingAsync(string id)
    {
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        return (await LookAsync(id, new { pin = "4711" })).Json.GetProperty("naming").GetString()!;
    }

    private async Task<string> StateAsync(string id)
    {
        using HttpResponseMessage answer = await Host.Http.GetAsync(new Uri($"/api/activate/{id}", UriKind.Relative));
        Assert.Equal("200", ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture));
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<(int Status, JsonElement Json)> LookAsync(string id, object body)
    {
        using StringContent content = new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.PostAsync(new Uri($"/api/activate/{id}/look", UriKind.Relative), content);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }
}
