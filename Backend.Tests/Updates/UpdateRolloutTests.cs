using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Updates;

/// <summary>The registry with the real roll-outs: nobody gets anything without one.</summary>
public abstract class UpdateRolloutTests(BackendHost shared) : OtaTest(shared)
{
    private static readonly byte[] s_old = ImageBuilder.Make(1, kilobytes: 12);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 80, kilobytes: 12);

    protected override bool HasOwnReleases => false;

    [Fact]
    public async Task ABuildAloneIsOfferedToNobody()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        Assert.Equal("no_release", await ReasonAsync(Device));
    }

    [Fact]
    public async Task TheCanaryComesFirstAndAnAbortTakesTheReleaseBack()
    {
        TestDevice other = await Host.RegisterAsync();
        await ReasonAsync(Device);
        await ReasonAsync(other);
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        int rollout = await StartAsync(release, $$"""[{"devices":["{{Device.Id}}"]},{"percent":100}]""");
        Assert.Equal("not_in_rollout", await ReasonAsync(other));
        JsonElement offer = Json(await CheckAsync(s_old, "6.0.0", 60000));
        int id = offer.GetProperty("id").GetInt32();
        await LoadAsync(id, 2);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=0", other)).Status);
        Assert.Equal(rollout, (await AttemptAsync()).GetProperty("rollout_id").GetInt32());

        Assert.Equal(200, (await PostAsync($"/api/ota/rollouts/{rollout}/pause")).Status);
        Assert.Equal(503, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=2")).Status);
        Assert.Equal(200, (await PostAsync($"/api/ota/rollouts/{rollout}/resume")).Status);
        await LoadAsync(id, 3, from: 2);

        Assert.Equal(200, (await PostAsync($"/api/ota/rollouts/{rollout}/abort")).Status);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=3")).Status);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/manifest?id={id}")).Status);
        Assert.Equal(
            "failed withdrawn",
            $"{(await AttemptAsync()).GetProperty("state").GetString()} {(await AttemptAsync()).GetProperty("why").GetString()}");
    }

    [Fact]
    public async Task ARollBackStopsTheRollOutThatAllowsNone()
    {
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        await ReasonAsync(Device);
        int rollout = await StartAsync(release, """[{"percent":100}]""");
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        await CompleteAsync(id, "6.1.0", "rolled_back", "no_send");
        Assert.Equal("stopped", (await GetAsync($"/api/ota/rollouts/{rollout}")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task ABoxThatIsBroughtFurtherByWireDoesNotHoldUpItsStage()
    {
        TestDevice other = await Host.RegisterAsync();
        await ReasonAsync(Device);
        await ReasonAsync(other);
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        int rollout = await StartAsync(release, """[{"percent":100}]""");
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        await CheckAsync(s_old, "6.0.0", 60000, device: other);
        await LoadAsync(id, 1, device: other);
        await CompleteAsync(id, "6.1.0", "success", device: other);
        for (int number = 1; number <= 3; number++)
        {
            await other.ReadingAsync($"\"t\":{Host.Clock.GetUtcNow().ToUnixTimeSeconds()},\"ts\":1,\"b\":1,\"n\":{number},\"v\":\"6.1.0\"");
        }

        Assert.Equal(
            "up_to_date", Json(await CheckAsync(ImageBuilder.Make(9, kilobytes: 12), "6.2.0", 60200)).GetProperty("reason").GetString());
        Host.Clock.Advance(TimeSpan.FromMinutes(2));
        JsonElement end = await GetAsync($"/api/ota/rollouts/{rollout}");
        Assert.Equal(
            "done 1 1", $"{end.GetProperty("state").GetString()} {end.GetProperty("boxes").GetProperty("confirmed")} {end.GetProperty("boxes").GetProperty("current")}");
    }

    [Fact]
    public async Task ABoxThatOnlyAsksIsNotLeftBehind()
    {
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        await ReasonAsync(Device);
        int rollout = await StartAsync(release, """[{"percent":100}]""");
        Assert.Equal("offered", Json(await CheckAsync(s_old, "6.0.0", 60000)).TryGetProperty("id", out _) ? "offered" : "nothing");
        JsonElement box = (await GetAsync($"/api/ota/rollouts/{rollout}/devices")).EnumerateArray().Single();
        Assert.False(box.GetProperty("left_behind").GetBoolean());
    }

    private async Task<string?> ReasonAsync(TestDevice device) =>
        Json(await CheckAsync(s_old, "6.0.0", 60000, device: device)).GetProperty("reason").GetString();

    private async Task<int> StartAsync(int firmware, string stages)
    {
        (int status, JsonElement rollout) = await PostAsync(
            "/api/ota/rollouts", $$"""{"firmware_id":{{firmware}},"stages":{{stages}},"max_failures":0}""");
        Assert.Equal(201, status);
        int id = rollout.GetProperty("id").GetInt32();
        Assert.Equal(200, (await PostAsync($"/api/ota/rollouts/{id}/start")).Status);
        return id;
    }

    private Task<(int Status, JsonElement Json)> PostAsync(string path, string? body = null) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : Encoding.UTF8.GetBytes(body));
}
