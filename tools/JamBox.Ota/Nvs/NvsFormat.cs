using System.Buffers.Binary;

namespace JamBox.Ota.Nvs;

/// <summary>What a value in NVS is. The numbers are those of the format.</summary>
public enum NvsType
{
    /// <summary>A byte.</summary>
    U8 = 0x01,

    /// <summary>A byte with a sign.</summary>
    I8 = 0x11,

    /// <summary>16 bits.</summary>
    U16 = 0x02,

    /// <summary>16 bits with a sign.</summary>
    I16 = 0x12,

    /// <summary>32 bits.</summary>
    U32 = 0x04,

    /// <summary>32 bits with a sign.</summary>
    I32 = 0x14,

    /// <summary>64 bits.</summary>
    U64 = 0x08,

    /// <summary>64 bits with a sign.</summary>
    I64 = 0x18,

    /// <summary>UTF-8 with a final zero.</summary>
    Text = 0x21,

    /// <summary>Bytes. In the image it is an index (0x48) and one piece (0x42) a page; in version 1 one item (0x41).</summary>
    Blob = 0x48,
}

/// <summary>
/// The numbers of the format of ESP-IDF's NVS partitions, version 2, from its public description: pages of 4,096 bytes, each a header, a
/// bitmap of two bits an entry, and 126 entries of 32 bytes. An item is one entry, or a head and the entries with its data behind it.
/// </summary>
public static class NvsFormat
{
    /// <summary>Bytes of a page, which is a sector of the flash.</summary>
    public const int PageLength = 4096;

    /// <summary>Smallest partition, in bytes: NVS keeps one page free for itself, and needs two more to be written.</summary>
    public const int MinLength = 3 * PageLength;

    /// <summary>Largest partition that we make or read, in bytes: all of the largest flash that an ESP32-S3 maps.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Longest name of a namespace or key, in ASCII characters.</summary>
    public const int MaxNameLength = 15;

    /// <summary>Longest text, in bytes of UTF-8 with the final zero.</summary>
    public const int MaxTextBytes = 4000;

    /// <summary>Most pieces of a blob, each at most 4,000 bytes: 508,000 bytes.</summary>
    public const int MaxChunks = 127;

    /// <summary>Most namespaces of a partition: the indices 1 to 254.</summary>
    public const int MaxNamespaces = 254;

    internal const int EntriesPerPage = 126;
    internal const int EntryLength = 32;
    internal const int BitmapOffset = 32;
    internal const int FirstEntryOffset = 64;

    internal const uint PageEmpty = 0xFFFFFFFF;
    internal const uint PageActive = 0xFFFFFFFE;
    internal const uint PageFull = 0xFFFFFFFC;
    internal const uint PageFreeing = 0xFFFFFFF8;

    internal const byte Version1 = 0xFF;
    internal const byte Version2 = 0xFE;

    internal const byte WholeBlob = 0x41;
    internal const byte BlobChunk = 0x42;
    internal const byte BlobIndex = 0x48;
    internal const byte AnyChunk = 0xFF;

    internal const int PageCrcOffset = 28;
    internal const int ItemCrcOffset = 4;
    internal const int KeyOffset = 8;
    internal const int DataOffset = 24;
    internal const int DataCrcOffset = 28;

    /// <summary>Entries of 32 bytes that so many bytes of data take.</summary>
    internal static int EntriesOf(int bytes) => (bytes + EntryLength - 1) / EntryLength;

    /// <summary>The checksum of a page's header: sequence number, version, and what is reserved.</summary>
    internal static uint PageCrc(ReadOnlySpan<byte> page) => NvsCrc32.Of(page[4..PageCrcOffset]);

    /// <summary>The checksum of an item's head: all of it but itself.</summary>
    internal static uint ItemCrc(ReadOnlySpan<byte> head) => NvsCrc32.Of(head[..ItemCrcOffset], head[KeyOffset..EntryLength]);

    /// <summary>Bytes of an integer; 0 for another type.</summary>
    internal static int LengthOf(NvsType type) => type is NvsType.Text or NvsType.Blob ? 0 : (int)type & 0x0F;

    /// <summary>Says what an integer may be.</summary>
    internal static (Int128 Min, Int128 Max) RangeOf(NvsType type)
    {
        int bits = 8 * LengthOf(type);
        bool isSigned = ((int)type & 0x10) != 0;
        return isSigned ? (-(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1) : (0, (Int128.One << bits) - 1);
    }

    internal static uint ReadUInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    internal static void WriteUInt32(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    internal static bool IsName(ReadOnlySpan<char> name)
    {
        return name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExceptInRange('!', '~');
    }
}

/// <summary>What was asked of an NVS image cannot be done. The message never has a value in it: values may be secrets.</summary>
/// <param name="message">What is wrong, and what to do.</param>
public sealed class NvsException(string message) : Exception(message);
