using System.Text;
using System.Text.Json;

using JamBox.Backend.People;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.People;

/// <summary>Pinned values: each user's own, of things that the user sees.</summary>
public abstract class TileTests(BackendHost shared) : PeopleTest(shared)
{
    [Fact]
    public async Task TilesAreOnesOwnAndInOnesOrder()
    {
        (string clock, string bell) = (await ThingAsync(), await ThingAsync());
        await UserAsync("tiles-a@example.org", "viewer");
        await UserAsync("tiles-b@example.org", "viewer");
        using Browser first = await SignedInAsync("tiles-a@example.org"), second = await SignedInAsync("tiles-b@example.org");
        Assert.Empty(await TilesAsync(first));
        await PinAsync(first, (bell, "battery"), (clock, "temperature"), (bell, "v0"));
        Assert.Equal([$"{bell} battery", $"{clock} temperature", $"{bell} v0"], await TilesAsync(first));
        Assert.Empty(await TilesAsync(second));

        await PinAsync(first, (clock, "temperature"));
        Assert.Equal([$"{clock} temperature"], await TilesAsync(first));
        await PinAsync(first);
        Assert.Empty(await TilesAsync(first));
    }

    [Fact]
    public async Task WhatLeavesOnesPlacesIsNotShownAndCannotBePinned()
    {
        long mine = await PlaceAsync("Mine"), other = await PlaceAsync("Other");
        string thing = await ThingAsync(mine), hidden = await ThingAsync(other);
        await UserAsync("tiles-c@example.org", "viewer", mine);
        using Browser viewer = await SignedInAsync("tiles-c@example.org");
        await PinAsync(viewer, (thing, "v0"));
        Assert.Equal(404, await viewer.StatusAsync(HttpMethod.Put, "/api/tiles", Body((thing, "v0"), (hidden, "v0"))));
        Assert.Equal(404, await viewer.StatusAsync(HttpMethod.Put, "/api/tiles", Body(("no-such-thing", "v0"))));
        Assert.Equal([$"{thing} v0"], await TilesAsync(viewer));

        await MoveAsync(thing, other);
        Assert.Empty(await TilesAsync(viewer));
        await MoveAsync(thing, mine);
        Assert.Equal([$"{thing} v0"], await TilesAsync(viewer));
    }

    /// <summary>Whoever pins anew was not told of what has left their places, and so has not taken it away.</summary>
    [Fact]
    public async Task WhatIsNotSeenStaysPinnedWhereItWas()
    {
        long mine = await PlaceAsync("Mine"), other = await PlaceAsync("Other");
        string first = await ThingAsync(mine), away = await ThingAsync(mine), last = await ThingAsync(mine);
        await UserAsync("tiles-e@example.org", "viewer", mine);
        using Browser viewer = await SignedInAsync("tiles-e@example.org");
        await PinAsync(viewer, (first, "v0"), (away, "v0"), (last, "v0"));
        await MoveAsync(away, other);
        await PinAsync(viewer, (last, "v0"), (first, "v0"));
        Assert.Equal([$"{last} v0", $"{first} v0"], await TilesAsync(viewer));
        await MoveAsync(away, mine);
        Assert.Equal([$"{last} v0", $"{away} v0", $"{first} v0"], await TilesAsync(viewer));

        // Alone and out of sight it stays, and what is seen can be taken away as before.
        await MoveAsync(away, other);
        await PinAsync(viewer);
        await MoveAsync(away, mine);
        Assert.Equal([$"{away} v0"], await TilesAsync(viewer));
        await PinAsync(viewer);
        Assert.Empty(await TilesAsync(viewer));
    }

    [Fact]
    public async Task TilesGoWithTheThingAndWithTheUser()
    {
        string thing = await ThingAsync(), stays = await ThingAsync();
        long id = await UserAsync("tiles-d@example.org", "viewer");
        using Browser viewer = await SignedInAsync("tiles-d@example.org");
        await PinAsync(viewer, (thing, "v0"), (stays, "v0"));
        await DoAsync(HttpMethod.Delete, $"/api/device/{thing}");
        Assert.Equal([$"{stays} v0"], await TilesAsync(viewer));
        await DoAsync(HttpMethod.Delete, $"/api/users/{id}");
        Assert.Equal(401, await viewer.StatusAsync(HttpMethod.Get, "/api/tiles"));
    }

    [Theory]
    [InlineData("""{}""", "tiles: is required")]
    [InlineData("""{"tiles":null}""", "tiles: is required")]
    [InlineData("""{"tiles":"v0"}""", "tiles: must be a list of at most 24 objects, each with device_id and key")]
    [InlineData("""{"tiles":["v0"]}""", "tiles: must be a list of at most 24 objects, each with device_id and key")]
    [InlineData("""{"tiles":[{"device_id":"a"}]}""", "tiles: must be a list of at most 24 objects, each with device_id and key")]
    [InlineData(
        """{"tiles":[{"device_id":"a","key":"b","size":2}]}""",
        "tiles: must be a list of at most 24 objects, each with device_id and key")]
    [InlineData(
        """{"tiles":[{"device_id":"a","key":"b c"}]}""", "tiles: must be a list of at most 24 objects, each with device_id and key")]
    [InlineData(
        """{"tiles":[{"device_id":"a","key":"b"},{"key":"b","device_id":"a"}]}""", "tiles: one is there twice")]
    [InlineData("""[{"device_id":"a","key":"b"}]""", "Body must be one JSON object")]
    public async Task WhatIsNoListOfTilesIsRefused(string body, string error)
    {
        using Browser viewer = await AnyViewerAsync();
        (int status, JsonElement json) = await viewer.SendAsync(HttpMethod.Put, "/api/tiles", body);
        Assert.Equal((400, error), (status, json.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task TwentyFourAreKeptAndOneMoreIsRefused()
    {
        string thing = await ThingAsync();
        using Browser viewer = await AnyViewerAsync();
        (string, string)[] tiles = [.. Enumerable.Range(0, Tiles.Most).Select(n => (thing, $"key.{n}"))];
        await PinAsync(viewer, tiles);
        Assert.Equal(Tiles.Most, (await TilesAsync(viewer)).Count);
        Assert.Equal(400, await viewer.StatusAsync(HttpMethod.Put, "/api/tiles", Body([.. tiles, (thing, "more")])));
    }

    /// <summary>Whatever is sent is refused or kept, and never an error of the server's.</summary>
    [Fact]
    public async Task AnythingMayBeSent()
    {
        const int Seed = 4711;
        Random random = new(Seed);
        string thing = await ThingAsync();
        using Browser viewer = await AnyViewerAsync();
        string good = Body((thing, "v0"), (thing, "temperature"));
        for (int turn = 0; turn < 150; turn++)
        {
            StringBuilder body = new(good);
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                int at = random.Next(body.Length);
                switch (random.Next(3))
                {
                    case 0:
                        body[at] = (char)random.Next(32, 127);
                        break;
                    case 1:
                        body.Remove(at, Math.Min(random.Next(1, 9), body.Length - at));
                        break;
                    default:
                        body.Insert(at, "[{\"null,:}]0"[random.Next(11)]);
                        break;
                }

                if (body.Length == 0)
                {
                    break;
                }
            }

            int status = await viewer.StatusAsync(HttpMethod.Put, "/api/tiles", body.ToString());
            Assert.True(status is 200 or 400 or 404, $"seed {Seed}, turn {turn}: {status} for {body}");
        }
    }

    [Fact]
    public async Task AKeyHasNoTiles()
    {
        Assert.Equal(403, (await AdminAsync(HttpMethod.Get, "/api/tiles")).Status);
        Assert.Equal(403, (await AdminAsync(HttpMethod.Put, "/api/tiles", """{"tiles":[]}""")).Status);
    }

    /// <summary>The navigation leads to things where one of them stands, and nowhere else.</summary>
    [Fact]
    public async Task WhoSeesAThingIsToldSo()
    {
        long with = await PlaceAsync("With"), without = await PlaceAsync("Without");
        string thing = await ThingAsync(with);
        await UserAsync("tiles-e@example.org", "owner", with);
        await UserAsync("tiles-f@example.org", "owner", without);
        using Browser sees = await SignedInAsync("tiles-e@example.org"), not = await SignedInAsync("tiles-f@example.org");
        Assert.True(await HasThingsAsync(sees));
        Assert.False(await HasThingsAsync(not));
        await DoAsync(HttpMethod.Post, $"/api/device/{thing}/retire");
        Assert.False(await HasThingsAsync(sees));
        using Browser nobody = new(Host);
        Assert.False(await HasThingsAsync(nobody));
    }

    /// <summary>It leads to deployments where there is a gateway: things alone need none.</summary>
    [Fact]
    public async Task WhoSeesAGatewayIsToldSo()
    {
        long with = await PlaceAsync("With a gateway"), without = await PlaceAsync("With a thing");
        await ThingAsync(without);
        string gateway = await ThingAsync(with, "gateway");
        await UserAsync("tiles-g@example.org", "operator", with);
        await UserAsync("tiles-h@example.org", "operator", without);
        using Browser sees = await SignedInAsync("tiles-g@example.org"), not = await SignedInAsync("tiles-h@example.org");
        Assert.True(await HasThingsAsync(sees, "gateways"));
        Assert.True(await HasThingsAsync(not));
        Assert.False(await HasThingsAsync(not, "gateways"));
        await DoAsync(HttpMethod.Post, $"/api/device/{gateway}/retire");
        Assert.False(await HasThingsAsync(sees, "gateways"));
        using Browser nobody = new(Host);
        Assert.False(await HasThingsAsync(nobody, "gateways"));
    }

    private static string Body(params (string Id, string Key)[] tiles) =>
        JsonSerializer.Serialize(new { tiles = tiles.Select(static tile => new { device_id = tile.Id, key = tile.Key }) });

    private static async Task<bool> HasThingsAsync(Browser browser, string what = "things") =>
        (await browser.SendAsync(HttpMethod.Get, "/api/access")).Json.GetProperty(what).GetBoolean();

    private static async Task<List<string>> TilesAsync(Browser browser)
    {
        (int status, JsonElement json) = await browser.SendAsync(HttpMethod.Get, "/api/tiles");
        Assert.Equal(200, status);
        return
        [
            .. json.GetProperty("tiles").EnumerateArray().Select(
                static tile => $"{tile.GetProperty("device_id").GetString()} {tile.GetProperty("key").GetString()}"),
        ];
    }

    private static async Task PinAsync(Browser browser, params (string Id, string Key)[] tiles)
    {
        (int status, JsonElement json) = await browser.SendAsync(HttpMethod.Put, "/api/tiles", Body(tiles));
        Assert.True(status == 200, $"{status} {json}");
    }

    private async Task<Browser> AnyViewerAsync()
    {
        string email = $"tiles-{Guid.NewGuid():N}@example.org";
        await UserAsync(email, "viewer");
        return await SignedInAsync(email);
    }

    private async Task<string> ThingAsync(long? place = null, string kind = "thing")
    {
        string id = $"tile-{Guid.NewGuid():N}"[..20];
        await DoAsync(
            HttpMethod.Post, "/api/device/register",
            JsonSerializer.Serialize(new { device_id = id, kind, product = "clock", platform = "esp32c3", place }));
        return id;
    }
}
