using JamBox.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Storage;

/// <summary>Tests of <see cref="Crc32"/>.</summary>
[TestClass]
public class Crc32Tests
{
    /// <summary>The check value of the catalogue of CRC algorithms, and nothing at all.</summary>
    [TestMethod]
    public void GivesTheCheckValue()
    {
        byte[] digits = Ascii.Bytes("x123456789x");
        Assert.AreEqual(0xCBF43926u, Crc32.Compute(digits, 1, 9));
        Assert.AreEqual(0u, Crc32.Compute(digits, 0, 0));
    }
}
