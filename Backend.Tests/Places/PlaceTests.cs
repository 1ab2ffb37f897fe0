using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Places;

/// <summary>Places: what they are, who they belong to, and that a name is no key.</summary>
public abstract class PlaceTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task WhoseItIsAndWhatItBelongsToCanBeTakenAway()
    {
        const string Shop = """{"name":"Shop","client":"","project":"Winter"}""";
        long id = (await DoAsync(HttpMethod.Post, "/api/places", Shop)).GetProperty("id").GetInt64();
        foreach ((string body, string expected) in new[]
        {
            ("""{"client":"Mill"}""", "\"Mill\" \"Winter\""), ("""{"client":"","project":null}""", "null \"Winter\""),
            ("""{"project":""}""", "null null"),
        })
        {
            await DoAsync(HttpMethod.Put, $"/api/places/{id}", body);
            JsonElement place = (await GetAsync($"/api/places/{id}")).GetProperty("place");
            Assert.Equal(expected, $"{place.GetProperty("client").GetRawText()} {place.GetProperty("project").GetRawText()}");
        }
    }

    [Fact]
    public async Task APlaceIsMadeReadAndChanged()
    {
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/places",
            """{"name":"Bakery Mill Street","timezone":"Europe/Berlin","latitude":52.5,"longitude":13.4,"client":"Mill","project":"Pilot"}""");
        long id = made.GetProperty("id").GetInt64();
        await DoAsync(HttpMethod.Put, $"/api/places/{id}", """{"name":"Bakery"}""");
        JsonElement place = (await GetAsync($"/api/places/{id}")).GetProperty("place");
        Assert.Equal(
            "Bakery Europe/Berlin 52.5 13.4 manual Mill Pilot 0",
            string.Join(
                ' ',
                new[] { "name", "timezone", "latitude", "longitude", "location_source", "client", "project", "devices" }.Select(
                    name => place.GetProperty(name).ToString())));
        JsonElement[] audit = await Host.ListAsync($"/api/audit?target=place%20{id}");
        Assert.Equal(["place.change", "place.create"], audit.Select(static line => line.GetProperty("action").GetString()));
        Assert.Contains("'Bakery Mill Street'", audit[0].GetProperty("before").GetString(), StringComparison.Ordinal);
        Assert.Contains("'Bakery'", audit[0].GetProperty("after").GetString(), StringComparison.Ordinal);
        Assert.Equal("configured 127.0.0.1", $"{audit[0].GetProperty("who")} {audit[0].GetProperty("address")}");
    }

    /// <summary>Things and gateways stand at places too, and are no boxes: whoever counts boxes must not find them there.</summary>
    [Fact]
    public async Task ThingsOfAPlaceAreListedApartFromItsBoxes()
    {
        long place = await PlaceAsync("Bakery");
        TestDevice box = await Host.RegisterAsync();
        await MoveAsync(box.Id, place);
        foreach ((string id, string kind) in new[] { ("apart-clock", "thing"), ("apart-rack", "gateway") })
        {
            await DoAsync(
                HttpMethod.Post, "/api/device/register",
                $$"""{"device_id":"{{id}}","kind":"{{kind}}","product":"clock","platform":"esp32c3","place":{{place}}}""");
        }

        Host.Clock.Advance(TimeSpan.FromHours(1));
        await MoveAsync("apart-rack", await PlaceAsync("Elsewhere"));
        JsonElement detail = await GetAsync($"/api/places/{place}");
        Assert.Equal([box.Id], detail.GetProperty("boxes").EnumerateArray().Select(static one => one.GetProperty("device_id").GetString()));
        Assert.Equal(
            ["apart-clock thing True", "apart-rack gateway False"],
            detail.GetProperty("things").EnumerateArray().Select(
                static one => $"{one.GetProperty("device_id")} {one.GetProperty("kind")} "
                    + $"{one.GetProperty("until").ValueKind == JsonValueKind.Null}"));
        Assert.Equal(1, detail.GetProperty("place").GetProperty("devices").GetInt32());
    }

    [Theory]
    [InlineData("{}", "name: is required")]
    [InlineData("""{"name":"  "}""", "name: must not be blank")]
    [InlineData("""{"name":"x","timezone":"Mars/Olympus"}""", "timezone: must be")]
    [InlineData("""{"name":"x","latitude":1}""", "latitude and longitude: both or neither")]
    [InlineData("""{"name":"x","latitude":91,"longitude":0}""", "latitude: must be")]
    public async Task NonsenseIsRefusedByName(string body, string error) =>
        Assert.StartsWith(error, await RefusedAsync(400, HttpMethod.Post, "/api/places", body), StringComparison.Ordinal);

    [Fact]
    public async Task ARenameTakesNoRightAwayAndANameGivesNone()
    {
        await MoveAsync(Device.Id, await PlaceAsync("Shop A"));
        long mine = (await GetAsync($"/api/device/{Device.Id}")).GetProperty("device").GetProperty("place_id").GetInt64();
        TestDevice rival = await Host.RegisterAsync();
        long theirs = await PlaceAsync("Shop B");
        await MoveAsync(rival.Id, theirs);
        string key = await KeyAsync("operator", mine);

        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"location_name":"Shop B"}""", key);
        Assert.Equal(
            [Device.Id],
            (await DoAsync(HttpMethod.Get, "/api/devices", key: key)).EnumerateArray().Select(
                static row => row.GetProperty("device_id").GetString()));
        await RefusedAsync(404, HttpMethod.Get, $"/api/device/{rival.Id}", key: key);
        Assert.Equal(
            "Shop B",
            (await DoAsync(HttpMethod.Get, $"/api/places/{mine}", key: key)).GetProperty("place").GetProperty("name").GetString());
        await RefusedAsync(404, HttpMethod.Get, $"/api/places/{theirs}", key: key);

        await DoAsync(HttpMethod.Put, $"/api/places/{mine}", """{"name":"Renamed"}""");
        Assert.Single((await DoAsync(HttpMethod.Get, "/api/devices", key: key)).EnumerateArray());
    }

    [Fact]
    public async Task AnOldCallNamesThePlaceOfThatBoxAndMakesItIfThereIsNone()
    {
        JsonElement named =
            await DoAsync(
                HttpMethod.Put, $"/api/device/{Device.Id}/location",
                """{"location_name":"Kiosk","timezone":"Europe/Paris","latitude":48.8,"longitude":2.3}""");
        long place = named.GetProperty("place_id").GetInt64();
        await DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"location_name":"Kiosk Sud"}""");
        JsonElement row = await DeviceRowAsync();
        Assert.Equal(
            $"{place} Kiosk Sud Europe/Paris 48.8", $"{row.GetProperty("place_id")} {row.GetProperty("location_name")} {row.GetProperty("timezone")} {row.GetProperty("latitude")}");

        // The same name once more is another place.
        TestDevice other = await Host.RegisterAsync();
        long second = (await DoAsync(HttpMethod.Put, $"/api/device/{other.Id}/location", """{"location_name":"Kiosk Sud"}"""))
            .GetProperty("place_id").GetInt64();
        Assert.NotEqual(place, second);
        await RefusedAsync(400, HttpMethod.Put, $"/api/device/{other.Id}/location", """{"location_name":" "}""");
    }

    [Fact]
    public async Task RegistrationNamesAPlaceOrPutsTheBoxAtOne()
    {
        long place = await PlaceAsync("Depot", "Europe/Berlin");
        await DoAsync(
            HttpMethod.Post, "/api/device/register",
            $$"""{"device_id":"JBNB8001","place":{{place}},"product":"counter","platform":"nano-esp32s3","kind":"box"}""");
        JsonElement row = (await GetAsync("/api/device/JBNB8001")).GetProperty("device");
        Assert.Equal(
            $"{place} Depot Europe/Berlin counter nano-esp32s3 box manufactured",
            string.Join(
                ' ',
                new[] { "place_id", "location_name", "timezone", "product", "platform", "kind", "life" }.Select(
                    name => row.GetProperty(name).ToString())));
        await RefusedAsync(400, HttpMethod.Post, "/api/device/register", """{"device_id":"JBNB8002","place":99999}""");
        await RefusedAsync(
            400, HttpMethod.Post, "/api/device/register", $$"""{"device_id":"JBNB8002","place":{{place}},"location_name":"x"}""");
        await RefusedAsync(400, HttpMethod.Post, "/api/device/register", """{"device_id":"JBNB8002","kind":"toaster"}""");
        await RefusedAsync(404, HttpMethod.Get, "/api/device/JBNB8002");
    }

    [Fact]
    public async Task OnlyAnEmptyPlaceIsGivenUpAndItsHistoryStays()
    {
        long place = await PlaceAsync("Fair");
        await MoveAsync(Device.Id, place);
        await ReadingAsync(1);
        await RefusedAsync(409, HttpMethod.Delete, $"/api/places/{place}");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await DoAsync(HttpMethod.Delete, $"/api/places/{place}/devices/{Device.Id}");
        await DoAsync(HttpMethod.Delete, $"/api/places/{place}");
        await RefusedAsync(409, HttpMethod.Delete, $"/api/places/{place}");
        Assert.Empty(await Host.ListAsync("/api/places"));
        Assert.Single(await Host.ListAsync("/api/places?retired=true"));
        Assert.Equal(5, await UniqueAsync($"place={place}"));
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/devices", $$"""{"device_id":"{{Device.Id}}"}""");
        await RefusedAsync(409, HttpMethod.Put, $"/api/places/{place}", """{"name":"x"}""");
        await RefusedAsync(409, HttpMethod.Post, $"/api/places/{place}/codes");
    }

    [Fact]
    public async Task PlacesAreListedInPages()
    {
        long[] made = [await PlaceAsync("a"), await PlaceAsync("b"), await PlaceAsync("c")];
        Assert.Equal(made[..2], (await Host.ListAsync("/api/places?limit=2")).Select(static row => row.GetProperty("id").GetInt64()));
        Assert.Equal(
            made[2..],
            (await Host.ListAsync($"/api/places?limit=2&cursor={made[1]}")).Select(static row => row.GetProperty("id").GetInt64()));
        await RefusedAsync(400, HttpMethod.Get, "/api/places?cursor=x");
        await RefusedAsync(404, HttpMethod.Get, "/api/places/x");
        await RefusedAsync(404, HttpMethod.Get, "/api/places/99999999999999999999");
    }

    [Fact]
    public async Task AnIdIsNeverGivenTwice()
    {
        long first = await PlaceAsync("first");
        await Host.Services.GetRequiredService<Store>().WriteAsync(0, static (session, _) => session.Execute("DELETE FROM places"));
        Assert.True(await PlaceAsync("second") > first);
    }

    [Fact]
    public async Task RolesMayDoWhatIsTheirs()
    {
        long place = await PlaceAsync("Shop");
        string viewer = await KeyAsync("viewer", place), owner = await KeyAsync("owner", place), worker = await KeyAsync("operator", place);
        string maker = await KeyAsync("maker"), admin = await KeyAsync("admin", place);
        await RefusedAsync(403, HttpMethod.Put, $"/api/places/{place}", """{"name":"x"}""", viewer);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}", """{"name":"Mine"}""", owner);
        await RefusedAsync(403, HttpMethod.Put, $"/api/places/{place}", """{"client":"x"}""", owner);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}", """{"client":"x"}""", worker);
        await RefusedAsync(403, HttpMethod.Post, $"/api/places/{place}/devices", "{}", owner);
        await RefusedAsync(403, HttpMethod.Post, "/api/places", """{"name":"another"}""", worker);
        await RefusedAsync(403, HttpMethod.Get, "/api/places", key: maker);
        await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"JBNB8100"}""", maker);
        await RefusedAsync(403, HttpMethod.Post, "/api/device/register", """{"device_id":"JBNB8101"}""", worker);

        // An admin of some places is their operator: what an admin does concerns all.
        await RefusedAsync(403, HttpMethod.Get, "/api/keys", key: admin);
        await DoAsync(HttpMethod.Put, $"/api/places/{place}", """{"project":"y"}""", admin);
    }
}
