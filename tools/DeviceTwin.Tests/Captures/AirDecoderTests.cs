using JamBox.Twin.Captures;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Captures;

public class AirDecoderTests
{
    private static readonly byte[] s_probe = CaptureBuilder.Probe(0x02_11_22_33_44_55);

    [Fact]
    public void RadiotapGivesSignalChannelAndTheFrameWithoutItsFcs()
    {
        byte[] packet = CaptureBuilder.Radiotap(2_437, -61, flags: 0x10, [.. s_probe, 1, 2, 3, 4]);
        Assert.True(Decode(127, packet, out AirEvent heard));
        Assert.Equal(s_probe, heard.Frame);
        Assert.Equal(-61, heard.RssiDbm);
        Assert.Equal(6, heard.Channel);
        Assert.Equal(1_234, heard.UtcMs);
    }

    [Fact]
    public void AFrameOfBadFcsIsNotHandedOn()
    {
        Assert.False(Decode(127, CaptureBuilder.Radiotap(2_437, -61, flags: 0x50, [.. s_probe, 1, 2, 3, 4]), out _));
    }

    /// <summary>What the snap length cut off is the FCS first: a header that is whole is not cut a second time.</summary>
    [Theory]
    [InlineData(0, 24)]
    [InlineData(1, 25)]
    [InlineData(4, 28)]
    [InlineData(60, 28)]
    public void AnFcsThatWasCutOffIsNotTakenOff(int cutOff, int frameLength)
    {
        byte[] packet = CaptureBuilder.Radiotap(2_437, -61, flags: 0x10, [.. s_probe, 1, 2, 3, 4]);
        Assert.True(AirDecoder.TryDecode(new CapturedPacket(1_234_567, 127, packet, packet.Length + cutOff), out AirEvent heard));
        Assert.Equal(frameLength, heard.Frame!.Length);
    }

    [Fact]
    public void AFrameWithHtControlKeepsItsAddresses()
    {
        byte[] probe = [.. s_probe, 0xC0, 0, 0, 0x40, 0, 0];
        probe[1] |= 0x80;
        Assert.True(Decode(127, CaptureBuilder.Radiotap(2_437, -61, flags: 0, probe), out AirEvent heard));
        GroundTruth truth = new();
        truth.AddFrame(heard.Frame, heard.RssiDbm, heard.UtcMs);
        Assert.Equal((1, 1), (truth.Report().Impressions, truth.Report().Unique));
    }

    [Theory]
    [InlineData(0x0001, false)]
    [InlineData(0x0001, true)]
    [InlineData(0x0000, false)]
    public void PpiGivesSignalChannelAndTheFrameWithoutItsFcs(ushort flags, bool isAligned)
    {
        byte[] frame = flags == 1 ? [.. s_probe, 1, 2, 3, 4] : s_probe;
        Assert.True(Decode(192, CaptureBuilder.Ppi(2_437, -61, flags, frame, isAligned), out AirEvent heard));
        Assert.Equal(s_probe, heard.Frame);
        Assert.Equal((-61, 6), (heard.RssiDbm, heard.Channel));
    }

    [Fact]
    public void PpiSaysWhatIsBehindIt()
    {
        Assert.False(Decode(192, CaptureBuilder.Ppi(2_437, -61, 0, s_probe, linkType: 1), out _));
        Assert.False(Decode(192, CaptureBuilder.Ppi(2_437, -61, 0x0005, [.. s_probe, 1, 2, 3, 4]), out _));
        Assert.True(Decode(192, CaptureBuilder.Ppi(2_437, -128, 0, s_probe), out AirEvent unknown));
        Assert.Equal(0, unknown.RssiDbm);
        Assert.True(
            Decode(192, CaptureBuilder.Ppi(0, 0, 0, CaptureBuilder.BlePacket(0x40, 0xC0FFEE, []), linkType: 251), out AirEvent advert));
        Assert.Equal(0xC0FFEEu, advert.Advert.Address);
    }

    [Theory]
    [InlineData(4, false, false)]
    [InlineData(6, false, false)]
    [InlineData(4, true, false)]
    [InlineData(6, false, true)]
    [InlineData(4, true, true)]
    public void PrismGivesSignalAndChannel(int signalItem, bool isBigEndian, bool hasOldIds)
    {
        Assert.True(Decode(119, CaptureBuilder.Prism(11, signalItem, -61, s_probe, isBigEndian, hasOldIds), out AirEvent heard));
        Assert.Equal(s_probe, heard.Frame);
        Assert.Equal((-61, 11), (heard.RssiDbm, heard.Channel));
    }

    [Theory]
    [InlineData(163, 2, 1, -61)]
    [InlineData(163, 2, 2, -61)]
    [InlineData(119, 2, 1, -61)]
    [InlineData(163, 1, 1, 0)]
    [InlineData(163, 3, 1, 0)]
    public void AvsGivesChannelAndASignalInDbmOnly(int linkType, int signalUnit, uint revision, int rssiDbm)
    {
        Assert.True(Decode(linkType, CaptureBuilder.Avs(11, signalUnit, -61, s_probe, revision), out AirEvent heard));
        Assert.Equal(s_probe, heard.Frame);
        Assert.Equal((rssiDbm, 11), (heard.RssiDbm, heard.Channel));
    }

    [Theory]
    [InlineData(119)]
    [InlineData(163)]
    [InlineData(192)]
    [InlineData(272)]
    [InlineData(1)]
    public void APacketWithoutItsHeaderIsNothing(int linkType)
    {
        Assert.False(Decode(linkType, s_probe, out _));
        Assert.False(Decode(linkType, [], out _));
    }

    [Fact]
    public void NordicsSnifferGivesSignalAndChannel()
    {
        byte[] packet = CaptureBuilder.BlePacket(0x40, 0xC0_11_22_33_44_55, [3, 0xFF, 0x4C, 0]);
        Assert.True(Decode(272, CaptureBuilder.Nordic(38, -57, packet), out AirEvent heard));
        Assert.Equal(new BleAdvert(0xC0_11_22_33_44_55, true, false, true, -57, 38), heard.Advert);
    }

    [Fact]
    public void RadiotapFieldsAreAlignedAndTheFirstSignalCounts()
    {
        // TSFT | rate | channel | signal, then an antenna's own word in the radiotap namespace: signal | antenna.
        byte[] header =
        [
            0, 0, 0, 0,
            0x2D, 0, 0, 0xA0,
            0x20, 0x08, 0, 0,
            0, 0, 0, 0,
            8, 7, 6, 5, 4, 3, 2, 1,
            0x02, 0, 0x6C, 0x09, 0x80, 0, 0xC4,
            0xB0, 0,
        ];
        header[2] = (byte)header.Length;
        Assert.True(RadiotapHeader.TryParse([.. header, .. s_probe], out RadioHeader parsed));
        Assert.Equal(new RadioHeader(header.Length, -60, 1, false, false), parsed);
    }

    [Fact]
    public void RadiotapPassesOverAVendorsFields()
    {
        // Vendor namespace with 3 bytes of its own between the rate and the radiotap word that holds the signal.
        byte[] header =
        [
            0, 0, 0, 0,
            0x04, 0, 0, 0xC0,
            0x01, 0, 0, 0xA0,
            0x20, 0, 0, 0,
            0x02, 0, 0xAA, 0xBB, 0xCC, 1, 3, 0, 9, 9, 9, 0xC9,
        ];
        header[2] = (byte)header.Length;
        Assert.True(RadiotapHeader.TryParse([.. header, .. s_probe], out RadioHeader parsed));
        Assert.Equal(-55, parsed.RssiDbm);
    }

    [Theory]
    [InlineData(2_412, 1)]
    [InlineData(2_472, 13)]
    [InlineData(2_484, 14)]
    [InlineData(5_180, 36)]
    [InlineData(900, 0)]
    public void ChannelOfAFrequency(int mhz, int channel)
    {
        Assert.Equal(channel, RadioHeader.ChannelOf(mhz));
    }

    [Fact]
    public void NoSignalIsNotZeroDbm()
    {
        Assert.True(Decode(105, s_probe, out AirEvent bare));
        Assert.Equal(0, bare.RssiDbm);
        byte[] advert = CaptureBuilder.BlePacket(0x40, 0xC0_11_22_33_44_55, []);
        Assert.True(Decode(256, CaptureBuilder.WithRfHeader(39, -70, flags: 1, advert), out AirEvent unknown));
        Assert.Equal(0, unknown.Advert.RssiDbm);
        Assert.True(Decode(256, CaptureBuilder.WithRfHeader(39, -70, flags: 3, advert), out AirEvent known));
        Assert.Equal(-70, known.Advert.RssiDbm);
        Assert.Equal(39, known.Advert.Channel);
    }

    [Theory]
    [InlineData(0x40, true, false)]
    [InlineData(0x01, false, false)]
    [InlineData(0x42, true, false)]
    [InlineData(0x46, true, false)]
    [InlineData(0x44, true, true)]
    public void AdvertisingPdus(byte header, bool isRandom, bool isScanResponse)
    {
        Assert.True(Decode(251, CaptureBuilder.BlePacket(header, 0xC0_11_22_33_44_55, [2, 1, 6]), out AirEvent heard));
        Assert.Equal(new BleAdvert(0xC0_11_22_33_44_55, isRandom, isScanResponse, false, 0, 0), heard.Advert);
    }

    [Theory]
    [InlineData(0x43)]
    [InlineData(0x45)]
    [InlineData(0x47)]
    public void OtherPdusAreNoAdvertisements(byte header)
    {
        Assert.False(Decode(251, CaptureBuilder.BlePacket(header, 0xC0_11_22_33_44_55, [2, 1, 6]), out _));
    }

    [Fact]
    public void NoiseIsNoAdvertisement()
    {
        Assert.False(Decode(251, CaptureBuilder.BlePacket(0x40, 0xC0_11_22_33_44_55, [2, 1, 6], hasGoodCrc: false), out _));
        byte[] otherAccessAddress = CaptureBuilder.BlePacket(0x40, 0xC0_11_22_33_44_55, [2, 1, 6]);
        otherAccessAddress[0] ^= 1;
        Assert.False(Decode(251, otherAccessAddress, out _));
    }

    [Theory]
    [InlineData(new byte[] { 2, 1, 6, 5, 0xFF, 0x4C, 0, 1, 2 }, true, 1)]
    [InlineData(new byte[] { 2, 1, 6, 10, 0xFF, 0x4C, 0, 0x10, 5, 1, 2, 3, 4, 0x12 }, true, 0x10)]
    [InlineData(new byte[] { 3, 0xFF, 0x4C, 0 }, true, 0)]
    [InlineData(new byte[] { 3, 0xFF, 0x4C, 0, 2, 0x0A, 0x10 }, true, 0)]
    [InlineData(new byte[] { 3, 0xFF, 0x06, 0 }, false, 0)]
    [InlineData(new byte[] { 3, 0x16, 0x4C, 0 }, false, 0)]
    [InlineData(new byte[] { 2, 0xFF, 0x4C }, false, 0)]
    [InlineData(new byte[] { 9, 0xFF, 0x4C, 0 }, false, 0)]
    [InlineData(new byte[] { 0, 3, 0xFF, 0x4C, 0 }, false, 0)]
    [InlineData(new byte[] { }, false, 0)]
    public void ManufacturerDataOfApple(byte[] data, bool isApple, byte messageType)
    {
        Assert.Equal((isApple, messageType), (BleLinkLayer.BearsApple(data, out byte found), found));
    }

    private static bool Decode(int linkType, byte[] data, out AirEvent heard)
    {
        return AirDecoder.TryDecode(new CapturedPacket(1_234_567, linkType, data, data.Length), out heard);
    }
}
