using JamBox.Modem;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Modem;

/// <summary>Tests of <see cref="AtMatch"/>.</summary>
[TestClass]
public class AtMatchTests
{
    private static readonly AtMatch[] s_table =
    {
        AtMatch.Line("OK", AtAction.Ok),
        AtMatch.Line("+NETOPEN: 0", AtAction.Result),
        AtMatch.Prefix("+NETOPEN:", AtAction.Refuse),
        AtMatch.ReportPrefix("+CEREG:", 7),
    };

    /// <summary>OK counts only as a whole line: OKLAHOMA MOBILE is an operator.</summary>
    [TestMethod]
    public void MatchesWholeLines()
    {
        Assert.IsTrue(Find("OK").Action == AtAction.Ok);
        Assert.IsNull(Find("OKLAHOMA MOBILE"));
        Assert.IsNull(Find("O"));
        byte[] line = Ascii.Bytes("OK");
        Assert.IsNull(AtMatch.Find(s_table, line, 2, true), "a truncated line is no whole one");
    }

    /// <summary>The first entry that fits counts.</summary>
    [TestMethod]
    public void MatchesInOrder()
    {
        Assert.IsTrue(Find("+NETOPEN: 0").Action == AtAction.Result);
        Assert.IsTrue(Find("+NETOPEN: 01").Action == AtAction.Refuse);
        Assert.AreEqual(7, Find("+CEREG: 5").Report);
        Assert.IsNull(AtMatch.Find(null, Ascii.Bytes("OK"), 2, false));
    }

    private static AtMatch Find(string line)
    {
        byte[] bytes = Ascii.Bytes(line);
        return AtMatch.Find(s_table, bytes, bytes.Length, false);
    }
}
