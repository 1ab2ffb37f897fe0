using System;
using System.Text;
using JamBox.Modem;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="AtParser"/>.</summary>
[TestClass]
public class AtParserTests
{
    private const int FuzzSeed = 7028;

    /// <summary>Lines end with CR, LF, or both; blanks and NUL bytes around them do not count.</summary>
    [TestMethod]
    public void FindsLines()
    {
        Assert.AreEqual("[AT][OK][+CSQ: 20,99][OK]", Parsed("AT\r\r\nOK\r\n\r\n\u0001\u0001+CSQ: 20,99\r\n\r\n  OK \r\n", 256));
        Assert.AreEqual("[OK]", Parsed("OK\n", 256));
        Assert.AreEqual(string.Empty, Parsed("OK", 256));
    }

    /// <summary>The prompt needs no end of line, may have a blank behind it, and counts at the beginning of a line only.</summary>
    [TestMethod]
    public void FindsThePrompt()
    {
        Assert.AreEqual(">", Parsed("\r\n>", 256));
        Assert.AreEqual("[AT+CIPSEND=0,5]>[OK]", Parsed("AT+CIPSEND=0,5\r\r\n> \r\nOK\r\n", 256));
        Assert.AreEqual("[a>b]", Parsed("a>b\r\n", 256));
    }

    /// <summary>Payload is counted, whatever it looks like, in all three dialects.</summary>
    [TestMethod]
    public void CountsPayload()
    {
        Assert.AreEqual("[+CIPRXGET: 2,0,8,0]{\r\nERROR\r}[OK]", Parsed("\r\n+CIPRXGET: 2,0,8,0\r\n\r\nERROR\r\r\nOK\r\n", 256));
        Assert.AreEqual("[RECV FROM:1.2.3.4:80][+IPD4]{OK\r\n}[OK]", Parsed("\r\nRECV FROM:1.2.3.4:80\r\n+IPD4\r\nOK\r\n\r\nOK\r\n", 256));
        Assert.AreEqual("[+RECEIVE,0,3]{>>>}[+RECEIVE,0,2:]{\n\n}>", Parsed("\r\n+RECEIVE,0,3\r\n>>>\r\n+RECEIVE,0,2:\r\n\n\n\r\n>", 256));
        Assert.AreEqual("[+CIPRXGET: 2,0,0,0][OK]", Parsed("\r\n+CIPRXGET: 2,0,0,0\r\n\r\nOK\r\n", 256));
    }

    /// <summary>Blanks beside colons, commas and numbers, none at all, and small letters are a modem's own taste.</summary>
    [TestMethod]
    public void TakesHeadersInAnyWriting()
    {
        Assert.AreEqual("[+CIPRXGET:2,0,3,0]{abc}[OK]", Parsed("\r\n+CIPRXGET:2,0,3,0\r\nabc\r\nOK\r\n", 256));
        Assert.AreEqual("[+CIPRXGET:  2 , 0, 3 ,0]{abc}[OK]", Parsed("\r\n+CIPRXGET:  2 , 0, 3 ,0\r\nabc\r\nOK\r\n", 256));
        Assert.AreEqual("[+ciprxget: 2,0,3,0]{abc}", Parsed("\r\n+ciprxget: 2,0,3,0\r\nabc\r\n", 256));
        Assert.AreEqual("[+RECEIVE, 1, 3 :]{abc}", Parsed("\r\n+RECEIVE, 1, 3 :\r\nabc\r\n", 256));
        Assert.AreEqual("[+IPD,3]{abc}[+IPD 2]{ab}", Parsed("\r\n+IPD,3\r\nabc\r\n+IPD 2\r\nab\r\n", 256));
    }

    /// <summary>Payload that follows its header in the same line, as a SIM7080 has it.</summary>
    [TestMethod]
    public void CountsPayloadInALine()
    {
        Assert.AreEqual("[+CARECV: 7,]{\r\nOK,\r\n}[OK]", Parsed("\r\n+CARECV: 7,\r\nOK,\r\n\r\nOK\r\n", 256));
        Assert.AreEqual("[+CARECV: 0][OK]", Parsed("\r\n+CARECV: 0\r\n\r\nOK\r\n", 256));
        Assert.AreEqual("[+CARECV: 0,][OK]", Parsed("\r\n+CARECV: 0,\r\nOK\r\n", 256));
    }

    /// <summary>What only resembles the header of payload is a line.</summary>
    [TestMethod]
    public void TakesOtherHeadersForLines()
    {
        Assert.AreEqual("[+CIPRXGET: 1,0][OK]", Parsed("+CIPRXGET: 1,0\r\nOK\r\n", 256));
        Assert.AreEqual("[+CIPRXGET: 4,0,100][OK]", Parsed("+CIPRXGET: 4,0,100\r\nOK\r\n", 256));
        Assert.AreEqual("[+IPD-4][OK]", Parsed("+IPD-4\r\nOK\r\n", 256));
        Assert.AreEqual("[+IPD99999][OK]", Parsed("+IPD99999\r\nOK\r\n", 256));
        Assert.AreEqual("[+IPD4x][OK]", Parsed("+IPD4x\r\nOK\r\n", 256));
        Assert.AreEqual("[+IPD][OK]", Parsed("+IPD\r\nOK\r\n", 256));
        Assert.AreEqual("[AT+CIPRXGET=2,0,5][OK]", Parsed("AT+CIPRXGET=2,0,5\r\nOK\r\n", 256));
    }

    /// <summary>Of a line longer than the buffer the beginning is kept, it is marked and counted, and the next line is whole.</summary>
    [TestMethod]
    public void TruncatesLongLines()
    {
        Assert.AreEqual("[+IPD!][OK]", Parsed("+IPD4444444444444\r\nOK\r\n", 4));
        var parser = NewParser(16);
        for (int i = 0; i < 10240; i++)
        {
            Assert.IsTrue(parser.Push((byte)'x') == AtEvent.None);
        }

        Assert.IsTrue(parser.Push((byte)'\n') == AtEvent.Line);
        Assert.IsTrue(parser.IsTruncated);
        Assert.AreEqual(16, parser.Length);
        Assert.AreEqual(1, parser.TruncatedLines);
        parser.Push((byte)'O');
        Assert.IsFalse(parser.IsTruncated);
    }

    /// <summary>A block that is given up does not swallow what follows.</summary>
    [TestMethod]
    public void GivesUpABlock()
    {
        var parser = NewParser(32);
        Push(parser, "+IPD100\r\nabc", new StringBuilder());
        Assert.IsTrue(parser.IsInData);
        Assert.AreEqual(97, parser.DataRemaining);
        parser.Abandon();
        var text = new StringBuilder();
        Push(parser, "\r\nRDY\r\n", text);
        Assert.AreEqual("[RDY]", text.ToString());
    }

    /// <summary>Random bytes and mutated replies: no exception, nothing beyond the line, and what is sane behind is understood.</summary>
    [TestMethod]
    public void SurvivesFuzz()
    {
        byte[] good = Ascii.Bytes("\r\n+CIPRXGET: 2,0,12,0\r\nHTTP/1.1 201\n\r\nOK\r\n\r\n+IPD5\r\nabcde\r\n"
            + "+RECEIVE,0,3\r\nxyz\r\n+CARECV: 3,abc\r\n> \r\n+CEREG: 0,5\r\n");
        byte[] data = new byte[good.Length];
        var random = new Random(FuzzSeed);
        int rounds = Effort.Rounds(3000, 60);
        for (int round = 0; round < rounds; round++)
        {
            Array.Copy(good, data, good.Length);
            int changes = round % 3 == 0 ? good.Length : 1 + random.Next(8);
            for (int i = 0; i < changes; i++)
            {
                data[random.Next(data.Length)] = (byte)random.Next(256);
            }

            var parser = NewParser(8 + random.Next(40));
            for (int i = 0; i < data.Length; i++)
            {
                parser.Push(data[i]);
                bool isSane = parser.Length >= 0 && parser.Length <= parser.Line.Length
                    && parser.DataRemaining >= 0 && parser.DataRemaining <= AtParser.MaxDataBytes;
                Assert.IsTrue(isSane, "seed " + FuzzSeed.ToString() + " round " + round.ToString());
            }

            parser.Abandon();
            var text = new StringBuilder();
            Push(parser, "\r\nOK\r\n", text);
            Assert.AreEqual("[OK]", text.ToString(), "seed " + FuzzSeed.ToString() + " round " + round.ToString());
        }
    }

    private static AtParser NewParser(int capacity)
    {
        const string Headers = "f+CIPRXGET:2,@,#;p+RECEIVE,@,#;p+IPD#;p+IPD,#;i+CARECV:#,;";
        var table = new AtTable(Headers.Length + 1);
        table.Add(Headers, Ascii.Whole(Headers));
        return new AtParser(new byte[capacity], table);
    }

    private static string Parsed(string input, int capacity)
    {
        var text = new StringBuilder();
        Push(NewParser(capacity), input, text);
        return text.ToString();
    }

    private static void Push(AtParser parser, string input, StringBuilder text)
    {
        byte[] bytes = Nul.Bytes(input);
        bool wasData = false;
        for (int i = 0; i < bytes.Length; i++)
        {
            AtEvent what = parser.Push(bytes[i]);
            if (what == AtEvent.Data)
            {
                text.Append(wasData ? string.Empty : "{");
                text.Append((char)bytes[i]);
                text.Append(parser.DataRemaining == 0 ? "}" : string.Empty);
            }
            else if (what == AtEvent.Prompt)
            {
                text.Append(">");
            }
            else if (what == AtEvent.Line)
            {
                text.Append("[" + Encoding.UTF8.GetString(parser.Line, 0, parser.Length) + (parser.IsTruncated ? "!]" : "]"));
            }

            wasData = what == AtEvent.Data && parser.DataRemaining > 0;
        }
    }
}
