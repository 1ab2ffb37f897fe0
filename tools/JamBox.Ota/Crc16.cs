namespace JamBox.Ota;

/// <summary>CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, no reflection; of "123456789" it is 0x29B1.</summary>
public static class Crc16
{
    /// <summary>Computes it.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The CRC.</returns>
    public static ushort Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFF;
        foreach (byte b in bytes)
        {
            crc ^= (uint)b << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
        }

        return (ushort)crc;
    }
}
