namespace JamBox.Ota;

/// <summary>
/// CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, no reflection, no final XOR): the check sum of a chunk. Of <c>123456789</c> it is
/// 0x29B1.
/// </summary>
public static class Crc16
{
    /// <summary>Computes the check sum of bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>The check sum, 0…65,535.</returns>
    public static int Compute(byte[] buffer, int offset, int count)
    {
        int crc = 0xFFFF;
        int end = offset + count;
        for (int i = offset; i < end; i++)
        {
            // The polynomial is x^16 + x^12 + x^5 + 1: eight steps at once are these shifts, and no table is needed.
            int value = (crc >> 8) ^ buffer[i];
            value ^= value >> 4;
            crc = ((crc << 8) ^ (value << 12) ^ (value << 5) ^ value) & 0xFFFF;
        }

        return crc;
    }
}
