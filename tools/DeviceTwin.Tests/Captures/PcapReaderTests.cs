using JamBox.Twin.Captures;

namespace JamBox.Twin.Tests.Captures;

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
            [(1_700_000_000_000_001, 105, 1), (1_700_000_000_999_999, 127, 2), (1_700_000_005_500_000, 256, 3),
                (1_700_000_005_500_000, 105, 5), (7L, 256, 1)],
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
    public void StampsOfEveryResolutionBecomeMicroseconds()
    {
        (byte Resolution, ulong Ticks, long Us)[] cases =
        [
            (0, 1_700_000_000, 1_700_000_000_000_000),
            (3, 1_700_000_000_123, 1_700_000_000_123_000),
            (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456),
            (12, 1_700_000_000_123_456, 1_700_000_000),
            (0x94, (1_700_000_000UL << 20) + (1 << 19), 1_700_000_000_500_000),
            (0xBF, 1UL << 63, 1_000_000),
            (0xFF, ulong.MaxValue, 0),
            (127, ulong.MaxValue, 0),
        ];
        foreach ((byte resolution, ulong ticks, long us) in cases)
        {
            CaptureBuilder file = new CaptureBuilder(false).Section().Interface(105, resolution).Enhanced(0, ticks, [1]);
            Assert.Equal(us, PcapReader.Read(file.ToStream(), $"resolution {resolution}").Single().UtcUs);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnOffsetMayLeadBefore1970ButNotOutOfTheCalendar(bool isBigEndian)
    {
        CaptureBuilder file = new CaptureBuilder(isBigEndian).Section()
            .Interface(105, offsetSeconds: -10).Interface(105, offsetSeconds: long.MinValue).Interface(105, offsetSeconds: long.MaxValue)
            .Enhanced(0, 3_000_000, [1]).Enhanced(1, 0, [1]).Enhanced(2, ulong.MaxValue, [1]);
        long[] years =
            [.. PcapReader.Read(file.ToStream(), "x").Select(packet => DateTimeOffset.FromUnixTimeMilliseconds(packet.UtcUs / 1_000).Year)];
        Assert.Equal([1969, 1, 9999], years);
    }

    [Fact]
    public void WhatASnapLengthCutOffIsKnown()
    {
        CapturedPacket packet = PcapReader
            .Read(new CaptureBuilder(false).PcapHeader(127, snapLength: 34).PcapPacket(1, 2, s_probe, cutOff: 70).ToStream(), "x").Single();
        Assert.Equal((24, 94L), (packet.Data.Length, packet.OriginalLength));
        CapturedPacket simple = PcapReader
            .Read(new CaptureBuilder(false).Section().Interface(105, snapLength: 10).Simple(s_probe).ToStream(), "x").Single();
        Assert.Equal((10, 24L), (simple.Data.Length, simple.OriginalLength));
        Assert.Equal(
            24,
            PcapReader.Read(new CaptureBuilder(false).PcapHeader(127, snapLength: uint.MaxValue).PcapPacket(1, 2, s_probe).ToStream(), "x")
                .Single().Data.Length);
    }

    [Fact]
    public void BlocksThatHoldNoPacketArePassedOverWhateverTheirSize()
    {
        CaptureBuilder file = new CaptureBuilder(false).Section().Interface(105)
            .Block(5, body => body.UInt32(0))
            .Block(0x8000_0001, body => body.Raw(new byte[2_000_000]))
            .Obsolete(0, 5, s_probe);
        Assert.Equal(5, PcapReader.Read(file.ToStream(), "x").Single().UtcUs);
    }

    [Fact]
    public void APaddedBlockMayLeaveThePaddingOutOfItsLength()
    {
        CaptureBuilder builder = new CaptureBuilder(false).Section().Interface(105);
        int block = builder.ToArray().Length;
        byte[] file = builder.Enhanced(0, 5, new byte[25]).Enhanced(0, 6, s_probe).ToArray();
        Assert.Equal((60, 60), (file[block + 4], file[block + 56]));
        file[block + 4] = file[block + 56] = 57;
        Assert.Equal([5, 6], PcapReader.Read(new MemoryStream(file), "x").Select(packet => packet.UtcUs));
    }

    [Fact]
    public void PackedFilesAndLongRecordsAreReadToo()
    {
        CaptureBuilder plain = new CaptureBuilder(true).PcapHeader(105).PcapPacket(1, 2, s_probe).PcapPacket(3, 4, s_probe);
        Assert.Equal(
            PcapReader.Read(plain.ToStream(), "x").Select(p => p.UtcUs),
            PcapReader.Read(new MemoryStream(plain.ToGzip()), "x").Select(p => p.UtcUs));
        byte[] longer = new CaptureBuilder(false).PcapHeader(105)
            .Raw(1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 0xAA).ToArray();
        longer[0] = 0x34;
        longer[1] = 0xCD;
        Assert.Equal([0xAA], PcapReader.Read(new MemoryStream(longer), "x").Single().Data);
    }

    /// <summary>As after a power loss: what is whole is read, whatever the end looks like.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryCutLeavesThePacketsBeforeIt(bool isBigEndian)
    {
        CaptureBuilder pcap = new CaptureBuilder(isBigEndian).PcapHeader(127);
        CaptureBuilder ng = new CaptureBuilder(isBigEndian).Section().Interface(256);
        List<(int Length, int Packets)> whole = [(pcap.ToArray().Length, 0)];
        List<(int Length, int Packets)> wholeNg = [(ng.ToArray().Length, 0)];
        for (int packet = 1; packet <= 3; packet++)
        {
            whole.Add((pcap.PcapPacket(1, 2, s_probe).ToArray().Length, packet));
            wholeNg.Add((ng.Enhanced(0, 1, s_probe).ToArray().Length, packet));
        }

        AssertCuts(pcap.ToArray(), whole);
        AssertCuts(ng.ToArray(), wholeNg);
    }

    [Fact]
    public void APackedFileThatIsCutIsReadUpToThere()
    {
        CaptureBuilder plain = new CaptureBuilder(false).PcapHeader(105);
        for (uint second = 0; second < 2_000; second++)
        {
            plain.PcapPacket(second, second * 7_919 % 1_000_000, CaptureBuilder.Probe(0x02_11_22_33_44_55 + (second * 0x9E37_79B9UL)));
        }

        byte[] packed = plain.ToGzip();
        string? said = null;
        int packets = PcapReader.Read(new MemoryStream(packed, 0, packed.Length / 2), "cut.pcap.gz", line => said = line).Count();
        Assert.InRange(packets, 100, 1_900);
        Assert.Contains($"the {packets} packets before that are read", said);
    }

    [Fact]
    public void WhatIsNoCaptureIsRefused()
    {
        AssertRefused("neither a pcap nor", "GIF89a, really"u8.ToArray());
        AssertRefused("neither a pcap nor", new byte[100]);
        AssertRefused("interface 3", new CaptureBuilder(false).Section().Enhanced(3, 0, [1]).ToArray());
        AssertRefused(
            "4294967295 bytes",
            new CaptureBuilder(false).PcapHeader(105).Raw([.. new byte[8], 255, 255, 255, 255, 255, 255, 255, 255]).ToArray());
        AssertRefused("cut short", new CaptureBuilder(false).Section().Raw(99, 0, 0, 0, 0xFC, 255, 255, 255).ToArray());
        AssertRefused("cut short", []);
        AssertRefused("does not unpack", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255]);
        Assert.Contains(
            "cannot be opened", Assert.Throws<CaptureFormatException>(() => PcapReader.ReadFile("/does/not/exist.pcap").Count()).Message);
        Assert.Contains(
            "is a folder", Assert.Throws<CaptureFormatException>(() => PcapReader.ReadFile(Path.GetTempPath()).Count()).Message);
    }

    [Fact]
    public void NoMutationDoesMoreThanBreakTheFile()
    {
        byte[] frame = [.. s_probe, 1, 2, 3, 4];
        byte[] advert = CaptureBuilder.BlePacket(0x40, 0xC0FFEE, [3, 0xFF, 0x4C, 0]);
        byte[] ng = new CaptureBuilder(false).Section().Interface(127, resolution: 9).Interface(256, resolution: 0x8A, offsetSeconds: 99)
            .Interface(1)
            .Enhanced(0, 12_345_678_901, CaptureBuilder.Radiotap(2_412, -60, 0x10, s_probe))
            .Enhanced(1, 77, CaptureBuilder.WithRfHeader(0, -40, 3, advert))
            .Enhanced(2, 78, s_probe)
            .Block(0x0BAD, body => body.UInt32(7))
            .Obsolete(0, 12_345_678_902, s_probe)
            .Simple(s_probe).ToArray();
        byte[] swapped =
            [.. new CaptureBuilder(true).Section().Interface(272).Enhanced(0, 1, CaptureBuilder.Nordic(37, -40, advert)).ToArray(), .. ng];
        byte[] old = new CaptureBuilder(true).PcapHeader(127, isNano: true)
            .PcapPacket(5, 6, CaptureBuilder.Radiotap(2_437, -70, 0, s_probe)).PcapPacket(7, 8, []).ToArray();
        byte[] ppi = new CaptureBuilder(false).PcapHeader(192).PcapPacket(5, 6, CaptureBuilder.Ppi(2_437, -70, 1, frame))
            .PcapPacket(5, 6, CaptureBuilder.Ppi(2_437, -70, 1, frame, true)).ToArray();
        byte[] prism = new CaptureBuilder(false).PcapHeader(119).PcapPacket(5, 6, CaptureBuilder.Prism(6, 4, -70, s_probe))
            .PcapPacket(5, 6, CaptureBuilder.Avs(6, 2, -70, s_probe)).ToArray();
        CaptureFuzzer fuzzer = new(seed: 20_230_316);
        for (int i = 0; i < 7_000; i++)
        {
            Array.ForEach([ng, swapped, old, ppi, prism], file => fuzzer.Try(file));
        }

        Assert.True(
            fuzzer.Broken > 1_000 && fuzzer.Readable > 1_000 && fuzzer.Damaged > 1_000,
            $"{fuzzer.Broken} broken, {fuzzer.Damaged} damaged, {fuzzer.Readable} readable");
    }

    [Fact]
    public void NoMutationOfAPackedFileDoesMoreThanBreakIt()
    {
        byte[] packed = new CaptureBuilder(false).PcapHeader(105).PcapPacket(1, 2, s_probe).PcapPacket(3, 4, s_probe).ToGzip();
        CaptureFuzzer fuzzer = new(seed: 7);
        for (int i = 0; i < 2_000; i++)
        {
            fuzzer.Try(packed);
        }

        Assert.True(fuzzer.Broken > 100 && fuzzer.Readable > 10, $"{fuzzer.Broken} broken, {fuzzer.Readable} readable");
    }

    [CaptureFact]
    public void NoMutationOfARealFileDoesMoreThanBreakIt()
    {
        CaptureFuzzer fuzzer = new(seed: 4);
        foreach (string path in SharedCaptures.Files)
        {
            byte[] whole = File.ReadAllBytes(path);
            for (int i = 0; i < 40; i++)
            {
                fuzzer.Try(whole.AsSpan(0, Math.Min(whole.Length, 20_000)));
            }
        }

        Assert.True(fuzzer.Damaged > 100, $"{fuzzer.Broken} broken, {fuzzer.Damaged} damaged, {fuzzer.Readable} readable");
    }

    private static void AssertCuts(byte[] file, List<(int Length, int Packets)> whole)
    {
        for (int length = 0; length < file.Length; length++)
        {
            (int wholeLength, int expected) = whole.FindLast(mark => mark.Length <= length);
            string? said = null;
            try
            {
                Assert.Equal(expected, PcapReader.Read(new MemoryStream(file, 0, length), "cut.pcap", line => said = line).Count());
                Assert.Equal(expected > 0 && length != wholeLength, said != null);
            }
            catch (CaptureFormatException e)
            {
                Assert.Equal(0, expected);
                said = e.Message;
            }

            Assert.True(said is null || (said.StartsWith("cut.pcap is cut short", StringComparison.Ordinal) && !said.Contains('\n')), said);
        }
    }

    private static void AssertRefused(string because, byte[] file)
    {
        CaptureFormatException e = Assert.Throws<CaptureFormatException>(() => PcapReader.Read(new MemoryStream(file), "f.pcap").Count());
        Assert.Contains(because, e.Message);
        Assert.StartsWith("f.pcap ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }
}
