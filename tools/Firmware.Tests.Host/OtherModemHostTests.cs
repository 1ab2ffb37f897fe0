using System;
using System.Text;
using JamBox.Ports;
using JamBox.Tests.Modem;
using JamBox.Uplink;
using Xunit;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>
/// Another modem is four files and nothing else (docs/modem.md): with them a SIM7080, whose network, links and payload have other commands
/// and other answers, is brought up, used, lost and recovered by the general part.
/// </summary>
public sealed class OtherModemHostTests
{
    private const int PassMs = 100;

    private static readonly byte[] s_apn = Ascii.Bytes("hologram");
    private static readonly byte[] s_host = Ascii.Bytes("jambox.example.org");

    private readonly FakeClock _clock = new FakeClock();
    private readonly FakeSim7080 _fake = new FakeSim7080();
    private readonly IModem _modem;

    public OtherModemHostTests()
    {
        _modem = new Sim7080.Sim7080(_fake, _clock, _clock);
    }

    [Fact]
    public void ItIsBroughtUp()
    {
        Assert.True(_modem.BringUp(s_apn), _modem.LastError.ToString());
        Assert.Equal(ModemState.Connected, _modem.State);
        Assert.Equal(
            "|AT|ATE0|AT+CPSMS=0|AT+CSCLK=0|AT+CPIN?|AT+CEREG?|AT+CNCFG=0,1,\"hologram\"|AT+CGATT=1|AT+CNACT=0,1|AT+CNACT?",
            _fake.Commands);
        Assert.Equal(-73, _modem.ReadSignalDbm());
    }

    [Fact]
    public void ItIsProvisioned()
    {
        Assert.True(_modem.Provision(s_apn, Ascii.Bytes("\"NB-IOT\",2,4")), _modem.LastError.ToString());
        Assert.StartsWith("|AT+CBANDCFG=\"NB-IOT\",2,4|", _fake.Commands, StringComparison.Ordinal);
        _modem.AskFacts();
        Assert.EndsWith("|AT+CSQ|AT+COPS?", _fake.Commands, StringComparison.Ordinal);
    }

    /// <summary>The answer comes in blocks that follow their header in the line, and holds what looks like final lines.</summary>
    [Fact]
    public void ItCarriesPayloadBothWays()
    {
        Connect();
        _fake.Response = "OK\r\nERROR,\r\n+CASTATE: 0,0\r\n";
        _fake.ServerCloses = true;
        byte[] bytes = Ascii.Bytes("hello");
        Assert.True(_modem.Send(bytes, 0, bytes.Length));
        Assert.Equal("hello", _fake.Sent);
        Assert.Equal(_fake.Response, ReceiveAll());
        Assert.Equal(ModemError.PeerClosed, _modem.LastError);
        _modem.Close();
        Assert.Equal(ModemState.Connected, _modem.State);
    }

    [Fact]
    public void ARequestGoesOverIt()
    {
        Assert.True(_modem.BringUp(s_apn));
        _fake.Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        var http = new HttpExchange(_modem, _clock, 512) { KeepOpen = true };
        http.SetServer(s_host, 5000);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(200, http.Get(Ascii.Bytes("/api/config")));
            Assert.Equal(2, http.ResponseLength);
        }

        Assert.StartsWith("GET /api/config HTTP/1.1\r\nHost: jambox.example.org:5000\r\n", _fake.Sent, StringComparison.Ordinal);
        Assert.Equal(2, _fake.Commands.Split("AT+CAOPEN=0,0,\"TCP\",\"jambox.example.org\",5000").Length);
    }

    [Fact]
    public void ItComesBackFromARestartOfItsOwn()
    {
        Connect();
        _fake.Restart();
        _modem.Poll();
        for (int i = 0; i < 10; i++)
        {
            _modem.Poll();
        }

        Assert.False(_modem.IsConnected);
        Assert.Equal(1, _modem.Counters.Restarts);
        Assert.True(_modem.Recover());
        Assert.True(_modem.Open(s_host, 5000));
    }

    [Fact]
    public void EveryRungOfTheLadderWorks()
    {
        Assert.True(_modem.BringUp(s_apn));
        for (RecoveryLevel level = RecoveryLevel.Retry; level <= RecoveryLevel.ResetModem; level++)
        {
            Assert.Equal(level, _modem.NextRecovery);
            Assert.True(_modem.Recover(), level.ToString());
            Assert.True(_fake.IsNetworkOpen && _modem.IsConnected, level.ToString());
        }
    }

    [Fact]
    public void APromptThatIsMissedIsAskedForAgain()
    {
        Connect();
        _fake.LostPrompts = 1;
        Assert.True(_modem.Send(Ascii.Bytes("hello"), 0, 5));
        Assert.Equal("hello", _fake.Sent);
        _fake.LostPrompts = 2;
        Assert.False(_modem.Send(Ascii.Bytes("again"), 0, 5));
        Assert.Equal(ModemError.MissedPrompt, _modem.LastError);
        Assert.True(_modem.Recover());
        Assert.True(_modem.Open(s_host, 5000));
        Assert.True(_modem.Send(Ascii.Bytes("again"), 0, 5));
    }

    [Fact]
    public void ASilentOneHoldsNobody()
    {
        Connect();
        _fake.IsSilent = true;
        byte[] buffer = new byte[64];
        Ends(ModemLimits.SendMs, () => _modem.Send(buffer, 0, buffer.Length));
        Ends(ModemLimits.CommandMs, () => _modem.Close());
        Ends(ModemLimits.WakeMs, () => _modem.IsAlive());
        Ends(ModemLimits.SignalMs, () => _modem.ReadSignalDbm());
        Ends(ModemLimits.OpenMs, () => _modem.Open(s_host, 5000));
        Ends(ModemLimits.BringUpMs, () => _modem.BringUp(s_apn));
        Ends(ModemLimits.RecoverMs, () => _modem.Recover());
        Ends(ModemLimits.ResetMs, () => _modem.Reset());
        Ends(ModemLimits.ProvisionMs, () => _modem.Provision(s_apn, s_apn));
    }

    private void Connect()
    {
        Assert.True(_modem.BringUp(s_apn));
        Assert.True(_modem.Open(s_host, 5000), _modem.LastError.ToString());
    }

    private void Ends(int limitMs, Action call)
    {
        long begin = _clock.UptimeMs;
        call();
        Assert.InRange(_clock.UptimeMs - begin, 0, limitMs + PassMs);
    }

    private string ReceiveAll()
    {
        byte[] buffer = new byte[16];
        var text = new StringBuilder();
        int count;
        while ((count = _modem.Receive(buffer, 0, buffer.Length, 10_000)) > 0)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
