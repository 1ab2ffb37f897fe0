using JamBox.Twin.Modem;

namespace JamBox.Twin.Tests.Modem;

public class ModemFaultTests
{
    private const string Ok = "\r\nOK\r\n";

    [Fact]
    public void AMissedPromptSwallowsWhatFollows()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Modem.Faults.MissedPrompts = 1;
        Assert.Equal(string.Empty, rig.Ask("AT+CIPSEND=0,10", 5_000));
        Assert.Equal(string.Empty, rig.Ask("AT", 2_000) + rig.Ask("AT", 2_000) + rig.Ask("AT", 2_000));
        rig.Write("\r");
        Assert.Equal(Ok + "\r\n+CIPSEND: 0,10,10\r\n", rig.Hear(2_000));
        Assert.Equal("AT\rAT\rAT\r\r", rig.Bridge.Sent);
        Assert.Equal(1, rig.Modem.Faults.Happened["missed prompt"]);
    }

    [Fact]
    public void SilenceEnds()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Modem.Faults.SilentUntilMs = rig.Clock.NowMs + 10_000;
        Assert.Equal(string.Empty, rig.Ask("AT", 9_000));
        rig.Hear(2_000);
        Assert.Equal(Ok, rig.Ask("AT"));
        rig.Modem.Faults.IsSilentUntilReset = true;
        Assert.Equal(string.Empty, rig.Ask("AT", 100_000));
        Assert.True(rig.Modem.HardwareReset());
        rig.Hear(3_000);
        Assert.EndsWith(Ok, rig.Ask("AT"));
    }

    [Fact]
    public void TheNetworkGoesAndComes()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Modem.Network.Lose(5_000);
        Assert.Equal("\r\n+CEREG: 0\r\n\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n", rig.Hear(1_000));
        Assert.True(rig.Bridge.IsClosed);
        Assert.Equal("\r\n+CEREG: 2\r\n\r\nNetwork Available\r\n\r\n+CEREG: 1\r\n", rig.Hear(30_000));
        Assert.Equal("\r\n+NETOPEN: 0\r\n" + Ok, rig.Ask("AT+NETOPEN?"));
    }

    [Fact]
    public void TheDataNetworkCloses()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Modem.Network.CloseUnexpectedly();
        Assert.Equal("\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n", rig.Hear(1_000));
        Assert.Equal("\r\n+CEREG: 0,5\r\n" + Ok, rig.Ask("AT+CEREG?"));
    }

    [Fact]
    public void LosingTheNetworkWhileConnectingIsReported()
    {
        foreach (CipOpenStyle style in Enum.GetValues<CipOpenStyle>())
        {
            ModemRig rig = ModemRig.Online(options => options.CipOpen = style);
            rig.Ask("AT+CIPOPEN=0,\"TCP\",\"a\",80", 300);
            rig.Modem.Network.CloseUnexpectedly();
            Assert.Contains("+CIPOPEN: 0,1\r\n", rig.Hear(500));
            Assert.Equal(Ok, rig.Ask("AT"));
        }
    }

    [Fact]
    public void ItRestartsInTheMiddleOfAPayload()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Modem.Faults.RestartsInSend = 1;
        rig.Ask("AT+CIPSEND=0,100");
        rig.Write(new string('x', 100));
        Assert.Contains("SIM Ready", rig.Hear(5_000));
        Assert.Equal(string.Empty, rig.Bridge.Sent);
        Assert.EndsWith(Ok, rig.Ask("AT"));
    }

    [Fact]
    public void ItRestartsInTheMiddleOfAnAnswer()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Bridge.Answer(new string('y', 300));
        rig.Hear(200);
        rig.Modem.Faults.RestartsInReceive = 1;
        string heard = rig.Ask("AT+CIPRXGET=2,0,1500", 5_000);
        Assert.Contains("SIM Ready", heard);
        Assert.True(heard.Count(c => c == 'y') < 300);
        Assert.DoesNotContain("OK\r\n", heard);
    }

    [Fact]
    public void SendsOpensAndCommandsFail()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Modem.Faults.FailedSends = 1;
        rig.Ask("AT+CIPSEND=0,3");
        rig.Write("abc");
        Assert.Equal("\r\n+CIPERROR: 12\r\n", rig.Hear(1_000));
        rig.Modem.Faults.ShortWrites = 1;
        rig.Ask("AT+CIPSEND=0,3");
        rig.Write("abc");
        Assert.Matches(@"\+CIPSEND: 0,3,[0-3]\r\n$", rig.Hear(1_000));
        rig.Modem.Faults.FailedCommands = 1;
        Assert.Equal("\r\nERROR\r\n" + Ok, rig.Ask("AT") + rig.Ask("AT"));
        rig.Ask("AT+CIPCLOSE=0");
        rig.Modem.Faults.FailedOpens = 1;
        Assert.Equal(Ok + "\r\n+CIPOPEN: 0,10\r\n", rig.Ask("AT+CIPOPEN=0,\"TCP\",\"a\",80", 2_000));
        rig.Modem.Faults.ExtraReplyMs = 25_000;
        Assert.Equal(string.Empty, rig.Ask("AT", 24_900));
        Assert.Equal(Ok, rig.Hear(500));
    }

    [Fact]
    public void TenKilobytesOfGarbageLeaveItUsable()
    {
        ModemRig rig = ModemRig.Ready(options => options.HostBufferBytes = 0);
        rig.Modem.EmitGarbage(10_240);
        Assert.Equal(10_240, rig.Hear(1_000).Length);
        Assert.Equal(Ok, rig.Ask("AT"));
    }

    [Fact]
    public void ItSleepsAndIsDeafUntilItIsAwake()
    {
        ModemRig rig = ModemRig.Ready(options => options.WakesIn = new MsRange(6_000, 6_000));
        rig.Options.SleepsAfterMs = 3_000;
        Assert.Equal(Ok, rig.Ask("AT"));
        rig.Hear(3_000);
        Assert.Equal(string.Empty, rig.Ask("AT", 3_000) + rig.Ask("AT", 2_900));
        rig.Hear(200);
        Assert.Equal(Ok, rig.Ask("AT"));
        Assert.Equal(1, rig.Modem.Faults.Happened["deaf"]);

        // One that refuses goes on sleeping; one that obeys does not.
        rig.Options.ObeysSleepOff = false;
        Assert.Equal("\r\nERROR\r\n", rig.Ask("AT+CPSMS=0"));
        rig.Hear(4_000);
        Assert.Equal(string.Empty, rig.Ask("AT", 2_000));
        rig.Hear(4_100);
        rig.Options.ObeysSleepOff = true;
        Assert.Equal(Ok, rig.Ask("AT+CPSMS=0"));
        rig.Hear(10_000);
        Assert.Equal(Ok, rig.Ask("AT+CSCLK=0"));
    }

    [Fact]
    public void ItDoesNotSleepWithAConnection()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Options.SleepsAfterMs = 1_000;
        rig.Hear(5_000);
        Assert.Equal(Ok, rig.Ask("AT"));
    }

    [Fact]
    public void ItOpensSlowly()
    {
        ModemRig rig = ModemRig.Online();
        rig.Options.Timings.SlowOpen = new MsRange(45_000, 45_000);
        Assert.Equal(Ok, rig.Ask("AT+CIPOPEN=0,\"TCP\",\"a\",80", 45_000));
        Assert.Equal("\r\n+CIPOPEN: 0,0\r\n", rig.Hear(3_000));
    }

    [Fact]
    public void ItLeavesOutBlanksAndNothingElse()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Options.HasBlanks = false;
        Assert.Equal("\r\n+CSQ:18,99\r\n" + Ok, rig.Ask("AT+CSQ"));
        rig.Bridge.Answer("a: b");
        Assert.Equal("\r\n+CIPRXGET:1,0\r\n", rig.Hear(500));
        Assert.Equal("\r\n+CIPRXGET:2,0,4,0\r\na: b" + Ok, rig.Ask("AT+CIPRXGET=2,0,100"));
    }

    /// <summary>Both ways of it: the bytes that wait are named and none given; none wait, and the next report comes with it.</summary>
    [Fact]
    public void ItReportsBytesAndGivesNone()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Bridge.Answer("hello");
        rig.Hear(500);
        rig.Modem.Faults.StuckReceives = 1;
        HashSet<string> answers = [.. Enumerable.Range(0, 20).Select(_ => rig.Ask("AT+CIPRXGET=2,0,100"))];
        Assert.Equal(
            ["\r\n+CIPRXGET: 1,0\r\n\r\n+IP ERROR: No data\r\n\r\nERROR\r\n", "\r\n+CIPRXGET: 2,0,0,5\r\n" + Ok],
            answers.Order(StringComparer.Ordinal));
        Assert.Equal(1, rig.Modem.Faults.Happened["stuck receive"]);
        rig.Ask("AT+CIPCLOSE=0");
        rig.Ask("AT+CIPOPEN=0,\"TCP\",\"a\",80", 3_000);
        rig.Bridge.Answer("hello");
        rig.Hear(500);
        Assert.Contains("hello", rig.Ask("AT+CIPRXGET=2,0,100"));
    }

    [Fact]
    public void WithoutPowerItIsDead()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Modem.PowerOff();
        Assert.Equal(string.Empty, rig.Ask("AT", 60_000));
        rig.Modem.PowerOn();
        Assert.Contains("SIM Ready", rig.Hear(3_000));
    }
}
