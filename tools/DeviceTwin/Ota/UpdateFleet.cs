using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Ota.Signing;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>
/// A backend with boxes registered, the image that they run, and the one that they shall run: uploaded, signed, its patch made, rolled out.
/// </summary>
internal sealed class UpdateFleet : IAsyncDisposable
{
    // Jobs of the backend run when its clock passes their time: after this, patches are made.
    private const long JobsMs = 30_000;

    // A small fleet comes from the workshop; of thousands none has a key for answers, which costs three requests each.
    private const int MostMade = 16;

    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]?> _macKeys = new(StringComparer.Ordinal);

    private UpdateFleet(
        BackendHost backend, VirtualTimeProvider time, ReleaseKey key, ReleaseKey recovery, byte[] oldImage, byte[] newImage,
        TwinFirmware release)
    {
        Key = key;
        Recovery = recovery;
        Release = release;
        Backend = backend;
        Time = time;
        OldImage = oldImage;
        NewImage = newImage;
        Desk = new ReleaseDesk(backend.Address, backend.AdminKey);
    }

    /// <summary>The backend.</summary>
    public BackendHost Backend { get; }

    /// <summary>Its clock.</summary>
    public VirtualTimeProvider Time { get; }

    /// <summary>Whoever releases.</summary>
    public ReleaseDesk Desk { get; }

    /// <summary>Who signs.</summary>
    public ReleaseKey Key { get; }

    /// <summary>Who puts it right when that key is lost or stolen.</summary>
    public ReleaseKey Recovery { get; }

    /// <summary>Who signs after <see cref="ChangeKeysAsync"/>.</summary>
    public ReleaseKey NextKey { get; } = ReleaseKey.Create();

    /// <summary>Whether boxes find other keys and a floor when they ask.</summary>
    public bool HasChangedKeys { get; private set; }

    /// <summary>What the boxes run at first.</summary>
    public byte[] OldImage { get; }

    /// <summary>What they shall run.</summary>
    public byte[] NewImage { get; }

    /// <summary>What that says of itself.</summary>
    public TwinFirmware Release { get; }

    /// <summary>The boxes, in order.</summary>
    public IReadOnlyList<string> DeviceIds { get; private set; } = [];

    /// <summary>Bytes of the patch.</summary>
    public int PatchBytes { get; private set; }

    /// <summary>Chunks of the patch.</summary>
    public int PatchChunks { get; private set; }

    /// <summary>The build that is rolled out.</summary>
    public long FirmwareId { get; private set; }

    /// <summary>The roll-out.</summary>
    public long RolloutId { get; private set; }

    /// <summary>Starts a backend and brings it all there.</summary>
    /// <param name="seed">What its secrets, and the images, follow from.</param>
    /// <param name="startUtcMs">Its time at first.</param>
    /// <param name="boxes">How many boxes, up to 9,999.</param>
    /// <param name="imageBytes">About how large the images are.</param>
    /// <param name="release">What the new image says of itself.</param>
    /// <param name="churn">How much of the new image is new: 1 as from release to release, 10 a lot.</param>
    /// <param name="folder">Where its database goes.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The fleet.</returns>
    public static async Task<UpdateFleet> StartAsync(
        long seed, long startUtcMs, int boxes, int imageBytes, TwinFirmware release, double churn, string folder,
            CancellationToken stop = default)
    {
        var time = new VirtualTimeProvider(startUtcMs);
        var first = new TwinFirmware(FirmwareVersion.Text, FirmwareVersion.Sequence);
        byte[] oldImage = TwinImage.Build(first, imageBytes, seed);
        byte[] newImage = TwinImage.Build(release, imageBytes, seed, churn: churn);
        var key = ReleaseKey.Create();
        var recovery = ReleaseKey.Create();
        BackendHost backend = await BackendHost.StartAsync(
            folder, time, seed, key.Public.ToBytes(), $"--Manufacturing:RecoveryKey={recovery.Public.Hex}").ConfigureAwait(false);
        var fleet = new UpdateFleet(backend, time, key, recovery, oldImage, newImage, release);
        try
        {
            await fleet.RegisterAsync(boxes, stop).ConfigureAwait(false);
            await fleet.Desk.UploadAsync(oldImage, first, fleet.Key).ConfigureAwait(false);
            await fleet.LetOneAskAsync().ConfigureAwait(false);
            fleet.FirmwareId = await fleet.Desk.UploadAsync(newImage, release, fleet.Key).ConfigureAwait(false);
            await fleet.AwaitPatchAsync().ConfigureAwait(false);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The key for answers of a box; <c>null</c> = it has none.</summary>
    /// <param name="deviceId">Which.</param>
    /// <returns>Its key.</returns>
    public byte[]? MacKeyOf(string deviceId) => _macKeys[deviceId];

    /// <summary>The token of a box.</summary>
    /// <param name="deviceId">Which.</param>
    /// <returns>Its token.</returns>
    public string TokenOf(string deviceId) => _tokens[deviceId];

    /// <summary>Rolls the new image out.</summary>
    /// <param name="stages">Stages as the API takes them.</param>
    /// <param name="maxFailures">So many may fail.</param>
    /// <param name="soakMinutes">How long a stage is watched.</param>
    /// <returns>Done when it is started.</returns>
    public async Task RollOutAsync(JsonArray stages, int maxFailures, int soakMinutes)
    {
        JsonNode made = await Desk.PostAsync("/api/ota/rollouts", new JsonObject
        {
            ["firmware_id"] = FirmwareId,
            ["stages"] = stages,
            ["max_failures"] = maxFailures,
            ["max_failure_percent"] = 100,
            ["auto_advance"] = true,
            ["soak_minutes"] = soakMinutes,
        }).ConfigureAwait(false);
        RolloutId = made["id"]!.GetValue<long>();
        await Desk.PostAsync(
            string.Create(CultureInfo.InvariantCulture, $"/api/ota/rollouts/{RolloutId}/start"), null).ConfigureAwait(false);
    }

    /// <summary>
    /// Before the roll-out: another key takes the place of the one that boxes have, a floor is set that lets the new image through just so,
    /// and the release is signed again.
    /// </summary>
    /// <returns>Done when the backend has it all.</returns>
    public async Task ChangeKeysAsync()
    {
        await Desk.SendAsync("/api/ota/trust/keys", KeyChangeRecord.Of(0, 1, [NextKey.Public], isRecovery: false).Sign(Key).ToBytes())
            .ConfigureAwait(false);
        await SetFloorAsync(Release.Sequence, TimeSpan.FromDays(90)).ConfigureAwait(false);
        await Desk.UploadAsync(NewImage, Release, NextKey).ConfigureAwait(false);
        HasChangedKeys = true;
    }

    /// <summary>Sets the first floor, signed by <see cref="NextKey"/>.</summary>
    /// <param name="minimum">The lowest sequence that is taken.</param>
    /// <param name="until">How long it is good.</param>
    /// <returns>Done when the backend has it.</returns>
    public Task<JsonNode> SetFloorAsync(int minimum, TimeSpan until)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(Time.UtcNowMs);
        return Desk.SendAsync(
            "/api/ota/trust/floor",
            FloorRecord.Of(JamBox.Atoms3.Program.HardwareId, 0, 1, minimum, now, now + until).Sign(NextKey).ToBytes());
    }

    /// <summary>The last attempt of a box, as the backend has it.</summary>
    /// <param name="deviceId">Which.</param>
    /// <returns>Its state, and why; empty when there was none.</returns>
    public async Task<(string State, string Why)> LastAttemptAsync(string deviceId)
    {
        JsonNode attempts = await Desk.GetAsync($"/api/ota/attempts?device_id={deviceId}&limit=1").ConfigureAwait(false);
        JsonNode? last = attempts.AsArray().FirstOrDefault();
        return (last?["state"]?.GetValue<string>() ?? string.Empty, last?["why"]?.GetValue<string>() ?? string.Empty);
    }

    /// <summary>The state of the roll-out, as the backend has it.</summary>
    /// <returns>Such as running, or stopped.</returns>
    public async Task<string> RolloutStateAsync()
    {
        JsonNode rollout = await Desk.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/ota/rollouts/{RolloutId}"))
            .ConfigureAwait(false);
        return rollout["state"]?.GetValue<string>() ?? string.Empty;
    }

    public async ValueTask DisposeAsync()
    {
        Desk.Dispose();
        Key.Dispose();
        Recovery.Dispose();
        NextKey.Dispose();
        await Backend.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RegisterAsync(int boxes, CancellationToken stop)
    {
        for (int number = 1; number <= boxes; number++)
        {
            stop.ThrowIfCancellationRequested();
            string id = string.Create(CultureInfo.InvariantCulture, $"JBNB{number:D4}");
            (string token, byte[]? macKey) = boxes <= MostMade
                ? await Backend.AddAsync(id, number - 1).ConfigureAwait(false)
                : (await Backend.RegisterAsync(id).ConfigureAwait(false), null);
            _tokens.Add(id, token);
            _macKeys.Add(id, macKey);
        }

        DeviceIds = [.. _tokens.Keys];
    }

    // The backend makes patches from what the fleet says it runs: somebody has to say it before the release is there.
    private async Task LetOneAskAsync()
    {
        using var client = new HttpClient { BaseAddress = Backend.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/ota/check");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TokenOf(DeviceIds[0]));
        var body = new JsonObject
        {
            ["d"] = DeviceIds[0],
            ["v"] = FirmwareVersion.Text,
            ["bh"] = Convert.ToHexStringLower(SHA256.HashData(OldImage))[..16],
            ["hw"] = JamBox.Atoms3.Program.HardwareId,
            ["seq"] = FirmwareVersion.Sequence,
            ["p"] = "RLHE",
        };
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }

    // In virtual time the backend's jobs run while its clock is moved, to their end.
    private async Task AwaitPatchAsync()
    {
        Time.AdvanceTo(Time.UtcNowMs + JobsMs);
        JsonNode build = await Desk.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"/api/ota/firmware/{FirmwareId}")).ConfigureAwait(false);
        JsonNode? patch = build["patches"]!.AsArray().FirstOrDefault(
            one => one!["state"]?.GetValue<string>() == "ready" && one["profile"]?.GetValue<string>() is "R" or "L" && one["base_version"]?
                .GetValue<string>() == FirmwareVersion.Text);
        if (patch is null)
        {
            throw new InvalidOperationException($"the backend has made no patch: {build.ToJsonString()}");
        }

        PatchBytes = patch["size"]!.GetValue<int>();
        PatchChunks = patch["chunks"]!.GetValue<int>();
    }
}
