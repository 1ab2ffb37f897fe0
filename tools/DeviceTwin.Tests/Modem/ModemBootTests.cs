using JamBox.Twin.Modem;

namespace JamBox.Twin.Tests.Modem;

public class ModemBootTests
{
    [Fact]
    public void BootAsObserved()
    {
        ModemRig rig = new();
        Assert.Equal(
            "LoadVerifyImageHead read(len=272), Time(ms)->0.\r\ntest:VerifyImageHead skip\r\nVerifyImageBody sha256 skip\r\n"
            + "\r\n*ATREADY: 1\r\n\r\nSIM Ready\r\n\r\n+CEREG: 2\r\n",
            rig.Hear(3_000));
        Assert.Equal(string.Empty, rig.Hear(8_000));
        Assert.Equal("\r\nNetwork Available\r\n\r\n+CEREG: 1\r\n", rig.Hear(15_000));
    }

    [Fact]
    public void OtherBootLines()
    {
        Assert.Equal(
            "\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nPB DONE\r\n\r\n+CEREG: 2\r\n",
            new ModemRig(new ModemOptions { BootLines = BootLines.Rdy }).Hear(3_000));
        Assert.Equal(string.Empty, new ModemRig(Mute(0)).Hear(30_000));
        Assert.Equal(40, new ModemRig(Mute(40)).Hear(30_000).Length);
        ModemRig banner = new(new ModemOptions { LinesAfterRegistration = ["OKLAHOMA MOBILE"], SaysNetworkAvailable = false });
        Assert.EndsWith("\r\n+CEREG: 1\r\n\r\nOKLAHOMA MOBILE\r\n", banner.Hear(25_000));
    }

    [Fact]
    public void WhileItBootsItHearsNothing()
    {
        ModemRig rig = new();
        rig.Write("AT\r");
        Assert.DoesNotContain("OK", rig.Hear(5_000));
        Assert.Contains("x AT\\r\n", rig.TranscriptText.ToString());
    }

    [Fact]
    public void EchoUntilToldOtherwise()
    {
        ModemRig rig = new();
        rig.Hear(25_000);
        Assert.Equal("AT\r\r\nOK\r\n", rig.Ask("AT"));
        Assert.Equal("ATE0\r\r\nOK\r\n", rig.Ask("ATE0"));
        Assert.Equal("\r\nOK\r\n", rig.Ask("AT"));
        Assert.Equal("\r\nOK\r\n", rig.Ask("ATE1"));
        rig.Options.ObeysEchoOff = false;
        rig.Ask("ATE0");
        Assert.Equal("AT\r\r\nOK\r\n", rig.Ask("AT"));
    }

    [Fact]
    public void CfunSaysOkLast()
    {
        ModemRig rig = ModemRig.Ready();
        Assert.Equal("\r\nSIM Ready\r\n\r\n+CEREG: 2\r\n", rig.Ask("AT+CFUN=1,1", 5_000));
        Assert.Equal("AT+CEREG?\r\r\n+CEREG: 0,2\r\n\r\nOK\r\n", rig.Ask("AT+CEREG?"));
        Assert.Equal("\r\nNetwork Available\r\n\r\n+CEREG: 1\r\n\r\nOK\r\n", rig.Hear(20_000));
        rig = ModemRig.Ready(options => options.CfunOkLast = false);
        Assert.StartsWith("\r\nOK\r\n", rig.Ask("AT+CFUN=1,1", 500));
        Assert.DoesNotContain("OK", rig.Hear(25_000));
    }

    [Fact]
    public void TheResetLineIsThereOrNot()
    {
        ModemRig rig = ModemRig.Ready();
        Assert.True(rig.Modem.HardwareReset());
        Assert.Contains("*ATREADY: 1", rig.Hear(3_000));
        rig.Options.HasResetLine = false;
        Assert.False(rig.Modem.HardwareReset());
        Assert.Equal("ATE0\r\r\nOK\r\n", rig.Ask("ATE0"));
    }

    [Fact]
    public void ItRestartsByItself()
    {
        ModemRig rig = ModemRig.Connected(options => options.AnnouncesPowerDown = true);
        rig.Modem.Restart();
        Assert.StartsWith("\r\nN", rig.Hear(10) + rig.Hear(50));
        string boot = rig.Hear(25_000);
        Assert.Contains("SIM Ready", boot);
        Assert.EndsWith("+CEREG: 1\r\n", boot);
        Assert.True(rig.Bridge.IsClosed);
        Assert.EndsWith("\r\n+NETOPEN: 0\r\n\r\nOK\r\n", rig.Ask("AT+NETOPEN?"));
    }

    [Fact]
    public void BytesComeOneByOne()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Modem.EmitLine(new string('x', 96));
        byte[] buffer = new byte[200];
        Assert.Equal(0, rig.Modem.Read(buffer, 0, 200));
        rig.Clock.Sleep(1);
        Assert.Equal(11, rig.Modem.Read(buffer, 0, 200));
        Assert.Equal(0, rig.Modem.Read(buffer, 0, 200));
        rig.Clock.Sleep(2);
        Assert.Equal(5, rig.Modem.Read(buffer, 0, 5));
        Assert.Equal(18, rig.Modem.Read(buffer, 0, 200));
        rig.Clock.Sleep(7);
        Assert.Equal(66, rig.Modem.Read(buffer, 0, 200));
    }

    [Fact]
    public void ReadsMayBeSplitSmaller()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Options.ReadBytes = new MsRange(1, 3);
        rig.Modem.EmitLine(new string('x', 96));
        rig.Clock.Sleep(50);
        byte[] buffer = new byte[200];
        int reads = 0;
        int total = 0;
        for (int count; (count = rig.Modem.Read(buffer, 0, 200)) > 0; reads++)
        {
            Assert.InRange(count, 1, 3);
            total += count;
        }

        Assert.Equal(100, total);
        Assert.InRange(reads, 34, 100);
    }

    [Fact]
    public void WhatIsNotReadInTimeIsFlushedAsOnTheBoard()
    {
        ModemRig rig = ModemRig.Ready();
        rig.Modem.EmitGarbage(10_000);
        rig.Clock.Sleep(300);
        Assert.Equal(0, rig.Modem.Read(new byte[100], 0, 100));
        Assert.Equal(1, rig.Modem.HostOverflows);
        Assert.InRange(rig.Hear(1_000).Length, 6_000, 7_000);
        Assert.Equal("\r\nOK\r\n", rig.Ask("AT"));
    }

    private static ModemOptions Mute(int garbage)
    {
        return new ModemOptions
        {
            BootLines = BootLines.None,
            ReportsRegistrationFromBoot = false,
            SaysNetworkAvailable = false,
            BootGarbageBytes = garbage,
        };
    }
}
