using JamBox.Modem;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="Sim7028"/>: from power-on to an address.</summary>
[TestClass]
public class SimBringUpTests
{
    private const string Canonical =
        "|AT|ATE0|AT+CPSMS=0|AT+CSCLK=0|AT+CPIN?|AT+CEREG?|AT+CGDCONT=0,\"IP\",\"hologram\"|AT+CGATT=1|AT+NETOPEN|AT+IPADDR|AT+CIPRXGET=1";

    /// <summary>The canonical commands of docs/modem.md, in order, and nothing else; above all no AT+CGACT.</summary>
    [TestMethod]
    public void SendsTheCanonicalCommands()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.Modem.State == ModemState.Off);
        Assert.IsTrue(bench.BringUp());
        Assert.AreEqual(Canonical, bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.State == ModemState.Connected);
        Assert.IsTrue(bench.Modem.IsConnected);
        Assert.IsTrue(bench.Modem.LastError == ModemError.None);
        Assert.AreEqual(0, bench.Modem.Counters.UnknownLines);
        Assert.AreEqual(0, bench.Modem.Counters.Restarts);
    }

    /// <summary>Replies split at any byte, an echo, the lines of the boot, and reports between them change nothing.</summary>
    [TestMethod]
    public void SurvivesSplitsAndEcho()
    {
        var bench = new ModemBench();
        bench.Fake.HasEcho = true;
        bench.Fake.IsSlow = true;
        bench.Fake.Say(FakeModem.Boot, 0);
        bench.Fake.Say("Network Available\r\n+CEREG: 1\r\n", 3000);
        Assert.IsTrue(bench.BringUp());

        // Its boot takes longer than the time for a sign of life.
        Assert.EndsWith(Canonical, bench.Fake.Commands);
        Assert.AreEqual(0, bench.Modem.Counters.Restarts);
    }

    /// <summary>10 KB of garbage with and without lines, and NUL bytes: dropped, counted, and the reply behind it is found.</summary>
    [TestMethod]
    public void SurvivesGarbage()
    {
        var bench = new ModemBench();
        byte[] garbage = new byte[640];
        for (int i = 0; i < garbage.Length; i++)
        {
            garbage[i] = (byte)(i % 3 == 0 ? 0 : 128 + (i % 100));
        }

        for (int i = 0; i < 16; i++)
        {
            bench.Fake.Say(garbage, 0);
        }

        bench.Fake.Say("\r\n\u0001\u0001OKLAHOMA MOBILE\r\nxERROR\r\nERROR: none\r\n", 0);
        Assert.IsTrue(bench.BringUp());
        Assert.AreEqual(1, bench.Modem.Counters.TruncatedLines);
        Assert.AreEqual(4, bench.Modem.Counters.UnknownLines);
    }

    /// <summary>A reply of 10 KB to a command, its OK at the end.</summary>
    [TestMethod]
    public void SurvivesALongReply()
    {
        var bench = new ModemBench();
        bench.Fake.On("AT+CGATT=1", string.Empty);
        string line = "\r\n+COPS: \"OKLAHOMA MOBILE\",\"ERROR\",\"200\",\"+CPIN: READY\",\"RDY\"\r\nOKLAHOMA MOBILE\r\n";
        for (int i = 0; i < 50; i++)
        {
            line += i < 7 ? line.Substring(0, 70) : string.Empty;
        }

        for (int i = 0; i < 16; i++)
        {
            bench.Fake.Say(line, 5000);
        }

        bench.Fake.Say("\r\nOK\r\n", 5000);
        Assert.IsTrue(bench.BringUp());
        Assert.AreEqual(0, bench.Modem.Counters.Restarts);
    }

    /// <summary>An open network is as good as one that we open.</summary>
    [TestMethod]
    public void AcceptsAnOpenNetwork()
    {
        var bench = new ModemBench();
        bench.Fake.IsNetworkOpen = true;
        Assert.IsTrue(bench.BringUp());
    }

    /// <summary>0.0.0.0 is no address; then the context has it, or nobody.</summary>
    [TestMethod]
    public void LooksForTheAddress()
    {
        var bench = new ModemBench();
        bench.Fake.Address = "0.0.0.0";
        Assert.IsTrue(bench.BringUp());
        Assert.Contains("|AT+IPADDR|AT+CGDCONT?|AT+CIPRXGET=1", bench.Fake.Commands);

        bench.Fake.ContextAddress = "0.0.0.0";
        Assert.IsFalse(bench.BringUp());
        Assert.IsTrue(bench.Modem.LastError == ModemError.NoAddress);
        Assert.IsTrue(bench.Modem.State == ModemState.Registered);

        bench.Fake.ContextAddress = "10.9.18.110";
        bench.Fake.On("AT+IPADDR", "\r\n+IP ERROR: Network not opened\r\n\r\nERROR\r\n");
        Assert.IsTrue(bench.BringUp());
        bench.Fake.On("AT+IPADDR", "\r\n+IPADDR: \r\n\r\nOK\r\n");
        Assert.IsTrue(bench.BringUp());
    }

    /// <summary>A SIM that is not there is named, after tries enough for one that was powered just now.</summary>
    [TestMethod]
    public void NamesAMissingSim()
    {
        var bench = new ModemBench();
        bench.Fake.On("AT+CPIN?", "\r\n+CME ERROR: SIM not inserted\r\n", 4);
        Assert.IsTrue(bench.BringUp());
        bench.Fake.On("AT+CPIN?", "\r\n+CME ERROR: 10\r\n", 5);
        Assert.IsFalse(bench.BringUp());
        Assert.IsTrue(bench.Modem.LastError == ModemError.SimNotReady);
        Assert.AreEqual(10, bench.Modem.LastCode);
        Assert.AreEqual(2, bench.Modem.FailedStep);
        bench.Fake.On("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", 5);
        Assert.IsFalse(bench.BringUp());
        Assert.IsTrue(bench.Modem.LastError == ModemError.SimNotReady);
    }

    /// <summary>Without a network two tries are made, with a restart between them, in 5 minutes and a little.</summary>
    [TestMethod]
    public void GivesUpRegistration()
    {
        var bench = new ModemBench();
        bench.Clock.Stretch = 10;
        bench.Fake.Registration = 2;
        bench.Fake.On("AT+CFUN=1,1", "\r\nOK\r\n");
        long start = bench.Clock.UptimeMs;
        Assert.IsFalse(bench.BringUp());
        long took = bench.Clock.UptimeMs - start;
        Assert.IsTrue(bench.Modem.LastError == ModemError.NotRegistered);
        Assert.IsTrue(took >= 290000 && took <= 330000, "took " + took.ToString());
        Assert.AreEqual(1, bench.Modem.Counters.OrderedRestarts);
        Assert.IsTrue(bench.Modem.State == ModemState.Searching);

        bench.Fake.Registration = 3;
        Assert.IsFalse(bench.BringUp());
        Assert.IsTrue(bench.Modem.LastError == ModemError.RegistrationDenied);
    }

    /// <summary>The report of the registration ends the wait; it need not be asked for.</summary>
    [TestMethod]
    public void HearsTheRegistration()
    {
        var bench = new ModemBench();
        bench.Fake.Registration = 2;
        bench.Fake.Say("\r\n+CEREG: 5,\"1A2B\",\"0C3D4E5F\",9\r\n", 21234);
        long start = bench.Clock.UptimeMs;
        Assert.IsTrue(bench.BringUp());
        long took = bench.Clock.UptimeMs - start;
        Assert.IsTrue(took < 23000, "took " + took.ToString() + bench.Fake.Commands);
    }

    /// <summary>A modem that still waits for the payload of a box that restarted is fed.</summary>
    [TestMethod]
    public void FeedsAModemThatWaits()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        byte[] request = JamBox.Text.Ascii.Bytes("AT+CIPSEND=0,1400\r");
        bench.Fake.Write(request, 0, request.Length);
        var modem = new Sim7028(bench.Fake, bench.Clock, bench.Clock);
        Assert.IsTrue(modem.BringUp(JamBox.Text.Ascii.Bytes("hologram")));
        Assert.AreEqual(0, bench.Fake.Resets);
    }

    /// <summary>A restart in the middle of it is named, and the next try works.</summary>
    [TestMethod]
    public void NoticesARestart()
    {
        var bench = new ModemBench();
        bench.Fake.On("AT+CGATT=1", "\r\n" + FakeModem.Boot);
        Assert.IsFalse(bench.BringUp());
        Assert.IsTrue(bench.Modem.LastError == ModemError.Restarted);
        Assert.AreEqual(1, bench.Modem.Counters.Restarts);
        Assert.IsTrue(bench.BringUp());
    }

    /// <summary>The slowest network that works: replies after 25 s.</summary>
    [TestMethod]
    public void WaitsForASlowNetwork()
    {
        var bench = new ModemBench();
        bench.Fake.NetworkDelayMs = 25000;
        bench.Fake.Response = JamBox.Text.Ascii.Bytes("late");
        Assert.IsTrue(bench.UpAndOpen());
        Assert.IsTrue(bench.Send("hello"));
        Assert.AreEqual("late", bench.Receive(30000));
        Assert.AreEqual(0, bench.Modem.Counters.Timeouts);
    }

    /// <summary>The 12 steps of provisioning, and the name of one that fails.</summary>
    [TestMethod]
    public void Provisions()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.Provision("0,2,4,12,13,66"));
        Assert.AreEqual("|AT|ATE0|AT+CPSMS=0|AT+CSCLK=0|AT+CPIN?|AT+QCBAND=0,2,4,12,13,66|AT+CFUN=1,1|AT|AT+CEREG?|AT+NETCLOSE|AT+CGDCONT=0,\"IP\",\"hologram\"|AT+CGATT=1|AT+NETOPEN|AT+CGDCONT?", bench.Fake.Commands);
        bench.Fake.On("AT+QCBAND", "\r\n+CME ERROR: 3\r\n");
        Assert.IsFalse(bench.Provision("0,99"));
        Assert.IsTrue(bench.Modem.LastError == ModemError.BandsRefused);
        Assert.AreEqual(3, bench.Modem.FailedStep);
        bench.Fake.Registration = 3;
        bench.Fake.On("AT+CFUN", "\r\nOK\r\n");
        Assert.IsFalse(bench.Provision("0,2"));
        Assert.IsTrue(bench.Modem.LastError == ModemError.RegistrationDenied);
        Assert.AreEqual(6, bench.Modem.FailedStep);
    }

    /// <summary>AT+CSQ in dBm; a report in the middle of the reply does not disturb, and is heard.</summary>
    [TestMethod]
    public void ReadsTheSignal()
    {
        var bench = new ModemBench();
        Assert.AreEqual(-999, bench.Modem.ReadSignalDbm());
        Assert.IsTrue(bench.BringUp());
        Assert.AreEqual(-73, bench.Modem.ReadSignalDbm());
        bench.Fake.On("AT+CSQ", "\r\n+CEREG: 2\r\n\r\n+CSQ: 0,99\r\n\r\n+CEREG: 1\r\n\r\n+CEREG: 0\r\n\r\nOK\r\n");
        Assert.AreEqual(-113, bench.Modem.ReadSignalDbm());
        Assert.IsTrue(bench.Modem.State == ModemState.Searching);
        bench.Fake.On("AT+CSQ", "\r\n+CSQ: 31,99\r\n\r\nOK\r\n");
        Assert.AreEqual(-51, bench.Modem.ReadSignalDbm());
        bench.Fake.On("AT+CSQ", "\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
        Assert.AreEqual(-999, bench.Modem.ReadSignalDbm());
        bench.Fake.On("AT+CSQ", "\r\nERROR\r\n");
        Assert.AreEqual(-999, bench.Modem.ReadSignalDbm());
    }
}
