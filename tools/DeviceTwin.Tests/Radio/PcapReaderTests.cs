using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Radio;

public class PcapReaderTests
{
    private static readonly byte[] s_probe = CaptureBuilder.Probe(0x02_11_22_33_44_55);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Pcap(bool isBigEndian, bool isNano)
    {
        CaptureBuilder file = new CaptureBuilder(isBigEndian).PcapHeader(105, isNano)
            .PcapPacket(1_700_000_000, isNano ? 123_456_789u : 123_456u, s_probe)
            .PcapPacket(1_700_000_001, 0, [1]);
        CapturedPacket[] packets = [.. PcapReader.Read(file.ToStream(), "x")];
        Assert.Equal([1_700_000_000_123_456, 1_700_000_001_000_000], packets.Select(p => p.UtcUs));
        Assert.Equal(s_probe, packets[0].Data);
        Assert.All(packets, p => Assert.Equal(105, p.LinkType));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PcapNgWithSeveralInterfacesAndSections(bool isBigEndian)
    {
        CaptureBuilder file = new CaptureBuilder(isBigEndian).Section()
            .Interface(105)
            .Interface(127, resolution: 9)
            .Interface(256, resolution: 0x8A, offsetSeconds: 1_700_000_000)
            .Enhanced(0, 1_700_000_000_000_001, [1])
            .Enhanced(1, 1_700_000_000_999_999_999, [2, 2])
            .Enhanced(2, (5 << 10) + 512, [3, 3, 3])
            .Simple([4, 4, 4, 4, 4])
            .Block(0x0BAD, body => body.UInt32(7))
            .Section().Interface(256).Enhanced(0, 7, [5]);
        CapturedPacket[] packets = [.. PcapReader.Read(file.ToStream(), "x")];
        Assert.Equal(
            [(1_700_000_000_000_001, 105, 1), (1_700_000_000_999_999, 127, 2), (1_700_000_005_500_000, 256, 3), (1_700_000_005_500_000, 105, 5), (7L, 256, 1)],
            packets.Select(p => (p.UtcUs, p.LinkType, p.Data.Length)));
    }

    [Fact]
    public void SectionsMayDifferInByteOrder()
    {
        byte[] little = new CaptureBuilder(false).Section().Interface(105).Enhanced(0, 1, [1]).ToArray();
        byte[] big = new CaptureBuilder(true).Section().Interface(127).Enhanced(0, 2, [1, 2]).ToArray();
        Assert.Equal([105, 127, 105], PcapReader.Read(new MemoryStream([.. little, .. big, .. little]), "x").Select(p => p.LinkType));
    }

    [Fact]
    public void EveryTruncationOfAFileIsSaidInOneLine()
    {
        byte[][] files =
        [
            new CaptureBuilder(false).PcapHeader(127).PcapPacket(1, 2, s_probe).ToArray(),
            new CaptureBuilder(true).Section().Interface(256).Enhanced(0, 1, s_probe).ToArray(),
        ];
        foreach (byte[] file in files)
        {
            int whole = 0;
            for (int length = 0; length < file.Length; length++)
            {
                try
                {
                    _ = PcapReader.Read(new MemoryStream(file, 0, length), "cut.pcap").Count();
                    whole++;
                }
                catch (CaptureFormatException e)
                {
                    Assert.StartsWith("cut.pcap ", e.Message);
                    Assert.DoesNotContain('\n', e.Message);
                }
            }

            // A cut between two records cannot be told from an end.
            Assert.InRange(whole, 1, 2);
        }
    }

    [Fact]
    public void WhatIsNoRadioCaptureIsRefused()
    {
        AssertRefused("link type 1,", new CaptureBuilder(false).PcapHeader(1).ToArray());
        AssertRefused("link type 113,", new CaptureBuilder(false).Section().Interface(113).ToArray());
        AssertRefused("neither a pcap nor", "GIF89a, really"u8.ToArray());
        AssertRefused("interface 3", new CaptureBuilder(false).Section().Enhanced(3, 0, [1]).ToArray());
        AssertRefused("cut short", []);
        Assert.Contains("cannot be opened", Assert.Throws<CaptureFormatException>(() => PcapReader.ReadFile("/does/not/exist.pcap").Count()).Message);
    }

    [Fact]
    public void NoMutationDoesMoreThanBreakTheFile()
    {
        byte[] ng = new CaptureBuilder(false).Section().Interface(127, resolution: 9).Interface(256, resolution: 0x8A, offsetSeconds: 99)
            .Enhanced(0, 12_345_678_901, CaptureBuilder.Radiotap(2_412, -60, 0x10, s_probe))
            .Enhanced(1, 77, CaptureBuilder.WithRfHeader(0, -40, 3, CaptureBuilder.BlePacket(0x40, 0xC0FFEE, [3, 0xFF, 0x4C, 0])))
            .Simple(s_probe).ToArray();
        byte[] old = new CaptureBuilder(true).PcapHeader(127, isNano: true)
            .PcapPacket(5, 6, CaptureBuilder.Radiotap(2_437, -70, 0, s_probe)).PcapPacket(7, 8, []).ToArray();
        CaptureFuzzer fuzzer = new(seed: 20_230_316);
        for (int i = 0; i < 20_000; i++)
        {
            fuzzer.Try(ng);
            fuzzer.Try(old);
        }

        Assert.True(fuzzer.Broken > 1_000 && fuzzer.Readable > 1_000, $"{fuzzer.Broken} broken, {fuzzer.Readable} readable");
    }

    [CaptureFact]
    public void NoMutationOfARealFileDoesMoreThanBreakIt()
    {
        CaptureFuzzer fuzzer = new(seed: 4);
        foreach (string path in SharedCaptures.Files)
        {
            byte[] whole = File.ReadAllBytes(path);
            for (int i = 0; i < 60; i++)
            {
                fuzzer.Try(whole.AsSpan(0, Math.Min(whole.Length, 20_000)));
            }
        }

        Assert.True(fuzzer.Broken > 20, $"{fuzzer.Broken} broken, {fuzzer.Readable} readable");
    }

    private static void AssertRefused(string because, byte[] file)
    {
        CaptureFormatException e = Assert.Throws<CaptureFormatException>(() => PcapReader.Read(new MemoryStream(file), "f.pcap").Count());
        Assert.Contains(because, e.Message);
        Assert.StartsWith("f.pcap ", e.Message);
    }
}
