using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

namespace JamBox.Backend.Tests.Config;

/// <summary>What a box has is told by its values, not only by their number, while it still lags behind what is wanted.</summary>
public abstract class ConfigVersionTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task WhatIsInForceIsToldWithItsValues()
    {
        Assert.Equal("1  False", await StateAsync());
        await HeartbeatAsync(",\"cv\":1");
        Assert.Equal("1 10 True", await StateAsync());
        await ChangeAsync(20);
        Assert.Equal("2 10 False", await StateAsync());
        await ChangeAsync(25);
        await HeartbeatAsync(",\"cv\":2");
        Assert.Equal("3 20 False", await StateAsync());
        await HeartbeatAsync(",\"cv\":3");
        Assert.Equal("3 25 True", await StateAsync());

        // A number that was never one of ours: nobody knows what it says.
        await HeartbeatAsync(",\"cv\":77");
        Assert.Equal("3  False", await StateAsync());
    }

    [Fact]
    public async Task TheLatestFiftyVersionsAreKept()
    {
        for (int i = 0; i < 60; i++)
        {
            await ChangeAsync(11 + (i % 2));
        }

        await HeartbeatAsync(",\"cv\":12");
        Assert.Equal("61 11 False", await StateAsync());
        await HeartbeatAsync(",\"cv\":11");
        Assert.Equal("61  False", await StateAsync());

        // The first one is what every box begins with.
        await HeartbeatAsync(",\"cv\":1");
        Assert.Equal("61 10 False", await StateAsync());
    }

    private Task ChangeAsync(int minutes) =>
        DoAsync(HttpMethod.Put, $"/api/device/{Device.Id}/config", $$"""{"dwell_long_threshold":{{minutes}}}""");

    private async Task<string> StateAsync()
    {
        JsonElement state = await GetAsync($"/api/device/{Device.Id}/config");
        JsonElement reported = state.GetProperty("reported");
        string inForce = reported.ValueKind == JsonValueKind.Null ? "" : reported.GetProperty("dwell_long_threshold").ToString();
        return $"{state.GetProperty("wanted").GetProperty("config_version")} {inForce} {state.GetProperty("in_force")}";
    }
}
