using JamBox.App;
using JamBox.Counting;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="Geolocator"/> with a whole box.</summary>
[TestClass]
public class GeolocatorTests
{
    private const int MinuteMs = 60000;

    /// <summary>At boot: a scan that has the radio for itself, then a POST as docs/wire.md has it; once.</summary>
    [TestMethod]
    public void LocatesAtBoot()
    {
        var bench = new BoxBench { Scanner = new FakeScanner { Duration = 1000 } };
        bench.Boot();
        bench.Box.RunOnce();
        Assert.IsTrue(bench.Box.Geolocator.IsScanning);
        int switches = bench.Radio.Switches;
        bench.Run(10000);
        Assert.AreEqual(switches, bench.Radio.Switches, "the schedule leaves the radio alone");
        bench.Scanner.Duration = 1;
        bench.Run(1000);
        Assert.AreEqual(switches + 1, bench.Radio.Switches);
        bench.Run(5000);
        Assert.AreEqual("HG", bench.Server.Log);
        Assert.AreEqual(
            "{\"d\":\"JBNB0001\",\"wifi\":[{\"bssid\":\"A0:A1:A2:A3:A4:A5\",\"rssi\":-40},{\"bssid\":\"B0:B1:B2:B3:B4:B5\",\"rssi\":-41},{\"bssid\":\"C0:C1:C2:C3:C4:C5\",\"rssi\":-42}]}",
            bench.Server.LastGeolocation);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("HGR", bench.Server.Log);
        Assert.AreEqual(1, bench.Scanner.Starts);
        // The 11 s of the scan were not listened to, nor the seconds of Bluetooth before the clock was moved on.
        Assert.IsTrue(bench.Field("ls") >= 284 && bench.Field("ls") <= 289, bench.Field("ls").ToString());
    }

    /// <summary>The largest list fits.</summary>
    [TestMethod]
    public void TenFit()
    {
        var bench = new BoxBench { Scanner = new FakeScanner { Finds = 10 } };
        bench.Boot();
        bench.Run(20000);
        Assert.AreEqual("HG", bench.Server.Log);
        Assert.EndsWith("\"rssi\":-49}]}", bench.Server.LastGeolocation);
    }

    /// <summary>Not when the configuration says no; by command always; each command scans anew.</summary>
    [TestMethod]
    public void LocatesByCommand()
    {
        var bench = new BoxBench { Scanner = new FakeScanner() };
        var config = new BoxConfig { GeolocationOnBoot = false };
        new ConfigStore(bench.Store).Save(config);
        bench.Boot();
        bench.Run(20000);
        Assert.AreEqual(0, bench.Scanner.Starts);
        bench.Server.Extra = "\"command\":\"geolocate\",\"cid\":5";
        bench.Server.ForgetsExtraOn = "\"ack\":5";
        bench.Skip(5 * MinuteMs);
        bench.Run(5000);
        Assert.AreEqual("HRG", bench.Server.Log);
        bench.Skip(5 * MinuteMs);
        Assert.Contains("\"ack\":5,\"ar\":\"ok\"", bench.Server.LastReading);
        Assert.AreEqual(1, bench.Scanner.Starts);
    }

    /// <summary>
    /// A POST that fails is tried again without a new scan, and holds no reading; the command hears of it after three tries.
    /// </summary>
    [TestMethod]
    public void TriesAgain()
    {
        var bench = new BoxBench { Scanner = new FakeScanner() };
        bench.Server.GeolocationStatus = 503;
        bench.Boot();
        bench.Run(60000);
        Assert.IsTrue(bench.Server.Log.LastIndexOf("ggg") > 0 || bench.Server.Log.LastIndexOf("gg") > 0, bench.Server.Log);
        bench.Server.Log = string.Empty;
        bench.Skip(5 * MinuteMs);
        Assert.IsTrue(bench.Server.Log.IndexOf("R") >= 0);
        Assert.AreEqual(1, bench.Scanner.Starts);
        bench.Server.GeolocationStatus = 200;
        bench.Skip(5 * MinuteMs);
        Assert.IsTrue(bench.Server.Log.IndexOf("G") >= 0);
        Assert.IsTrue(bench.Box.Geolocator.Outcome == TaskOutcome.Done);
    }

    /// <summary>Refused for good: not again.</summary>
    [TestMethod]
    public void GivesUpWhenRefused()
    {
        var bench = new BoxBench { Scanner = new FakeScanner() };
        bench.Server.GeolocationStatus = 400;
        bench.Boot();
        bench.Run(20000);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("HgR", bench.Server.Log);
        Assert.IsTrue(bench.Box.Geolocator.Outcome == TaskOutcome.Failed);
    }

    /// <summary>A scan that hangs is ended after 20 s, one that does not begin or finds nothing is tried three times.</summary>
    [TestMethod]
    public void GivesScansUp()
    {
        var bench = new BoxBench { Scanner = new FakeScanner { Finds = -1 } };
        bench.Boot();
        bench.Run(22000);
        Assert.AreEqual(1, bench.Scanner.Cancels);
        bench.Scanner.IsBusy = true;
        bench.Clock.UptimeMs += 20000;
        bench.Run(1000);
        bench.Scanner.IsBusy = false;
        bench.Scanner.Finds = 0;
        bench.Skip(20000);
        bench.Skip(60000);
        Assert.AreEqual(2, bench.Scanner.Starts);
        Assert.IsFalse(bench.Box.Geolocator.IsScanning);
        Assert.IsTrue(bench.Box.Geolocator.Outcome == TaskOutcome.Failed);
        bench.Run(20000);
        Assert.IsTrue(bench.Radio.Switches > 10, "the schedule has its radio back");
        Assert.AreEqual("H", bench.Server.Log.Substring(0, 1));
    }
}
