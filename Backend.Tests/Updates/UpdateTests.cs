using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;
using JamBox.Ota.Patching;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Updates;

/// <summary>A release as its bench and the boxes live through it.</summary>
public abstract class UpdateTests(BackendHost shared) : OtaTest(shared)
{
    private static readonly byte[] s_old = ImageBuilder.Make(1);
    private static readonly byte[] s_new = ImageBuilder.Make(1, revision: 1);

    [Fact]
    public async Task ABoxGoesFromOneReleaseToTheNext()
    {
        await ReleaseAsync(s_old, "6.0.0", 60000);
        await HeartbeatAsync("idle", "6.0.0");
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);

        RawAnswer answer = await CheckAsync(s_old, "6.0.0", 60000);
        JsonElement offer = Json(answer);
        Assert.InRange(answer.Length, 1, 300);
        int id = offer.GetProperty("id").GetInt32();
        int chunks = offer.GetProperty("chunks").GetInt32();
        JsonElement size = offer.GetProperty("size");
        Assert.Equal(
            $$"""{"status":"ok","update_available":true,"id":{{id}},"target":"6.1.0","size":{{size}},"chunks":{{chunks}}}""", answer.Body);
        Assert.Equal("offered", (await AttemptAsync()).GetProperty("state").GetString());

        RawBytes manifest = await GetBytesAsync($"/api/ota/manifest?id={id}");
        Assert.Equal("220", manifest.Header("Content-Length"));
        Assert.Equal("application/octet-stream", manifest.Header("Content-Type"));
        Assert.InRange(manifest.Length, 1, 512);
        byte[] patch = await LoadAsync(id, chunks);
        Assert.Equal(offer.GetProperty("size").GetInt32(), patch.Length);
        Assert.Equal(SHA256.HashData(patch), manifest.Body[156..188]);
        Assert.Equal(SHA256.HashData(s_old), manifest.Body[188..220]);
        Assert.Equal(PatchError.None, PatchApplier.Apply(s_old, patch, s_new.Length, out byte[] image));
        Assert.Equal(s_new, image);
        Assert.True(patch.Length < s_new.Length / 8, "The patch is hardly smaller than the image.");

        await HeartbeatAsync("applying", "6.0.0");
        Assert.Equal("applying", (await AttemptAsync()).GetProperty("state").GetString());
        await HeartbeatAsync("trial", "6.1.0");
        Host.Clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal("""{"status":"ok"}""", (await CompleteAsync(id, "6.1.0", "success")).Body);
        JsonElement attempt = await AttemptAsync();
        Assert.Equal("confirmed", attempt.GetProperty("state").GetString());
        Assert.Equal(release, attempt.GetProperty("firmware_id").GetInt32());
        Assert.Equal(patch.Length, attempt.GetProperty("bytes").GetInt32());
        Assert.Equal(90, attempt.GetProperty("seconds").GetDouble());
        Assert.Equal(
            "6.1.0", (await GetAsync($"/api/device/{Device.Id}")).GetProperty("device").GetProperty("firmware_version").GetString());
        Assert.Equal(["offered", "downloading", "applying", "trial", "confirmed"], Releases.Told.Select(static told => told.Split(' ')[1]));

        Assert.Equal("up_to_date", Json(await CheckAsync(s_new, "6.1.0", 60100)).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task ABoxWithAnUnknownImageGetsTheFullOne()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        JsonElement offer = Json(await CheckAsync(ImageBuilder.Make(99), "5.9.9", 59900));
        int id = offer.GetProperty("id").GetInt32();
        RawBytes manifest = await GetBytesAsync($"/api/ota/manifest?id={id}");
        byte[] patch = await LoadAsync(id, offer.GetProperty("chunks").GetInt32());
        Assert.Equal(1, manifest.Body[149]);
        Assert.False(manifest.Body.AsSpan(188).ContainsAnyExcept((byte)0));
        Assert.Equal(PatchError.None, PatchApplier.Apply([], patch, s_new.Length, out byte[] image));
        Assert.Equal(s_new, image);
    }

    [Fact]
    public async Task APatchThatNobodyNeededIsMadeWhenABoxAsks()
    {
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        await UploadAsync(s_old, "6.0.0", 60000);
        Assert.Equal(["L"], (await PatchesAsync(release)).Select(static patch => patch.GetProperty("profile").GetString()));

        Assert.Equal("preparing", Json(await CheckAsync(s_old, "6.0.0", 60000, "HE")).GetProperty("reason").GetString());
        Assert.Equal("preparing", Json(await CheckAsync(s_old, "6.0.0", 60000, "HE")).GetProperty("reason").GetString());
        MakePatches();
        JsonElement offer = Json(await CheckAsync(s_old, "6.0.0", 60000, "HE"));
        byte[] patch = await LoadAsync(offer.GetProperty("id").GetInt32(), offer.GetProperty("chunks").GetInt32());
        Assert.Equal(4, patch[0]);
        Assert.Equal(PatchError.None, PatchApplier.Apply(s_old, patch, s_new.Length, out byte[] image));
        Assert.Equal(s_new, image);
        Assert.Equal(["L full", "H full", "H 6.0.0"], (await PatchesAsync(release)).Select(static patch =>
            $"{patch.GetProperty("profile").GetString()} {patch.GetProperty("base_version").GetString() ?? "full"}"));
    }

    [Fact]
    public async Task TwoBoxesOnDifferentImagesGetDifferentPatches()
    {
        byte[] older = ImageBuilder.Make(1, revision: 2);
        await ReleaseAsync(older, "5.9.0", 59000);
        await ReleaseAsync(s_old, "6.0.0", 60000);
        TestDevice other = await Host.RegisterAsync();
        await HeartbeatAsync("idle", "6.0.0");
        await HeartbeatAsync("idle", "5.9.0", other);
        int release = await ReleaseAsync(s_new, "6.1.0", 60100);
        Assert.Equal(
            [null, "6.0.0", "5.9.0"], (await PatchesAsync(release)).Select(static patch => patch.GetProperty("base_version").GetString()));

        JsonElement first = Json(await CheckAsync(s_old, "6.0.0", 60000));
        JsonElement second = Json(await CheckAsync(older, "5.9.0", 59000, device: other));
        int firstId = first.GetProperty("id").GetInt32();
        int secondId = second.GetProperty("id").GetInt32();
        Assert.NotEqual(firstId, secondId);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={secondId}&chunk=0")).Status);
        byte[] patch = await LoadAsync(secondId, second.GetProperty("chunks").GetInt32(), device: other);
        Assert.Equal(PatchError.None, PatchApplier.Apply(older, patch, s_new.Length, out byte[] image));
        Assert.Equal(s_new, image);
        Assert.Equal("offered", (await AttemptAsync()).GetProperty("state").GetString());
        Assert.Equal("downloading", (await AttemptAsync(other)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task ABoxThatRolledBackIsNotOfferedTheReleaseUntilAnOperatorAllowsIt()
    {
        await ReleaseAsync(s_old, "6.0.0", 60000);
        await HeartbeatAsync("idle", "6.0.0");
        await ReleaseAsync(s_new, "6.1.0", 60100);
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        Assert.Equal(200, (await CompleteAsync(id, "6.1.0", "rolled_back", "no_send")).Status);
        Assert.Equal(200, (await CompleteAsync(id, "6.1.0", "rolled_back", "no_send")).Status);

        JsonElement[] attempts = [.. (await GetAsync($"/api/ota/attempts?device={Device.Id}")).EnumerateArray()];
        Assert.Equal("no_send", Assert.Single(attempts).GetProperty("why").GetString());
        Assert.Equal("excluded", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());
        Assert.Equal(404, (await SendAsync(HttpMethod.Post, $"/api/device/{Device.Id}/ota/allow?version=9.9")).Status);
        Assert.Equal(204, (await SendAsync(HttpMethod.Post, $"/api/device/{Device.Id}/ota/allow?version=6.1.0")).Status);
        Assert.Equal(404, (await SendAsync(HttpMethod.Post, $"/api/device/{Device.Id}/ota/allow?version=6.1.0")).Status);
        Assert.Equal(id, Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32());
        Assert.Equal(
            "ota.allow", (await GetAsync($"/api/audit?target={Device.Id}")).EnumerateArray().First().GetProperty("action").GetString());
        Assert.Equal(2, (await GetAsync($"/api/ota/attempts?device={Device.Id}")).GetArrayLength());
    }

    [Fact]
    public async Task APauseMakesABoxWaitAndAWithdrawnReleaseIsDropped()
    {
        await ReleaseAsync(s_new, "6.1.0", 60100);
        int id = Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32();
        await LoadAsync(id, 2);

        Releases.Standing = ReleaseStanding.Paused;
        RawBytes paused = await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=2");
        Assert.Equal(503, paused.Status);
        Assert.Equal("900", paused.Header("Retry-After"));
        Assert.Equal(503, (await GetBytesAsync($"/api/ota/manifest?id={id}")).Status);
        Assert.Equal("paused", Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("reason").GetString());
        Releases.Standing = ReleaseStanding.Offered;
        await LoadAsync(id, 3, from: 2);

        Releases.Standing = ReleaseStanding.Withdrawn;
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/manifest?id={id}")).Status);
        Assert.Equal(404, (await GetBytesAsync($"/api/ota/chunk?id={id}&chunk=3")).Status);
        Assert.Equal("withdrawn", (await AttemptAsync()).GetProperty("why").GetString());

        // No fault of the box: it may have it when it is offered again.
        Releases.Standing = ReleaseStanding.Offered;
        Assert.Equal(id, Json(await CheckAsync(s_old, "6.0.0", 60000)).GetProperty("id").GetInt32());
        Assert.Equal("downloading", await StateAfterAsync(() => LoadAsync(id, 4, from: 3)));
    }

    [Fact]
    public async Task TheSameRunGivesTheSameDatabase()
    {
        Assert.Equal(await RunAsync(), await RunAsync());
    }

    [Fact]
    public async Task AKeyForAPlaceSeesTheAttemptsThere()
    {
        TestDevice other = await Host.RegisterAsync();
        using HttpResponseMessage placed = await Host.AdminAsync(
            HttpMethod.Put, $"/api/device/{other.Id}/location", """{"location_name":"Shop A"}""");
        long place = JsonElement.Parse(await placed.Content.ReadAsStringAsync()).GetProperty("place_id").GetInt64();
        await ReleaseAsync(s_new, "6.1.0", 60100);
        await CheckAsync(s_old, "6.0.0", 60000);
        await CheckAsync(s_old, "6.0.0", 60000, device: other);
        using HttpResponseMessage made = await Host.AdminAsync(
            HttpMethod.Post, "/api/keys", $$"""{"name":"anna","role":"viewer","places":[{{place}}]}""");
        string key = JsonElement.Parse(await made.Content.ReadAsStringAsync()).GetProperty("key").GetString()!;
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/ota/attempts");
        request.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        JsonElement attempt = Assert.Single(JsonElement.Parse(await answer.Content.ReadAsStringAsync()).EnumerateArray());
        Assert.Equal(other.Id, attempt.GetProperty("device_id").GetString());
        using HttpRequestMessage upload = new(HttpMethod.Post, "/api/ota/firmware?version=7&hw=x&seq=1")
        {
            Content = new ByteArrayContent(s_old),
        };
        upload.Headers.Authorization = new("Bearer", key);
        Assert.Equal(403, (int)(await Host.Http.SendAsync(upload)).StatusCode);
    }

    /// <summary>A short life of a release on a backend of its own; everything that it left in the database.</summary>
    private async Task<string> RunAsync()
    {
        OfferNewest releases = new();
        await using BackendHost host = new(Host.Storage)
        {
            Args = ["--Ota:AllowUnsigned=true"],
            Configure = builder => builder.Services.AddSingleton<IReleaseSource>(releases),
        };
        await host.InitializeAsync();
        TestDevice device = await host.RegisterAsync();
        using HttpRequestMessage upload =
            new(HttpMethod.Post, $"/api/ota/firmware?version=6.1.0&hw={Hardware}&seq=60100") { Content = new ByteArrayContent(s_new) };
        upload.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        Assert.Equal(201, (int)(await host.Http.SendAsync(upload)).StatusCode);
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        RawAnswer offer = await CheckAsync(s_old, "6.0.0", 60000, device: device);
        Assert.Contains("\"id\":1,", offer.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await RawBytes.GetAsync(host, "/api/ota/chunk?id=1&chunk=0", device.Token)).Status);
        return offer.Text + host.Services.GetRequiredService<Store>().Read(0, static (session, _) => Dump(session));
    }

    private static string Dump(SqlSession session)
    {
        StringBuilder dump = new();
        foreach ((string table, int columns) in new[]
        {
            ("ota_firmware", 11),
            ("ota_deltas", 16),
            ("ota_devices", 7),
            ("ota_attempts", 14),
            ("events", 5),
        })
        {
            using SqlStatement row = session.Query($"SELECT * FROM {table} ORDER BY 1");
            while (row.Read())
            {
                dump.AppendLine(string.Join('|', Enumerable.Range(0, columns).Select(column => row.TextOrNull(column))));
            }
        }

        return dump.ToString();
    }

    private async Task<string?> StateAfterAsync(Func<Task> step)
    {
        await step();
        return (await AttemptAsync()).GetProperty("state").GetString();
    }
}
