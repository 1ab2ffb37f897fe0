using JamBox.App;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="Commands"/> with a whole box: each once, acknowledged until the backend knows.</summary>
[TestClass]
public class CommandsTests
{
    private const int MinuteMs = 60000;
    private const int SendNothing = -1;
    private const string Config =
        "{\"config_version\":4,\"report_interval_ms\":300000,\"rssi_immediate_threshold\":-50,\"rssi_near_threshold\":-65,\"rssi_far_threshold\":-80,\"dwell_short_threshold\":1,\"dwell_medium_threshold\":5,\"dwell_long_threshold\":10}";

    /// <summary>send_now closes the reading and sends it in the same session, with the acknowledgement.</summary>
    [TestMethod]
    public void SendNow()
    {
        var bench = new BoxBench();
        bench.Server.Extra = "\"command\":\"send_now\",\"cid\":7";
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual("HR", bench.Server.Log);
        Assert.Contains(",\"v\":\"" + FirmwareVersion.Text + "\",\"ack\":7,\"ar\":\"ok\",\"dr\":0,", bench.Server.LastReading);
        // The backend goes on repeating it: it is told again, but nothing is done again.
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("1,2,", bench.Server.Numbers);
        Assert.AreEqual(1, bench.Box.Commands.Count);
        Assert.AreEqual(7, bench.Field("ack"));
        bench.Server.Extra = null;
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(7, bench.Field("ack"));
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(-1, bench.Field("ack"), "answered 2xx: the backend knows");
    }

    /// <summary>Acknowledged until answered 2xx, in readings and heartbeats, also over a loss of power.</summary>
    [TestMethod]
    public void AcknowledgesUntilAnswered()
    {
        BoxBench bench = BoxBench.Running();
        Give(bench, "\"command\":\"ota_check\",\"cid\":2147483647");
        bench.Server.ReadingStatus = 500;
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(2147483647, bench.Field("ack"));
        Assert.Contains("\"ar\":\"failed\"", bench.Server.LastReading);
        bench.Server.HeartbeatStatus = 503;
        bench.Boot();
        bench.Run(3000);
        Assert.Contains(",\"rr\":\"power\",\"ack\":2147483647,\"ar\":\"failed\"}", bench.Server.LastHeartbeat);
        bench.Server.HeartbeatStatus = 200;
        bench.Run(60000);
        Assert.AreEqual(SendNothing, bench.Box.Commands.AckId);
        bench.Boot();
        bench.Run(3000);
        Assert.DoesNotContains("ack", bench.Server.LastHeartbeat);
    }

    /// <summary>reboot reboots once, however often the backend gives it, and is acknowledged by the next boot.</summary>
    [TestMethod]
    public void Reboot()
    {
        BoxBench bench = BoxBench.Running();
        Give(bench, "\"command\":\"reboot\",\"cid\":9");
        Assert.AreEqual(1, bench.Board.Reboots);
        Assert.AreEqual("command", bench.Board.Rebooted);
        Assert.IsTrue(bench.Box.IsRebooting);
        Assert.IsFalse(bench.Box.Modem.IsLinkOpen, "closed before");
        // A PC comes back from the call: the box does nothing more, and does not feed the watchdog.
        string log = bench.Server.Log;
        int feeds = bench.Board.Feeds;
        for (int i = 0; i < 50; i++)
        {
            bench.Box.RunOnce();
            bench.Box.Pump();
        }

        Assert.AreEqual(feeds, bench.Board.Feeds);
        Assert.AreEqual(log, bench.Server.Log);
        bench.Server.Extra = "\"command\":\"reboot\",\"cid\":9";
        bench.Server.ForgetsExtraOn = "\"ack\":9";
        bench.Board.ResetReason = "command";
        bench.Boot();
        bench.Run(5000);
        Assert.IsFalse(bench.Box.IsRebooting);
        Assert.EndsWith("\"rr\":\"command\",\"ack\":9,\"ar\":\"ok\"}", bench.Server.LastHeartbeat);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(1, bench.Board.Reboots);
        Assert.AreEqual(-1, bench.Field("ack"));
        // The next one has another id.
        Give(bench, "\"command\":\"reboot\",\"cid\":10");
        Assert.AreEqual(2, bench.Board.Reboots);
    }

    /// <summary>A reboot costs no closed reading, and with the log not even the open one.</summary>
    [TestMethod]
    public void RebootKeepsTheOpenReading()
    {
        var bench = new BoxBench(true);
        bench.Boot();
        bench.Run(5000);
        bench.Radio.HearProbe(1, bench.Clock.UptimeMs);
        bench.Box.RunOnce();
        Give(bench, "\"command\":\"reboot\",\"cid\":1");
        bench.Boot();
        Assert.AreEqual(1, bench.Box.Ring.Count);
        bench.Run(5000);
        Assert.AreEqual("1,2,", bench.Server.Numbers, "1 was closed to get the command");
    }

    /// <summary>set_interval is a change of the configuration, checked and kept.</summary>
    [TestMethod]
    public void SetInterval()
    {
        BoxBench bench = BoxBench.Running();
        Give(bench, "\"command\":\"set_interval\",\"arg\":60000,\"cid\":3");
        Assert.AreEqual(60000, bench.Box.Config.ReportIntervalMs);
        bench.Server.Numbers = string.Empty;
        bench.Skip(3 * MinuteMs);
        Assert.AreEqual("2,3,4,", bench.Server.Numbers);
        Give(bench, "\"command\":\"set_interval\",\"arg\":90000,\"cid\":4");
        bench.Skip(MinuteMs);
        Assert.Contains("\"ack\":4,\"ar\":\"failed\"", bench.Server.LastReading);
        Give(bench, "\"command\":\"set_interval\",\"cid\":5");
        bench.Skip(MinuteMs);
        Assert.Contains("\"ack\":5,\"ar\":\"failed\"", bench.Server.LastReading);
        bench.Boot();
        Assert.AreEqual(60000, bench.Box.Config.ReportIntervalMs);
    }

    /// <summary>fetch_config fetches, whatever the version; it is ok when the configuration is in force.</summary>
    [TestMethod]
    public void FetchConfig()
    {
        BoxBench bench = BoxBench.Running();
        bench.Server.Config = Config;
        Give(bench, "\"command\":\"fetch_config\",\"cid\":3");
        Assert.AreEqual("HRC", bench.Server.Log);
        bench.Skip(5 * MinuteMs);
        Assert.Contains("\"ack\":3,\"ar\":\"ok\"", bench.Server.LastReading);
        Assert.AreEqual(4, bench.Field("cv"));
        bench.Server.ConfigStatus = 500;
        Give(bench, "\"command\":\"fetch_config\",\"cid\":4");
        Assert.AreEqual(SendNothing, bench.Box.Commands.AckId, "not yet");
        bench.Skip(MinuteMs);
        bench.Skip(MinuteMs);
        bench.Skip(5 * MinuteMs);
        Assert.Contains("\"ack\":4,\"ar\":\"failed\"", bench.Server.LastReading);
    }

    /// <summary>What power interrupted is not begun again, and the operator hears that it failed.</summary>
    [TestMethod]
    public void AnInterruptedCommandFailed()
    {
        BoxBench bench = BoxBench.Running();
        bench.Server.ConfigStatus = 500;
        Give(bench, "\"command\":\"fetch_config\",\"cid\":4");
        bench.Server.Log = string.Empty;
        bench.Boot();
        bench.Run(5000);
        Assert.EndsWith("\"ack\":4,\"ar\":\"failed\"}", bench.Server.LastHeartbeat);
        Assert.AreEqual("H", bench.Server.Log);
    }

    /// <summary>geolocate without a scanner and ota_check without slots fail, other words are unknown.</summary>
    [TestMethod]
    public void OtherResults()
    {
        var bench = new BoxBench();
        bench.Boot();
        bench.Run(5000);
        Give(bench, "\"command\":\"ota_check\",\"cid\":1");
        Expect(bench, "\"ack\":1,\"ar\":\"failed\"");
        Give(bench, "\"command\":\"geolocate\",\"cid\":0");
        Expect(bench, "\"ack\":0,\"ar\":\"failed\"");
        Give(bench, "\"command\":\"self_destruct\",\"cid\":2");
        Expect(bench, "\"ack\":2,\"ar\":\"unknown\"");
        Give(bench, "\"command\":\"reboot\",\"cid\":\"3\"");
        Give(bench, "\"command\":\"reboot\",\"cid\":-1");
        Give(bench, "\"command\":\"reboot\",\"cid\":4294967296");
        Give(bench, "\"command\":null,\"cid\":5");
        Give(bench, "\"command\":17");
        Assert.AreEqual(0, bench.Board.Reboots);
        Assert.AreEqual(2, bench.Box.Commands.Count);
    }

    /// <summary>The predecessor's backend gives no id: carried out, not acknowledged, once a session.</summary>
    [TestMethod]
    public void WithoutAnId()
    {
        BoxBench bench = BoxBench.Running();
        bench.Server.Extra = "\"command\":\"send_now\"";
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("1,2,", bench.Server.Numbers);
        Assert.AreEqual(-1, bench.Field("ack"));
        bench.Server.Extra = "\"command\":\"reboot\"";
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(1, bench.Board.Reboots);
        bench.Server.Extra = null;
        bench.Boot();
        bench.Run(5000);
        Assert.DoesNotContains("ack", bench.Server.LastHeartbeat);
    }

    /// <summary>An id that cannot be stored is an order that might be carried out again after every boot: it is not at all.</summary>
    [TestMethod]
    public void NothingWithoutStoringTheId()
    {
        BoxBench bench = BoxBench.Running();
        bench.Store.Refuses = true;
        Give(bench, "\"command\":\"reboot\",\"cid\":8");
        Assert.AreEqual(0, bench.Board.Reboots);
        Expect(bench, "\"ack\":8,\"ar\":\"failed\"");
    }

    /// <summary>A damaged record is none: the box takes the next command.</summary>
    [TestMethod]
    public void ADamagedRecordIsNone()
    {
        BoxBench bench = BoxBench.Running();
        Give(bench, "\"command\":\"ota_check\",\"cid\":6");
        byte[] record = bench.Store.Value(Commands.Key);
        for (int bit = 0; bit < 8; bit++)
        {
            for (int at = 0; at < record.Length; at++)
            {
                record[at] ^= (byte)(1 << bit);
                var commands = new Commands(bench.Store, null, null, null, null, null, null, null);
                Assert.AreEqual(SendNothing, commands.AckId, "byte " + at.ToString() + ", bit " + bit.ToString());
                record[at] ^= (byte)(1 << bit);
            }
        }
    }

    // Sends a reading, whose answer brings the command, and lets the backend forget it then.
    private static void Give(BoxBench bench, string command)
    {
        bench.Server.Extra = command;
        bench.Server.GivesOnce = true;
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        for (int i = 0; i < 100 && bench.Server.Extra != null; i++)
        {
            bench.Box.RunOnce();
        }

        bench.Server.GivesOnce = false;
        bench.Run(1000);
    }

    private static void Expect(BoxBench bench, string text)
    {
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(3000);
        Assert.Contains(text, bench.Server.LastReading);
    }
}
