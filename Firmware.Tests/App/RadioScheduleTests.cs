using JamBox.App;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="RadioSchedule"/>.</summary>
[TestClass]
public class RadioScheduleTests
{
    /// <summary>Of ten minutes, Bluetooth has 20 s, each Wi-Fi channel its third of the rest, and no stay is longer than 3 s.</summary>
    [TestMethod]
    public void SharesTheRadio()
    {
        var radio = new FakeRadio();
        var schedule = new RadioSchedule(radio, new BoxConfig());
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
        var schedule = new RadioSchedule(radio, new BoxConfig());
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
        var schedule = new RadioSchedule(radio, new BoxConfig());
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
        var schedule = new RadioSchedule(radio, config);
        schedule.Start(0);
        schedule.Step(3000);
        config.WifiChannels = [13];
        schedule.Step(6000);
        Assert.AreEqual(13, radio.Listening);
        schedule.Step(9000);
        Assert.AreEqual(13, radio.Listening);
    }
}
