using System;
using JamBox.Modem;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="AtTable"/>.</summary>
[TestClass]
public class AtTableTests
{
    private const int FuzzSeed = 4242;
    private const string Rows = "kOK$;r+NETOPEN:0$;x+NETOPEN:;g+CEREG:;n+CIPEVENT:NETWORK CLOSED;f+CIPRXGET:2,@,#;";

    /// <summary>OK counts only as a whole line: OKLAHOMA MOBILE is an operator.</summary>
    [TestMethod]
    public void MatchesWholeLines()
    {
        Assert.AreEqual('k', Find("OK"));
        Assert.AreEqual(0, Find("OKLAHOMA MOBILE"));
        Assert.AreEqual(0, Find("O"));
        Assert.AreEqual(0, Find("O K"));
        Assert.AreEqual(0, Table(Rows).Find(Ascii.Bytes("OK"), 2, true), "a truncated line is no whole one");
    }

    /// <summary>The first row that fits counts.</summary>
    [TestMethod]
    public void MatchesInOrder()
    {
        Assert.AreEqual('r', Find("+NETOPEN: 0"));
        Assert.AreEqual('x', Find("+NETOPEN: 01"));
        Assert.AreEqual('g', Find("+CEREG: 5"));
        Assert.AreEqual(0, new AtTable(8).Find(Ascii.Bytes("OK"), 2, false), "an empty table");
    }

    /// <summary>
    /// Blanks beside colon and comma, or none, and the case of letters are a modem's taste; blanks between words are not.
    /// </summary>
    [TestMethod]
    public void TakesAnyWriting()
    {
        string[] written = { "+NETOPEN:0", "+NETOPEN: 0", "+NETOPEN:  0", "+NETOPEN : 0", "+netopen: 0" };
        for (int i = 0; i < written.Length; i++)
        {
            Assert.AreEqual('r', Find(written[i]), written[i]);
        }

        Assert.AreEqual('n', Find("+CIPEVENT:NETWORK CLOSED UNEXPECTEDLY"));
        Assert.AreEqual('n', Find("+CIPEVENT: Network closed unexpectedly"));
        Assert.AreEqual(0, Find("+CIPEVENT: NETWORKCLOSED"));
        Assert.AreEqual(0, Find("+NET OPEN: 0"));
    }

    /// <summary>Marks stand for numbers.</summary>
    [TestMethod]
    public void ReadsMarkedNumbers()
    {
        AtTable table = Table(Rows);
        byte[] line = Ascii.Bytes("+CIPRXGET: 2, 1 ,512, 9");
        Assert.AreEqual('f', table.Find(line, line.Length, false));
        Assert.AreEqual(1, table.Link);
        Assert.AreEqual(512, table.Count);
        Assert.AreEqual(20, table.ValueOffset);
        Assert.AreEqual(0, Find("+CIPRXGET: 2,x,512"));
        Assert.AreEqual(0, Find("+CIPRXGET: 2,1,"));
        Assert.AreEqual(0, Find("+CIPRXGET: 2,1,9999999999"));
    }

    /// <summary>The numbers of a line: what separates them is skipped, what is none ends them.</summary>
    [TestMethod]
    public void ReadsNumbers()
    {
        byte[] line = Ascii.Bytes(" 20 , -7,\"10.1\"");
        int at = 0;
        Assert.IsTrue(AtTable.TryReadNumber(line, ref at, line.Length, out int value) && value == 20);
        Assert.IsTrue(AtTable.TryReadNumber(line, ref at, line.Length, out value) && value == -7);
        Assert.IsTrue(AtTable.TryReadNumber(line, ref at, line.Length, out value) && value == 10);
        Assert.IsFalse(AtTable.TryReadNumber(line, ref at, line.Length, out value));
        Assert.IsFalse(AtTable.TryReadNumber(line, ref at, 0, out value));
    }

    /// <summary>Rows are added behind others; more than there is room for is refused, and so is nothing else.</summary>
    [TestMethod]
    public void AddsRows()
    {
        var table = new AtTable(12);
        table.Add("aA;bB;", 6);
        table.Add("cC;", 3);
        Assert.AreEqual('c', table.Find(Ascii.Bytes("C"), 1, false));
        Assert.IsTrue(table.Has('b'));
        Assert.IsFalse(table.Has('C'));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => table.Add("dD;eE;", 6));
        table.Clear();
        Assert.AreEqual(0, table.Find(Ascii.Bytes("C"), 1, false));
    }

    /// <summary>Mutated lines: never an exception, never a value behind the line.</summary>
    [TestMethod]
    public void SurvivesFuzz()
    {
        var random = new Random(FuzzSeed);
        AtTable table = Table(Rows);
        string[] lines = { "OK", "+NETOPEN: 0", "+CEREG: 0,5", "+CIPEVENT: NETWORK CLOSED", "+CIPRXGET: 2,0,12,0" };
        for (int round = 0; round < 600; round++)
        {
            byte[] line = Ascii.Bytes(lines[random.Next(lines.Length)]);
            int length = 1 + random.Next(line.Length);
            for (int i = random.Next(4); i > 0; i--)
            {
                line[random.Next(line.Length)] = (byte)random.Next(256);
            }

            int found = table.Find(line, length, random.Next(2) == 0);
            int at = table.ValueOffset;
            bool isSane = found == 0 || (at > 0 && at <= length);
            Assert.IsTrue(isSane && (found == 0 || table.Has(found)), "seed " + FuzzSeed.ToString() + " round " + round.ToString());
            AtTable.TryReadNumber(line, ref at, length, out int _);
        }
    }

    private static AtTable Table(string rows)
    {
        var table = new AtTable(rows.Length + 1);
        table.Add(rows, Ascii.Whole(rows));
        return table;
    }

    private static int Find(string line)
    {
        byte[] bytes = Ascii.Bytes(line);
        return Table(Rows).Find(bytes, bytes.Length, false);
    }
}
