using JamBox.App;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Soak;

/// <summary>A radio that hears more than the chip can count, or nothing at all: the box goes on, and says so.</summary>
[Collection(nameof(TwinRunTests))]
public sealed class FloodTests : IDisposable
{
    private const int MinuteMs = 60_000;

    // The slowest chip that is planned with (docs/counting.md, "What it costs"): 1,000 probes a second take all of it.
    private const int SlowestChip = 150_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;
    private int _worlds;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// 1,000 probe requests a second for twelve minutes on the slowest chip: the loop never stands still, readings are closed and sent
    /// meanwhile, and each agrees with the naive counter; what was lost is in <c>rl</c>.
    /// </summary>
    [Fact]
    public async Task AFloodLeavesTheOthersTheirTurn()
    {
        const int FloodAtMs = 7 * MinuteMs;
        const int FloodMs = 12 * MinuteMs;
        int exchanges = 0;
        int lost = 0;
        var colours = new HashSet<int>();
        WorldResult result = await RunAsync(1, (device, _, bridge) =>
        {
            At(device, FloodAtMs, () => ((CrowdScene)device.Parts.Scene).Crowd!.Flood(perSecond: 3_000, FloodMs, addresses: 900));
            bridge.Exchanged += (_, _, _) => exchanges += IsWithin(device, FloodAtMs, FloodMs) ? 1 : 0;
            for (int at = FloodAtMs; at < FloodAtMs + FloodMs; at += 100)
            {
                At(device, at, () => colours.Add(device.Indicator.Colour));
            }

            At(device, FloodAtMs + FloodMs + (5 * MinuteMs), () => lost = device.Parts.Radio.DroppedRecordsTold);
        });
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.InRange(result.LongestLoopMs, 1, Invariants.MostLoopMs);
        Assert.DoesNotContain(BoxDiedException.Watchdog, result.Boots.Keys);
        Assert.InRange(exchanges, 2, 100);
        Assert.InRange(colours.Count, 2, 100);
        Assert.InRange(lost, 1_000, 12 * 60 * 1_000);
    }

    /// <summary>The same chip counts a usual day's crowd without losing a frame.</summary>
    [Fact]
    public async Task TheSlowestChipCountsACrowd()
    {
        int lost = -1;
        WorldResult result = await RunAsync(
            2, (device, _, _) => At(device, 50 * MinuteMs, () => lost = device.Parts.Radio.DroppedRecordsTold));
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.Equal(0, lost);
    }

    /// <summary>Bluetooth that goes deaf is restarted, and hears again; the readings say what was heard, and no reading is lost.</summary>
    [Fact]
    public async Task DeafBluetoothIsRestarted()
    {
        int restarts = 0;
        RadioTrouble left = RadioTrouble.Refuses;
        WorldResult result = await RunAsync(3, (device, _, _) =>
        {
            At(device, 20 * MinuteMs, () => device.Parts.Radio.BleTrouble = RadioTrouble.DeafUntilRestart);
            At(device, 58 * MinuteMs, () => (restarts, left) = (device.Parts.Radio.BleRestarts, device.Parts.Radio.BleTrouble));
        });
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.Equal((1, RadioTrouble.None), (restarts, left));
        Assert.DoesNotContain(RadioWatch.RebootReason, result.Boots.Keys);
    }

    /// <summary>Wi-Fi that refuses to listen is restarted within a minute or two, and the time is not one listened.</summary>
    [Fact]
    public async Task WifiThatRefusesIsRestarted()
    {
        int restarts = 0;
        WorldResult result = await RunAsync(4, (device, _, _) =>
        {
            At(device, 20 * MinuteMs, () => device.Parts.Radio.WifiTrouble = RadioTrouble.Refuses);
            At(device, 23 * MinuteMs, () => restarts = device.Parts.Radio.WifiRestarts);
        });
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.Equal(1, restarts);
    }

    private static bool IsWithin(DeviceRun device, int fromMs, int forMs) =>
        device.VirtualMs >= fromMs && device.VirtualMs < fromMs + forMs;

    private static void At(DeviceRun device, long atMs, Action action) => device.Parts.Clock.At(atMs, action);

    private Task<WorldResult> RunAsync(long seed, Action<DeviceRun, Invariants, VirtualHttpBridge> prepared)
    {
        var options = new WorldOptions
        {
            Seed = seed,
            Faults = FaultTable.Named("none")!,
            Hours = 1,
            Crowd = 300,
            IlASecond = SlowestChip,
            Folder = Path.Combine(_folder, "world" + ++_worlds),
            Prepared = prepared,
        };
        return Task.Run(() => World.RunAsync(options, CancellationToken.None));
    }
}
