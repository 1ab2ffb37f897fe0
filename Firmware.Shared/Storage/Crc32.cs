using System;

namespace JamBox.Storage;

/// <summary>
/// CRC-32 as in Ethernet and zip (polynomial 0xEDB88320 reflected, start and final XOR 0xFFFFFFFF), a nibble at a time: sixteen table
/// entries. Four bytes are taken in at once, which halves what an interpreter spends on them.
/// </summary>
public static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    // The one table that is kept for ever: records of the log and of the store are summed every minute.
    private static readonly uint[] s_table = MakeTable();

    /// <summary>Computes the check sum of bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>The check sum.</returns>
    public static uint Compute(byte[] buffer, int offset, int count)
    {
        uint[] table = s_table;
        uint crc = 0xFFFFFFFF;
        int end = offset + count;
        int i = offset;
        for (; i <= end - 4; i += 4)
        {
            crc ^= BitConverter.ToUInt32(buffer, i);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
        }

        for (; i < end; i++)
        {
            crc ^= buffer[i];
            crc = table[crc & 15] ^ (crc >> 4);
            crc = table[crc & 15] ^ (crc >> 4);
        }

        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[16];
        for (int i = 0; i < table.Length; i++)
        {
            uint crc = (uint)i;
            for (int bit = 0; bit < 4; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }
}
