using JamBox.Ports;
using JamBox.Twin.Captures;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Captures;

public sealed class CaptureReplayTests : IDisposable
{
    // A whole minute of 2023.
    private const uint Start = 1_680_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-replay").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void FramesReachTheBoxAtTheUptimeThatIsFileTimeToIt()
    {
        string file = Write("a.pcap", (100, 0), (101, 500_000), (160, 0));
        CaptureReplay replay = new(new CaptureSurvey([file]));
        VirtualClock clock = new(0);
        GroundTruth heard = new();
        TwinRadio radio = new(clock, RadioMode.HearEverything) { Heard = heard };
        GroundTruth truth = new();
        long utcAtUptimeZero = (Start * 1_000L) + 90_000;
        replay.Start(clock, radio, truth, () => utcAtUptimeZero);
        clock.Sleep(11_500);
        Assert.Equal([10_000, 11_500], Uptimes(radio));

        // The box finds that it was 2 s slow: the third frame comes 2 s earlier on its uptime.
        utcAtUptimeZero += 2_000;
        clock.Sleep(56_499);
        Assert.Empty(Uptimes(radio));
        clock.Sleep(100);
        clock.Sleep(2_000);
        Assert.Equal([68_000], Uptimes(radio));
        Assert.True(replay.IsFinished);
        Assert.Equal(0, replay.PlayedLate);
        Assert.Equal(3, truth.Report().Impressions);
        Assert.Equal(truth.Minutes.Select(m => m.Minute), heard.Minutes.Select(m => m.Minute));
    }

    [Fact]
    public void ABoxThatIsLateIsSaidToBe()
    {
        CaptureReplay replay = new(new CaptureSurvey([Write("a.pcap", (10, 0), (20, 0))]));
        VirtualClock clock = new(0);
        clock.Sleep(15_000);
        replay.Start(clock, new TwinRadio(clock, RadioMode.HearEverything), null, () => Start * 1_000L);
        clock.Sleep(10_000);
        Assert.Equal((2, 1), (replay.Played, replay.PlayedLate));
    }

    [CaptureFact]
    public void ARealCaptureComesThroughTheRadioWhole()
    {
        CaptureSurvey survey = new([SharedCaptures.PathOf(SharedCaptures.Brno16), SharedCaptures.PathOf(SharedCaptures.Boston)]);
        CaptureReplay replay = new(survey);
        VirtualClock clock = new(survey.FirstUtcMs - 60_000);
        GroundTruth heard = new();
        TwinRadio radio = new(clock, RadioMode.HearEverything) { Heard = heard };
        GroundTruth truth = new();
        replay.Start(clock, radio, truth, () => clock.UtcAtBootMs);
        byte[] records = new byte[64 * RadioRecord.Size];
        long drained = 0;
        while (!replay.IsFinished)
        {
            // Between the two captures lie years.
            clock.Sleep(replay.Played is 0 or > 5_900 and < 5_930 ? 10_000 : 20);
            drained += Drain(radio, records);
        }

        drained += Drain(radio, records);
        TruthReport report = heard.Report();
        Assert.Equal(report.Impressions + heard.Adverts, drained);
        Assert.Equal((2_757, 1_359), (report.Impressions, report.Unique));
        Assert.Equal([53, 403, 289, 614], report.Zones);
        Assert.Equal((1_956, 42), (report.BleImpressions, report.BleUnique));
        Assert.Equal(0, radio.DroppedRecords);
    }

    private static long Drain(TwinRadio radio, byte[] records)
    {
        long drained = 0;
        for (int n; (n = radio.DrainProbes(records) + radio.DrainAdverts(records)) > 0;)
        {
            drained += n;
        }

        return drained;
    }

    private static uint[] Uptimes(TwinRadio radio)
    {
        byte[] records = new byte[64 * RadioRecord.Size];
        return [.. Enumerable.Range(0, radio.DrainProbes(records)).Select(i => BitConverter.ToUInt32(records, (i * RadioRecord.Size) + RadioRecord.TimeMs))];
    }

    private string Write(string name, params (uint Seconds, uint Us)[] times)
    {
        CaptureBuilder file = new CaptureBuilder(false).PcapHeader(105);
        foreach ((uint seconds, uint us) in times)
        {
            file.PcapPacket(Start + seconds, us, CaptureBuilder.Probe(0x02_11_22_33_44_55));
        }

        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, file.ToArray());
        return path;
    }
}
