using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Ota.Images;
using JamBox.Ota.Signing;

namespace JamBox.Backend.Tests.Updates;

/// <summary>Keys of releases and floors: what comes in, what boxes fetch, who trusts what, and what is offered no longer.</summary>
public abstract class TrustTests : OtaTest
{
    private static readonly ReleaseKey s_first = ReleaseKey.Create();
    private static readonly ReleaseKey s_second = ReleaseKey.Create();
    private static readonly ReleaseKey s_recovery = ReleaseKey.Create();
    private static readonly byte[] s_old = ImageBuilder.Make(1);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 1);

    protected TrustTests(BackendHost shared)
        : base(shared, $"--Ota:PublicKey={s_first.Public.Hex}", $"--Manufacturing:RecoveryKey={s_recovery.Public.Hex}")
    {
    }

    protected override bool HasOwnReleases => false;

    private DateTimeOffset Now => Host.Clock.GetUtcNow();

    [Fact]
    public async Task ARecordMovesTheFleetAndARevokedKeySignsNothing()
    {
        int release = await SignedAsync(s_old, "6.0.0", 60000, s_first);
        KeyChangeRecord both = KeyChangeRecord.Of(0, 1, [s_first.Public, s_second.Public], false).Sign(s_first);
        Assert.Equal(200, (await PutAsync("keys", both.ToBytes())).Status);
        Assert.Equal(409, (await PutAsync("keys", both.ToBytes())).Status);

        // Whoever asks is told, in an answer that stays short; and fetches it.
        RawAnswer answer = await CheckAsync(s_old, "6.0.0", 60000);
        Assert.EndsWith(",\"kr\":\"0.1\"}", answer.Body, StringComparison.Ordinal);
        Assert.InRange(answer.Length, 1, 300);
        RawBytes record = await GetBytesAsync("/api/ota/keys?after=0.0");
        Assert.Equal(both.ToBytes(), record.Body);
        Assert.InRange(record.Length, 1, 350);
        Assert.Equal(404, (await GetBytesAsync("/api/ota/keys?after=0.1")).Status);
        Assert.Equal(400, (await GetBytesAsync("/api/ota/keys?after=1")).Status);

        // A box that missed the first one gets it before the second, which it could not check; and then the second at once, whatever keys
        // its last heartbeat named.
        await SayAsync(Device, s_first.Public.Fingerprint, "0.0");
        KeyChangeRecord revoked = KeyChangeRecord.Of(0, 2, [s_second.Public], false).Sign(s_second);
        Assert.Equal(200, (await PutAsync("keys", revoked.ToBytes())).Status);
        Assert.Equal(both.ToBytes(), (await GetBytesAsync("/api/ota/keys?after=0.0")).Body);
        Assert.Equal(revoked.ToBytes(), (await GetBytesAsync("/api/ota/keys?after=0.1")).Body);

        (int status, JsonElement refusal) = await SignAsync(release, s_old, "6.0.0", 60000, s_first);
        Assert.Equal(400, status);
        Assert.Contains("revoked with key-change record 0.2", refusal.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(204, (await SignAsync(release, s_old, "6.0.0", 60000, s_second)).Status);
        Assert.Equal(
            [s_second.Public.Hex],
            (await GetAsync($"/api/ota/preflight?hw={Hardware}&version=9.9.9&seq=99999")).GetProperty("public_keys").EnumerateArray()
                .Select(static key => key.GetString()));
    }

    [Fact]
    public async Task WhatMustNotBeTakenIsRefused()
    {
        using var stranger = ReleaseKey.Create();
        (byte[] Record, int Status, string Named)[] cases =
        [
            ([1, 2, 3], 400, "208 bytes"),
            (KeyChangeRecord.Of(0, 1, [s_second.Public], false).Sign(stranger).ToBytes(), 409, "not signed by a key that is trusted"),
            (KeyChangeRecord.Of(1, 1, [s_second.Public], false).Sign(s_first).ToBytes(), 409, "only the recovery key"),
            (KeyChangeRecord.Of(1, 1, [s_second.Public], true).Sign(s_first).ToBytes(), 409, "recovery key"),
            (KeyChangeRecord.Of(0, 1, [s_second.Public], false).ToBytes(), 409, "not signed"),
        ];
        foreach ((byte[] record, int wanted, string named) in cases)
        {
            (int status, JsonElement json) = await PutAsync("keys", record);
            Assert.Equal(wanted, status);
            Assert.Contains(named, json.GetProperty("error").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(409, (await PutAsync("floor", Floor(1, 60000).Sign(stranger).ToBytes())).Status);
        Assert.Equal(400, (await PutAsync("floor", [])).Status);
        Assert.Equal("0.0", (await GetAsync("/api/ota/trust")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task AFloorIsAnnouncedAndWhatIsBelowStops()
    {
        await SignedAsync(s_old, "6.0.0", 60000, s_first);
        await CheckAsync(s_old, "6.0.0", 60000);
        int release = await SignedAsync(s_new, "6.1.0", 60100, s_first);
        long rollout = await RollOutAsync(release);
        JsonElement offer = Json(await CheckAsync(s_old, "6.0.0", 60000));
        int id = offer.GetProperty("id").GetInt32();
        Assert.Equal(200, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=0")).Status);

        FloorRecord floor = Floor(1, 60101).Sign(s_first);
        (int status, JsonElement change) = await PutAsync("floor", floor.ToBytes());
        Assert.Equal(200, status);
        Assert.Equal([rollout], change.GetProperty("stopped").EnumerateArray().Select(static one => one.GetInt64()));
        JsonElement stopped = await GetAsync($"/api/ota/rollouts/{rollout}");
        Assert.Equal("stopped floor", $"{stopped.GetProperty("state").GetString()} {stopped.GetProperty("cause").GetString()}");
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=1")).Status);

        RawAnswer answer = await CheckAsync(s_old, "6.0.0", 60000);
        Assert.EndsWith(",\"fl\":\"0.1\"}", answer.Body, StringComparison.Ordinal);
        RawBytes bytes = await GetBytesAsync("/api/ota/floor?after=0.0");
        Assert.Equal(floor.ToBytes(), bytes.Body);
        Assert.InRange(bytes.Length, 1, 250);
        Assert.Equal(404, (await GetBytesAsync("/api/ota/floor?after=0.1")).Status);

        JsonElement preflight = await GetAsync($"/api/ota/preflight?firmware={release}");
        Assert.Equal("floor", Assert.Single(preflight.GetProperty("obstacles").EnumerateArray()).GetProperty("reason").GetString());
        (status, JsonElement draft) = await PostAsync("/api/ota/rollouts", $$"""{"firmware_id":{{release}},"stages":[{"percent":100}]}""");
        Assert.Equal(201, status);
        (status, JsonElement refusal) = await PostAsync($"/api/ota/rollouts/{draft.GetProperty("id")}/start", null);
        Assert.Equal(409, status);
        Assert.Contains("the floor of atoms3-nb1 is 60101", refusal.GetProperty("error").GetString(), StringComparison.Ordinal);

        Assert.Contains(
            "never goes down",
            (await PutAsync("floor", Floor(2, 60100).Sign(s_first).ToBytes())).Json.GetProperty("error").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARollOutOfARevokedKeyStops()
    {
        await SignedAsync(s_old, "6.0.0", 60000, s_first);
        await CheckAsync(s_old, "6.0.0", 60000);
        long rollout = await RollOutAsync(await SignedAsync(s_new, "6.1.0", 60100, s_first));
        byte[] recovered = KeyChangeRecord.Of(1, 1, [s_second.Public], true).Sign(s_recovery).ToBytes();
        Assert.Equal(200, (await PutAsync("keys", recovered)).Status);
        JsonElement stopped = await GetAsync($"/api/ota/rollouts/{rollout}");
        Assert.Equal("stopped key", $"{stopped.GetProperty("state").GetString()} {stopped.GetProperty("cause").GetString()}");

        // Whatever a box has, what the recovery key signed it can check.
        Assert.Equal(recovered, (await GetBytesAsync("/api/ota/keys?after=0.999999999")).Body);
    }

    [Fact]
    public async Task WhoTrustsWhatIsWhatBoxesSay()
    {
        TestDevice other = await Host.RegisterAsync();
        TestDevice silent = await Host.RegisterAsync();
        Assert.NotEqual(other.Id, silent.Id);
        string first = s_first.Public.Fingerprint;
        string second = s_second.Public.Fingerprint;
        await CheckAsync(s_old, "6.0.0", 60000);
        await CheckAsync(s_old, "6.0.0", 60000, device: other);
        await SayAsync(Device, first, "0.0");
        await SayAsync(other, $"{first},{second}", "0.1!");
        await SayAsync(silent, "what, ever", "x");
        await PutAsync("keys", KeyChangeRecord.Of(0, 1, [s_first.Public, s_second.Public], false).Sign(s_first).ToBytes());
        await PutAsync("floor", Floor(1, 60000).Sign(s_second).ToBytes());

        JsonElement trust = await GetAsync("/api/ota/trust");
        Assert.Equal("0.1", trust.GetProperty("name").GetString());
        Assert.Equal(s_recovery.Public.Fingerprint, trust.GetProperty("recovery_key").GetString());
        Assert.Equal(1, trust.GetProperty("silent").GetInt32());
        Assert.Equal(
            [$"{first} False 1", $"{first},{second} True 1"],
            trust.GetProperty("groups").EnumerateArray().Select(static group =>
                $"{string.Join(',', group.GetProperty("keys").EnumerateArray())} {group.GetProperty("is_current").GetBoolean()} {group.GetProperty("boxes")}")
                .Order(StringComparer.Ordinal));
        JsonElement floor = Assert.Single(trust.GetProperty("floors").EnumerateArray());
        Assert.Equal(
            "0.1 60000 False True 1 1 1",
            $"{floor.GetProperty("name").GetString()} {floor.GetProperty("minimum_sequence")} {floor.GetProperty("is_expired").GetBoolean()} {floor.GetProperty("is_trusted").GetBoolean()} {floor.GetProperty("boxes")} {floor.GetProperty("behind")} {floor.GetProperty("expired")}");

        Assert.Equal([Device.Id], await BoxesAsync("behind"));
        Assert.Equal([other.Id], await BoxesAsync("expired"));
        Assert.Equal(2, (await BoxesAsync("")).Length);
        Assert.Equal(400, (await SendAsync(HttpMethod.Get, "/api/ota/trust/boxes?only=nobody")).Status);

        // A box that was made with the second key alone gets nothing that it could not check.
        await SayAsync(silent, second, "0.0");
        Assert.Equal(404, (await GetBytesAsync("/api/ota/keys?after=0.0", silent)).Status);
        Host.Clock.Advance(TimeSpan.FromDays(91));
        Assert.True((await GetAsync("/api/ota/trust")).GetProperty("floors")[0].GetProperty("is_expired").GetBoolean());
    }

    private FloorRecord Floor(int number, int minimum, int epoch = 0) =>
        FloorRecord.Of(Hardware, epoch, number, minimum, Now, Now.AddDays(90));

    private async Task<string[]> BoxesAsync(string only) =>
    [
        .. (await GetAsync($"/api/ota/trust/boxes?only={only}")).EnumerateArray().Select(
            static box => box.GetProperty("device_id").GetString()!),
    ];

    private static async Task SayAsync(TestDevice box, string keys, string floor)
    {
        string body = $$"""{"d":"{{box.Id}}","v":"6.0.0","b":1,"ob":"idle","ks":"{{keys}}","fl":"{{floor}}"}""";
        Assert.Equal(200, (await box.PostAsync("/api/heartbeat", body)).Status);
    }

    private Task<(int Status, JsonElement Json)> PutAsync(string kind, byte[] record) =>
        SendAsync(HttpMethod.Post, $"/api/ota/trust/{kind}", record);

    private async Task<(int Status, JsonElement Json)> PostAsync(string path, string? body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path);
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    private async Task<long> RollOutAsync(int release)
    {
        string body = $$"""{"firmware_id":{{release}},"stages":[{"percent":100}]}""";
        (int status, JsonElement draft) = await PostAsync("/api/ota/rollouts", body);
        Assert.Equal(201, status);
        long id = draft.GetProperty("id").GetInt64();
        Assert.Equal(200, (await PostAsync($"/api/ota/rollouts/{id}/start", null)).Status);
        MakePatches();
        return id;
    }

    private async Task<int> SignedAsync(byte[] image, string version, int sequence, ReleaseKey key)
    {
        int release = await ReleaseAsync(image, version, sequence);
        Assert.Equal(204, (await SignAsync(release, image, version, sequence, key)).Status);
        return release;
    }

    private Task<(int Status, JsonElement Json)> SignAsync(int release, byte[] image, string version, int sequence, ReleaseKey key) =>
        SendAsync(
            HttpMethod.Put, $"/api/ota/firmware/{release}/manifest",
            ReleaseManifest.Of(DeploymentImage.Read(image), version, sequence, Hardware).Sign(key).ToBytes());
}
