using JamBox.Twin.Modem;

namespace JamBox.Twin.Tests.Modem;

public class ModemTcpTests
{
    private const string Open = "AT+CIPOPEN=0,\"TCP\",\"backend.jambox.test\",80";
    private const string Error = "\r\nERROR\r\n";
    private const string Ok = "\r\nOK\r\n";

    [Fact]
    public void SendAndReceiveBuffered()
    {
        ModemRig rig = ModemRig.Connected();
        Assert.Equal("backend.jambox.test:80", rig.Bridge.Dialled);
        Assert.Equal(">", rig.Ask("AT+CIPSEND=0,10"));
        rig.Write("AT+CS");
        Assert.Equal(string.Empty, rig.Hear(1_000));
        rig.Write("Q\r\n01");
        Assert.Equal(Ok + "\r\n+CIPSEND: 0,10,10\r\n", rig.Hear(1_000));
        Assert.Equal("AT+CSQ\r\n01", rig.Bridge.Sent);

        rig.Bridge.Answer("HTTP/1.1 200 OK\r\n\r\nERROR\r\n");
        Assert.Equal("\r\n+CIPRXGET: 1,0\r\n", rig.Hear(100));
        Assert.Equal("\r\n+CIPRXGET: 4,0,26\r\n" + Ok, rig.Ask("AT+CIPRXGET=4,0"));
        Assert.Equal("\r\n+CIPRXGET: 2,0,20,6\r\nHTTP/1.1 200 OK\r\n\r\nE" + Ok, rig.Ask("AT+CIPRXGET=2,0,20"));
        Assert.Equal("\r\n+CIPRXGET: 2,0,6,0\r\nRROR\r\n" + Ok, rig.Ask("AT+CIPRXGET=2,0,1500"));
        Assert.Equal("\r\n+IP ERROR: No data\r\n" + Error, rig.Ask("AT+CIPRXGET=2,0,1500"));
        Assert.Equal(Ok + "\r\n+CIPCLOSE: 0,0\r\n", rig.Ask("AT+CIPCLOSE=0"));
        Assert.True(rig.Bridge.IsClosed);
        Assert.Equal((10, 26), (rig.Modem.Tcp.BytesSent, rig.Modem.Tcp.BytesReceived));
    }

    [Theory]
    [InlineData("", " ", "> ")]
    [InlineData("\r\n", "", "\r\n>")]
    public void PromptVariations(string prefix, string suffix, string expected)
    {
        ModemRig rig = ModemRig.Connected(options => (options.PromptPrefix, options.PromptSuffix) = (prefix, suffix));
        Assert.Equal(expected, rig.Ask("AT+CIPSEND=0,10"));
    }

    [Theory]
    [InlineData(CipOpenStyle.OkThenReport, "\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n", "\r\nOK\r\n\r\n+CIPOPEN: 0,11\r\n")]
    [InlineData(CipOpenStyle.OkThenReportThenError, "\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n", "\r\nOK\r\n\r\n+CIPOPEN: 0,11\r\n\r\nERROR\r\n")]
    [InlineData(CipOpenStyle.ReportThenError, "\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n", "\r\n+CIPOPEN: 0,11\r\n\r\nERROR\r\n")]
    [InlineData(CipOpenStyle.ReportOnly, "\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n", "\r\n+CIPOPEN: 0,11\r\n")]
    internal void OpenVariations(CipOpenStyle style, string success, string failure)
    {
        ModemRig rig = ModemRig.Online(options => options.CipOpen = style);
        Assert.Equal(success, rig.Ask(Open, 2_000));
        Assert.Equal("\r\n+CIPOPEN: 0,4\r\n" + Error, rig.Ask(Open, 2_000));
        rig.Ask("AT+CIPCLOSE=0");
        rig.Bridge.Error = NetworkError.Dns;
        Assert.Equal(failure, rig.Ask(Open, 2_000));
        Assert.Equal(TcpLinkState.Closed, rig.Modem.Tcp.StateOf(0));
    }

    [Theory]
    [InlineData(ReceiveDialect.RecvFrom, "\r\nRECV FROM:203.0.113.10:80\r\n+IPD3\r\n")]
    [InlineData(ReceiveDialect.Receive, "\r\n+RECEIVE,0,3\r\n")]
    [InlineData(ReceiveDialect.ReceiveColon, "\r\n+RECEIVE,0,3:\r\n")]
    internal void PushedDialects(ReceiveDialect dialect, string header)
    {
        ModemRig rig = ModemRig.Online(options => options.Receive = dialect);
        Assert.Equal(Error, rig.Ask("AT+CIPRXGET=1"));
        rig.Ask(Open, 2_000);
        rig.Bridge.Answer("abc");
        Assert.Equal(header + "abc", rig.Hear(100));
    }

    [Fact]
    public void WithoutBufferedModeBytesArePushed()
    {
        ModemRig rig = ModemRig.Online();
        rig.Ask(Open, 2_000);
        rig.Bridge.Answer("abc");
        Assert.Equal("\r\n+RECEIVE,0,3\r\nabc", rig.Hear(100));
    }

    [Fact]
    public void ThePeerClosesAfterTheLastByte()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Bridge.Answer("abc");
        rig.Bridge.Sink!.Closed();
        Assert.Equal("\r\n+CIPRXGET: 1,0\r\n\r\n+IPCLOSE: 0,1\r\n", rig.Hear(500));
        Assert.Equal("\r\n+CIPERROR: 2\r\n", rig.Ask("AT+CIPSEND=0,5"));
        Assert.Equal("\r\n+CIPRXGET: 2,0,3,0\r\nabc" + Ok, rig.Ask("AT+CIPRXGET=2,0,1500"));
        Assert.Equal("\r\n+CIPCLOSE: 0,4\r\n" + Error, rig.Ask("AT+CIPCLOSE=0"));
    }

    [Fact]
    public void ThePeerClosesBeforeTheLastByte()
    {
        ModemRig rig = ModemRig.Connected(options =>
        {
            options.PeerClose = PeerCloseOrder.BeforeLastByte;
            options.SegmentBytes = new MsRange(4, 4);
            options.ReportsEverySegment = true;
        });
        rig.Bridge.Answer("abcdefghij");
        rig.Bridge.Sink!.Closed();
        Assert.Equal("\r\n+CIPRXGET: 1,0\r\n\r\n+CIPRXGET: 1,0\r\n\r\n+IPCLOSE: 0,1\r\n\r\n+CIPRXGET: 1,0\r\n", rig.Hear(1_000));
        Assert.Equal("\r\n+CIPRXGET: 2,0,10,0\r\nabcdefghij" + Ok, rig.Ask("AT+CIPRXGET=2,0,1500"));
    }

    [Fact]
    public void SeveralShortReadsMakeOneResponse()
    {
        ModemRig rig = ModemRig.Connected(options => options.MaxReadBytes = 4);
        rig.Bridge.Answer("abcdefghij");
        rig.Hear(100);
        Assert.Equal("\r\n+CIPRXGET: 2,0,4,6\r\nabcd" + Ok, rig.Ask("AT+CIPRXGET=2,0,1500"));
        Assert.Equal("\r\n+CIPRXGET: 2,0,4,2\r\nefgh" + Ok, rig.Ask("AT+CIPRXGET=2,0,1500"));
        Assert.Equal("\r\n+CIPRXGET: 2,0,2,0\r\nij" + Ok, rig.Ask("AT+CIPRXGET=2,0,1500"));
    }

    [Fact]
    public void ShortWrites()
    {
        ModemRig rig = ModemRig.Connected(options => options.MaxConfirmedBytes = 4);
        rig.Ask("AT+CIPSEND=0,10");
        rig.Write("0123456789");
        Assert.Equal(Ok + "\r\n+CIPSEND: 0,10,4\r\n", rig.Hear(1_000));
        Assert.Equal("0123", rig.Bridge.Sent);
    }

    [Fact]
    public void BothLinksAtOnce()
    {
        ModemRig rig = ModemRig.Connected();
        Assert.Equal(Ok + "\r\n+CIPOPEN: 1,0\r\n", rig.Ask(Open.Replace("=0", "=1"), 2_000));
        Assert.Equal((TcpLinkState.Open, TcpLinkState.Open), (rig.Modem.Tcp.StateOf(0), rig.Modem.Tcp.StateOf(1)));
    }
}
