using System.Buffers.Binary;
using System.Text;

namespace JamBox.Bench.Tests.Images;

/// <summary>Makes deployment images whose headers and checksums are right. It computes its CRC bit by bit, not with the tool's code.</summary>
internal static class ImageBuilder
{
    public const int HeaderLength = 124;
    private const int NameIndex = 7;

    /// <summary>An image as a release has it: the class library, our interop with that checksum, and the application with that version text.</summary>
    public static byte[] Firmware(string version = "6.1.0", uint native = 0x1234ABCD, int codeBytes = 4000, int seed = 1) =>
    [
        .. Assembly("mscorlib", new Version(1, 17, 11, 0), 0x1549C856, ownStringIndex: 0xFFFF - 0x032D),
        .. Assembly("JamBox.Interop", new Version(1, 0, 0, 0), native),
        .. Assembly("Firmware.Atoms3", new Version(6, 1, 0, 0), 0, [.. Encoding.ASCII.GetBytes($"\0{version}\0"), .. Code(codeBytes, seed)]),
    ];

    /// <summary>One assembly, padded to 4 bytes.</summary>
    public static byte[] Assembly(string name, Version version, uint native, byte[]? code = null, int ownStringIndex = -1)
    {
        byte[] strings = [.. new byte[NameIndex], .. Encoding.UTF8.GetBytes(name), 0];
        int length = (HeaderLength + strings.Length + (code?.Length ?? 0) + 3) / 4 * 4;
        var bytes = new byte[length];
        "NFMRK1"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), native);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), 0xFFFFFFFF);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(28), (ushort)version.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(30), (ushort)version.Minor);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(32), (ushort)version.Build);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(34), (ushort)version.Revision);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(36), (ushort)(ownStringIndex >= 0 ? ownStringIndex : NameIndex));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(38), 1);
        for (int table = 0; table < 16; table++)
        {
            int start = table <= 11 ? HeaderLength : table == 15 ? length : HeaderLength + strings.Length;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40 + (table * 4)), (uint)start);
        }

        strings.CopyTo(bytes, HeaderLength);
        code?.CopyTo(bytes, HeaderLength + strings.Length);
        return Seal(bytes);
    }

    /// <summary>Makes the checksums right, after something was changed.</summary>
    public static byte[] Seal(byte[] assembly)
    {
        assembly.AsSpan(8, 8).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(assembly.AsSpan(12), Crc(assembly.AsSpan(HeaderLength)));
        BinaryPrimitives.WriteUInt32LittleEndian(assembly.AsSpan(8), Crc(assembly.AsSpan(0, HeaderLength)));
        return assembly;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;
        foreach (byte b in bytes)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                bool isSet = (crc >> 31) != ((uint)b >> bit & 1);
                crc = (crc << 1) ^ (isSet ? 0x04C11DB7u : 0);
            }
        }

        return crc;
    }

    /// <summary>Bytes that look somewhat like code: a few values, in runs.</summary>
    private static byte[] Code(int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = random.Next(3) == 0 ? (byte)random.Next(256) : i > 0 ? bytes[i - 1] : (byte)2;
        }

        return bytes;
    }
}
