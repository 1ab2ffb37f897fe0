using System;
using JamBox.Modem;
using JamBox.Ports;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="Sim7028"/>: a TCP link, and what happens to it.</summary>
[TestClass]
public class SimLinkTests
{
    private const string Tricky = "HTTP/1.1 200 OK\r\n\r\nOK\r\nERROR\r\n+IPCLOSE: 0,1\r\n+CIPRXGET: 2,0,99,0\r\n*ATREADY: 1\r\n> 200\r\n";

    /// <summary>What a body says is data, in each dialect, split at any byte, whole or in pieces.</summary>
    [TestMethod]
    public void ReceivesInAllDialects()
    {
        for (int i = 0; i < 12; i++)
        {
            var bench = new ModemBench();
            bench.Fake.Dialect = (FakeDialect)(i % 3);
            bench.Fake.IsSlow = i >= 6;
            bench.Fake.PieceBytes = i % 2 == 0 ? 0 : 17;
            bench.Fake.Response = Ascii.Bytes(Tricky);
            Assert.IsTrue(bench.UpAndOpen());
            Assert.IsTrue(bench.Modem.State == ModemState.LinkOpen);
            Assert.IsTrue(bench.Send("hello\r\nOK\r\n"));
            Assert.AreEqual("hello\r\nOK\r\n", bench.Fake.SentText());
            Assert.AreEqual(Tricky, bench.Receive(5000), "case " + i.ToString());
            Assert.AreEqual(0, bench.Modem.Counters.Restarts);
            Assert.AreEqual(0, bench.Modem.Counters.DroppedBytes);
            bench.Modem.Close();
            Assert.IsTrue(bench.Modem.State == ModemState.Connected);
            Assert.EndsWith("|AT+CIPCLOSE=0", bench.Fake.Commands);
        }
    }

    /// <summary>No blank behind any colon: the same in each dialect.</summary>
    [TestMethod]
    public void UnderstandsAnswersWithoutBlanks()
    {
        for (int i = 0; i < 3; i++)
        {
            var bench = new ModemBench();
            bench.Fake.IsTerse = true;
            bench.Fake.Dialect = (FakeDialect)i;
            bench.Fake.Response = Ascii.Bytes(Tricky);
            Assert.IsTrue(bench.UpAndOpen());
            Assert.AreEqual(-73, bench.Modem.ReadSignalDbm());
            Assert.IsTrue(bench.Send("hello"));
            Assert.AreEqual(Tricky, bench.Receive(5000));
            bench.Modem.Close();
            Assert.AreEqual(0, bench.Modem.Counters.UnknownLines);
            Assert.AreEqual(0, bench.Modem.Counters.Timeouts);
        }
    }

    /// <summary>An open of 70 s works; one of 90 s is too long the first time, and after that time-out more is allowed.</summary>
    [TestMethod]
    public void WaitsForASlowOpen()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.BringUp());
        bench.Fake.NetworkDelayMs = 70000;
        Assert.IsTrue(bench.Open());
        bench.Fake.NetworkDelayMs = 90000;
        Assert.IsFalse(bench.Open());
        Assert.IsTrue(bench.Open());
    }

    /// <summary>A host that does not fit, or would end the command early, is refused without a word to the modem.</summary>
    [TestMethod]
    public void RefusesABadHost()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.BringUp());
        bench.Fake.ClearLog();
        string longest = new string('h', ModemLimits.MaxHostBytes);
        string[] bad = { longest + "h", string.Empty, "a\"b", "a b", "a\r" };
        for (int i = 0; i < bad.Length; i++)
        {
            Assert.IsFalse(bench.Modem.Open(Ascii.Bytes(bad[i]), 80), bad[i]);
            Assert.IsTrue(bench.Modem.LastError == ModemError.BadArgument);
        }

        Assert.IsFalse(bench.Modem.Open(Ascii.Bytes("h"), 65536));
        Assert.AreEqual(string.Empty, bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.Open(Ascii.Bytes(longest), 65535));
    }

    /// <summary>The end of the link, reported before or after the last byte, comes behind all of them.</summary>
    [TestMethod]
    public void ReceivesAllBeforeTheEnd()
    {
        for (int i = 0; i < 12; i++)
        {
            var bench = new ModemBench();
            bench.Fake.Dialect = (FakeDialect)(i % 3);
            bench.Fake.ServerCloses = true;
            bench.Fake.ClosesEarly = i >= 6;
            bench.Fake.PieceBytes = i % 2 == 0 ? 0 : 40;
            bench.Fake.Response = Ascii.Bytes(Tricky);
            Assert.IsTrue(bench.UpAndOpen());
            Assert.IsTrue(bench.Send("x"));
            Assert.AreEqual(Tricky + "|", bench.Receive(30000), "case " + i.ToString());
            Assert.IsTrue(bench.Modem.LastError == ModemError.PeerClosed);
            Assert.IsFalse(bench.Modem.IsLinkOpen);
            bench.Modem.Close();
            Assert.IsTrue(bench.Modem.IsConnected);
            Assert.IsTrue(bench.Open());
        }
    }

    /// <summary>A report of data that was lost costs seconds, not the answer.</summary>
    [TestMethod]
    public void FetchesUnasked()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.On("AT+CIPRXGET=2", "\r\n+IP ERROR: No data\r\n\r\nERROR\r\n", 1);
        bench.Fake.On("AT+CIPRXGET=2", "\r\n+CIPRXGET: 2,0,4,0\r\nOK\r\n\r\nOK\r\n", 1);
        Assert.AreEqual("OK\r\n", bench.Receive(10000));
    }

    /// <summary>Nothing in time is 0, not the end.</summary>
    [TestMethod]
    public void TimesOut()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        long start = bench.Clock.UptimeMs;
        Assert.AreEqual(0, bench.Modem.Receive(new byte[8], 0, 8, 7000));
        long took = bench.Clock.UptimeMs - start;
        Assert.IsTrue(took >= 7000 && took < 8000);
        Assert.IsTrue(bench.Modem.IsLinkOpen);
    }

    /// <summary>What the modem did not take is sent again, exactly.</summary>
    [TestMethod]
    public void SendsTheRestAfterAShortWrite()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.ShortBy = 7;
        Assert.IsTrue(bench.Send("0123456789"));
        Assert.AreEqual("0123456789", bench.Fake.SentText());
        Assert.AreEqual("|AT+CIPSEND=0,10|AT+CIPSEND=0,7", bench.Fake.Commands);
        Assert.AreEqual(1, bench.Modem.Counters.ShortWrites);
    }

    /// <summary>A modem that takes nothing, again and again, is given up.</summary>
    [TestMethod]
    public void GivesUpWhenNothingIsTaken()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.TakesNothing = true;
        Assert.IsFalse(bench.Send("x"));
        Assert.IsTrue(bench.Modem.LastError == ModemError.SendFailed);
        Assert.AreEqual(3, bench.Modem.Counters.ShortWrites);
    }

    /// <summary>No more than 1,500 bytes at once.</summary>
    [TestMethod]
    public void SendsInPieces()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        byte[] data = new byte[1700];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)(i * 7);
        }

        Assert.IsTrue(bench.Modem.Send(data, 0, data.Length));
        Assert.AreEqual("|AT+CIPSEND=0,1500|AT+CIPSEND=0,200", bench.Fake.Commands);
        Assert.AreEqual(1700, bench.Fake.SentLength);
        for (int i = 0; i < data.Length; i++)
        {
            Assert.AreEqual(data[i], bench.Fake.Sent[i]);
        }
    }

    /// <summary>A refused payload: the error is named with the modem's number, its final line does not hit the next command.</summary>
    [TestMethod]
    public void NamesARefusedSend()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.On("AT+CIPSEND", "\r\n+CIPERROR: 8\r\n\r\nERROR\r\n");
        Assert.IsFalse(bench.Send("x"));
        Assert.IsTrue(bench.Modem.LastError == ModemError.SendFailed);
        Assert.AreEqual(8, bench.Modem.LastCode);
        bench.Modem.Close();
        Assert.EndsWith("|AT+CIPCLOSE=0", bench.Fake.Commands);
        Assert.AreEqual(-73, bench.Modem.ReadSignalDbm());
    }

    /// <summary>A server that cannot be reached: the number is kept; a link left open is closed and opened anew.</summary>
    [TestMethod]
    public void OpensOrSaysWhyNot()
    {
        var bench = new ModemBench();
        Assert.IsFalse(bench.Open());
        Assert.IsTrue(bench.Modem.LastError == ModemError.NotConnected);
        Assert.IsTrue(bench.BringUp());
        bench.Fake.ClearLog();
        bench.Fake.On("AT+CIPOPEN", "\r\nOK\r\n\r\n+CIPOPEN: 0,11\r\n");
        Assert.IsFalse(bench.Open());
        Assert.IsTrue(bench.Modem.LastError == ModemError.OpenFailed);
        Assert.AreEqual(11, bench.Modem.LastCode);
        bench.Fake.ClearLog();
        bench.Fake.On("AT+CIPOPEN", "\r\n+CIPOPEN: 0,9\r\n\r\nERROR\r\n");
        Assert.IsTrue(bench.Open());
        Assert.AreEqual(
            "|AT+CIPOPEN=0,\"TCP\",\"10.0.0.1\",5000|AT+CIPCLOSE=0|AT+CIPOPEN=0,\"TCP\",\"10.0.0.1\",5000", bench.Fake.Commands);
    }

    /// <summary>A command for payload that was not heard is repeated on the same link.</summary>
    [TestMethod]
    public void RepeatsAnUnheardSend()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.LostSends = 1;
        Assert.IsTrue(bench.Send("hello"));
        Assert.AreEqual("hello", bench.Fake.SentText());
        Assert.AreEqual("|AT+CIPSEND=0,5|AT|AT+CIPSEND=0,5", bench.Fake.Commands);
        Assert.AreEqual(1, bench.Modem.Counters.MissedPrompts);
    }

    /// <summary>A modem whose prompt was lost swallows commands: it is fed, the link is closed, and the next one works.</summary>
    [TestMethod]
    public void RecoversFromALostPrompt()
    {
        byte[] request = new byte[300];
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.LostPrompts = 1;
        Assert.IsFalse(bench.Modem.Send(request, 0, request.Length));
        Assert.IsTrue(bench.Modem.LastError == ModemError.MissedPrompt);
        Assert.IsTrue(bench.Modem.State == ModemState.Connected);
        Assert.AreEqual("|AT+CIPSEND=0,300|AT|AT+CIPCLOSE=0", bench.Fake.Commands);
        Assert.IsTrue(bench.Open());
        bench.Fake.ClearLog();
        Assert.IsTrue(bench.Send("hello"));
        Assert.AreEqual("hello", bench.Fake.SentText());
    }

    /// <summary>So few bytes owed that AT alone is payload: its OK does not hide that the stream is spoilt.</summary>
    [TestMethod]
    public void NoticesASpoiltStream()
    {
        var bench = new ModemBench();
        bench.Fake.NetworkDelayMs = 40;
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.LostPrompts = 1;
        Assert.IsFalse(bench.Send("abc"));
        Assert.IsFalse(bench.Modem.IsLinkOpen);
    }

    /// <summary>Two prompts missed in a row: the network is opened anew; four: the modem restarts.</summary>
    [TestMethod]
    public void GoesFurtherAfterEachMissedPrompt()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.LostSends = 4;
        Assert.IsFalse(bench.Send("hello"));
        Assert.EndsWith("|AT+CIPCLOSE=0|AT+NETCLOSE|AT+NETOPEN|AT+IPADDR|AT+CIPRXGET=1", bench.Fake.Commands);
        Assert.IsTrue(bench.Modem.IsConnected);
        Assert.IsTrue(bench.Open());
        Assert.IsFalse(bench.Send("hello"));
        Assert.IsTrue(bench.Modem.LastError == ModemError.MissedPrompt);
        Assert.EndsWith("|AT+CFUN=1,1|AT", bench.Fake.Commands);
        Assert.IsFalse(bench.Modem.IsConnected);
        Assert.AreEqual(1, bench.Modem.Counters.OrderedRestarts);
        Assert.AreEqual(0, bench.Modem.Counters.Restarts);
        Assert.IsTrue(bench.UpAndOpen());
        Assert.IsTrue(bench.Send("hello"));
    }

    /// <summary>A modem that restarts within a block: its boot text is not handed out, and it is brought up again.</summary>
    [TestMethod]
    public void NoticesARestartInMidTransfer()
    {
        var bench = new ModemBench();
        bench.Fake.Response = Ascii.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n0123456789012345678901234567890123456789");
        bench.Fake.RestartsInData = 30;
        Assert.IsTrue(bench.UpAndOpen());
        Assert.IsTrue(bench.Send("x"));
        Assert.AreEqual("|", bench.Receive(30000));
        Assert.IsFalse(bench.Modem.LastError == ModemError.PeerClosed);
        bench.Modem.Close();
        Assert.IsTrue(bench.Modem.Recover() || bench.BringUp());
        Assert.IsTrue(bench.Open());
    }

    /// <summary>A restart while a command waits ends the wait at once.</summary>
    [TestMethod]
    public void NoticesARestartInACommand()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.On("AT+CIPSEND", "\r\n> \r\n" + FakeModem.Boot);
        long start = bench.Clock.UptimeMs;
        Assert.IsFalse(bench.Send("hello"));
        Assert.IsTrue(bench.Clock.UptimeMs - start < 2000);
        Assert.IsTrue(bench.Modem.LastError == ModemError.Restarted);
        Assert.IsTrue(bench.Modem.State == ModemState.Off);
        Assert.AreEqual(1, bench.Modem.Counters.Restarts);
        Assert.AreEqual(-1, bench.Modem.Receive(new byte[4], 0, 4, 1000));
        Assert.IsTrue(bench.UpAndOpen());
    }

    /// <summary>The network closes: the command that waits ends, and the network is closed before it is opened again.</summary>
    [TestMethod]
    public void NoticesAClosedNetwork()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.Say("\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n", 500);
        Assert.AreEqual("|", bench.Receive(30000));
        Assert.IsTrue(bench.Modem.LastError == ModemError.NetworkClosed);
        Assert.IsFalse(bench.Modem.IsConnected);
        Assert.AreEqual(1, bench.Modem.Counters.NetworkLosses);
        bench.Fake.ClearLog();
        Assert.IsTrue(bench.BringUp());
        Assert.Contains("|AT+NETCLOSE|AT+NETOPEN|", bench.Fake.Commands);
        bench.Fake.ClearLog();
        Assert.IsTrue(bench.BringUp());
        Assert.DoesNotContains("AT+NETCLOSE", bench.Fake.Commands);
    }

    /// <summary>More pushed than fits: counted, and the stream ends at the hole instead of going on behind it.</summary>
    [TestMethod]
    public void EndsTheStreamAtAHole()
    {
        var bench = new ModemBench();
        bench.Fake.Dialect = FakeDialect.Receive;
        Assert.IsTrue(bench.UpAndOpen());
        byte[] block = new byte[900];
        for (int i = 0; i < 2; i++)
        {
            bench.Fake.Say("\r\n+RECEIVE,0,900\r\n", 0);
            bench.Fake.Say(block, 0);
        }

        // Signal strength is asked in between, so that nobody takes the bytes meanwhile.
        Assert.AreEqual(-73, bench.Modem.ReadSignalDbm());
        Assert.AreEqual(776, bench.Modem.Counters.DroppedBytes);
        byte[] buffer = new byte[600];
        int total = 0;
        int count;
        while ((count = bench.Modem.Receive(buffer, 0, buffer.Length, 1000)) > 0)
        {
            total += count;
        }

        Assert.AreEqual(-1, count);
        Assert.AreEqual(1024, total);
        Assert.IsTrue(bench.Modem.LastError == ModemError.DataLost);
    }

    /// <summary>A block that breaks off, and payload of another link.</summary>
    [TestMethod]
    public void DropsWhatIsNotOurs()
    {
        var bench = new ModemBench();
        Assert.IsTrue(bench.UpAndOpen());
        bench.Fake.Say("\r\n+RECEIVE,1,5\r\nabcde\r\n+IPCLOSE: 1,1\r\n+CIPRXGET: 1,1\r\n", 100);
        Assert.AreEqual(string.Empty, bench.Receive(2000));
        Assert.AreEqual(5, bench.Modem.Counters.DroppedBytes);
        Assert.IsTrue(bench.Modem.IsLinkOpen);
        bench.Fake.Say("\r\n+IPD500\r\nabc", 100);
        Assert.AreEqual("|", bench.Receive(30000));
        Assert.AreEqual(1, bench.Modem.Counters.BrokenBlocks);
        Assert.IsTrue(bench.Modem.LastError == ModemError.DataLost);
        Assert.IsTrue(bench.Open());
    }

    /// <summary>Garbage at any moment: no exception, no endless wait, and afterwards the modem can be brought up.</summary>
    [TestMethod]
    public void SurvivesFuzz()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        int rounds = Effort.Rounds(300, 6);
        for (int round = 0; round < rounds; round++)
        {
            string message = "seed " + Seed.ToString() + " round " + round.ToString();
            var bench = new ModemBench();
            bench.Fake.Response = Ascii.Bytes(Tricky);
            bench.Fake.IsSlow = random.Next(2) == 0;
            bench.Fake.Dialect = (FakeDialect)random.Next(3);
            for (int i = 0; i < 12; i++)
            {
                byte[] noise = random.Next(3) == 0 ? new byte[random.Next(40)] : Ascii.Bytes(FakeModem.Boot + Tricky);
                for (int j = 0; j < 1 + (noise.Length / 8) && noise.Length > 0; j++)
                {
                    noise[random.Next(noise.Length)] = (byte)random.Next(256);
                }

                bench.Fake.Say(noise, random.Next(3000));
            }

            long start = bench.Clock.UptimeMs;
            if (bench.BringUp() && bench.Open() && bench.Send("hello"))
            {
                bench.Receive(3000);
            }

            Assert.IsTrue(bench.Clock.UptimeMs - start < 900000, message);
            bench.Modem.Close();
            Assert.IsTrue(bench.BringUp() || bench.Modem.Recover(), message);
        }
    }
}
