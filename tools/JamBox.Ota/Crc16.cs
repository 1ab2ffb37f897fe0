namespace JamBox.Ota;

/// <summary>CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, no reflection; of "123456789" it is 0x29B1.</summary>
public static class Crc16
{
    private const uint Start = 0xFFFF;

    /// <summary>Computes it.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The CRC.</returns>
    public static ushort Of(ReadOnlySpan<byte> bytes) => (ushort)Add(Start, bytes);

    /// <summary>
    /// Computes that of a chunk in an answer of several: over its index as well, so that none can stand in another's place.
    /// </summary>
    /// <param name="index">Its index in the patch, 0…65,535; two bytes, little-endian, before the chunk.</param>
    /// <param name="chunk">The chunk.</param>
    /// <returns>The CRC.</returns>
    public static ushort OfChunk(int index, ReadOnlySpan<byte> chunk) =>
        (ushort)Add(Add(Start, [(byte)index, (byte)(index >> 8)]), chunk);

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc ^= (uint)b << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
        }

        return crc & 0xFFFF;
    }
}
