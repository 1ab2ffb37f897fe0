using System.Text.Json;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Updates;

/// <summary>What boxes say while an update goes on, in heartbeats and at its end.</summary>
public abstract class UpdateReportTests(BackendHost shared) : OtaTest(shared)
{
    private static readonly byte[] s_old = ImageBuilder.Make(1, kilobytes: 12);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 80, kilobytes: 12);

    [Fact]
    public async Task HeartbeatsTellHowFarItIs()
    {
        (int id, int chunks) = await OfferAsync();
        Assert.Equal("downloading 2", await AfterAsync($"downloading:2/{chunks}"));
        Assert.Equal("downloading 2", await AfterAsync("downloading:3/99999"));
        Assert.Equal("downloading 2", await AfterAsync("downloading:x/y"));
        Assert.Equal("downloading 2", await AfterAsync("applying"));
        await LoadAsync(id, chunks);
        foreach (string state in (string[])["verifying", "applying", "staged", "trial"])
        {
            Assert.Equal($"{state} {chunks}", await AfterAsync(state));
        }

        Assert.Equal($"trial {chunks}", await AfterAsync("nonsense"));
        Assert.Equal($"trial {chunks}", await AfterAsync("confirmed", "6.0.0"));
        Assert.Equal($"confirmed {chunks}", await AfterAsync("confirmed", "6.1.0"));
    }

    [Fact]
    public async Task TheEndOfAnEarlierUpdateEndsNotThisOne()
    {
        await OfferAsync();
        foreach (string state in (string[])["confirmed", "rolled_back:no_send", "failed:flash", "trial", "idle"])
        {
            Assert.Equal("offered 0", await AfterAsync(state));
        }
    }

    [Fact]
    public async Task ARollBackInAHeartbeatExcludesTheBox()
    {
        (int id, int chunks) = await OfferAsync();
        await LoadAsync(id, chunks);
        await HeartbeatAsync("trial", "6.1.0");
        Assert.Equal("rolled_back", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());
        await HeartbeatAsync("rolled_back:trial_boots", "6.0.0");
        Assert.Equal("excluded", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());

        // The word that follows says the same and is no second attempt.
        await CompleteAsync(id, "6.1.0", "rolled_back", "trial_boots");
        JsonElement attempt = (await GetAsync("/api/ota/attempts")).EnumerateArray().Single();
        Assert.Equal("rolled_back trial_boots", $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("why").GetString()}");
        Assert.Single(Releases.Told, told => told.EndsWith("rolled_back trial_boots", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ABoxThatLostWhyItRolledBackCountsAllTheSame()
    {
        (int id, int chunks) = await OfferAsync();
        await LoadAsync(id, chunks);
        await HeartbeatAsync("trial", "6.1.0");
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("rolled_back", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());
        Assert.Equal("excluded", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());
        Assert.Equal("no_report", (await AttemptAsync()).GetProperty("why").GetString());
        await CompleteAsync(id, "6.1.0", "rolled_back", "trial_boots");
        Assert.Equal("trial_boots", (await AttemptAsync()).GetProperty("why").GetString());
    }

    [Fact]
    public async Task ABoxThatWasBroughtThereByWireHasArrived()
    {
        await OfferAsync();
        Assert.Equal("up_to_date", Json(await CheckAsync(s_new, "6.1.0", 60100)).GetProperty("reason").GetString());
        Assert.Equal("trial", (await AttemptAsync()).GetProperty("state").GetString());
        await HeartbeatAsync("idle", "6.1.0");
        Assert.Equal("confirmed", (await AttemptAsync()).GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("offered")]
    [InlineData("trial")]
    public async Task ABoxThatWasBroughtFurtherByWireIsAtItNoLonger(string state)
    {
        (int id, int chunks) = await OfferAsync();
        await LoadAsync(id, state == "trial" ? chunks : 0);
        await HeartbeatAsync(state, "6.1.0");
        byte[] newer = ImageBuilder.Make(1, revision: 5, kilobytes: 12);
        Assert.Equal("up_to_date", Json(await CheckAsync(newer, "6.2.0", 60200)).GetProperty("reason").GetString());
        Host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("up_to_date", Json(await CheckAsync(newer, "6.2.0", 60200)).GetProperty("reason").GetString());
        JsonElement attempt = (await GetAsync("/api/ota/attempts")).EnumerateArray().Single();
        Assert.Equal("failed withdrawn", $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("why").GetString()}");
        Assert.NotEqual(JsonValueKind.Null, attempt.GetProperty("ended_at").ValueKind);
    }

    [Theory]
    [InlineData("rolled_back:no_send")]
    [InlineData("failed:flash")]
    public async Task AnOldEndInTheMemoryOfABoxThatWasBroughtThereByWireIsNotThisOnes(string old)
    {
        await OfferAsync();
        Assert.Equal("up_to_date", Json(await CheckAsync(s_new, "6.1.0", 60100)).GetProperty("reason").GetString());
        await HeartbeatAsync(old, "6.1.0");
        Assert.Equal("confirmed", (await AttemptAsync()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task AVersionAloneDoesNotMakeARollBackGood()
    {
        // The image before bears the same version, as it happens on a bench: what runs is told by the hash in the last question.
        (int id, int chunks) = await OfferAsync();
        await LoadAsync(id, chunks);
        await HeartbeatAsync("trial", "6.1.0");
        await HeartbeatAsync("rolled_back:trial_boots", "6.1.0");
        Assert.Equal("rolled_back", (await AttemptAsync()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task ABoxThatHadAllChunksAlreadyIsSeenOnTrial()
    {
        await OfferAsync();
        Assert.Equal("trial", (await AfterAsync("trial", "6.1.0")).Split(' ')[0]);
        Assert.Equal("rolled_back", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task ABoxThatDoesNotSayItsImageIsKnownByItsVersion()
    {
        (int id, int chunks) = await OfferAsync();
        await LoadAsync(id, chunks);
        await HeartbeatAsync("trial", "6.1.0");
        Host.Clock.Advance(TimeSpan.FromHours(2));
        RawAnswer answer = await Device.PostAsync(
            "/api/ota/check", $$"""{"d":"{{Device.Id}}","v":"6.1.0","hw":"{{Hardware}}","seq":60100,"p":"L"}""");
        Assert.Equal("up_to_date", Json(answer).GetProperty("reason").GetString());
        Assert.Equal("trial", (await AttemptAsync()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task ABoxThatOnlyAsksAndLoadsIsSeen()
    {
        await UploadAsync(s_old, "6.0.0", 60000);
        await ReleaseAsync(s_new, "6.1.0", 60100);
        Assert.Equal(JsonValueKind.Null, await SeenAsync("last_seen_at"));
        await CheckAsync(s_old, "6.0.0", 60000);
        MakePatches();
        await CheckAsync(s_old, "6.0.0", 60000);
        Assert.Equal(Now(), await SeenAtAsync());

        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await LoadAsync(id, 1);
        Assert.Equal(Now(), await SeenAtAsync());
        Host.Clock.Advance(TimeSpan.FromHours(1));
        await CompleteAsync(id, "6.1.0", "failed", "flash");
        Assert.Equal(Now(), await SeenAtAsync());
    }

    [Fact]
    public async Task AFailureIsLoggedWithItsReason()
    {
        (int id, _) = await OfferAsync();
        await LoadAsync(id, 1);
        Host.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("""{"status":"ok"}""", (await CompleteAsync(id, "6.1.0", "failed", "patch_hash")).Body);
        JsonElement attempt = await AttemptAsync();
        Assert.Equal(
            "failed patch_hash 1 512 600",
            string.Join(
                ' ', ((string[])["state", "why", "chunks", "bytes", "seconds"]).Select(name => attempt.GetProperty(name).ToString())));
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=1")).Status);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/manifest?id={id}")).Status);
    }

    [Fact]
    public async Task TheBoxHasTheLastWordOnWhatWeTookBack()
    {
        (int id, int chunks) = await OfferAsync();
        await LoadAsync(id, chunks);
        Releases.Standing = JamBox.Backend.Updates.ReleaseStanding.Withdrawn;
        await CheckAsync(s_old, "6.0.0", 60000);
        Assert.Equal("withdrawn", (await AttemptAsync()).GetProperty("why").GetString());
        await CompleteAsync(id, "6.1.0", "success");
        JsonElement attempt = await AttemptAsync();
        Assert.Equal("confirmed", attempt.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, attempt.GetProperty("why").ValueKind);
    }

    [Theory]
    [InlineData(true, "confirmed ")]
    [InlineData(false, "rolled_back no_report")]
    public async Task ASuccessWithoutAChunkIsBelievedWhenTheBoxAsksFromTheNewImage(bool isTrue, string end)
    {
        (int id, _) = await OfferAsync();
        Assert.Equal(200, (await CompleteAsync(id, "6.1.0", "success")).Status);
        await CompleteAsync(id, "6.1.0", "success");
        JsonElement attempt = await AttemptAsync();
        Assert.Equal("trial", attempt.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, attempt.GetProperty("ended_at").ValueKind);
        Assert.Equal("6.0.0", (await DeviceAsync()).GetProperty("firmware_version").GetString());
        Assert.DoesNotContain(Releases.Told, static told => told.Contains("confirmed", StringComparison.Ordinal));

        Host.Clock.Advance(TimeSpan.FromHours(1));
        RawAnswer answer = isTrue ? await CheckAsync(s_new, "6.1.0", 60100) : await CheckAsync(s_old, "6.0.0", 60000);
        Assert.Equal(isTrue ? "up_to_date" : "rolled_back", Json(answer).GetProperty("reason").GetString());
        attempt = await AttemptAsync();
        Assert.Equal(end, $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("why").GetString()}");
    }

    [Fact]
    public async Task AnEndOfWhatWasNeverOfferedIsTakenAndChangesNothing()
    {
        Assert.Equal("""{"status":"ok","note":"never_offered"}""", (await CompleteAsync(4711, "6.1.0", "success")).Body);
        Assert.Equal(0, (await GetAsync("/api/ota/attempts")).GetArrayLength());
        Assert.NotEqual(
            "6.1.0", (await GetAsync($"/api/device/{Device.Id}")).GetProperty("device").GetProperty("firmware_version").GetString());
    }

    [Fact]
    public async Task ANewerReleaseTakesThePlaceOfOneThatIsBeingLoaded()
    {
        (int id, _) = await OfferAsync();
        await LoadAsync(id, 2);
        await ReleaseAsync(ImageBuilder.Make(1, revision: 2, kilobytes: 12), "6.2.0", 60200);
        int newer = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        Assert.NotEqual(id, newer);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=2")).Status);
        Assert.Equal(["offered ", "failed withdrawn"], (await GetAsync("/api/ota/attempts")).EnumerateArray()
            .Select(static attempt => $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("why").GetString()}"));
    }

    private DateTime Now() => Host.Clock.GetUtcNow().UtcDateTime;

    private async Task<JsonElement> DeviceAsync() => (await GetAsync($"/api/device/{Device.Id}")).GetProperty("device");

    private async Task<JsonValueKind> SeenAsync(string name) => (await DeviceAsync()).GetProperty(name).ValueKind;

    private async Task<DateTime> SeenAtAsync() => (await DeviceAsync()).GetProperty("last_seen_at").GetDateTime();

    private async Task<(int Id, int Chunks)> OfferAsync()
    {
        await HeartbeatAsync("idle", "6.0.0");
        await UploadAsync(s_old, "6.0.0", 60000);
        await ReleaseAsync(s_new, "6.1.0", 60100);
        JsonElement offer = Json(await CheckAsync(s_old, "6.0.0", 60000));
        return (offer.GetProperty("id").GetInt32(), offer.GetProperty("chunks").GetInt32());
    }

    private async Task<string> AfterAsync(string state, string version = "6.0.0")
    {
        Assert.Equal(200, (await HeartbeatAsync(state, version)).Status);
        JsonElement attempt = await AttemptAsync();
        return $"{attempt.GetProperty("state").GetString()} {attempt.GetProperty("chunks").GetInt32()}";
    }
}
