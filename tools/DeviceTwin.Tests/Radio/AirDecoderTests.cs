using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Radio;

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
        Assert.True(RadiotapHeader.TryParse([.. header, .. s_probe], out RadiotapHeader parsed));
        Assert.Equal(new RadiotapHeader(header.Length, -60, 1, false, false), parsed);
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
        Assert.True(RadiotapHeader.TryParse([.. header, .. s_probe], out RadiotapHeader parsed));
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
        Assert.Equal(channel, RadiotapHeader.ChannelOf(mhz));
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
    [InlineData(new byte[] { 2, 1, 6, 5, 0xFF, 0x4C, 0, 1, 2 }, true)]
    [InlineData(new byte[] { 3, 0xFF, 0x4C, 0 }, true)]
    [InlineData(new byte[] { 3, 0xFF, 0x06, 0 }, false)]
    [InlineData(new byte[] { 3, 0x16, 0x4C, 0 }, false)]
    [InlineData(new byte[] { 2, 0xFF, 0x4C }, false)]
    [InlineData(new byte[] { 9, 0xFF, 0x4C, 0 }, false)]
    [InlineData(new byte[] { 0, 3, 0xFF, 0x4C, 0 }, false)]
    [InlineData(new byte[] { }, false)]
    public void ManufacturerDataOfApple(byte[] data, bool isApple)
    {
        Assert.Equal(isApple, BleLinkLayer.BearsApple(data));
    }

    private static bool Decode(int linkType, byte[] data, out AirEvent heard)
    {
        return AirDecoder.TryDecode(new CapturedPacket(1_234_567, linkType, data), out heard);
    }
}
