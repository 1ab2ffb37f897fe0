using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Places;

/// <summary>Whoever holds a box and its PIN names the place of that box, and no other.</summary>
public abstract class ActivationTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task APinNamesThePlaceOfThatBoxAndTypingARivalsNameJoinsNothing()
    {
        TestDevice rival = await Host.RegisterAsync();
        long theirs = await PlaceAsync("Rival's shop");
        await MoveAsync(rival.Id, theirs);
        TestDevice device = await WithPinAsync();
        (int status, JsonElement json) = await ActivateAsync(device.Id, new
        {
            pin = "4711",
            location_name = "Rival's shop",
            timezone = "Europe/Berlin",
        });
        Assert.Equal(200, status);
        long mine = json.GetProperty("place_id").GetInt64();
        Assert.NotEqual(theirs, mine);
        Assert.Equal(1, (await GetAsync($"/api/places/{theirs}")).GetProperty("place").GetProperty("devices").GetInt32());
        Assert.Equal("claimed", (await GetAsync($"/api/device/{device.Id}")).GetProperty("device").GetProperty("life").GetString());

        // Once more it is a rename of the same place.
        (status, json) = await ActivateAsync(device.Id, new { pin = "4711", location_name = "My shop" });
        Assert.Equal(
            (200, mine, "My shop"), (status, json.GetProperty("place_id").GetInt64(), json.GetProperty("location_name").GetString()));
    }

    [Fact]
    public async Task ACodeFromItsOwnerJoinsAPlaceOnce()
    {
        long place = await PlaceAsync("Two boxes", "Europe/Paris");
        string owner = await KeyAsync("owner", place);
        string code = (await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes", key: owner)).GetProperty("code").GetString()!;
        TestDevice first = await WithPinAsync(), second = await WithPinAsync();
        Assert.Equal(403, (await ActivateAsync(first.Id, new { pin = "0000", code })).Status);
        (int status, JsonElement json) = await ActivateAsync(first.Id, new { pin = "4711", code = code.ToLowerInvariant() });
        Assert.Equal(
            (200, place, "Two boxes", "Europe/Paris"),
            (
                status, json.GetProperty("place_id").GetInt64(), json.GetProperty("location_name").GetString(),
                json.GetProperty("timezone").GetString()));
        Assert.Equal(403, (await ActivateAsync(second.Id, new { pin = "4711", code })).Status);
        Assert.Equal(403, (await ActivateAsync(second.Id, new { pin = "4711", code = "AAAAAAAAAA" })).Status);
        Assert.DoesNotContain(code, (await GetAsync("/api/audit")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACodeDiesAfterThreeDaysAndOfTwoAtOnceOneHasIt()
    {
        long place = await PlaceAsync("Shop");
        string old = (await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes")).GetProperty("code").GetString()!;
        Host.Clock.Advance(TimeSpan.FromDays(3));
        string code = (await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes")).GetProperty("code").GetString()!;
        TestDevice[] boxes = [await WithPinAsync(), await WithPinAsync(), await WithPinAsync(), await WithPinAsync()];
        Assert.Equal(403, (await ActivateAsync(boxes[0].Id, new { pin = "4711", code = old })).Status);
        (int Status, JsonElement Json)[] answers = await Task.WhenAll(boxes.Select(box => ActivateAsync(box.Id, new
        {
            pin = "4711",
            code,
        })));
        Assert.Equal([200, 403, 403, 403], answers.Select(static answer => answer.Status).Order());
        Assert.Equal(1, (await GetAsync($"/api/places/{place}")).GetProperty("place").GetProperty("devices").GetInt32());
    }

    [Fact]
    public async Task WhoMakesBoxesPutsNoneIntoAPlaceThatHasAnOwner()
    {
        long owned = await PlaceAsync("Owned"), free = await PlaceAsync("Free");
        await KeyAsync("owner", owned);
        string maker = await KeyAsync("maker");
        Assert.StartsWith(
            "place: ",
            await RefusedAsync(
                403, HttpMethod.Post, "/api/device/register", $$"""{"device_id":"JBNB7001","place":{{owned}}}""", maker),
            StringComparison.Ordinal);
        await DoAsync(HttpMethod.Post, "/api/device/register", $$"""{"device_id":"JBNB7001","place":{{free}}}""", maker);
        await DoAsync(HttpMethod.Post, "/api/device/register", $$"""{"device_id":"JBNB7002","place":{{owned}}}""");
    }

    [Fact]
    public async Task CodesThatNobodyUsesAreBounded()
    {
        long place = await PlaceAsync("Shop");
        for (int i = 0; i < 20; i++)
        {
            await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes");
        }

        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/codes");
        Host.Clock.Advance(TimeSpan.FromDays(3));
        await DoAsync(HttpMethod.Post, $"/api/places/{place}/codes");
    }

    [Fact]
    public async Task WhereAPlaceHasAnOwnerAPinAloneChangesNothing()
    {
        TestDevice device = await WithPinAsync();
        long place = (await ActivateAsync(device.Id, new { pin = "4711", location_name = "Shop" })).Json.GetProperty("place_id").GetInt64();
        await KeyAsync("owner", place);
        Assert.Equal(403, (await ActivateAsync(device.Id, new { pin = "4711", location_name = "Stolen" })).Status);
        string code = (await DoAsync(HttpMethod.Post, $"/api/places/{await PlaceAsync("Thief's")}/codes")).GetProperty("code").GetString()!;
        Assert.Equal(403, (await ActivateAsync(device.Id, new { pin = "4711", code })).Status);
        Assert.Equal(
            $"Shop {place}", $"{(await GetAsync($"/api/places/{place}")).GetProperty("place").GetProperty("name")} {(await GetAsync($"/api/device/{device.Id}")).GetProperty("device").GetProperty("place_id")}");
    }

    [Fact]
    public async Task OneBoxOfSeveralNamesNoPlace()
    {
        long place = await PlaceAsync("Hall");
        TestDevice device = await WithPinAsync(), other = await Host.RegisterAsync();
        await MoveAsync(device.Id, place);
        await MoveAsync(other.Id, place);
        (int status, JsonElement refusal) = await ActivateAsync(device.Id, new { pin = "4711", location_name = "Mine" });
        Assert.Equal(403, status);
        Assert.StartsWith("Other boxes stand at this place too", refusal.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("Hall", (await GetAsync($"/api/places/{place}")).GetProperty("place").GetProperty("name").GetString());

        // With a code it goes elsewhere; and whoever is left alone is named by its PIN.
        string code = (await DoAsync(HttpMethod.Post, $"/api/places/{await PlaceAsync("Annex")}/codes")).GetProperty("code").GetString()!;
        Assert.Equal(200, (await ActivateAsync(device.Id, new { pin = "4711", code })).Status);
        Assert.Equal(200, (await ActivateAsync(device.Id, new { pin = "4711", location_name = "Mine" })).Status);
    }

    [Fact]
    public async Task WrongPinsAreNotedBoundedAndThoseOfStrangersNotAtAll()
    {
        TestDevice device = await WithPinAsync();
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(403, (await ActivateAsync(device.Id, new { pin = "0000", location_name = "x" })).Status);
        }

        Assert.Equal(403, (await ActivateAsync("JBNB9876", new { pin = "0000", location_name = "x" })).Status);
        JsonElement line = Assert.Single(
            (await Host.ListAsync("/api/audit")), static row => row.GetProperty("action").GetString() == "pin.wrong");
        Assert.Equal($"{device.Id} 127.0.0.1 4", $"{line.GetProperty("target")} {line.GetProperty("address")} {line.GetProperty("times")}");
    }

    [Theory]
    [InlineData("""{"pin":"4711"}""")]
    [InlineData("""{"location_name":"x"}""")]
    [InlineData("""{"pin":"4711","location_name":"x","code":"AAAAAAAAAA"}""")]
    [InlineData("""{"pin":"47110","location_name":"x"}""")]
    [InlineData("""{"pin":"4711","location_name":"   "}""")]
    [InlineData("""{"pin":"4711","location_name":"x","timezone":"Nowhere/Land"}""")]
    public async Task NonsenseIsRefused(string body)
    {
        TestDevice device = await WithPinAsync();
        Assert.Equal(400, (await ActivateAsync(device.Id, JsonElement.Parse(body))).Status);
    }
}
