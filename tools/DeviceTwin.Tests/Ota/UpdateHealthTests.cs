using System.Globalization;
using System.Text.Json.Nodes;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Ota;

/// <summary>
/// The real firmware counts for a day, then gets a release that does as it should, or one that reports as ever and counts nothing any
/// more: nothing that the box itself could notice. The backend's health gate tells them apart.
/// </summary>
[Collection(nameof(TwinRunTests))]
public sealed class UpdateHealthTests : IDisposable
{
    private const long HourMs = 3_600_000;
    private const long RolloutAtMs = 26 * HourMs;
    private const long PatienceMs = 48 * HourMs;
    private const int ImageBytes = 8 * 1024;

    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-health-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ASoundReleaseProvesItself()
    {
        JsonNode view = await RollOutAsync(TwinBehaviour.Sound);
        Assert.Equal("done", view["state"]!.GetValue<string>());
        Assert.Equal(1, view["boxes"]!["proved"]!.GetValue<int>());
        Assert.Equal(100, view["statistics"]!["success_percent"]!.GetValue<double>());
    }

    [Fact]
    public async Task AReleaseThatCountsNothingIsCaughtByTheHealthGate()
    {
        JsonNode view = await RollOutAsync(TwinBehaviour.CountsNothing);
        Assert.Equal("stopped canaries", $"{view["state"]} {view["cause"]}");
        Assert.Contains("1 do worse than before", view["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("counts", view["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal((1, 0, 0), (view["boxes"]!["unhealthy"]!.GetValue<int>(), view["boxes"]!["proved"]!.GetValue<int>(), view["boxes"]!["silent"]!.GetValue<int>()));
        Assert.Equal(0, view["statistics"]!["success_percent"]!.GetValue<double>());
    }

    private async Task<JsonNode> RollOutAsync(TwinBehaviour behaviour)
    {
        const long seed = 7;
        UpdateFleet fleet = await UpdateFleet.StartAsync(
            seed, s_start.ToUnixTimeMilliseconds(), 2, ImageBytes, new TwinFirmware("6.1.0", 60_100, behaviour), 1, _folder);
        await using (fleet)
        {
            var box = new UpdateBox(fleet, fleet.DeviceIds[0], seed, new UpdateBoxOptions
            {
                HeartbeatIntervalMs = (int)HourMs, PeopleAnHour = 40, PatienceMs = PatienceMs,
            });
            var canary = new JsonArray(new JsonObject { ["devices"] = new JsonArray(fleet.DeviceIds[0]) }, new JsonObject { ["percent"] = 100 });
            long lookedAtMs = 0;
            string state = string.Empty;
            box.Device.Ends = () =>
            {
                if (fleet.RolloutId == 0 && box.Clock.NowMs >= RolloutAtMs)
                {
                    fleet.RollOutAsync(canary, 2, 30).GetAwaiter().GetResult();
                }

                if (fleet.RolloutId != 0 && box.Clock.NowMs >= lookedAtMs + (HourMs / 4))
                {
                    lookedAtMs = box.Clock.NowMs;
                    state = ViewAsync(fleet).GetAwaiter().GetResult()["state"]!.GetValue<string>();
                }

                return state is "done" or "stopped" || box.Clock.NowMs >= PatienceMs;
            };
            box.Device.Run(CancellationToken.None);
            JsonNode view = await ViewAsync(fleet);
            Assert.True(view["state"]!.GetValue<string>() != "canary", view.ToJsonString());
            return view;
        }
    }

    private static Task<JsonNode> ViewAsync(UpdateFleet fleet) =>
        fleet.Desk.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/ota/rollouts/{fleet.RolloutId}"));
}
