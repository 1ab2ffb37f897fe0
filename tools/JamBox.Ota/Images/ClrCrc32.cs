namespace JamBox.Ota.Images;

/// <summary>
/// The CRC-32 of nanoCLR (<c>SUPPORT_ComputeCRC</c>): polynomial 0x04C11DB7, most significant bit first, starts at 0, nothing is
/// inverted. It is not the CRC-32 of ZIP.
/// </summary>
internal static class ClrCrc32
{
    private const uint Polynomial = 0x04C11DB7;

    private static readonly uint[] s_table = MakeTable();

    /// <summary>Goes on with a checksum.</summary>
    /// <param name="bytes">What follows.</param>
    /// <param name="crc">The checksum of what came before; 0 at the start.</param>
    /// <returns>The checksum of both.</returns>
    public static uint Of(ReadOnlySpan<byte> bytes, uint crc = 0)
    {
        foreach (byte b in bytes)
        {
            crc = s_table[(byte)((crc >> 24) ^ b)] ^ (crc << 8);
        }

        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc << 1) ^ ((crc & 0x80000000) != 0 ? Polynomial : 0);
            }

            table[i] = crc;
        }

        return table;
    }
}
