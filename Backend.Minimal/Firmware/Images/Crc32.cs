namespace JamBox.Backend.Firmware;

/// <summary>The CRC-32 of IEEE 802.3, as zip has it.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] s_table = MakeTable();

    /// <summary>Goes on with more bytes.</summary>
    /// <param name="crc">That of what came before; 0 at the beginning.</param>
    /// <param name="data">The bytes.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        foreach (byte b in data)
        {
            crc = (crc >> 8) ^ s_table[(byte)crc ^ b];
        }

        return ~crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
