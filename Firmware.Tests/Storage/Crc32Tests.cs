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

    /// <summary>Whole words and what is left of them give what one bit after the other gives, wherever it begins.</summary>
    [TestMethod]
    public void GivesWhatBitsGive()
    {
        var bytes = new byte[24];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((i * 77) + 200);
        }

        for (int offset = 0; offset < 4; offset++)
        {
            for (int count = 0; count < 20; count++)
            {
                Assert.AreEqual(BitByBit(bytes, offset, count), Crc32.Compute(bytes, offset, count));
            }
        }
    }

    private static uint BitByBit(byte[] bytes, int offset, int count)
    {
        uint crc = 0xFFFFFFFF;
        for (int i = offset; i < offset + count; i++)
        {
            crc ^= bytes[i];
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
