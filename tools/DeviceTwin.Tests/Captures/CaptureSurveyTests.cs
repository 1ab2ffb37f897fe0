using JamBox.Twin.Captures;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Captures;

public sealed class CaptureSurveyTests : IDisposable
{
    // A whole minute of 2023.
    private const uint Start = 1_680_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-survey").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void FilesAreMergedAndSmallDisorderIsPutRight()
    {
        CaptureSurvey survey = new([Write("a.pcap", 10, 30, 20, 40), Write("b.pcap", 15, 25, 50)]);
        Assert.Equal([10, 15, 20, 25, 30, 40, 50], survey.Events().Select(heard => (heard.UtcMs / 1_000) - Start));
        Assert.Equal((10, 50), ((survey.FirstUtcMs / 1_000) - Start, (survey.LastUtcMs / 1_000) - Start));
        Assert.Equal(7, survey.Packets);
        Assert.Empty(survey.Notes);
    }

    /// <summary>A sniffer whose clock was set back after thousands of packets.</summary>
    [Fact]
    public void AFileMayRunBackInTimeAsFarAsItLikes()
    {
        uint[] times = [.. Enumerable.Range(3_000, 3_000).Select(n => (uint)n), .. Enumerable.Range(0, 3_000).Select(n => (uint)n)];
        CaptureSurvey survey = new([Write("back.pcap", times)]);
        Assert.Equal(Enumerable.Range(0, 6_000).Select(n => (long)n), survey.Events().Select(heard => (heard.UtcMs / 1_000) - Start));
    }

    [Fact]
    public void WhatIsNoRadioBesideOneIsSkippedAndSaid()
    {
        byte[] file = new CaptureBuilder(false).Section().Interface(1).Interface(105)
            .Enhanced(0, Start * 1_000_000UL, [1, 2, 3]).Enhanced(1, Start * 1_000_000UL, CaptureBuilder.Probe(0x02_11_22_33_44_55))
                .ToArray();
        string beside = Path.Combine(_folder, "beside.pcapng");
        File.WriteAllBytes(beside, file);
        string wired = Path.Combine(_folder, "wired.pcap");
        File.WriteAllBytes(wired, new CaptureBuilder(false).PcapHeader(113).PcapPacket(Start, 0, [1]).ToArray());
        CaptureSurvey survey = new([beside, wired]);
        Assert.Single(survey.Events());
        Assert.Equal(
            "beside.pcapng, wired.pcap: 1 packets of link type 1, 1 packets of link type 113, which is no radio, skipped",
            Assert.Single(survey.Notes));
        Assert.Contains("link type 113", Assert.Throws<CaptureFormatException>(() => new CaptureSurvey([wired])).Message);
    }

    [Fact]
    public void NothingToReplayIsSaid()
    {
        Assert.Contains(
            "empty.pcap has nothing to replay",
            Assert.Throws<CaptureFormatException>(() => new CaptureSurvey([Write("empty.pcap")])).Message);
    }

    [Fact]
    public void AFileThatIsCutShortIsReadAndThatIsSaid()
    {
        string path = Write("cut.pcap", 1, 2, 3);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        CaptureSurvey survey = new([path]);
        Assert.Equal(2, survey.Events().Count());
        Assert.Equal(
            "cut.pcap is cut short: it ends in the middle of a record; the 2 packets before that are read", Assert.Single(survey.Notes));
    }

    /// <summary>Whatever the date, the same figures: minutes are kept.</summary>
    [Theory]
    [InlineData(3u)]
    [InlineData(951_868_680u)]
    [InlineData(1_577_750_100u)]
    [InlineData(Start)]
    [InlineData(2_147_483_587u)]
    [InlineData(4_294_966_980u)]
    public void FiguresDoNotDependOnTheDate(uint start)
    {
        CaptureBuilder file = new CaptureBuilder(false).PcapHeader(105);
        for (uint second = 0; second < 300; second += 7)
        {
            file.PcapPacket(start - (start % 60) + second, 999_999, CaptureBuilder.Probe(0x02_11_22_33_44_50UL + (second % 3)));
        }

        string path = Path.Combine(_folder, "dated.pcap");
        File.WriteAllBytes(path, file.ToArray());
        GroundTruth truth = new();
        foreach (AirEvent heard in new CaptureSurvey([path]).Events())
        {
            truth.AddFrame(heard.Frame, heard.RssiDbm, heard.UtcMs);
        }

        Assert.Equal((43, 15), (truth.Report().Impressions, truth.Report().Unique));
        Assert.Equal([0, 3, 0, 0], truth.Report().Dwell);
    }

    private string Write(string name, params uint[] seconds)
    {
        CaptureBuilder file = new CaptureBuilder(false).PcapHeader(105);
        foreach (uint second in seconds)
        {
            file.PcapPacket(Start + second, 0, CaptureBuilder.Probe(0x02_11_22_33_44_55));
        }

        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, file.ToArray());
        return path;
    }
}
