using JamBox.App;
using JamBox.Provisioning;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Provisioning;

/// <summary>Tests of <see cref="ProvisioningBox"/>.</summary>
[TestClass]
public class ProvisioningBoxTests
{
    private const string Steps =
        "|AT|ATE0|AT+CPSMS=0|AT+CSCLK=0|AT+CPIN?|AT+QCBAND=0,2,4,12,13,66|AT+CFUN=1,1|AT|AT+CEREG?|AT+NETCLOSE|AT+CGDCONT=0,\"IP\",\"hologram\"|AT+CGATT=1|AT+NETOPEN|AT+CGDCONT?";
    private const string Facts = "|AT+CSQ|AT+COPS?|AT+CGACT?";

    /// <summary>
    /// The 12 steps in order, the facts for the reader, the flag, green; and the result is said again for a late terminal.
    /// </summary>
    [TestMethod]
    public void GoesThroughTheTwelveSteps()
    {
        var bench = new ProvisioningBench();
        Assert.IsFalse(bench.IsOk);
        Assert.IsTrue(bench.Run() == ProvisioningResult.Success);
        Assert.AreEqual(Steps + Facts, bench.Modem.Commands);
        Assert.IsTrue(bench.IsOk);
        Assert.IsTrue(bench.Box.LedState == LedState.Sent);
        Assert.StartsWith("PROVISIONING SUCCESS", bench.Said);
        Assert.AreEqual(1, bench.Results);
        bench.Wait(65000);
        Assert.AreEqual(3, bench.Results);

        // A press changes nothing any more.
        bench.Modem.ClearLog();
        bench.ReleasedAtMs = bench.Clock.UptimeMs + 200;
        bench.Wait(500);
        Assert.AreEqual(string.Empty, bench.Modem.Commands);
    }

    /// <summary>With the flag set nothing is sent; with the button held the flag goes, and all is done again after the release.</summary>
    [TestMethod]
    public void TheHeldButtonProvisionsAgain()
    {
        var bench = new ProvisioningBench();
        Assert.IsTrue(BoxIdentity.WriteCellularOk(bench, true));
        Assert.IsTrue(bench.Run() == ProvisioningResult.Success);
        Assert.AreEqual(string.Empty, bench.Modem.Commands);
        Assert.IsTrue(bench.Box.LedState == LedState.Sent);

        var again = new ProvisioningBench();
        Assert.IsTrue(BoxIdentity.WriteCellularOk(again, true));
        again.ReleasedAtMs = again.Clock.UptimeMs + 4000;
        again.Box.Start();
        Assert.IsFalse(again.IsOk);
        Assert.IsTrue(again.Clock.UptimeMs >= again.ReleasedAtMs);
        Assert.IsTrue(again.Again() == ProvisioningResult.Success);
        Assert.IsTrue(again.IsOk);
        Assert.IsTrue(again.LongestHungerMs < 1000);
    }

    /// <summary>Access point name and bands come from the store; what would break a command is not used.</summary>
    [TestMethod]
    public void TakesApnAndBandsFromTheStore()
    {
        var bench = new ProvisioningBench();
        Store(bench, BoxIdentity.ApnKey, "iot.1nce.net");
        Store(bench, ProvisioningSettings.BandsKey, "0,8,20");
        Assert.IsTrue(bench.Run() == ProvisioningResult.Success);
        Assert.Contains("|AT+QCBAND=0,8,20|", bench.Modem.Commands);
        Assert.Contains("\"IP\",\"iot.1nce.net\"|", bench.Modem.Commands);

        var broken = new ProvisioningBench();
        Store(broken, BoxIdentity.ApnKey, "a\"b");
        Store(broken, ProvisioningSettings.BandsKey, "0,8\r");
        Assert.IsTrue(broken.Run() == ProvisioningResult.Success);
        Assert.AreEqual(Steps + Facts, broken.Modem.Commands);
    }

    /// <summary>A host that the production firmware cannot use is named here already; one that is not there yet is not.</summary>
    [TestMethod]
    public void WarnsOfAnAddressThatCannotBeUsed()
    {
        var bench = new ProvisioningBench();
        Assert.IsTrue(bench.Run() == ProvisioningResult.Success);
        Assert.AreEqual(string.Empty, bench.Warning);

        bench = new ProvisioningBench();
        Store(bench, BoxIdentity.HostKey, new string('h', 101));
        Assert.IsTrue(bench.Run() == ProvisioningResult.Success);
        Assert.AreEqual("the production firmware will not work: 'host' is longer than 100 bytes", bench.Warning);
    }

    /// <summary>A button that is stuck is waited for a minute, and no longer.</summary>
    [TestMethod]
    public void AStuckButtonEndsNothing()
    {
        var bench = new ProvisioningBench { ReleasedAtMs = long.MaxValue };
        Assert.IsTrue(bench.Run() == ProvisioningResult.Success);
    }

    /// <summary>Each failure has its name, its step, what was answered last, and a red LED.</summary>
    [TestMethod]
    public void NamesEachFailure()
    {
        Fails(
            "AT+CPIN?", "\r\n+CME ERROR: SIM not inserted\r\n", ProvisioningResult.SimNotReady, 3, "SIM_NOT_READY",
            "AT+CPIN? -> +CME ERROR: SIM not inserted");
        Fails(
            "AT+QCBAND", "\r\nERROR\r\n", ProvisioningResult.BandConfigFailed, 4, "BAND_CONFIG_FAILED",
            "AT+QCBAND=0,2,4,12,13,66 -> ERROR");
        Fails("AT+CFUN", "\r\nERROR\r\n", ProvisioningResult.ModemResetFailed, 5, "MODEM_RESET_FAILED", "AT+CFUN=1,1 -> ERROR");
        Fails("AT+CGDCONT=", "\r\nERROR\r\n", ProvisioningResult.PsAttachFailed, 9, "PS_ATTACH_FAILED", "ERROR");
        Fails("AT+CGATT", null, ProvisioningResult.PsAttachFailed, 10, "PS_ATTACH_FAILED", "AT+CGATT=1 -> (no answer)");
        Fails(
            "AT+NETOPEN", "\r\nOK\r\n\r\n+NETOPEN: 1\r\n", ProvisioningResult.NetOpenFailed, 11, "NETOPEN_FAILED",
            "AT+NETOPEN -> +NETOPEN: 1");
    }

    /// <summary>A modem that is not there; then it is plugged in, and a press of the button tries again.</summary>
    [TestMethod]
    public void TheButtonTriesAgain()
    {
        var bench = new ProvisioningBench();
        bench.Modem.IsSilent = true;
        Assert.IsTrue(bench.Run() == ProvisioningResult.ModemNotResponding);
        Assert.AreEqual(1, bench.Box.FailedStep);
        Assert.Contains("MODEM_NOT_RESPONDING", bench.Said);
        Assert.IsTrue(bench.Box.LedState == LedState.Fatal);
        Assert.IsFalse(bench.IsOk);
        bench.Wait(31000);
        Assert.AreEqual(2, bench.Results);
        bench.Modem.IsSilent = false;
        bench.ReleasedAtMs = bench.Clock.UptimeMs + 200;
        bench.Wait(60000);
        Assert.IsTrue(bench.Box.Result == ProvisioningResult.Success);
        Assert.IsTrue(bench.IsOk);
    }

    /// <summary>No network: 5 minutes at most, the LED says so, the watchdog is fed all the time. Denied: at once.</summary>
    [TestMethod]
    public void SearchesForFiveMinutes()
    {
        var bench = new ProvisioningBench();
        bench.Modem.Registration = 2;
        bench.Modem.On("AT+CFUN", "\r\nOK\r\n");
        long start = bench.Clock.UptimeMs;
        Assert.IsTrue(bench.Run() == ProvisioningResult.RegistrationTimeout);
        long took = bench.Clock.UptimeMs - start;
        Assert.IsTrue(took > 300000 && took < 330000);
        Assert.AreEqual(7, bench.Box.FailedStep);
        Assert.IsTrue(bench.LongestHungerMs < 1000);

        var denied = new ProvisioningBench();
        denied.Modem.Registration = 3;
        denied.Modem.On("AT+CFUN", "\r\nOK\r\n");
        Assert.IsTrue(denied.Run() == ProvisioningResult.RegistrationDenied);
        Assert.IsTrue(denied.Clock.UptimeMs < 60000);
    }

    /// <summary>The network gave no address.</summary>
    [TestMethod]
    public void NamesAMissingAddress()
    {
        var bench = new ProvisioningBench();
        bench.Modem.ContextAddress = "0.0.0.0";
        Assert.IsTrue(bench.Run() == ProvisioningResult.NoIpAddress);
        Assert.AreEqual(12, bench.Box.FailedStep);
    }

    /// <summary>Without a flag that was read back there is no success.</summary>
    [TestMethod]
    public void NamesAStoreThatRefuses()
    {
        var bench = new ProvisioningBench();
        bench.StoreRefuses = true;
        Assert.IsTrue(bench.Run() == ProvisioningResult.NvsWriteFailed);
        Assert.Contains("NVS_WRITE_FAILED", bench.Said);
        Assert.IsTrue(bench.Box.LedState == LedState.Fatal);
    }

    private static void Fails(string command, string reply, ProvisioningResult result, int step, string name, string diagnosis)
    {
        var bench = new ProvisioningBench();
        bench.Modem.On(command, reply, 5);
        Assert.IsTrue(bench.Run() == result);
        Assert.AreEqual(step, bench.Box.FailedStep);
        Assert.StartsWith("PROVISIONING FAILED: " + name + ". ", bench.Said);
        Assert.EndsWith(diagnosis, bench.Diagnosis, bench.Diagnosis);
        Assert.IsTrue(bench.Box.LedState == LedState.Fatal);
        Assert.IsFalse(bench.IsOk);
    }

    private static void Store(ProvisioningBench bench, string key, string value)
    {
        byte[] bytes = Ascii.Bytes(value);
        bench.Set(key, bytes, bytes.Length);
    }
}
