using System.Text.Json;

using JamBox.Backend.Patches;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Updates;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Patches;

/// <summary>Which patches are made, by whom, and what happens when that is interrupted.</summary>
public abstract class PatchMakingTests(BackendHost shared) : OtaTest(shared)
{
    private static readonly byte[] s_old = ImageBuilder.Make(1, kilobytes: 12);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 1, kilobytes: 12);

    [Fact]
    public async Task APatchThatIsNotSmallerGivesWayToTheFullImage()
    {
        // Next to nothing in common: to say what to take from the base costs more than to take nothing. With most noise the common headers
        // save a few bytes; with this one they do not.
        byte[] noise = ImageBuilder.Assembly("App", 0, Noise(50));
        byte[] other = ImageBuilder.Assembly("", 0x7A5B3C1D, Noise(1050, 300), ownStringIndex: ImageBuilder.Mscorlib);
        await UploadAsync(other, "6.0.0", 60000);
        await HeartbeatAsync("idle", "6.0.0");
        int release = await ReleaseAsync(noise, "6.1.0", 60100);
        JsonElement[] patches = await PatchesAsync(release);
        Assert.Equal(["full ready", "6.0.0 useless"], patches.Select(Describe));
        JsonElement offer = Json(await CheckAsync(other, "6.0.0", 60000));
        Assert.Equal(patches[0].GetProperty("id").GetInt32(), offer.GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task AnImageForAnotherNanoClrIsNotForABoxOfThisOne()
    {
        await UploadAsync(ImageBuilder.Make(1, kilobytes: 12, native: 5), "6.0.0", 60000);
        await HeartbeatAsync("idle", "6.0.0");
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        Assert.Equal(["full ready"], (await PatchesAsync(release)).Select(Describe));
        Assert.Equal(
            "native",
            Json(await CheckAsync(ImageBuilder.Make(1, kilobytes: 12, native: 5), "6.0.0", 60000)).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task TheFleetsWordDecidesWhatIsMade()
    {
        byte[] older = ImageBuilder.Make(1, revision: 3, kilobytes: 12);
        await UploadAsync(older, "5.8.0", 58000);
        await UploadAsync(ImageBuilder.Make(1, revision: 4, kilobytes: 12), "5.9.0", 59000);
        MakePatches();

        // By the hash in its question, whatever its version says; nobody runs 5.9.0.
        await CheckAsync(older, "5.9.0", 58000);
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        Assert.Equal(
            ["full ready", "5.8.0 ready"], (await PatchesAsync(release)).Select(Describe).Order(StringComparer.Ordinal).Reverse().Take(2));

        // The base may come after the release.
        await CheckAsync(s_old, "6.0.0", 60000);
        await UploadAsync(s_old, "6.0.0", 60000);
        MakePatches();
        Assert.Contains("6.0.0 ready", (await PatchesAsync(release)).Select(Describe));
    }

    [Fact]
    public async Task WhatAKilledServerLeftHalfMadeIsMadeAfterTheRestart()
    {
        int release = await UploadOnlyAsync();
        await LeaveHalfMadeAsync("a-dead-process");
        Assert.Equal(["full making"], (await PatchesAsync(release)).Select(Describe));
        await Host.RestartAsync();
        MakePatches();
        if (Host.Storage == TestStorage.Postgres)
        {
            // Somebody else may be at it; silent for two minutes, it is dead.
            Assert.Equal(["full making"], (await PatchesAsync(release)).Select(Describe));
            Host.Clock.Advance(TimeSpan.FromMinutes(3));
            MakePatches();
        }

        Assert.Equal(["full ready"], (await PatchesAsync(release)).Select(Describe));
    }

    [Fact]
    public async Task ProgressIsToldAndTimesAreKept()
    {
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        JsonElement patch = Assert.Single(await PatchesAsync(release));
        Assert.Equal(100, patch.GetProperty("percent").GetInt32());
        Assert.Equal((patch.GetProperty("size").GetInt32() + 511) / 512, patch.GetProperty("chunks").GetInt32());
        Assert.Equal(0, patch.GetProperty("seconds").GetDouble());
        using HttpResponseMessage metrics = await Host.AdminAsync(HttpMethod.Get, "/metrics");
        Assert.Contains("jambox_ota_patches_total{state=\"ready\"} 1", await metrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnImageThatNoBoxCanHoldAPatchOfFailsWithAReason()
    {
        // 1,100 KB of noise make a full image of more chunks than the patch partition has.
        byte[] image = ImageBuilder.Assembly("App", 0, Noise(5, 1100 * 1024));
        int release = await ReleaseAsync(image, "6.1.0", 60100);
        JsonElement patch = Assert.Single(await PatchesAsync(release));
        Assert.Equal("failed", patch.GetProperty("state").GetString());
        Assert.Contains("1792", patch.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("no_patch", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());

        // The same upload again is another try.
        await UploadAsync(image, "6.1.0", 60100);
        Assert.Equal("full waiting", Describe(Assert.Single(await PatchesAsync(release))));
    }

    private async Task<int> UploadOnlyAsync()
    {
        (int status, JsonElement json) = await UploadAsync(s_new, "6.1.0", 60100);
        Assert.Equal(201, status);
        return json.GetProperty("id").GetInt32();
    }

    /// <summary>As another process leaves it that is killed: taken, and a little done.</summary>
    private async Task LeaveHalfMadeAsync(string maker)
    {
        Store store = Host.Services.GetRequiredService<Store>();
        Assert.NotNull(await store.WriteAsync((maker, false, Host.Clock.GetUtcNow().ToUnixTimeMilliseconds()), PatchSql.Claim));
    }

    private static byte[] Noise(int seed, int size = 8000)
    {
        byte[] noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static string Describe(JsonElement patch) =>
        $"{patch.GetProperty("base_version").GetString() ?? "full"} {patch.GetProperty("state").GetString()}";
}
