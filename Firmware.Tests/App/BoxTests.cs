using JamBox.App;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="Box"/>: start, time, button, LED, watchdog, memory.</summary>
[TestClass]
public class BoxTests
{
    private const int MinuteMs = 60000;

    /// <summary>Readings closed before the first sync bear the right time once there is one, and are dated on the wire.</summary>
    [TestMethod]
    public void DatesWhatWasClosedBeforeTheFirstSync()
    {
        var bench = new BoxBench();
        bench.Boot();
        bench.Modem.IsUnreachable = true;
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(1, bench.Box.Ring.Count);
        Assert.IsFalse(bench.Box.Clock.IsSet);
        bench.Modem.IsUnreachable = false;
        bench.Retry();
        Assert.AreEqual("HR", bench.Server.Log);
        // Closed at uptime 300 s, which was 10:05:00; the server tells whole seconds.
        Assert.Contains("T10:04:5", bench.Server.LastReading);
        Assert.AreEqual(1, bench.Field("ts"));
        Assert.IsTrue(bench.Field("sf") > 0);
    }

    /// <summary>Uptime beyond 49.7 days: heartbeat, dates, minutes and pauses go on.</summary>
    [TestMethod]
    public void LivesLongerThan32BitsOfMilliseconds()
    {
        var bench = new BoxBench();
        bench.Boot(4294967296L - (6 * MinuteMs));
        bench.Run(5000);
        Assert.Contains("\"uptime\":42946", bench.Server.LastHeartbeat);
        bench.Radio.HearProbe(1, bench.Clock.UptimeMs);
        bench.Run(6 * MinuteMs);
        Assert.IsTrue(bench.Clock.UptimeMs > 4294967296L);
        bench.Radio.HearProbe(1, bench.Clock.UptimeMs);
        bench.Server.ReadingStatus = 500;
        bench.Skip(5 * MinuteMs);
        bench.Server.ReadingStatus = 201;
        bench.Retry();
        string[] parts = bench.Server.Numbers.Split(',');
        Assert.AreEqual("2", parts[1]);
        long utc = bench.Server.UtcAtBootMs + bench.Clock.UptimeMs;
        Assert.AreEqual((int)(utc / 1000 / 300 % 288), (int)(ClosedUtc(bench) / 300 % 288));
        int age = (int)((utc / 1000) - ClosedUtc(bench));
        Assert.IsTrue(bench.Field("age") <= age + 1 && bench.Field("age") >= age - 8, bench.Field("age").ToString());
        Assert.AreEqual(1, bench.Field("u"));
    }

    /// <summary>Not provisioned: red, fast, and no word to the modem; counting goes on.</summary>
    [TestMethod]
    public void NotProvisioned()
    {
        var bench = new BoxBench();
        bench.Store.Set(BoxIdentity.TokenKey, string.Empty);
        bench.Boot();
        bench.Run(10000);
        Assert.IsTrue(bench.Box.Led.State == LedState.Fatal);
        Assert.IsTrue(bench.Board.HasLogged("not provisioned: 'token' is missing"));
        Assert.AreEqual(0, bench.Modem.Opens);
        Assert.IsTrue(bench.Board.Feeds > 5);
        Assert.IsTrue(bench.Radio.Switches > 1);
    }

    /// <summary>Without the flag of provisioning the box says so, and tries all the same.</summary>
    [TestMethod]
    public void ModemNotProvisioned()
    {
        var bench = new BoxBench();
        bench.Store.Set(BoxIdentity.CellularOkKey, string.Empty);
        bench.Boot();
        bench.Box.RunOnce();
        Assert.IsTrue(bench.Box.Led.State == LedState.Fatal);
        Assert.IsTrue(bench.Board.HasLogged("'cellular_ok' is missing"));
        bench.Run(15000);
        Assert.AreEqual("H", bench.Server.Log);
        Assert.IsTrue(bench.Box.Led.State == LedState.Counting);
        bench.Store.Set(BoxIdentity.CellularOkKey, "\u0001");
        bench.Boot();
        bench.Box.Led.Step(0);
        Assert.IsTrue(bench.Box.Led.State == LedState.Booting);
    }

    /// <summary>Without a SIM: red, fast, until there is one.</summary>
    [TestMethod]
    public void SimMissing()
    {
        var bench = new BoxBench();
        bench.Boot(0, false);
        bench.Modem.On("AT+CPIN?", "\r\n+CME ERROR: SIM not inserted\r\n", 1000);
        bench.Box.Start();
        bench.Box.RunOnce();
        bench.Box.Led.Step(bench.Clock.UptimeMs + 5000);
        Assert.IsTrue(bench.Box.Led.State == LedState.Fatal);
        Assert.IsTrue(bench.Board.HasLogged("the SIM is missing"));
        bench.Boot();
        bench.Run(5000);
        Assert.IsTrue(bench.Box.Led.State == LedState.Counting);
    }

    /// <summary>Short press: the reading is closed and sent. Long press: update, yellow.</summary>
    [TestMethod]
    public void Buttons()
    {
        var bench = new BoxBench();
        bench.Boot();
        bench.Run(5000);
        bench.Board.IsMainPressed = true;
        bench.Run(500);
        bench.Board.IsMainPressed = false;
        bench.Run(2000);
        Assert.AreEqual("HR", bench.Server.Log);
        Assert.IsTrue(bench.Box.Led.State == LedState.Sent);
        bench.Board.IsMainPressed = true;
        bench.Run(3500);
        bench.Box.Led.Step(bench.Clock.UptimeMs);
        Assert.IsTrue(bench.Box.Led.State == LedState.Ota);
        Assert.IsTrue(bench.Board.HasLogged("button: no update can be asked for now"));
        bench.Board.IsMainPressed = false;
        bench.Run(5000);
        Assert.AreEqual("HR", bench.Server.Log, "releasing is no short press");
    }

    /// <summary>The watchdog is fed through the longest waits, and a line a minute tells how things stand.</summary>
    [TestMethod]
    public void FedWhileTheModemIsSilent()
    {
        var bench = new BoxBench();
        bench.Boot(0, false);
        bench.Modem.IsSilent = true;
        bench.Modem.HasResetLine = false;
        bench.Box.Start();
        Assert.AreEqual(300000, bench.Board.WatchdogMs);
        bench.Box.RunOnce();
        Assert.IsTrue(bench.Clock.UptimeMs > 12000);
        Assert.IsTrue(bench.Board.Feeds > bench.Clock.UptimeMs / 1000);
        bench.Run(2000);
        Assert.IsTrue(bench.Board.HasLogged("heap free 81920, largest block 40960; waiting 0, sent 0"));
        Assert.IsTrue(bench.Board.HasLogged("no network: the modem does not answer; the box tries again in "));
    }

    /// <summary>Nothing that the box says, sends or stores has a phone's address in it, and the token is in the header alone.</summary>
    [TestMethod]
    public void KeepsSecrets()
    {
        BoxBench bench = BoxBench.Running();
        bench.Server.ReadingStatus = 500;
        bench.Skip(5 * MinuteMs);
        bench.Server.ReadingStatus = 201;
        bench.Retry();
        Assert.Contains("Authorization: Bearer s3cret\r\n", bench.Server.LastHead);
        Assert.DoesNotContains("s3cret", bench.Server.LastReading);
        Assert.DoesNotContains("s3cret", bench.Server.LastHeartbeat);
        Assert.IsFalse(bench.Board.HasLogged("s3cret"));
    }

    /// <summary>
    /// docs/memory.md: the tables of counting at most 32 KB, all large tables and buffers together at most 40 KB. On the PC MemoryTests
    /// adds everything up.
    /// </summary>
    [TestMethod]
    public void StaysWithinTheBudget()
    {
        var bench = new BoxBench(true);
        bench.Boot();
        Assert.IsTrue(bench.Box.Counter.TableBytes <= 32768, bench.Box.Counter.TableBytes.ToString());
        int total = bench.Box.TableBytes;
        OutputHelper.WriteLine("counting " + bench.Box.Counter.TableBytes.ToString() + ", ring and log " + bench.Box.Ring.TableBytes.ToString()
            + ", recorder " + bench.Box.Recorder.TableBytes.ToString() + ", HTTP " + bench.Box.Http.TableBytes.ToString()
            + ", modem " + bench.Box.Modem.TableBytes.ToString() + ", together " + total.ToString() + " bytes");
        Assert.IsTrue(total <= 40960, total.ToString());
    }

    private static long ClosedUtc(BoxBench bench)
    {
        int at = bench.Server.LastReading.IndexOf("\"t\":\"") + 5;
        byte[] text = JamBox.Text.Ascii.Bytes(bench.Server.LastReading);
        Assert.IsTrue(UtcTime.TryRead(text, at, at + 20, out long ms));
        return (ms / 1000) + 1;
    }
}
