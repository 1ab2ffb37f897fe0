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
        writer.Ascii("abc");
        Assert.IsFalse(writer.IsOverflown);
        writer.Number(42);
        Assert.IsTrue(writer.IsOverflown);
        Assert.AreEqual("abc", Text(writer));
        writer.Clear();
        Assert.IsFalse(writer.IsOverflown);
        Assert.AreEqual(0, writer.Length);
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
