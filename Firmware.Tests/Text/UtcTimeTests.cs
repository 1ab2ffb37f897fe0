using System.Text;
using JamBox.Text;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Text;

/// <summary>Tests of <see cref="UtcTime"/>.</summary>
[TestClass]
public class UtcTimeTests
{
    /// <summary>Days around leap years, months' and years' ends.</summary>
    [TestMethod]
    public void WritesDates()
    {
        Assert.AreEqual("1970-01-01T00:00:00Z", Written(0));
        Assert.AreEqual("2000-01-01T00:00:00Z", Written(UtcTime.SecondsTo2000));
        Assert.AreEqual("2024-02-29T23:59:59Z", Written(1709251199));
        Assert.AreEqual("2024-03-01T00:00:00Z", Written(1709251200));
        Assert.AreEqual("2026-01-29T10:04:59Z", Written(1769681099));
        Assert.AreEqual("2027-12-31T23:59:59Z", Written(1830297599));
        Assert.AreEqual("2067-12-31T23:59:59Z", Written(3092601599));
    }

    /// <summary>What is written is read back, for a day in every month of 48 years.</summary>
    [TestMethod]
    public void ReadsWhatItWrites()
    {
        for (long seconds = 1577836800; seconds < 3092601600; seconds += (31 * 86400) + 3661)
        {
            string text = Written(seconds);
            Assert.IsTrue(TryRead(text, out long ms), text);
            Assert.AreEqual((seconds * 1000) + 500, ms, text);
        }
    }

    /// <summary>The shapes that backends send: whole seconds, a fraction, an offset of zero, a blank for the T.</summary>
    [TestMethod]
    public void ReadsTheServersShapes()
    {
        Assert.IsTrue(TryRead("2026-01-29T10:00:00Z", out long ms));
        Assert.AreEqual(1769680800500L, ms);
        Assert.IsTrue(TryRead("2026-01-29T10:00:00.123456+00:00", out ms));
        Assert.AreEqual(1769680800123L, ms);
        Assert.IsTrue(TryRead("2026-01-29 10:00:00.5", out ms));
        Assert.AreEqual(1769680800500L, ms);
    }

    /// <summary>What is no time, or none of this century, is refused.</summary>
    [TestMethod]
    public void RefusesWhatIsNoTime()
    {
        string[] wrong =
        [
            string.Empty, "2026", "2026-01-29T10:00:0", "2026-01-29T10:00", "26-01-29T10:00:00Z", "1980-01-06T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-29T24:00:00Z", "2026-01-29T10:60:00Z", "2026/01/29T10:00:00Z", "-026-01-29T10:00:00Z",
        ];
        for (int i = 0; i < wrong.Length; i++)
        {
            Assert.IsFalse(TryRead(wrong[i], out long _), wrong[i]);
        }
    }

    private static bool TryRead(string text, out long ms)
    {
        byte[] bytes = Ascii.Bytes(text);
        return UtcTime.TryRead(bytes, 0, bytes.Length, out ms);
    }

    private static string Written(long seconds)
    {
        var writer = new ByteWriter(new byte[20]);
        UtcTime.Write(writer, seconds);
        return Encoding.UTF8.GetString(writer.Buffer, 0, writer.Length);
    }
}
