using System;
using System.Text;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Tests.Modem;
using Xunit;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>
/// The general part of the modem's room knows no modem: with texts of its own it talks to a SIM7080, whose commands are other ones, whose
/// payload follows its header in the same line, and whose report of data has no link number of ours.
/// </summary>
public sealed class OtherModemHostTests
{
    private const string Commands = "AT+CASEND=0,5|AT+CARECV=0,100|AT+CNACT=0,1|";
    private const string Finals = "kOK$;eERROR$;e+CME ERROR:;";
    private const string Received = "r+CARECV:;";
    private const string Activated = "r+APP PDP:0,ACTIVE$;x+APP PDP:0,;";
    private const string Reports = "d+CADATAIND:@;c+CASTATE:@,0$;";
    private const string Headers = "i+CARECV:#,;";
    private const string All = Commands + Finals + Received + Activated + Reports + Headers;

    private readonly FakeClock _clock = new FakeClock();
    private readonly FakeModem _fake;
    private readonly ReceiveBuffer _received = new ReceiveBuffer(new byte[64]);
    private readonly AtChat _chat;
    private string _heard = string.Empty;

    public OtherModemHostTests()
    {
        _fake = new FakeModem(_clock);
        var dialect = new AtDialect(All, Piece(Finals), Table(Reports), Table(Headers));
        _chat = new AtChat(_fake, _clock, _clock, dialect, (report, _, _, _) => _heard += (char)report, _received, new ModemCounters());
        _chat.BeginOperation(60_000);
    }

    [Fact]
    public void ItOpensTheNetwork()
    {
        _fake.On("AT+CNACT", "\r\nOK\r\n\r\n+APP PDP: 0,ACTIVE\r\n");
        _chat.Request(Piece("AT+CNACT=0,1"));
        Assert.Equal(AtResult.Ok, _chat.Run(Piece(Activated), 10_000));
        _fake.On("AT+CNACT", "\r\nOK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
        _chat.Request(Piece("AT+CNACT=0,1"));
        Assert.Equal(AtResult.Error, _chat.Run(Piece(Activated), 10_000));
    }

    [Fact]
    public void ItSends()
    {
        _fake.On("AT+CASEND", "\r\n> ");
        _chat.Request(Piece("AT+CASEND=0,5"));
        Assert.Equal(AtResult.Prompt, _chat.RunToPrompt(5_000));
        _fake.Say("\r\nOK\r\n");
        Assert.Equal(AtResult.Ok, _chat.RunPayload(Ascii.Bytes("hello"), 0, 5, 0, 5_000));
    }

    [Fact]
    public void ItReceivesWhatFollowsInTheLine()
    {
        _fake.Say("\r\n+CADATAIND: 0\r\n");
        _fake.On("AT+CARECV", "\r\n+CARECV: 10,OK\r\nERROR,\r\nOK\r\n\r\n+CASTATE: 0,0\r\n");
        _chat.Pause(100);
        Assert.Equal("d", _heard);
        _chat.KeepsFetched = true;
        _chat.Request(Piece("AT+CARECV=0,100"));
        Assert.Equal(AtResult.Ok, _chat.Run(Piece(Received), 5_000));
        Assert.Equal(10, _chat.Value(0));
        _received.Commit();
        byte[] bytes = new byte[64];
        Assert.Equal("OK\r\nERROR,", Encoding.ASCII.GetString(bytes, 0, _received.Take(bytes, 0, 64)));
        _chat.Pause(100);
        Assert.Equal("dc", _heard);
    }

    private static int Piece(string text) => (All.IndexOf(text, StringComparison.Ordinal) << 8) | text.Length;

    private static AtTable Table(string rows)
    {
        var table = new AtTable(rows.Length + 1);
        table.Add(All, Piece(rows));
        return table;
    }
}
