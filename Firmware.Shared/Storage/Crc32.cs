using System;

namespace JamBox.Storage;

/// <summary>
/// CRC-32 as in Ethernet and zip (polynomial 0xEDB88320 reflected, start and final XOR 0xFFFFFFFF), a nibble at a time: sixteen table
/// entries. Four bytes are taken in at once, which halves what an interpreter spends on them.
/// </summary>
public static class Crc32
{
    private static readonly uint[] s_table =
    [
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    ];

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
}
