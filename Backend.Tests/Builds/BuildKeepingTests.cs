using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Updates;

namespace JamBox.Backend.Tests.Builds;

/// <summary>Images and patches that nothing needs are removed; what a box runs, a roll-out names, and the newest stay.</summary>
public abstract class BuildKeepingTests(BackendHost shared) : OtaTest(shared, "--Ota:KeepNewest=2")
{
    protected override bool HasOwnReleases => false;

    [Fact]
    public async Task WhatNothingNeedsGoesAfterAWeekAndItsRecordStays()
    {
        int[] ids = await UploadFiveAsync();
        Assert.Equal(5, (await HereAsync()).Length);

        Pass(TimeSpan.FromDays(6.9));
        Assert.Equal(5, (await HereAsync()).Length);

        Pass(TimeSpan.FromDays(1));
        Assert.Equal(["6.4.0", "6.3.0"], await HereAsync());
        JsonElement gone = await GetAsync($"/api/ota/firmware/{ids[0]}");
        Assert.Equal((Hash(Image(0)), Image(0).Length), (gone.GetProperty("sha256").GetString(), gone.GetProperty("size").GetInt32()));
        Assert.Equal(JsonValueKind.String, gone.GetProperty("pruned_at").ValueKind);
        (int status, JsonElement problem) = await SendAsync(HttpMethod.Get, $"/api/ota/firmware/{ids[0]}/image");
        Assert.Equal(404, status);
        Assert.Contains("upload the same image again", problem.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(["pruned"], (await PatchesAsync(ids[0])).Select(patch => patch.GetProperty("state").GetString()!));
        Assert.Equal(["ready"], (await PatchesAsync(ids[4])).Select(patch => patch.GetProperty("state").GetString()!));
        JsonElement[] told = [.. (await GetAsync("/api/audit?target=atoms3-nb1%206.0.0")).EnumerateArray()];
        Assert.Equal(("ota.prune", "server"), (told[0].GetProperty("action").GetString(), told[0].GetProperty("who").GetString()));
    }

    [Fact]
    public async Task WhatABoxRunsAPinHoldsOrARolloutBringsStays()
    {
        int[] ids = await UploadFiveAsync();
        Assert.Equal(200, (await CheckAsync(Image(0), "6.0.0", 60000)).Status);
        TestDevice other = await Host.RegisterAsync();
        Assert.Equal(204, (await SendAsync(HttpMethod.Put, $"/api/device/{other.Id}/ota/pin?version=6.1.0")).Status);
        (int made, JsonElement rollout) = await SendAsync(
            HttpMethod.Post, "/api/ota/rollouts", Encoding.UTF8.GetBytes($$"""{"firmware_id":{{ids[2]}},"stages":[{"percent":100}]}"""));
        Assert.Equal(201, made);

        Pass(TimeSpan.FromDays(8));
        Assert.Equal(["6.4.0", "6.3.0", "6.2.0", "6.1.0", "6.0.0"], await HereAsync());

        // The roll-out is over, the pin is gone, the box is retired: nothing holds them.
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, $"/api/ota/rollouts/{rollout.GetProperty("id").GetInt64()}/abort")).Status);
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, $"/api/device/{other.Id}/ota/pin")).Status);
        Host.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(["6.4.0", "6.3.0", "6.0.0"], await HereAsync());
    }

    [Fact]
    public async Task TheSameImageBringsItBackAndAnotherDoesNot()
    {
        int[] ids = await UploadFiveAsync();
        Pass(TimeSpan.FromDays(8));
        Assert.Equal(["6.4.0", "6.3.0"], await HereAsync());

        // What is not here can be neither rolled out nor patched from or to.
        foreach ((string path, string body, string fault) in new[]
        {
            ("/api/ota/rollouts", $$"""{"firmware_id":{{ids[2]}},"stages":[{"percent":100}]}""", "firmware_id: the image of 6.2.0"),
            ("/api/ota/patches", $$"""{"firmware_id":{{ids[2]}}}""", "firmware_id: the image of 6.2.0 was removed"),
            ("/api/ota/patches", $$"""{"firmware_id":{{ids[4]}},"from_firmware_id":{{ids[2]}}}""", "from_firmware_id: the image of 6.2.0"),
        })
        {
            (int refused, JsonElement problem) = await SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body));
            Assert.Equal(400, refused);
            Assert.StartsWith(fault, problem.GetProperty("error").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(409, (await UploadAsync(Image(1), "6.2.0", 60200)).Status);
        (int status, JsonElement back) = await UploadAsync(Image(2), "6.2.0", 60200);
        Assert.Equal((200, ids[2]), (status, back.GetProperty("id").GetInt32()));
        MakePatches();
        Assert.Equal(JsonValueKind.Null, back.GetProperty("pruned_at").ValueKind);
        Assert.Equal(["6.4.0", "6.3.0", "6.2.0"], await HereAsync());
        Assert.Equal(["ready"], (await PatchesAsync(ids[2])).Select(patch => patch.GetProperty("state").GetString()!));
        (int asked, _) = await SendAsync(
            HttpMethod.Post, "/api/ota/patches", Encoding.UTF8.GetBytes($$"""{"firmware_id":{{ids[4]}},"from_firmware_id":{{ids[2]}}}"""));
        Assert.Equal(200, asked);
        MakePatches();
        Assert.All(await PatchesAsync(ids[4]), patch => Assert.Equal("ready", patch.GetProperty("state").GetString()));

        // It stays for another week, and goes then.
        Pass(TimeSpan.FromDays(6));
        Assert.Equal(3, (await HereAsync()).Length);
        Pass(TimeSpan.FromDays(2));
        Assert.Equal(["6.4.0", "6.3.0"], await HereAsync());
    }

    /// <summary>A box comes back from a shelf with an image that is no longer here: it gets the full one.</summary>
    [Fact]
    public async Task ABoxWithAnImageThatIsGoneGetsTheFullOne()
    {
        int[] ids = await UploadFiveAsync();
        Pass(TimeSpan.FromDays(8));
        Assert.Equal(200, (await CheckAsync(Image(0), "6.0.0", 60000)).Status);
        (int status, JsonElement rollout) = await SendAsync(
            HttpMethod.Post, "/api/ota/rollouts", Encoding.UTF8.GetBytes($$"""{"firmware_id":{{ids[4]}},"stages":[{"percent":100}]}"""));
        Assert.Equal(201, status);
        Assert.Equal(
            200, (await SendAsync(HttpMethod.Post, $"/api/ota/rollouts/{rollout.GetProperty("id").GetInt64()}/start")).Status);
        RawAnswer offer = await CheckAsync(Image(0), "6.0.0", 60000);
        Assert.Contains("\"id\":", offer.Body, StringComparison.Ordinal);
        Assert.Equal(["full"], (await PatchesAsync(ids[4])).Select(patch => patch.GetProperty("base_version").GetString() ?? "full"));
    }

    private static byte[] Image(int number) => ImageBuilder.Make(1, revision: number, kilobytes: 12);

    private async Task<int[]> UploadFiveAsync()
    {
        var ids = new int[5];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = await ReleaseAsync(Image(i), $"6.{i}.0", 60000 + (i * 100));
        }

        return ids;
    }

    /// <summary>Lets time pass. A step of the clock, however long, is one turn of a job: the second is that of the time after it.</summary>
    private void Pass(TimeSpan time)
    {
        Host.Clock.Advance(time);
        Host.Clock.Advance(TimeSpan.FromMinutes(20));
    }

    /// <summary>Versions whose image is here, the newest first.</summary>
    private async Task<string[]> HereAsync() =>
        [.. (await GetAsync("/api/ota/firmware")).EnumerateArray()
            .Where(build => build.GetProperty("pruned_at").ValueKind == JsonValueKind.Null)
            .Select(build => build.GetProperty("version").GetString()!)];
}
