using System.Text.Json;

using JamBox.Backend.Telemetry;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>What is wanted of devices.</summary>
public abstract class StateTests(BackendHost shared) : TelemetryTest(shared)
{
    [Fact]
    public async Task AWishStandsInEveryAnswerUntilItIsReported()
    {
        TestDevice thing = await ThingAsync();
        await SayAsync(thing, """{"v0":0,"temperature":20}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        JsonElement state = await WantAsync(thing, """{"v0":1}""");
        Assert.Equal(0, Value(state, "reported", "v0"));
        Assert.Equal(1, Value(state, "wanted", "v0"));
        Assert.Equal(1, state.GetProperty("merged").GetProperty("v0").GetInt32());
        Host.Clock.Advance(TimeSpan.FromSeconds(1));

        JsonElement answer = await SayAsync(thing, """{"v0":0}""");
        Assert.Equal((1, 1), (answer.GetProperty("led").GetInt32(), answer.GetProperty("updated_data").GetProperty("v0").GetInt32()));
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        await SayAsync(thing, """{"v0":1}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await SayAsync(thing, """{"v0":0}""")).GetProperty("led").GetInt32());
        Assert.Empty((await GetAsync($"/api/devices/{thing.Id}/state")).GetProperty("wanted").EnumerateObject());

        JsonElement[] changes = await Host.ListAsync($"/api/devices/{thing.Id}/state/changes?key=v0");
        Assert.Equal(["reported", "met", "wanted"], changes.Select(static one => one.GetProperty("what").GetString()));
        Assert.Equal([thing.Id, thing.Id, "configured"], changes.Select(static one => one.GetProperty("by").GetString()));
        Assert.Equal((0, 1), (changes[2].GetProperty("before").GetInt32(), changes[2].GetProperty("after").GetInt32()));
        Assert.Contains(
            await Host.ListAsync($"/api/audit?target={thing.Id}"), static line => line.GetProperty("action").GetString() == "device.state");
    }

    [Fact]
    public async Task AWishOfADayAgoIsShownAndCountsNoLonger()
    {
        TestDevice thing = await ThingAsync();
        await SayAsync(thing, """{"v0":0}""");
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        await WantAsync(thing, """{"v0":1}""");
        Host.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(0, (await SayAsync(thing, """{"x":1}""")).GetProperty("led").GetInt32());
        JsonElement state = await GetAsync($"/api/devices/{thing.Id}/state");
        Assert.Equal(1, Value(state, "wanted", "v0"));
        Assert.Equal(0, state.GetProperty("merged").GetProperty("v0").GetInt32());
        await WantAsync(thing, """{"v0":null}""");
        Assert.Empty((await GetAsync($"/api/devices/{thing.Id}/state")).GetProperty("wanted").EnumerateObject());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"_x":1}""")]
    [InlineData("""{"a":1} 2""")]
    [InlineData("")]
    public async Task AWishThatCannotBeIsRefused(string body) =>
        await RefusedAsync(400, HttpMethod.Put, $"/api/devices/{(await ThingAsync()).Id}/state", body);

    [Fact]
    public async Task WishesAreOfOperatorsAtTheirPlaces()
    {
        long mine = await PlaceAsync("Mine"), theirs = await PlaceAsync("Theirs");
        TestDevice here = await ThingAsync(place: mine), there = await ThingAsync(place: theirs);
        string key = await KeyAsync("operator", mine), viewer = await KeyAsync("viewer", mine);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Put, $"/api/devices/{here.Id}/state", """{"v0":1}""", key)).Status);
        await RefusedAsync(404, HttpMethod.Put, $"/api/devices/{there.Id}/state", """{"v0":1}""", key);
        await RefusedAsync(403, HttpMethod.Put, $"/api/devices/{here.Id}/state", """{"v0":1}""", viewer);
        await RefusedAsync(404, HttpMethod.Get, $"/api/devices/{there.Id}/state", key: viewer);
        await RefusedAsync(404, HttpMethod.Get, $"/api/devices/{there.Id}/telemetry", key: viewer);
        await RefusedAsync(404, HttpMethod.Get, $"/telemetry/history?device_id={there.Id}&key=a", key: viewer);
    }

    /// <summary>What a device said at a place is seen by that place, and by no other.</summary>
    [Fact]
    public async Task HistoryIsOfThePlaceWhereTheDeviceStood()
    {
        long before = await PlaceAsync("Before"), after = await PlaceAsync("After");
        TestDevice thing = await ThingAsync(place: before);
        Host.Clock.Advance(TimeSpan.FromMinutes(20));
        await SayAsync(thing, """{"a":1}""");
        Host.Clock.Advance(TimeSpan.FromMinutes(20));
        await MoveAsync(thing.Id, after);
        Host.Clock.Advance(TimeSpan.FromMinutes(20));
        await SayAsync(thing, """{"a":2}""");
        double[] seenBefore = await SeenAsync(await KeyAsync("viewer", before));
        double[] seenAfter = await SeenAsync(await KeyAsync("viewer", after));
        Assert.Equal([1d], seenBefore);
        Assert.Equal([2d], seenAfter);

        async Task<double[]> SeenAsync(string key)
        {
            (int status, JsonElement json) = await AdminAsync(
                HttpMethod.Get, $"/telemetry/history?device_id={thing.Id}&key=a", key: key);
            Assert.Equal(200, status);
            return [.. json.EnumerateArray().Select(static one => one.GetProperty("value").GetDouble())];
        }
    }

    [Fact]
    public async Task WhoeverCanReachTheDeviceIsToldAfterTheCommit()
    {
        ListenerOfWishes listener = new();
        BackendHost other = new(Host.Storage) { Configure = builder => builder.Services.AddSingleton<IWantedStateListener>(listener) };
        await other.InitializeAsync();
        await using BackendHost disposed = other;
        TestDevice device = await other.RegisterAsync();
        using HttpResponseMessage answer = await other.AdminAsync(
            HttpMethod.Put, $"/api/devices/{device.Id}/state", """{"v0":1,"v1":{"x":"y"}}""");
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal([device.Id], listener.Told);
        IReadOnlyList<WantedValue> wanted = other.Services.GetRequiredService<Backend.Storage.Store>().Read(
            (device.Id, other.Clock.GetUtcNow().ToUnixTimeMilliseconds()), StateSql.Wanted);
        Assert.Equal(["v0=1", "v1.x=y"], wanted.Select(static one => $"{one.Key}={one.Value}"));

        // It never spoke: with what was wanted of it it can go.
        using HttpResponseMessage gone = await other.AdminAsync(HttpMethod.Delete, $"/api/device/{device.Id}");
        Assert.InRange((int)gone.StatusCode, 200, 204);
    }

    private static int Value(JsonElement state, string part, string key) =>
        state.GetProperty(part).GetProperty(key).GetProperty("value").GetInt32();

    private sealed class ListenerOfWishes : IWantedStateListener
    {
        public List<string> Told { get; } = [];

        public void Changed(string deviceId) => Told.Add(deviceId);
    }
}
