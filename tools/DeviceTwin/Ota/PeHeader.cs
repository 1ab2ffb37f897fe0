using System.Buffers.Binary;
using System.Text;

namespace JamBox.Twin.Ota;

/// <summary>
/// The head of a nanoFramework assembly: <c>CLR_RECORD_ASSEMBLY</c> of nf-interpreter's <c>nanoCLR_Types.h</c>, 124 bytes, little-endian.
/// </summary>
internal static class PeHeader
{
    /// <summary>Bytes of it.</summary>
    public const int Size = 124;

    /// <summary>Tables of an assembly; table 16 would begin where it ends.</summary>
    public const int Tables = 15;

    /// <summary>Index of the table of strings.</summary>
    public const int Strings = 11;

    private const int HeaderCrcAt = 8;
    private const int AssemblyCrcAt = 12;
    private const int NativeChecksumAt = 20;
    private const int VersionAt = 28;
    private const int NameAt = 36;
    private const int StringTableVersionAt = 38;
    private const int TablesAt = 40;
    private const int EndAt = TablesAt + (Tables * 4);
    private const int PaddingAt = 108;

    private static ReadOnlySpan<byte> Marker => "NFMRK1\0\0"u8;

    /// <summary>Writes the head of an assembly whose tables stand behind it already.</summary>
    /// <param name="assembly">All of it.</param>
    /// <param name="name">Offset of its name in its strings, or an index into nanoCLR's own.</param>
    /// <param name="nativeChecksum">Of its native methods; 0 = none.</param>
    /// <param name="version">Major, minor, build, revision.</param>
    /// <param name="starts">Where each table begins, and where the last ends.</param>
    /// <param name="paddings">Bytes at the end of each table that only fill it up.</param>
    public static void Write(Span<byte> assembly, ushort name, uint nativeChecksum, ReadOnlySpan<ushort> version, ReadOnlySpan<int> starts, ReadOnlySpan<byte> paddings)
    {
        Marker.CopyTo(assembly);
        BinaryPrimitives.WriteUInt32LittleEndian(assembly[NativeChecksumAt..], nativeChecksum);
        for (int i = 0; i < version.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(assembly[(VersionAt + (2 * i))..], version[i]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(assembly[NameAt..], name);
        BinaryPrimitives.WriteUInt16LittleEndian(assembly[StringTableVersionAt..], 1);
        for (int i = 0; i < starts.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(assembly[(TablesAt + (4 * i))..], starts[i]);
        }

        paddings.CopyTo(assembly[PaddingAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(assembly[AssemblyCrcAt..], Crc(assembly[Size..]));
        BinaryPrimitives.WriteUInt32LittleEndian(assembly[HeaderCrcAt..], Crc(assembly[..Size]));
    }

    /// <summary>Finds the length of the assembly that begins here.</summary>
    /// <param name="image">From its first byte.</param>
    /// <returns>Bytes, padding to 4 included; 0 when no whole assembly begins here.</returns>
    public static int Length(ReadOnlySpan<byte> image)
    {
        if (image.Length < Size || !image.StartsWith(Marker[..6]))
        {
            return 0;
        }

        Span<byte> header = stackalloc byte[Size];
        image[..Size].CopyTo(header);
        header.Slice(HeaderCrcAt, 4).Clear();
        int end = BinaryPrimitives.ReadInt32LittleEndian(image[EndAt..]);
        bool isGood = Crc(header) == BinaryPrimitives.ReadUInt32LittleEndian(image[HeaderCrcAt..]) && end >= Size && end <= image.Length
            && Crc(image[Size..end]) == BinaryPrimitives.ReadUInt32LittleEndian(image[AssemblyCrcAt..]);
        return isGood ? Math.Min((end + 3) & ~3, image.Length) : 0;
    }

    /// <summary>Takes the strings of an assembly.</summary>
    /// <param name="assembly">All of it.</param>
    /// <returns>The strings in the order of the table.</returns>
    public static string[] StringsOf(ReadOnlySpan<byte> assembly)
    {
        int start = BinaryPrimitives.ReadInt32LittleEndian(assembly[(TablesAt + (4 * Strings))..]);
        int end = BinaryPrimitives.ReadInt32LittleEndian(assembly[(TablesAt + (4 * (Strings + 1)))..]);
        return start < 0 || end < start || end > assembly.Length ? [] : Encoding.UTF8.GetString(assembly[start..end]).Split('\0');
    }

    // nf-interpreter's SUPPORT_ComputeCRC: most significant bit first, begins with 0, nothing at the end.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;
        foreach (byte octet in bytes)
        {
            crc = (crc << 8) ^ s_table[(crc >> 24) ^ octet];
        }

        return crc;
    }

    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(index =>
    {
        uint crc = (uint)index << 24;
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc << 1) ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7u : 0);
        }

        return crc;
    })];
}
