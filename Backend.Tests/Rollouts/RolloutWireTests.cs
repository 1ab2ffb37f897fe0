using JamBox.Backend.Tests.Updates;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

using JamBox.Backend.Patches;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Insights;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>Roll-outs as boxes and benches feel them, through the endpoints.</summary>
public abstract class RolloutWireTests(BackendHost shared) : HostedTest(shared, "--Ota:AllowUnsigned=true")
{
    private static readonly byte[] s_old = ImageBuilder.Make(1);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 1);

    private int _firmware;

    [Fact]
    public async Task ABoxIsServedHeldRolledBackAndServedAgain()
    {
        (long rollout, int patch) = await OfferAsync();
        Assert.Equal((200, 200), (await ManifestAsync(patch), await ChunkAsync(patch)));

        await StepAsync(rollout, "pause");
        RawBytes held = await RawBytes.GetAsync(Host, $"/api/ota/chunk?id={patch}&chunk=1", Device.Token);
        Assert.Equal((503, false), (held.Status, string.IsNullOrEmpty(held.Header("Retry-After"))));
        Assert.Equal("paused", Reason(await CheckAsync(s_old, 60_000)));
        await StepAsync(rollout, "resume");
        Assert.Equal(200, await ChunkAsync(patch));

        Assert.Equal(200, await CompleteAsync(patch, "rolled_back", "no_send"));
        Assert.Equal(200, await CompleteAsync(patch, "rolled_back", "no_send"));
        Assert.Equal("excluded", Reason(await CheckAsync(s_old, 60_000)));
        Assert.Equal(404, await ChunkAsync(patch));
        JsonElement box = (await GetAsync($"/api/ota/rollouts/{rollout}/devices")).EnumerateArray().Single(
            box => box.GetProperty("device_id").GetString() == Device.Id);
        Assert.Equal("rolled_back no_send", $"{box.GetProperty("state").GetString()} {box.GetProperty("why").GetString()}");

        Assert.Equal(204, (await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/ota/allow?version=6.1.0")).Status);
        Assert.Equal(patch, (await CheckAsync(s_old, 60_000)).GetProperty("id").GetInt32());
        Host.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(200, await CompleteAsync(patch, "success"));
        Assert.Equal("up_to_date", Reason(await CheckAsync(s_new, 61_000)));
        for (int number = 1; number <= 3; number++)
        {
            Assert.Equal(201, (await ReadingAsync(number, ",\"v\":\"6.1.0\"")).Status);
        }

        await new Fleet(Host).WatchAsync(rollout);
        JsonElement statistics = (await GetAsync($"/api/ota/rollouts/{rollout}")).GetProperty("statistics");
        Assert.Equal("""{"ended":1,"succeeded":1,"success_percent":100,"seconds_p50":100,"seconds_p90":100}""", statistics.GetRawText());
        Assert.Equal(
            ["confirmed", "rolled_back"],
            (await GetAsync($"/api/ota/attempts?rollout={rollout}")).EnumerateArray().Select(
                static a => a.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task WhatIsAbortedIsTakenBack()
    {
        (long rollout, int patch) = await OfferAsync();
        Assert.Equal(200, await ChunkAsync(patch));
        await StepAsync(rollout, "abort");
        Assert.Equal((404, 404), (await ManifestAsync(patch), await ChunkAsync(patch)));
        Assert.Equal(200, await CompleteAsync(patch, "failed", "withdrawn"));
        Assert.Equal("no_release", Reason(await CheckAsync(s_old, 60_000)));

        // No fault of the box: the next roll-out of the same release gets it.
        long next = await RollOutAsync("\"max_failures\":5");
        Assert.Equal(patch, (await CheckAsync(s_old, 60_000)).GetProperty("id").GetInt32());
        Assert.Equal(
            "offered",
            (await GetAsync($"/api/ota/rollouts/{next}/devices")).EnumerateArray()
                .Single(box => box.GetProperty("device_id").GetString() == Device.Id).GetProperty("state").GetString());
    }

    /// <summary>
    /// Somebody flashes another image over a trial: no failure of the release, which goes on for others, and the box keeps what it has.
    /// </summary>
    [Theory]
    [InlineData("failed")]
    [InlineData("rolled_back")]
    public async Task AnImageFlashedOverATrialIsNoFailureOfTheRelease(string end)
    {
        (long rollout, int patch) = await OfferAsync("\"max_failures\":0");
        Assert.Equal(200, await ChunkAsync(patch));
        Assert.Equal(200, await CompleteAsync(patch, end, "replaced"));
        JsonElement attempt = (await GetAsync($"/api/ota/attempts?device={Device.Id}")).EnumerateArray().Single();
        Assert.Equal($"{end} replaced", $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("why").GetString()}");
        JsonElement box = (await GetAsync($"/api/ota/rollouts/{rollout}/devices")).EnumerateArray()
            .Single(one => one.GetProperty("device_id").GetString() == Device.Id);
        Assert.Equal("excluded replaced", $"{box.GetProperty("state").GetString()} {box.GetProperty("why").GetString()}");
        Host.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("canary", (await GetAsync($"/api/ota/rollouts/{rollout}")).GetProperty("state").GetString());
        Assert.Equal("excluded", Reason(await CheckAsync(s_old, 60_000)));

        // Until somebody says that it may.
        Assert.True((await AdminAsync(HttpMethod.Post, $"/api/device/{Device.Id}/ota/allow?version=6.1.0")).Status is 200 or 204);
        Assert.Equal(patch, (await CheckAsync(s_old, 60_000)).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task ABoxThatIsBackOnTheOldImageWithoutAWordHasRolledBack()
    {
        (long rollout, int patch) = await OfferAsync("\"max_failures\":0");
        Assert.Equal(200, await CompleteAsync(patch, "success"));
        Assert.Equal("up_to_date", Reason(await CheckAsync(s_new, 61_000)));
        Host.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("excluded", Reason(await CheckAsync(s_old, 60_000)));
        Assert.Equal("stopped", (await GetAsync($"/api/ota/rollouts/{rollout}")).GetProperty("state").GetString());
        JsonElement attempt = (await GetAsync($"/api/ota/attempts?device={Device.Id}")).EnumerateArray().Single();
        Assert.Equal("rolled_back previous", $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("why").GetString()}");
    }

    /// <summary>Uploads both builds, rolls the new one out and lets the box ask.</summary>
    /// <remarks>Another box waits for it as well: a release that fails on all boxes there are would stop.</remarks>
    private async Task<(long Rollout, int Patch)> OfferAsync(string more = "\"max_failures\":5,\"max_failure_percent\":100")
    {
        await UploadAsync(s_old, "6.0.0", 60_000);
        await CheckAsync(s_old, 60_000);
        await new Fleet(Host, 7001).BoxesAsync(1);
        _firmware = await UploadAsync(s_new, "6.1.0", 61_000);
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        long rollout = await RollOutAsync(more);
        return (rollout, (await CheckAsync(s_old, 60_000)).GetProperty("id").GetInt32());
    }

    private async Task<long> RollOutAsync(string more)
    {
        (int status, JsonElement made) = await AdminAsync(
            HttpMethod.Post, "/api/ota/rollouts", $$"""{"firmware_id":{{_firmware}},"stages":[{"percent":100}],{{more}}}""");
        Assert.Equal(201, status);
        await StepAsync(made.GetProperty("id").GetInt64(), "start");
        return made.GetProperty("id").GetInt64();
    }

    private async Task StepAsync(long rollout, string step) =>
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, $"/api/ota/rollouts/{rollout}/{step}")).Status);

    private async Task<int> UploadAsync(byte[] image, string version, int sequence)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"/api/ota/firmware?version={version}&hw={Fleet.Hardware}&seq={sequence}");
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        request.Content = new ByteArrayContent(image);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(201, (int)answer.StatusCode);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("id").GetInt32();
    }

    private async Task<JsonElement> CheckAsync(byte[] running, int sequence)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(running))[..16];
        RawAnswer answer = await Device.PostAsync(
            "/api/ota/check",
            $$"""{"d":"{{Device.Id}}","v":"6.0.0","bh":"{{hash}}","hw":"{{Fleet.Hardware}}","seq":{{sequence}},"p":"LHE"}""");
        Assert.Equal(200, answer.Status);
        return JsonElement.Parse(answer.Body);
    }

    private async Task<int> ManifestAsync(int patch) =>
        (await RawBytes.GetAsync(Host, $"/api/ota/manifest?id={patch}", Device.Token)).Status;

    private async Task<int> ChunkAsync(int patch) =>
        (await RawBytes.GetAsync(Host, $"/api/ota/chunk?id={patch}&chunk=0", Device.Token)).Status;

    private async Task<int> CompleteAsync(int patch, string status, string why = "") =>
        (await Device.PostAsync(
            "/api/ota/complete",
            $$"""{"d":"{{Device.Id}}","v":"6.1.0","id":{{patch}},"status":"{{status}}","why":"{{why}}"}""")).Status;

    private static string? Reason(JsonElement answer) =>
        answer.TryGetProperty("reason", out JsonElement reason) ? reason.GetString() : answer.GetRawText();
}
