using System.Globalization;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Ota.Signing;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Ota;

/// <summary>
/// Keys and floor through the real firmware, modem and backend: a fleet moves to another key whatever the power does, what a revoked key
/// signed is not taken, the recovery key puts it right, and a box from which floors are kept says so.
/// </summary>
[Collection(nameof(TwinRunTests))]
public sealed class FleetKeysTests : IDisposable
{
    private const long HourMs = 3_600_000;
    private const int ImageBytes = 8 * 1024;
    private const long Seed = 11;

    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-keys-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A failure names the point and the command that replays it.</summary>
    [Fact]
    public async Task PowerMayGoWhileKeysAndFloorAreTaken()
    {
        var output = new StringWriter();
        PowerLossTotals totals = await new PowerLossRun(new PowerLossOptions { Every = 10, Pairs = 20, ChangesKeys = true }, output).RunAsync(
            CancellationToken.None);
        Assert.True(totals.Failed.Count == 0, output.ToString());
        Assert.True(totals.Points >= 80, $"only {totals.Points} points");
        Assert.True(totals.Pairs >= 8, $"only {totals.Pairs} pairs");
    }

    /// <summary>
    /// The box moves to another key. Then the recovery key names a third one: the roll-out of what the second signed stops, the box takes it
    /// not, and takes the same build when the third has signed it.
    /// </summary>
    [Fact]
    public async Task WhatARevokedKeySignedIsNotTaken()
    {
        using UpdateFleetScope scope = await StartAsync();
        UpdateFleet fleet = scope.Fleet;
        using var third = ReleaseKey.Create();
        await fleet.ChangeKeysAsync();
        int step = 0;
        var box = new UpdateBox(fleet, fleet.DeviceIds[0], Seed, new UpdateBoxOptions { HeartbeatIntervalMs = (int)HourMs });
        var seen = new List<string>();
        box.Device.Ends = () =>
        {
            if (step == 0 && box.Clock.NowMs >= HourMs / 2)
            {
                seen.Add(KeysAsync(fleet).GetAwaiter().GetResult());
                fleet.Desk.SendAsync(
                    "/api/ota/trust/keys", KeyChangeRecord.Of(1, 1, [third.Public], isRecovery: true).Sign(fleet.Recovery).ToBytes())
                    .GetAwaiter().GetResult();
                step = 1;
            }
            else if (step == 1 && box.Clock.NowMs >= 2 * HourMs)
            {
                seen.Add(KeysAsync(fleet).GetAwaiter().GetResult());
                seen.Add(StartFailsAsync(fleet).GetAwaiter().GetResult());
                seen.Add(box.Device.Firmware!.Version);
                fleet.Desk.UploadAsync(fleet.NewImage, fleet.Release, third).GetAwaiter().GetResult();
                fleet.RollOutAsync([new JsonObject { ["percent"] = 100 }], 1, 1).GetAwaiter().GetResult();
                step = 2;
            }

            return (step == 2 && box.Device.Firmware!.Version == fleet.Release.Version) || box.Clock.NowMs >= 6 * HourMs;
        };
        box.Device.Run(CancellationToken.None);
        Assert.Equal([fleet.NextKey.Public.Fingerprint, third.Public.Fingerprint, "revoked", FirmwareVersion.Text], seen);
        Assert.Equal(fleet.Release.Version, box.Device.Firmware!.Version);
    }

    /// <summary>The floor's time is over and no other has come: the heartbeat says so, and the backend lists the box.</summary>
    [Fact]
    public async Task ABoxThatIsKeptFromFloorsSaysSo()
    {
        using UpdateFleetScope scope = await StartAsync();
        UpdateFleet fleet = scope.Fleet;
        await fleet.Desk.SendAsync(
            "/api/ota/trust/keys", KeyChangeRecord.Of(0, 1, [fleet.NextKey.Public], isRecovery: false).Sign(fleet.Key).ToBytes());
        await fleet.SetFloorAsync(1, TimeSpan.FromHours(2.5));
        var box = new UpdateBox(fleet, fleet.DeviceIds[0], Seed, new UpdateBoxOptions { HeartbeatIntervalMs = (int)HourMs });
        int early = -1;
        box.Device.Ends = () =>
        {
            if (early < 0 && box.Clock.NowMs >= HourMs)
            {
                early = ExpiredAsync(fleet).GetAwaiter().GetResult();
            }

            return box.Clock.NowMs >= 5 * HourMs;
        };
        box.Device.Run(CancellationToken.None);
        Assert.Equal(0, early);
        Assert.Equal(1, await ExpiredAsync(fleet));
        JsonNode listed = await fleet.Desk.GetAsync("/api/ota/trust/boxes?only=expired");
        Assert.Equal(fleet.DeviceIds[0], Assert.Single(listed.AsArray())!["device_id"]!.GetValue<string>());
    }

    private static async Task<string> KeysAsync(UpdateFleet fleet)
    {
        JsonNode boxes = await fleet.Desk.GetAsync("/api/ota/trust/boxes");
        return string.Join(',', boxes.AsArray().Single(box => box!["device_id"]!.GetValue<string>() == fleet.DeviceIds[0])!["keys"]!.AsArray());
    }

    private static async Task<int> ExpiredAsync(UpdateFleet fleet) =>
        (await fleet.Desk.GetAsync("/api/ota/trust"))["floors"]![0]!["expired"]!.GetValue<int>();

    private static async Task<string> StartFailsAsync(UpdateFleet fleet)
    {
        JsonNode draft = await fleet.Desk.PostAsync("/api/ota/rollouts", new JsonObject
        {
            ["firmware_id"] = fleet.FirmwareId,
            ["stages"] = new JsonArray(new JsonObject { ["percent"] = 100 }),
        });
        try
        {
            await fleet.Desk.PostAsync(
                string.Create(CultureInfo.InvariantCulture, $"/api/ota/rollouts/{draft["id"]!.GetValue<long>()}/start"), null);
            return "started";
        }
        catch (InvalidOperationException refused) when (refused.Message.Contains("not trusted any more", StringComparison.Ordinal))
        {
            return "revoked";
        }
    }

    private async Task<UpdateFleetScope> StartAsync() => new(await UpdateFleet.StartAsync(
        Seed, s_start.ToUnixTimeMilliseconds(), 1, ImageBytes, new TwinFirmware("6.1.0", 60_100), 1, _folder));

    private sealed class UpdateFleetScope(UpdateFleet fleet) : IDisposable
    {
        public UpdateFleet Fleet { get; } = fleet;

        public void Dispose() => Fleet.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
