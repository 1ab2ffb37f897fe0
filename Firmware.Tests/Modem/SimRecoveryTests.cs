using JamBox.Modem;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="Sim7028.Recover"/>: each failure in a row goes one further.</summary>
[TestClass]
public class SimRecoveryTests
{
    /// <summary>A silent modem is named, and reset by its line when nothing else can reach it.</summary>
    [TestMethod]
    public void ResetsASilentModem()
    {
        var bench = new ModemBench();
        bench.Fake.IsSilent = true;
        long start = bench.Clock.UptimeMs;
        Assert.IsFalse(bench.BringUp());
        Assert.IsTrue(bench.Clock.UptimeMs - start < 22000);
        Assert.IsTrue(bench.Modem.LastError == ModemError.NoReply);
        Assert.IsTrue(bench.Modem.State == ModemState.Off);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual(1, bench.Fake.Resets);
        Assert.AreEqual(1, bench.Modem.Counters.HardwareResets);
        Assert.IsTrue(bench.Modem.IsConnected);
    }

    /// <summary>Without a reset line the attempt ends too, and the box goes on.</summary>
    [TestMethod]
    public void GivesUpWithoutAResetLine()
    {
        var bench = new ModemBench();
        bench.Fake.IsSilent = true;
        bench.Fake.HasResetLine = false;
        Assert.IsFalse(bench.BringUp());
        long start = bench.Clock.UptimeMs;
        Assert.IsFalse(bench.Modem.Recover());
        Assert.IsTrue(bench.Clock.UptimeMs - start < 150000);
        Assert.IsTrue(bench.Modem.NextRecovery == RecoveryLevel.ResetModem);
        bench.Fake.IsSilent = false;
        Assert.IsTrue(bench.Modem.Recover());
    }

    /// <summary>A modem that goes silent with a link open.</summary>
    [TestMethod]
    public void RecoversFromSilenceInMidTransfer()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.IsSilent = true;
        Assert.IsFalse(bench.Send("hello"));
        bench.Modem.Close();
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual(1, bench.Fake.Resets);
        Assert.IsTrue(bench.Open());
        Assert.IsTrue(bench.Send("hello"));
    }

    /// <summary>A modem that sleeps is woken by patience, and told once more not to; nothing harsher is done.</summary>
    [TestMethod]
    public void WakesASleepingModem()
    {
        var bench = new ModemBench();
        bench.Fake.HasResetLine = false;
        Assert.IsTrue(bench.BringUp());
        bench.Fake.ClearLog();
        bench.Clock.UptimeMs += 10000;
        bench.Fake.DeafMs = 17000;
        Assert.AreEqual(-73, bench.Modem.ReadSignalDbm());
        Assert.AreEqual("|AT|AT+CPSMS=0|AT+CSCLK=0|AT+CSQ", bench.Fake.Commands);
        Assert.IsTrue(bench.Open());
        Assert.AreEqual(0, bench.Modem.Counters.OrderedRestarts);
    }

    /// <summary>Who does not answer the question for the signal is not asked to open a link.</summary>
    [TestMethod]
    public void SpendsNoTimeOnASilentModem()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.BringUp());
        bench.Fake.On("AT+CSQ", null);
        Assert.AreEqual(ModemLimits.UnknownDbm, bench.Modem.ReadSignalDbm());
        long start = bench.Clock.UptimeMs;
        Assert.IsFalse(bench.Open());
        Assert.IsTrue(bench.Modem.LastError == ModemError.NotConnected);
        Assert.AreEqual(start, bench.Clock.UptimeMs);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual(0, bench.Modem.Counters.OrderedRestarts);
        Assert.IsTrue(bench.Open());
    }

    /// <summary>A modem that restarted by itself is set up again; a second restart, an ordered one, would only cost time.</summary>
    [TestMethod]
    public void SetsUpAfterARestart()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.Restart();
        Assert.AreEqual("|", bench.Receive(1000));
        Assert.IsTrue(bench.Modem.Recover());
        Assert.IsTrue(bench.Open());
        Assert.AreEqual(1, bench.Modem.Counters.Restarts);
        Assert.AreEqual(0, bench.Modem.Counters.OrderedRestarts);
        Assert.AreEqual(0, bench.Modem.Counters.HardwareResets);
    }

    /// <summary>The ladder, rung by rung, and back to its foot when a server speaks.</summary>
    [TestMethod]
    public void GoesUpTheLadder()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Modem.Close();
        bench.Fake.ClearLog();
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual("|AT", bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual("|AT|AT+CIPCLOSE=0", bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.EndsWith("|AT+NETCLOSE|AT+NETOPEN|AT+IPADDR|AT+CIPRXGET=1", bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.Contains("|AT+CFUN=1,1|", bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual(1, bench.Fake.Resets);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual(2, bench.Fake.Resets);

        bench.Fake.Response = JamBox.Text.Ascii.Bytes("ok");
        Assert.IsTrue(bench.Open());
        Assert.IsTrue(bench.Send("x"));
        Assert.AreEqual("ok", bench.Receive(1000));
        Assert.IsTrue(bench.Modem.NextRecovery == RecoveryLevel.Retry);
        Assert.AreEqual(0, bench.Modem.Counters.Restarts);
    }

    /// <summary>A network that will not open: the ladder is climbed in one call until something helps.</summary>
    [TestMethod]
    public void ClimbsUntilSomethingHelps()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.Say("\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n", 0);
        Assert.AreEqual("|", bench.Receive(1000));
        bench.Fake.On("AT+NETOPEN", "\r\nOK\r\n\r\n+NETOPEN: 1\r\n", 2);
        Assert.IsTrue(bench.Modem.Recover());
        Assert.AreEqual(1, bench.Modem.Counters.NetworkReopens);
        Assert.AreEqual(1, bench.Modem.Counters.OrderedRestarts);
        Assert.AreEqual(0, bench.Fake.Resets);
    }

    /// <summary>Before the first bring-up there is no APN, and nothing to recover.</summary>
    [TestMethod]
    public void NeedsABringUpFirst()
    {
        var bench = new ModemBench();
        Assert.IsFalse(bench.Modem.Recover());
        Assert.AreEqual(0, bench.Fake.Resets);
    }
}
