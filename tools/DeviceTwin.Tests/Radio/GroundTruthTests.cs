using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Radio;

public class GroundTruthTests
{
    private readonly GroundTruth _truth = new();

    [Fact]
    public void FiftyProbesInAMinuteAreOneDeviceMinute()
    {
        for (int i = 0; i < 50; i++)
        {
            Probe(1, -60, 30_000 + (i * 10));
        }

        for (int i = 0; i < 50; i++)
        {
            Probe(2, -60, i * 12_000);
        }

        TruthReport report = _truth.Report();
        Assert.Equal(100, report.Impressions);
        Assert.Equal(11, report.Unique);
        Assert.Equal(2, report.DistinctAddresses);
    }

    [Fact]
    public void ZonesGoByTheStrongestProbeOfTheMinute()
    {
        Probe(1, -90, 0);
        Probe(1, -49, 1);
        Probe(2, -50, 2);
        Probe(3, -65, 3);
        Probe(4, -80, 4);
        Probe(4, -81, 5);
        Probe(5, -81, 6);
        TruthReport report = _truth.Report();
        Assert.Equal([1, 1, 1, 2], report.Zones);
        Assert.Equal(-49, report.Signal.StrongestDbm);
        Assert.Equal(-90, report.Signal.WeakestDbm);
    }

    [Fact]
    public void UnknownSignalCountsButIsNoFigure()
    {
        Probe(1, 0, 0);
        Probe(2, 0, 1);
        Probe(2, -70, 2);
        TruthReport report = _truth.Report();
        Assert.Equal(3, report.Impressions);
        Assert.Equal(2, report.Unique);
        Assert.Equal([0, 0, 1, 0], report.Zones);
        Assert.Equal(-70, report.Signal.MeanDbm);
    }

    [Fact]
    public void AStayEndsAfterTenMinutesOfSilence()
    {
        ProbeInMinutes(1, 0, 10);
        ProbeInMinutes(2, 0, 11);
        ProbeInMinutes(3, 0, 5, 4);
        ProbeInMinutes(4, 1, 2);
        ProbeInMinutes(5, 0, 9, 18);
        Assert.Equal([2, 1, 1, 2], _truth.Report().Dwell);
    }

    [Fact]
    public void AStayIsBookedWhenItsTenthSilentMinuteEnds()
    {
        ProbeInMinutes(1, 100);
        Assert.Equal(0, _truth.Report(0, 110).Dwell.Sum());
        Assert.Equal(1, _truth.Report(110, 111).Dwell[0]);
        Assert.Equal(0, _truth.Report(111, 200).Dwell.Sum());
        Assert.Equal(1, _truth.Report(100, 101).Unique);
        Assert.Equal(0, _truth.Report(101, 200).Unique);
    }

    [Fact]
    public void BluetoothCountsRandomAddressesOnly()
    {
        Advert(1, isRandom: true, isApple: false);
        Advert(1, isRandom: true, isApple: true);
        Advert(2, isRandom: true, isApple: false);
        Advert(3, isRandom: false, isApple: true);
        _truth.AddAdvert(new BleAdvert(4, true, IsScanResponse: true, false, -50, 37), 0);
        TruthReport report = _truth.Report();
        Assert.Equal((3, 2, 1, 1), (report.BleImpressions, report.BleUnique, report.BleApple, report.BleOther));
        Assert.Equal(-60, report.BleSignal.MeanDbm);
        Assert.Equal(5, _truth.Adverts);
    }

    [Fact]
    public void ADeviceInUseIsOneThatSaysSoOnceInAMinute()
    {
        foreach (byte type in new byte[] { 0x12, 0x10, 0x07 })
        {
            _truth.AddAdvert(new BleAdvert(1, true, false, IsApple: true, -60, 37, type), 0);
        }

        _truth.AddAdvert(new BleAdvert(1, true, false, IsApple: true, -60, 37, 0x12), 60_000);
        _truth.AddAdvert(new BleAdvert(2, true, false, IsApple: false, -60, 37, 0x10), 0);
        _truth.AddAdvert(new BleAdvert(3, true, IsScanResponse: true, IsApple: true, -60, 37, 0x10), 0);
        Assert.Equal((3, 2, 1), (_truth.Report().BleUnique, _truth.Report().BleApple, _truth.Report().BleAppleInUse));
    }

    private void ProbeInMinutes(ulong device, params int[] minutes)
    {
        foreach (int minute in minutes)
        {
            Probe(device, -60, minute * 60_000L);
        }
    }

    private void Probe(ulong device, int rssiDbm, long utcMs)
    {
        _truth.AddFrame(CaptureBuilder.Probe(0x02_00_00_00_00_00 + device), rssiDbm, utcMs);
    }

    private void Advert(ulong device, bool isRandom, bool isApple)
    {
        _truth.AddAdvert(new BleAdvert(device, isRandom, false, isApple, -60, 37), 0);
    }
}
