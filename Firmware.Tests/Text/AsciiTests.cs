using System;
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

    /// <summary>The same of a string that stays in flash, and of a piece of one.</summary>
    [TestMethod]
    public void FindsStringsAndPieces()
    {
        byte[] data = Ascii.Bytes("xxOKyOK");
        Assert.AreEqual(5, Ascii.IndexOf(data, 3, data.Length, "OK"));
        Assert.AreEqual(-1, Ascii.IndexOf(data, 3, 6, "OK"));
        Assert.IsTrue(Ascii.StartsWith(data, 2, data.Length, "OK"));
        Assert.IsFalse(Ascii.StartsWith(data, 6, data.Length, "OK"));
        Assert.IsTrue(Ascii.StartsWith(data, 2, data.Length, "yes|OK|no|", 0x04_02));
        Assert.IsFalse(Ascii.StartsWith(data, 2, data.Length, "yes|OK|no|", 0x07_02));
        Assert.IsFalse(Ascii.StartsWith(data, 6, data.Length, "yes|OK|no|", 0x04_02), "beyond the end");
        Assert.IsTrue(Ascii.Equals(data, 2, 4, "OK") && Ascii.Equals(data, 2, 4, "yes|OK|no|", 0x04_02));
        Assert.IsFalse(Ascii.Equals(data, 2, 5, "OK"), "more behind it");
        Assert.IsFalse(Ascii.Equals(data, 2, 3, "OK"), "cut");
        Assert.IsTrue(Ascii.Equals(data, 2, 2, string.Empty) && Ascii.StartsWith(data, 7, 7, string.Empty));
    }

    /// <summary>A text that is too long to be compared, or a piece beyond its text, is a mistake of the program and says so.</summary>
    [TestMethod]
    public void RefusesWhatIsTooLong()
    {
        Assert.IsTrue(IsCompared(new string('x', Ascii.MaxCompared), Ascii.MaxCompared));
        Assert.IsFalse(IsCompared(new string('x', Ascii.MaxCompared + 1), Ascii.MaxCompared + 1));
        Assert.IsFalse(IsCompared(new string('x', 256), -1), "all of it");
        Assert.IsFalse(IsCompared("yes|", 0x04_02));
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
        const string Names = "c|content-length|`|";
        Assert.IsTrue(Ascii.EqualsIgnoreCase(data, 1, 15, Names, 0x02_0E));
        Assert.IsFalse(Ascii.EqualsIgnoreCase(data, 1, 14, Names, 0x02_0E));
        Assert.IsFalse(Ascii.EqualsIgnoreCase(data, 2, 16, Names, 0x02_0E));
        Assert.IsFalse(Ascii.EqualsIgnoreCase(data, 15, 16, Names, 0x11_01), "only letters have a case");
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

    private static bool IsCompared(string text, int piece)
    {
        byte[] data = Ascii.Bytes(new string('x', 300));
        try
        {
            return piece < 0 ? Ascii.StartsWith(data, 0, data.Length, text) : Ascii.StartsWith(data, 0, data.Length, text, piece);
        }
        catch (Exception)
        {
            return false;
        }
    }
}
