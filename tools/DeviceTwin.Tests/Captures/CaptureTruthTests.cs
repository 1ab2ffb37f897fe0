using JamBox.Twin.Captures;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Captures;

/// <summary>The figures that others made of these captures with other tools.</summary>
public class CaptureTruthTests
{
    [CaptureFact]
    public void BusyLab()
    {
        GroundTruth truth = Count(SharedCaptures.Brno16);
        TruthReport report = truth.Report();
        Assert.Equal(5_924, truth.Frames);
        Assert.Equal(2_757, report.Impressions);
        Assert.Equal(1_162, report.DistinctAddresses);
        Assert.Equal(1_359, report.Unique);
        Assert.Equal(1_359, truth.Minutes.Sum(minute => minute.Unique));
        Assert.Equal([53, 403, 289, 614], report.Zones);
        Assert.Equal(-74.11, report.Signal.MeanDbm!.Value, 0.005);
        Assert.Equal(-32, report.Signal.StrongestDbm);
        Assert.Equal(-97, report.Signal.WeakestDbm);
    }

    [CaptureFact]
    public void EmptyLab()
    {
        GroundTruth truth = Count(SharedCaptures.Brno17);
        TruthReport report = truth.Report();
        Assert.Equal(511, truth.Frames);
        Assert.Equal(0, report.Impressions);
        Assert.Equal(0, report.Unique);
        Assert.Equal([0, 0, 0, 0], report.Zones);
        Assert.Null(report.Signal.MeanDbm);
    }

    [CaptureFact]
    public void Bluetooth()
    {
        GroundTruth truth = Count(SharedCaptures.Boston);
        TruthReport report = truth.Report();
        Assert.Equal(3_755, PcapReader.ReadFile(SharedCaptures.PathOf(SharedCaptures.Boston)).Count());
        Assert.Equal(1_956, report.BleImpressions);
        Assert.Equal(17, report.BleDistinctAddresses);
        Assert.Equal(13, report.BleDistinctAppleAddresses);
        Assert.Equal([12, 16, 14], truth.Minutes.Select(minute => minute.BleUnique));
        Assert.Equal(42, report.BleUnique);

        // Of the 13 seven begin with Nearby Info or Handoff, four with Find My, two with AirPlay: 4 + 7 + 7 device-minutes of 34.
        Assert.Equal([4, 7, 7], truth.Minutes.Select(minute => minute.BleAppleInUse));
        Assert.Equal((34, 18), (report.BleApple, report.BleAppleInUse));
        Assert.Null(report.BleSignal.MeanDbm);
    }

    [CaptureFact]
    public void WithoutItsCrcNoiseWouldBecomeDevices()
    {
        int good = 0;
        HashSet<ulong> addresses = [];
        foreach (CapturedPacket packet in PcapReader.ReadFile(SharedCaptures.PathOf(SharedCaptures.Boston)))
        {
            ReadOnlySpan<byte> pdu = packet.Data.AsSpan(14);
            int length = 2 + pdu[1];
            if (pdu.Length >= length + 3)
            {
                uint crc = (uint)(pdu[length] | (pdu[length + 1] << 8) | (pdu[length + 2] << 16));
                bool isAdvertising = packet.Data.AsSpan(10, 4).SequenceEqual(new byte[] { 0xD6, 0xBE, 0x89, 0x8E });
                good += isAdvertising && BleLinkLayer.Crc24(pdu[..length]) == crc ? 1 : 0;
            }

            if (pdu.Length >= 8 && (pdu[0] & 0x0F) is 0 or 1 or 2 or 6)
            {
                addresses.Add(BitConverter.ToUInt64([.. pdu.Slice(2, 6), 0, 0]));
            }
        }

        Assert.Equal(2_935, good);
        Assert.True(addresses.Count > 180, $"{addresses.Count}");
    }

    private static GroundTruth Count(string file)
    {
        GroundTruth truth = new();
        foreach (AirEvent heard in new CaptureSurvey([SharedCaptures.PathOf(file)]).Events())
        {
            if (heard.Frame is { } frame)
            {
                truth.AddFrame(frame, heard.RssiDbm, heard.UtcMs);
            }
            else
            {
                truth.AddAdvert(heard.Advert, heard.UtcMs);
            }
        }

        return truth;
    }
}
