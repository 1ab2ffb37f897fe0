using System.Text;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Text;

/// <summary>Tests of <see cref="ByteWriter"/>.</summary>
[TestClass]
public class ByteWriterTests
{
    /// <summary>Numbers of every size and sign.</summary>
    [TestMethod]
    public void WritesNumbers()
    {
        Assert.AreEqual("0", Written(0));
        Assert.AreEqual("7", Written(7));
        Assert.AreEqual("-999", Written(-999));
        Assert.AreEqual("1000000", Written(1000000));
        Assert.AreEqual("4294967295", Written(4294967295L));
        Assert.AreEqual("9223372036854775807", Written(long.MaxValue));
        Assert.AreEqual("-9223372036854775808", Written(long.MinValue));
    }

    /// <summary>Leading zeros fill the width; higher digits are cut off.</summary>
    [TestMethod]
    public void WritesPaddedNumbers()
    {
        var writer = new ByteWriter(new byte[16]);
        writer.Padded(5, 2);
        writer.Padded(2026, 4);
        writer.Padded(123, 2);
        Assert.AreEqual("05202623", Text(writer));
    }

    /// <summary>A full buffer is never overrun, and the overflow shows until the next clear.</summary>
    [TestMethod]
    public void StopsAtTheEndOfTheBuffer()
    {
        var writer = new ByteWriter(new byte[4]);
        writer.Text("abc");
        Assert.IsFalse(writer.HasOverflowed);
        writer.Number(42);
        Assert.IsTrue(writer.HasOverflowed);
        Assert.AreEqual("abc", Text(writer));
        writer.Clear();
        Assert.IsFalse(writer.HasOverflowed);
        Assert.AreEqual(0, writer.Length);
    }

    /// <summary>Texts whole and in pieces; one that is not ASCII must not be used, wherever it stands.</summary>
    [TestMethod]
    public void WritesTexts()
    {
        var writer = new ByteWriter(new byte[300]);
        writer.Text("one|two|three|", 0x04_03);
        writer.Text(string.Empty);
        writer.Text("one|two|three|", 0x08_05);
        Assert.AreEqual("twothree", Text(writer));
        writer.Clear();
        writer.Text(new string('x', 290));
        Assert.AreEqual(290, writer.Length);
        writer.Text("ten charac");
        Assert.IsFalse(writer.HasOverflowed);
        writer.Text("x");
        Assert.IsTrue(writer.HasOverflowed && writer.Length == 300);
        writer.Clear();
        writer.Text("n\u00fc");
        Assert.IsTrue(writer.HasOverflowed);
    }

    /// <summary>Two digits a byte, of either kind.</summary>
    [TestMethod]
    public void WritesHexadecimalDigits()
    {
        var writer = new ByteWriter(new byte[8]);
        writer.Hex(0x09, false);
        writer.Hex(0xAF, false);
        writer.Hex(0xFA, true);
        writer.Hex(0x90, true);
        Assert.AreEqual("09afFA90", Text(writer));
    }

    private static string Written(long value)
    {
        var writer = new ByteWriter(new byte[32]);
        writer.Number(value);
        return Text(writer);
    }

    private static string Text(ByteWriter writer)
    {
        return Encoding.UTF8.GetString(writer.Buffer, 0, writer.Length);
    }
}
