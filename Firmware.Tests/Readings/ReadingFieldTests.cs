using JamBox.Readings;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>Tests of <see cref="ReadingField"/>.</summary>
[TestClass]
public class ReadingFieldTests
{
    /// <summary>Each field has its line in the table of keys, as wide as all others, and each key stands there once.</summary>
    [TestMethod]
    public void EachFieldHasItsLine()
    {
        Assert.AreEqual(ReadingField.Count * ReadingField.KeyWidth, ReadingField.Keys.Length);
        string all = " ";
        for (int field = 0; field < ReadingField.Count; field++)
        {
            string line = ReadingField.Keys.Substring(field * ReadingField.KeyWidth, ReadingField.KeyWidth);
            string key = line.Trim();
            bool isWritten = field != ReadingField.ClosedUptimeSeconds && field != ReadingField.ClosedUtcSeconds;
            Assert.AreEqual(isWritten, key.Length > 0, field.ToString());
            Assert.IsTrue(key.IndexOf(' ') < 0 && (key.Length == 0 || line.IndexOf(key) == 0), line);
            Assert.IsTrue(key.Length == 0 || all.IndexOf(" " + key + " ") < 0, line);
            all += key + " ";
        }
    }

    /// <summary>The sum of the bits is what a packed reading is made for.</summary>
    [TestMethod]
    public void BitsAddUp()
    {
        int bits = 0;
        for (int field = 0; field < ReadingField.Count; field++)
        {
            bits += ReadingField.Bits(field);
        }

        Assert.AreEqual(ReadingField.TotalBits, bits);
        Assert.IsTrue(PackedReading.Size * 8 >= bits && PackedReading.Size % 4 == 0);
        Assert.AreEqual(ReadingField.Later, 28, "the order on flash is fixed: new fields go behind the last one");
    }

    /// <summary>A cell of a table loses its blanks and nothing else.</summary>
    [TestMethod]
    public void CellsAreTrimmed()
    {
        var writer = new ByteWriter(new byte[8]);
        writer.Cell("a  b c   ", 3, 3);
        writer.Cell("a  b c   ", 6, 3);
        writer.Cell("a  b c   ", 0, 3);
        Assert.AreEqual("b ca", System.Text.Encoding.UTF8.GetString(writer.Buffer, 0, writer.Length));
        writer.Cell("long text", 0, 9);
        Assert.IsTrue(writer.HasOverflowed);
    }
}
