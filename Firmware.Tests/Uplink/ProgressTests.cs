using JamBox.Tests.App;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of what keeps a box from hanging for ever: <see cref="Progress"/>.</summary>
[TestClass]
public class ProgressTests
{
    private const int MinuteMs = 60000;

    /// <summary>
    /// A wait without an end feeds the watchdog no longer than its request may last; then the box restarts in order, and keeps its reading.
    /// </summary>
    [TestMethod]
    public void AHangEndsInAReboot()
    {
        var bench = new BoxBench(true);
        bench.Boot();
        bench.Run(5000);
        bench.Radio.HearProbe(1, bench.Clock.UptimeMs);
        bench.Server.Hangs = bench.Box;
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        long beginMs = bench.Clock.UptimeMs;
        bench.Run(MinuteMs);
        Assert.AreEqual("hang", bench.Board.Rebooted);
        long tookMs = bench.Clock.UptimeMs - beginMs;
        Assert.IsTrue(tookMs >= Progress.ExchangeMs && tookMs < Progress.ExchangeMs + MinuteMs, tookMs.ToString());
        bench.Server.Hangs = null;
        bench.Boot();
        Assert.IsTrue(bench.Box.Ring.Count >= 2, "the closed one and the open one");
    }

    /// <summary>
    /// Beside the modem nothing may last longer than a pass; where even the reboot hangs, the watchdog is not fed any more.
    /// </summary>
    [TestMethod]
    public void NothingFeedsBehindTheDeadline()
    {
        var bench = new BoxBench();
        bench.Boot();
        bench.Box.RunOnce();
        long endMs = bench.Clock.UptimeMs + Progress.BringUpMs;
        int feeds = bench.Board.Feeds;
        while (!bench.Box.IsRebooting && bench.Clock.UptimeMs < endMs)
        {
            bench.Box.Pump();
        }

        Assert.IsTrue(bench.Board.Feeds > feeds);
        feeds = bench.Board.Feeds;
        for (int i = 0; i < 100; i++)
        {
            bench.Box.Pump();
        }

        Assert.AreEqual(feeds, bench.Board.Feeds);
        Assert.AreEqual(1, bench.Board.Reboots);
    }

    /// <summary>
    /// A modem that is silent, never registers, or hears no server: an hour of waiting (5 minutes with nanoCLR), and no wait longer than it
    /// may be.
    /// </summary>
    /// <param name="what">What is wrong with it.</param>
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void NoModemMakesTheBoxHang(int what)
    {
        var bench = new BoxBench();
        bench.Boot(0, false);
        bench.Modem.IsSilent = what == 0;
        bench.Modem.HasResetLine = what != 0;
        bench.Modem.Registration = what == 1 ? 2 : 5;
        bench.Modem.IsUnreachable = what == 2;
        bench.Server.IsSilent = what == 3;
        bench.Box.Start();
        bench.LiveUntil(Effort.Rounds(60, 5) * MinuteMs);
        Assert.AreEqual(0, bench.Board.Reboots, bench.Board.Rebooted);
    }
}
