namespace JamBox.Ota;

/// <summary>
/// CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, no reflection, no final XOR), a nibble at a time: the check sum of a chunk. Of
/// <c>123456789</c> it is 0x29B1.
/// </summary>
public static class Crc16
{
    private static readonly ushort[] s_table =
    [
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
        0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
    ];

    /// <summary>Computes the check sum of bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>The check sum, 0…65,535.</returns>
    public static int Compute(byte[] buffer, int offset, int count)
    {
        ushort[] table = s_table;
        int crc = 0xFFFF;
        int end = offset + count;
        for (int i = offset; i < end; i++)
        {
            int value = buffer[i];
            crc = ((crc << 4) & 0xFFFF) ^ table[(crc >> 12) ^ (value >> 4)];
            crc = ((crc << 4) & 0xFFFF) ^ table[(crc >> 12) ^ (value & 15)];
        }

        return crc;
    }
}
