namespace JamBox.Ota.Nvs;

/// <summary>
/// The CRC-32 of NVS: the polynomial of ZIP (0xEDB88320, least significant bit first, inverted at the end), but the register starts at 0
/// instead of all ones. That of no bytes is 0xFFFFFFFF.
/// </summary>
internal static class NvsCrc32
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] s_table = MakeTable();

    /// <summary>Calculates it.</summary>
    /// <param name="bytes">Of what.</param>
    /// <param name="more">What follows.</param>
    /// <returns>The checksum of both.</returns>
    public static uint Of(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> more = default) => ~Go(Go(0, bytes), more);

    private static uint Go(uint register, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            register = s_table[(byte)(register ^ b)] ^ (register >> 8);
        }

        return register;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint register = i;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) != 0 ? Polynomial : 0);
            }

            table[i] = register;
        }

        return table;
    }
}
