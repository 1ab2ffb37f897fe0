using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Text;

/// <summary>Tests of <see cref="Ascii"/>.</summary>
[TestClass]
public class AsciiTests
{
    /// <summary>A text is found only when all of it lies before the end of the data.</summary>
    [TestMethod]
    public void FindsTextWithinTheData()
    {
        byte[] data = Ascii.Bytes("xxOKyOK");
        byte[] ok = Ascii.Bytes("OK");
        Assert.AreEqual(2, Ascii.IndexOf(data, 0, data.Length, ok));
        Assert.AreEqual(5, Ascii.IndexOf(data, 3, data.Length, ok));
        Assert.AreEqual(-1, Ascii.IndexOf(data, 3, 6, ok));
        Assert.AreEqual(-1, Ascii.IndexOf(data, 0, 0, ok));
        Assert.IsTrue(Ascii.StartsWith(data, 2, data.Length, ok));
        Assert.IsFalse(Ascii.StartsWith(data, 6, data.Length, ok));
    }

    /// <summary>Numbers are read up to nine digits; more, or none, is refused and leaves the place unmoved.</summary>
    [TestMethod]
    public void ReadsNumbers()
    {
        byte[] data = Ascii.Bytes("-12,345678901,1234567890,x");
        int at = 0;
        Assert.IsTrue(Ascii.TryReadInt(data, ref at, data.Length, out int value));
        Assert.AreEqual(-12, value);
        Assert.AreEqual(3, at);
        at = 4;
        Assert.IsTrue(Ascii.TryReadInt(data, ref at, data.Length, out value));
        Assert.AreEqual(345678901, value);
        at = 14;
        Assert.IsFalse(Ascii.TryReadInt(data, ref at, data.Length, out value));
        Assert.AreEqual(14, at);
        at = 25;
        Assert.IsFalse(Ascii.TryReadInt(data, ref at, data.Length, out value));
        at = data.Length;
        Assert.IsFalse(Ascii.TryReadInt(data, ref at, data.Length, out value));
    }

    /// <summary>Names of headers, in capital letters or small.</summary>
    [TestMethod]
    public void ComparesWithoutCase()
    {
        byte[] data = Ascii.Bytes("xCONTENT-Length@");
        byte[] name = Ascii.Bytes("content-length");
        Assert.IsTrue(Ascii.EqualsIgnoreCase(data, 1, 15, name));
        Assert.IsFalse(Ascii.EqualsIgnoreCase(data, 1, 14, name));
        Assert.IsFalse(Ascii.EqualsIgnoreCase(data, 2, 16, name));
        Assert.IsFalse(Ascii.EqualsIgnoreCase(data, 15, 16, Ascii.Bytes("`")), "only letters have a case");
    }

    /// <summary>Hexadecimal digits and their neighbours.</summary>
    [TestMethod]
    public void ReadsHexadecimalDigits()
    {
        byte[] digits = Ascii.Bytes("0123456789abcdef");
        byte[] capitals = Ascii.Bytes("0123456789ABCDEF");
        for (int i = 0; i < 16; i++)
        {
            Assert.AreEqual(i, Ascii.HexValue(digits[i]));
            Assert.AreEqual(i, Ascii.HexValue(capitals[i]));
        }

        byte[] others = Ascii.Bytes("/:@G`g ");
        for (int i = 0; i < others.Length; i++)
        {
            Assert.AreEqual(-1, Ascii.HexValue(others[i]));
        }
    }
}
