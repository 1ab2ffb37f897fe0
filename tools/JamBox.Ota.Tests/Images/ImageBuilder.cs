using System.Buffers.Binary;
using System.Text;

namespace JamBox.Tests.Ota.Images;

/// <summary>
/// Makes deployment images whose headers and checksums nanoCLR would accept. It computes its CRC bit by bit, not with the product's code.
/// </summary>
public static class ImageBuilder
{
    public const int HeaderLength = 124;

    /// <summary>The name of mscorlib in nanoCLR's own table of strings.</summary>
    public const int Mscorlib = 0xFFFF - 813;

    private const int NameIndex = 7;
    private const int Kilobyte = 1024;

    /// <summary>
    /// An image as a release has it: the class library, our interop with that checksum, and the application with that version text.
    /// </summary>
    public static byte[] Firmware(string version = "6.1.0", uint native = 0x1234ABCD, int codeBytes = 4000, int seed = 1) =>
    [
        .. Assembly("mscorlib", 0x1549C856, version: new Version(1, 17, 11, 0), ownStringIndex: Mscorlib),
        .. Assembly("JamBox.Interop", native),
        .. Assembly(
            "Firmware.Atoms3", 0, [.. Encoding.ASCII.GetBytes($"\0{version}\0"), .. Code(codeBytes, seed)], new Version(6, 1, 0, 0)),
    ];

    /// <summary>An image by seed. Another revision of the same seed differs in a few places, as the next build does.</summary>
    public static byte[] Make(int seed, int revision = 0, int kilobytes = 24, uint native = 0x1A2B3C4D) =>
    [
        .. Assembly("", 0x1549C856, Content(seed, 0, kilobytes * Kilobyte / 2), ownStringIndex: Mscorlib),
        .. Assembly("JamBox.Interop", native, Content(seed + 1, 0, kilobytes * Kilobyte / 8)),
        .. Assembly("Firmware.Shared", 0, Content(seed + 2, revision, (kilobytes * Kilobyte * 3 / 8) + 3)),
    ];

    /// <summary>One assembly, padded to 4 bytes.</summary>
    public static byte[] Assembly(string name, uint native, byte[]? code = null, Version? version = null, int ownStringIndex = -1)
    {
        version ??= new Version(1, 0, 0, 0);
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

    /// <summary>Bytes of few kinds with repeats, as code is; a revision moves and changes some.</summary>
    private static byte[] Content(int seed, int revision, int size)
    {
        Random random = new(seed);
        List<byte> content = [];
        while (content.Count < size)
        {
            int back = random.Next(1, 400);
            if (content.Count > 400 && random.Next(4) == 0)
            {
                content.AddRange(content.GetRange(content.Count - back, Math.Min(back, random.Next(3, 40))));
            }
            else
            {
                content.Add((byte)(random.Next(16) * random.Next(16)));
            }
        }

        content.RemoveRange(size, content.Count - size);
        Random changes = new(seed ^ (revision << 16));
        for (int i = 0; i < revision * 5; i++)
        {
            int at = changes.Next(content.Count);
            content[at] = (byte)changes.Next(256);
            content.Insert(at, (byte)changes.Next(256));
        }

        return [.. content];
    }
}
