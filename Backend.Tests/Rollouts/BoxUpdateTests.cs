using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>One box and its updates: what it runs, what is meant for it, and in one word why it does not get it.</summary>
public abstract class BoxUpdateTests(BackendHost shared) : PlaceTest(shared)
{
    [Fact]
    public async Task ABoxThatNeverAskedHasNothing()
    {
        JsonElement update = await UpdateAsync(Device.Id);
        Assert.Equal(Device.Id, update.GetProperty("device_id").GetString());
        foreach (string name in new[] { "hw", "version", "sequence", "checked_at", "told", "pin", "rollout" })
        {
            Assert.Equal(JsonValueKind.Null, update.GetProperty(name).ValueKind);
        }

        Assert.Equal(0, update.GetProperty("barred").GetArrayLength());
        await RefusedAsync(404, HttpMethod.Get, "/api/device/JBNB9999/update");
    }

    [Fact]
    public async Task TheNewestReleaseThatIsMeantForItIsShownWithWhatStandsInTheWay()
    {
        Fleet fleet = new(Host);
        string box = (await fleet.BoxesAsync(1))[0];
        long first = await RollOutAsync(fleet, 61_000, box);
        Assert.Equal("6.60000.0 6.61000.0 canary waiting ", await LineAsync(box));
        Assert.Equal(first, (await UpdateAsync(box)).GetProperty("rollout").GetProperty("id").GetInt64());

        await DoAsync(HttpMethod.Put, $"/api/device/{box}/ota/pin?version=6.60000.0");
        Assert.Equal("6.60000.0 6.61000.0 canary blocked pinned", await LineAsync(box));
        Assert.Equal("6.60000.0", (await UpdateAsync(box)).GetProperty("pin").GetProperty("version").GetString());
        await DoAsync(HttpMethod.Delete, $"/api/device/{box}/ota/pin");

        await fleet.AskAsync(box);
        await fleet.MoveAsync(box, AttemptState.Failed, "signature");
        Assert.Equal("6.60000.0 6.61000.0 stopped failed signature", await LineAsync(box));
        JsonElement barred = Assert.Single((await UpdateAsync(box)).GetProperty("barred").EnumerateArray());
        Assert.Equal(
            "6.61000.0 failed signature",
            $"{barred.GetProperty("version")} {barred.GetProperty("state")} {barred.GetProperty("why")}");
        await DoAsync(HttpMethod.Post, $"/api/device/{box}/ota/allow?version=6.61000.0");
        Assert.Equal(0, (await UpdateAsync(box)).GetProperty("barred").GetArrayLength());
    }

    [Fact]
    public async Task WhoMayNotSeeTheBoxSeesNothing()
    {
        Fleet fleet = new(Host);
        long east = await PlaceAsync("East"), west = await PlaceAsync("West");
        string box = (await fleet.BoxesAsync(1, place: east))[0];
        await RollOutAsync(fleet, 61_000, box);
        Assert.Equal(
            "6.61000.0",
            (await DoAsync(HttpMethod.Get, $"/api/device/{box}/update", key: await KeyAsync("viewer", east)))
                .GetProperty("rollout").GetProperty("version").GetString());
        await RefusedAsync(404, HttpMethod.Get, $"/api/device/{box}/update", key: await KeyAsync("operator", west));
    }

    private Task<JsonElement> UpdateAsync(string box) => GetAsync($"/api/device/{box}/update");

    private async Task<string> LineAsync(string box)
    {
        JsonElement update = await UpdateAsync(box);
        JsonElement rollout = update.GetProperty("rollout");
        JsonElement one = rollout.GetProperty("box");
        return $"{update.GetProperty("version")} {rollout.GetProperty("version")} {rollout.GetProperty("state")} "
            + $"{one.GetProperty("state")} {one.GetProperty("why")}";
    }

    private async Task<long> RollOutAsync(Fleet fleet, int sequence, string box)
    {
        long firmware = await fleet.ReleaseAsync(sequence);
        long id = (await DoAsync(
            HttpMethod.Post, "/api/ota/rollouts",
            $$"""{"firmware_id":{{firmware}},"stages":[{"devices":["{{box}}"]}]}""")).GetProperty("id").GetInt64();
        await DoAsync(HttpMethod.Post, $"/api/ota/rollouts/{id}/start");
        return id;
    }
}
