using JamBox.Ports;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Radio;

public class TwinRadioTests
{
    private const ulong Random = 0x02_11_22_33_44_55;

    [Fact]
    public void ARecordHasWhatTheLayoutSays()
    {
        VirtualClock clock = new(0, uptimeAtStartMs: (1L << 32) + 0x01020304);
        TwinRadio radio = new(clock, RadioMode.HearEverything);
        byte[] frame = CaptureBuilder.Probe(Random, sequence: 0xABC);
        Assert.True(radio.HearFrame(frame, frame.Length, -61, 11));
        Assert.True(radio.HearAdvert(new BleAdvert(0xC1_22_33_44_55_66, true, false, true, 0, 38)));
        byte[] records = new byte[100];
        Assert.Equal(1, radio.DrainProbes(records));
        Assert.Equal(new byte[] { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0xC3, 11, 4, 3, 2, 1, 0xBC, 0x0A, 0, 0 }, records[..16]);
        Assert.Equal(1, radio.DrainAdverts(records));
        Assert.Equal(new byte[] { 0xC1, 0x22, 0x33, 0x44, 0x55, 0x66, 0, 38, 4, 3, 2, 1, 0, 0, 5, 0 }, records[..16]);
        Assert.Equal(0, radio.DrainProbes(records) + radio.DrainAdverts(records));
    }

    [Fact]
    public void OnlyRandomUnicastSourcesPass()
    {
        TwinRadio radio = new(new VirtualClock(0), RadioMode.HearEverything);
        byte[] frame = CaptureBuilder.Probe(Random);
        Assert.False(radio.HearFrame(CaptureBuilder.Probe(0x00_11_22_33_44_55), 24, -1, 1));
        Assert.False(radio.HearFrame(CaptureBuilder.Probe(0x03_11_22_33_44_55), 24, -1, 1));
        Assert.False(radio.HearFrame(frame, 23, -1, 1));
        frame[0] = 0x80;
        Assert.False(radio.HearFrame(frame, 24, -1, 1));
    }

    [Fact]
    public void TheRealRadioHearsWhatItIsTunedTo()
    {
        TwinRadio radio = new(new VirtualClock(0), RadioMode.Real);
        byte[] frame = CaptureBuilder.Probe(Random);
        BleAdvert advert = new(1, true, false, false, -50, 37);
        Assert.False(radio.HearFrame(frame, 24, -1, 6) || radio.HearAdvert(advert));
        radio.ListenWifi(6);
        Assert.True(radio.HearFrame(frame, 24, -1, 6));
        Assert.True(radio.HearFrame(frame, 24, -1, 0));
        Assert.False(radio.HearFrame(frame, 24, -1, 7) || radio.HearAdvert(advert));
        radio.ListenBle();
        Assert.True(radio.HearAdvert(advert));
        Assert.False(radio.HearFrame(frame, 24, -1, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => radio.ListenWifi(14));
    }

    [Fact]
    public void FullRingsRefuseTheNewestAndCount()
    {
        GroundTruth heard = new();
        TwinRadio radio = new(new VirtualClock(0), RadioMode.HearEverything) { Heard = heard };
        for (int i = 0; i < 600; i++)
        {
            radio.HearFrame(CaptureBuilder.Probe(Random, sequence: i), 24, -50, 1);
            radio.HearAdvert(new BleAdvert((ulong)i, true, false, false, -50, 37));
        }

        Assert.Equal(600 - 512 + 600 - 64, radio.DroppedRecords);
        byte[] records = new byte[512 * 16];
        Assert.Equal(512, radio.DrainProbes(records));
        Assert.Equal(0, records[RadioRecord.Sequence]);
        Assert.Equal(511, BitConverter.ToUInt16(records, (511 * 16) + RadioRecord.Sequence));
        Assert.Equal(64, radio.DrainAdverts(records));
        Assert.Equal(512, heard.Report().Impressions);
        Assert.Equal(64, heard.Report().BleImpressions);
    }

    [Fact]
    public void TheRingKeepsItsOrderAcrossTheWrap()
    {
        TwinRadio radio = new(new VirtualClock(0), RadioMode.HearEverything);
        byte[] records = new byte[(7 * 16) + 5];
        int next = 0;
        int put = 0;
        SeededRandom random = new(3);
        while (next < 5_000)
        {
            for (int n = random.Between(0, 12); n > 0 && put - next < 512; n--)
            {
                Assert.True(radio.HearFrame(CaptureBuilder.Probe(Random, sequence: put++ & 0xFFF), 24, -50, 1));
            }

            int drained = radio.DrainProbes(records);
            Assert.InRange(drained, 0, 7);
            for (int i = 0; i < drained; i++)
            {
                Assert.Equal(next++ & 0xFFF, BitConverter.ToUInt16(records, (i * 16) + RadioRecord.Sequence));
            }
        }
    }

    [Fact]
    public void HearingAllocatesNothing()
    {
        TwinRadio radio = new(new VirtualClock(0), RadioMode.HearEverything);
        byte[] frame = CaptureBuilder.Probe(Random);
        byte[] records = new byte[512 * 16];
        BleAdvert advert = new(1, true, false, false, -50, 37);
        long before = 0;
        for (int i = 0; i < 20_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            radio.HearFrame(frame, 24, -1, 6);
            radio.HearAdvert(advert);
            radio.DrainProbes(records);
            radio.DrainAdverts(records);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
