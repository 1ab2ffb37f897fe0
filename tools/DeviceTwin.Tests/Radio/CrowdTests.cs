using JamBox.Ports;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;
using Xunit.Abstractions;

namespace JamBox.Twin.Tests.Radio;

public class CrowdTests(ITestOutputHelper output)
{
    private const long Midnight = 1_700_006_400_000;
    private const int Day = 86_400_000;

    [Fact]
    public void ADayIsPlausible()
    {
        World world = new(seed: 1, RadioMode.HearEverything);
        world.Run(Day, drainMs: 20);
        TruthReport report = world.Truth.Report();
        output.WriteLine(
            $"{world.Crowd.People} people, {world.Crowd.Frames} frames, {world.Crowd.Adverts} adverts");
        output.WriteLine(
            $"i {report.Impressions} u {report.Unique} zones {string.Join('/', report.Zones)} dwell {string.Join('/', report.Dwell)} rssi {report.Signal.MeanDbm:0.0} {report.Signal.StrongestDbm} {report.Signal.WeakestDbm}");
        output.WriteLine(
            $"ble_i {report.BleImpressions} ble_u {report.BleUnique} apple {report.BleApple} other {report.BleOther} rssi {report.BleSignal.MeanDbm:0.0}");
        Assert.InRange(world.Crowd.People, 1_250, 1_650);
        Assert.InRange(report.Impressions, 10_000, 200_000);
        Assert.InRange(report.Unique, 2_000, 50_000);
        Assert.All(report.Zones, count => Assert.True(count > 50));
        Assert.All(report.Dwell, count => Assert.True(count > 0));
        Assert.InRange(report.BleApple / (double)report.BleUnique, 0.6, 0.9);
        Assert.InRange(report.BleAppleInUse / (double)report.BleApple, 0.3, 0.7);
        Assert.InRange(report.Signal.WeakestDbm!.Value, -97, -85);
        Assert.True(report.BleImpressions < world.Crowd.Adverts);
    }

    [Fact]
    public void ARadioThatHearsEverythingHearsTheTruth()
    {
        World world = new(seed: 2, RadioMode.HearEverything);
        world.Run(Day / 4, drainMs: 20);
        Assert.Equal(0, world.Radio.DroppedRecords);
        AssertSame(world.Truth.Report(), world.Heard.Report());
        Assert.Equal(world.Heard.Report().Impressions, world.DrainedProbes);
        Assert.Equal(world.Heard.Adverts, world.DrainedAdverts);
    }

    [Fact]
    public void ARealRadioHearsItsSlice()
    {
        World world = new(seed: 2, RadioMode.Real);
        world.Radio.ListenWifi(6);
        world.Run(Day / 4, drainMs: 20);
        TruthReport truth = world.Truth.Report();
        TruthReport heard = world.Heard.Report();
        Assert.InRange(heard.Impressions / (double)truth.Impressions, 0.30, 0.36);
        Assert.Equal(0, heard.BleImpressions);
        Assert.Equal(heard.Impressions, world.DrainedProbes);
    }

    [Fact]
    public void TheSameSeedIsTheSameCrowdWhateverTheBoxDoes()
    {
        World first = new(seed: 3, RadioMode.HearEverything);
        World second = new(seed: 3, RadioMode.Real);
        World other = new(seed: 4, RadioMode.Real);
        first.Run(Day / 8, drainMs: 20);
        second.Run(Day / 8, drainMs: 250);
        other.Run(Day / 8, drainMs: 250);
        AssertSame(first.Truth.Report(), second.Truth.Report());
        Assert.Equal(first.Crowd.People, second.Crowd.People);
        Assert.NotEqual(first.Truth.Report().Impressions, other.Truth.Report().Impressions);
    }

    [Fact]
    public void NightsAreQuiet()
    {
        World world = new(seed: 5, RadioMode.HearEverything, new CrowdOptions { PeoplePerHour = 200 });
        world.Run(4 * 3_600_000, drainMs: 1_000);
        int night = world.Crowd.People;
        world.Run(6 * 3_600_000, drainMs: 1_000);
        int morning = world.Crowd.People;
        world.Run(4 * 3_600_000, drainMs: 1_000);
        Assert.InRange(night, 20, 120);
        Assert.InRange(world.Crowd.People - morning, 1_200, 1_900);
    }

    [Fact]
    public void NobodyComesWhereNobodyShould()
    {
        World world = new(seed: 6, RadioMode.HearEverything, new CrowdOptions { PeoplePerHour = 0, Beacons = 0, HasEquipment = false });
        world.Run(Day, drainMs: 60_000);
        Assert.Equal((0, 0L, 0L), (world.Crowd.People, world.Crowd.Frames, world.Crowd.Adverts));
    }

    [Fact]
    public void AFloodOverrunsTheRing()
    {
        World world = new(seed: 7, RadioMode.HearEverything, new CrowdOptions { PeoplePerHour = 0, Beacons = 0, HasEquipment = false });
        world.Crowd.Flood(perSecond: 2_000, durationMs: 2_000);
        world.Run(1_000, drainMs: 100);
        Assert.Equal(0, world.Radio.DroppedRecords);
        world.Run(2_000, drainMs: 1_000);
        Assert.Equal(4_000, world.Crowd.Frames);

        // The first second ends with the frames of its last millisecond: 1,998 are left for the second, in which nobody drains.
        Assert.Equal(1_998 - 512, world.Radio.DroppedRecords);
        Assert.Equal(4_000, world.Truth.Report().DistinctAddresses);
        world.Crowd.Flood(perSecond: 500, durationMs: 4_000, addresses: 50);
        world.Run(5_000, drainMs: 100);
        Assert.Equal(4_050, world.Truth.Report().DistinctAddresses);
    }

    [Fact]
    public void AfterStopTheAirIsSilent()
    {
        World world = new(seed: 8, RadioMode.HearEverything, new CrowdOptions { IsEven = true });
        world.Run(600_000, drainMs: 100);
        world.Crowd.Stop();
        long frames = world.Crowd.Frames + world.Crowd.Adverts;
        Assert.True(frames > 0);
        world.Run(600_000, drainMs: 100);
        Assert.Equal(frames, world.Crowd.Frames + world.Crowd.Adverts);
    }

    private static void AssertSame(TruthReport expected, TruthReport actual)
    {
        Assert.Equal(Flat(expected), Flat(actual));
    }

    private static string Flat(TruthReport report)
    {
        return $"{report.Impressions} {report.Unique} {report.DistinctAddresses} {report.Signal.SumDbm} {string.Join('/', report.Zones)} {string.Join('/', report.Dwell)} "
            + $"{report.BleImpressions} {report.BleUnique} {report.BleApple} {report.BleOther} {report.BleSignal.SumDbm}";
    }

    private sealed class World
    {
        private readonly byte[] _records = new byte[512 * RadioRecord.Size];

        public World(long seed, RadioMode mode, CrowdOptions? options = null)
        {
            Radio = new TwinRadio(Clock, mode) { Heard = Heard };
            Crowd = new Crowd(Clock, Radio, Truth, seed, options);
            Crowd.Start();
        }

        public VirtualClock Clock { get; } = new(Midnight);

        public TwinRadio Radio { get; }

        public GroundTruth Truth { get; } = new();

        public GroundTruth Heard { get; } = new();

        public Crowd Crowd { get; }

        public long DrainedProbes { get; private set; }

        public long DrainedAdverts { get; private set; }

        public void Run(long ms, int drainMs)
        {
            for (long end = Clock.NowMs + ms; Clock.NowMs < end;)
            {
                Clock.Sleep(drainMs);
                DrainedProbes += Radio.DrainProbes(_records);
                DrainedAdverts += Radio.DrainAdverts(_records);
            }
        }
    }
}
