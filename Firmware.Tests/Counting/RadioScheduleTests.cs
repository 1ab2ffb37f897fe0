using JamBox.Counting;
using JamBox.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Counting;

/// <summary>Tests of <see cref="RadioSchedule"/>.</summary>
[TestClass]
public class RadioScheduleTests
{
    /// <summary>Of ten minutes, Bluetooth has 20 s, each Wi-Fi channel its third of the rest, and no stay is longer than 3 s.</summary>
    [TestMethod]
    public void SharesTheRadio()
    {
        var radio = new FakeRadio();
        var schedule = new RadioSchedule(radio, new BoxConfig(), new Health());
        var listened = new int[14];
        schedule.Start(500);
        int stay = 0;
        for (long now = 500; now < 600500; now += 10)
        {
            int before = radio.Switches;
            schedule.Step(now);
            stay = radio.Switches == before ? stay + 10 : 0;
            Assert.IsTrue(stay <= 3000);
            listened[radio.Listening] += 10;
        }

        Assert.AreEqual(20000, listened[0]);
        Assert.AreEqual(580000, listened[1] + listened[6] + listened[11]);
        Assert.IsTrue(listened[1] > 190000 && listened[6] > 190000 && listened[11] > 190000);
        Assert.AreEqual(580, schedule.TakeListenedSeconds(600500));
        Assert.AreEqual(0, schedule.TakeListenedSeconds(600500));
    }

    /// <summary>After a stall of the loop the radio goes on at its pace.</summary>
    [TestMethod]
    public void DoesNotCatchUpAfterAStall()
    {
        var radio = new FakeRadio();
        var schedule = new RadioSchedule(radio, new BoxConfig(), new Health());
        schedule.Start(0);
        schedule.Step(500000);
        int switches = radio.Switches;
        for (int now = 500000; now < 530000; now += 10)
        {
            schedule.Step(now);
        }

        Assert.AreEqual(10, radio.Switches - switches);
    }

    /// <summary>While somebody else has the radio nothing is switched and nothing listened; afterwards a cycle begins.</summary>
    [TestMethod]
    public void GivesTheRadioAwayAndTakesItBack()
    {
        var radio = new FakeRadio();
        var schedule = new RadioSchedule(radio, new BoxConfig(), new Health());
        schedule.Start(0);
        schedule.Stop(2500);
        int switches = radio.Switches;
        for (int now = 2500; now < 9500; now += 10)
        {
            schedule.Step(now);
        }

        Assert.AreEqual(switches, radio.Switches);
        schedule.Resume(9500);
        Assert.AreEqual(switches + 1, radio.Switches);
        for (int now = 9500; now < 39500; now += 10)
        {
            schedule.Step(now);
        }

        Assert.AreEqual(0, radio.Listening);
        Assert.AreEqual(31, schedule.TakeListenedSeconds(39500));
        schedule.Step(39500);
        Assert.AreEqual(1, schedule.TakeListenedSeconds(40000));
    }

    /// <summary>Other channels are hopped over from the next hop on, one only as well.</summary>
    [TestMethod]
    public void ObeysOtherChannels()
    {
        var radio = new FakeRadio();
        var config = new BoxConfig();
        var schedule = new RadioSchedule(radio, config, new Health());
        schedule.Start(0);
        schedule.Step(3000);
        config.WifiChannels = [13];
        schedule.Step(6000);
        Assert.AreEqual(13, radio.Listening);
        schedule.Step(9000);
        Assert.AreEqual(13, radio.Listening);
    }

    /// <summary>What Wi-Fi refuses is no time listened, and is asked for again at the next hop.</summary>
    [TestMethod]
    public void ARefusalIsNoTimeListened()
    {
        var radio = new FakeRadio { RefusesWifi = true };
        var schedule = new RadioSchedule(radio, new BoxConfig(), new Health());
        schedule.Start(0);
        for (int now = 0; now < 6000; now += 100)
        {
            schedule.Step(now);
        }

        Assert.AreEqual(0, schedule.TakeListenedSeconds(6000));
        radio.RefusesWifi = false;
        for (int now = 6000; now < 29000; now += 100)
        {
            schedule.Step(now);
        }

        Assert.AreEqual(23, schedule.TakeListenedSeconds(29000));
    }

    /// <summary>A slice for which Bluetooth has no room is Wi-Fi's, and counted.</summary>
    [TestMethod]
    public void ASliceThatBluetoothLeavesOutIsWifis()
    {
        var radio = new FakeRadio { RefusesBle = true };
        var health = new Health();
        var schedule = new RadioSchedule(radio, new BoxConfig(), health);
        schedule.Start(0);
        for (int now = 0; now <= 60000; now += 100)
        {
            schedule.Step(now);
        }

        Assert.AreEqual(60, schedule.TakeListenedSeconds(60000));
        Assert.AreEqual(2, health.Value(Health.BleSlicesSkipped));
        Assert.AreEqual(2, schedule.EndedCycles);
        Assert.IsTrue(schedule.HasWifiListened);
        Assert.IsFalse(schedule.HasBleListened);
    }
}
