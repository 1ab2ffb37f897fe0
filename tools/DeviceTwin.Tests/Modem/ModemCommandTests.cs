using JamBox.Twin.Modem;

namespace JamBox.Twin.Tests.Modem;

public class ModemCommandTests
{
    private const string Error = "\r\nERROR\r\n";
    private const string Ok = "\r\nOK\r\n";

    [Theory]
    [InlineData("AT", "")]
    [InlineData("at", "")]
    [InlineData("\0\0xxAT", "")]
    [InlineData("AT+CPIN?", "+CPIN: READY")]
    [InlineData("AT+CSQ", "+CSQ: 18,99")]
    [InlineData("AT+CESQ", "+CESQ: 99,99,255,255,31,70")]
    [InlineData("AT+CEREG?", "+CEREG: 0,5")]
    [InlineData("AT+COPS?", "+COPS: 0,2,\"23801\",9")]
    [InlineData("AT+QCBAND=0,2,4,12,13,66", "")]
    [InlineData("AT+CNMP=38", "")]
    [InlineData("AT+CGDCONT=0,\"IP\",\"hologram\"", "")]
    [InlineData("AT+CGDCONT?", "+CGDCONT: 0,\"IP\",\"\",\"0.0.0.0\"")]
    [InlineData("AT+CGPADDR", "+CGPADDR: 0,\"0.0.0.0\"")]
    [InlineData("AT+CCLK?", "+CCLK: \"2023/11/14,22:13:45+00\"")]
    [InlineData("AT+NETOPEN?", "+NETOPEN: 0")]
    [InlineData("AT+CFUN?", "+CFUN: 1")]
    [InlineData("AT+CIPRXGET=1", "")]
    [InlineData("AT+CIPRXGET=4,0", "+CIPRXGET: 4,0,0")]
    public void Answers(string command, string line)
    {
        Assert.Equal((line.Length > 0 ? $"\r\n{line}\r\n" : string.Empty) + Ok, ModemRig.Ready().Ask(command));
    }

    [Theory]
    [InlineData("AT+NONSENSE")]
    [InlineData("ATZZ")]
    [InlineData("AT+CSQ=1")]
    [InlineData("AT+CPIN")]
    [InlineData("AT+CEREG=9")]
    [InlineData("AT+CEREG=")]
    [InlineData("AT+CEREG=1,")]
    [InlineData("AT+CEREG= 1")]
    [InlineData("AT+CGDCONT=0,IP,hologram")]
    [InlineData("AT+CGDCONT=0,\"IP\",\"hologram")]
    [InlineData("AT+QCBAND=0")]
    [InlineData("AT+CGATT=2")]
    [InlineData("AT+CIPOPEN=0,\"TCP\",\"host\"")]
    [InlineData("AT+CIPOPEN=0,\"UDP\",\"host\",80")]
    [InlineData("AT+CIPOPEN=2,\"TCP\",\"host\",80")]
    [InlineData("AT+CIPOPEN=0,\"TCP\",host,80")]
    [InlineData("AT+CIPOPEN=0,\"TCP\",\"host\",99999")]
    [InlineData("AT+CIPSEND=0,1501")]
    [InlineData("AT+CIPSEND=0,0")]
    [InlineData("AT+CIPSEND=0")]
    [InlineData("AT+CIPRXGET=2,0")]
    [InlineData("AT+CIPRXGET=5,0")]
    public void RefusesWhatIsMalformed(string command)
    {
        ModemRig rig = ModemRig.Ready();
        Assert.Equal(Error, rig.Ask(command));
        Assert.Equal(1, rig.Modem.RefusedCommands);
    }

    [Fact]
    public void ALineWithoutAtIsNotAnswered()
    {
        Assert.Equal(string.Empty, ModemRig.Ready().Ask("GARBAGE", 2_000));
    }

    [Fact]
    public void ALineWithoutEndIsBounded()
    {
        ModemRig rig = ModemRig.Ready();
        Assert.Equal(Error, rig.Ask("AT+" + new string('A', 3_000), 2_000));
        Assert.Equal(Ok, rig.Ask("AT"));
    }

    [Fact]
    public void ErrorsAsOnlyThisModemHasThem()
    {
        ModemRig rig = ModemRig.Ready();
        Assert.Equal("\r\n+CME ERROR: pdn type and APN duplicate used\r\n", rig.Ask("AT+CGACT=1,1"));
        Assert.Equal("\r\n+IP ERROR: Network not opened\r\n" + Error, rig.Ask("AT+IPADDR"));
        Assert.Equal("\r\n+NETCLOSE: 2\r\n" + Error, rig.Ask("AT+NETCLOSE"));
        Assert.Equal("\r\n+CIPOPEN: 0,2\r\n" + Error, rig.Ask("AT+CIPOPEN=0,\"TCP\",\"a\",1"));
        Assert.Equal("\r\n+CIPERROR: 2\r\n", rig.Ask("AT+CIPSEND=0,5"));
        Assert.Equal("\r\n+CIPCLOSE: 0,4\r\n" + Error, rig.Ask("AT+CIPCLOSE=0"));
        Assert.Equal("\r\n+IP ERROR: No data\r\n" + Error, rig.Ask("AT+CIPRXGET=2,0,100"));
        rig.Options.CipErrorHasError = true;
        Assert.Equal("\r\n+CIPERROR: 2\r\n" + Error, rig.Ask("AT+CIPSEND=0,5"));
    }

    [Fact]
    public void WithoutSim()
    {
        ModemRig rig = ModemRig.Ready(options => options.Sim = SimState.MissingAsText);
        Assert.Equal("\r\n+CME ERROR: SIM not inserted\r\n", rig.Ask("AT+CPIN?"));
        rig.Options.Sim = SimState.MissingAsNumber;
        Assert.Equal("\r\n+CME ERROR: 10\r\n", rig.Ask("AT+CPIN?"));
        Assert.Equal("\r\n+CEREG: 0,0\r\n" + Ok, rig.Ask("AT+CEREG?"));
    }

    [Fact]
    public void WithoutNetwork()
    {
        ModemRig rig = ModemRig.Ready(options => options.Registration = RegistrationOutcome.Never);
        Assert.Equal("\r\n+CEREG: 0,2\r\n" + Ok, rig.Ask("AT+CEREG?"));
        Assert.Equal("\r\n+CPSI: NO SERVICE,Online\r\n" + Ok, rig.Ask("AT+CPSI?", 3_000));
        Assert.Equal(Error, rig.Ask("AT+CGATT=1", 5_000));
        Assert.Equal("\r\n+CSQ: 99,99\r\n" + Ok, rig.Ask("AT+CSQ"));
        Assert.StartsWith("\r\n+CCLK: \"1980/01/06,00:00:", rig.Ask("AT+CCLK?"));
        Assert.Equal(Ok + "\r\n+NETOPEN: 1\r\n", rig.Ask("AT+NETOPEN", 5_000));
        ModemRig denied = ModemRig.Ready(options => options.Registration = RegistrationOutcome.Denied);
        Assert.Equal("\r\n+CEREG: 0,3\r\n" + Ok, denied.Ask("AT+CEREG?"));
    }

    [Fact]
    public void RegistrationWithCell()
    {
        ModemRig rig = ModemRig.Ready();
        Assert.Equal(Ok, rig.Ask("AT+CEREG=2"));
        Assert.Equal("\r\n+CEREG: 2,5,\"2A3B\",\"0123ABCD\",9\r\n" + Ok, rig.Ask("AT+CEREG?"));
        rig.Modem.Network.Lose(1_000);
        Assert.EndsWith("\r\n+CEREG: 1,\"2A3B\",\"0123ABCD\",9\r\n", rig.Hear(25_000));
        Assert.Equal(Ok, rig.Ask("AT+CEREG=0"));
        rig.Modem.Network.Lose(1_000);
        Assert.Equal("\r\nNetwork Available\r\n", rig.Hear(25_000));
    }

    [Fact]
    public void NetworkOpensAndCloses()
    {
        ModemRig rig = ModemRig.Online();
        Assert.Equal("\r\n+IP ERROR: Network is already opened\r\n" + Error, rig.Ask("AT+NETOPEN"));
        Assert.Equal("\r\n+NETOPEN: 1\r\n" + Ok, rig.Ask("AT+NETOPEN?"));
        rig.Options.NetOpenStateHasTwoFields = true;
        Assert.Equal("\r\n+NETOPEN: 1,0\r\n" + Ok, rig.Ask("AT+NETOPEN?"));
        Assert.Equal("\r\n+IPADDR: 10.148.0.17\r\n" + Ok, rig.Ask("AT+IPADDR"));
        Assert.Equal("\r\n+CGDCONT: 0,\"IP\",\"hologram\",\"10.148.0.17\"\r\n" + Ok, rig.Ask("AT+CGDCONT?"));
        Assert.Equal("\r\n+CGPADDR: 0,\"10.148.0.17\"\r\n" + Ok, rig.Ask("AT+CGPADDR"));
        Assert.Equal(Ok + "\r\n+NETCLOSE: 0\r\n", rig.Ask("AT+NETCLOSE", 3_000));
        Assert.Equal("\r\n+NETCLOSE: 2\r\n" + Error, rig.Ask("AT+NETCLOSE"));
        Assert.Equal("hologram", rig.Modem.Network.AccessPoint);
    }

    [Theory]
    [InlineData(IpAddrAnswer.FailsAsIpAddr, "\r\n+IPADDR: Network not opened\r\n\r\nERROR\r\n")]
    [InlineData(IpAddrAnswer.FailsAsIpError, "\r\n+IP ERROR: Network not opened\r\n\r\nERROR\r\n")]
    [InlineData(IpAddrAnswer.Empty, "\r\n+IPADDR: \r\n\r\nOK\r\n")]
    [InlineData(IpAddrAnswer.Nothing, "\r\nOK\r\n")]
    internal void AddressVariations(IpAddrAnswer answer, string expected)
    {
        Assert.Equal(expected, ModemRig.Online(options => options.IpAddr = answer).Ask("AT+IPADDR"));
    }

    [Fact]
    public void OtherVariations()
    {
        ModemRig rig = ModemRig.Ready(options =>
        {
            options.OperatorName = "OKLAHOMA MOBILE";
            options.ClockYearDigits = 2;
            options.ClockZoneQuarters = -20;
            options.NetIsOpenFromRegistration = true;
            options.Address = "0.0.0.0";
        });
        Assert.Equal("\r\n+COPS: 0,0,\"OKLAHOMA MOBILE\",9\r\n" + Ok, rig.Ask("AT+COPS?"));
        Assert.Matches(@"^\r\n\+CCLK: ""23/11/14,17:13:\d\d-20""", rig.Ask("AT+CCLK?"));
        Assert.Equal("\r\n+IP ERROR: Network is already opened\r\n" + Error, rig.Ask("AT+NETOPEN"));
        Assert.Equal("\r\n+IPADDR: 0.0.0.0\r\n" + Ok, rig.Ask("AT+IPADDR"));
    }

    [Fact]
    public void CommandsThatComeTooEarlyWaitTheirTurn()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Write("AT+CSQ\rAT+CPIN?\rAT\r");
        Assert.Equal("\r\n+CSQ: 18,99\r\n" + Ok + "\r\n+CPIN: READY\r\n" + Ok + Ok, rig.Hear(2_000));
    }

    [Fact]
    public void ReportsAndGarbageInTheMiddle()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Options.ReportInsideReplyChance = 1;
        rig.Options.ReportsInsideReplies = ["+CEREG: 5"];
        string[] both = ["\r\n+CEREG: 5\r\n\r\n+CSQ: 18,99\r\n" + Ok, "\r\n+CSQ: 18,99\r\n\r\n+CEREG: 5\r\n" + Ok];
        HashSet<string> heard = [.. Enumerable.Range(0, 12).Select(_ => rig.Ask("AT+CSQ"))];
        Assert.Equal(both.Order(), heard.Order());
        rig.Options.ReportInsideReplyChance = 0;
        rig.Options.GarbageChance = 1;
        string answer = rig.Ask("AT");
        Assert.EndsWith(Ok, answer);
        Assert.InRange(answer.Length, 7, 30);
    }
}
