namespace JamBox.Backend.Ota;

/// <summary>nanoCLR's CRC-32: polynomial 0x04C11DB7, high bit first, start 0, no last inversion.</summary>
internal static class ImageCrc
{
    private static readonly uint[] s_table = MakeTable();

    /// <summary>Computes it.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;
        foreach (byte b in bytes)
        {
            crc = (crc << 8) ^ s_table[(crc >> 24) ^ b];
        }

        return crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000_0000) != 0 ? (crc << 1) ^ 0x04C1_1DB7 : crc << 1;
            }

            table[i] = crc;
        }

        return table;
    }
}
